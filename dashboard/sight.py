"""How far a visitor may look into the base databases: the areas of persons, houses and companies.

Deny by default: without a visitor, on another screen than the tablet, or by a right that is narrower than a whole area
(assigned visits, a registered purpose), nothing is looked up.
"""

from dataclasses import dataclass
from typing import Any

from dashboard.panel import Ask
from data.grids import GridTree
from queries.area import EVERYTHING, NOTHING, Area, area_of
from queries.person_lookup import OPEN_TAGS
from queries.rights import Depth
from queries.site import Site
from queries.visitor import Visitor

SCREEN = "tablet"
"""The only screen that looks up records."""


@dataclass(frozen=True)
class Sight:
    """Where persons, houses and companies may be looked up; sensitivity: of tags, at most.

    called, unmasked: where a person's number may be called unseen, and where a record may be opened.
    """

    persons: Area = NOTHING
    houses: Area = NOTHING
    entities: Area = NOTHING
    sensitivity: int = OPEN_TAGS
    called: Area = NOTHING
    unmasked: Area = NOTHING

    @property
    def is_blind(self) -> bool:
        """Whether nothing may be looked up."""
        return self == Sight()


def sight_of(ask: Ask) -> Sight:
    """What the visitor may look up on this screen."""
    return sight_for(ask.site, getattr(ask, "visitor", None), ask.screen)


def sight_for(site: Site, visitor: Visitor | None, screen: str) -> Sight:
    """What a visitor may look up on a screen; nothing for nobody in particular."""
    if visitor is None or screen != SCREEN:
        return Sight()
    trees = [site.tree(code) for code, _ in site.hierarchies()]
    known = {tree.code: tree for tree in trees if tree is not None}
    return Sight(
        persons=_area(visitor, "person", screen, known),
        houses=_area(visitor, "house", screen, known),
        entities=_area(visitor, "legal_entity", screen, known),
        called=_area(visitor, "person", screen, known, Depth.CALL),
        unmasked=_area(visitor, "person", screen, known, Depth.UNMASK),
    )


def _area(
    visitor: Any, kind: str, screen: str, trees: dict[str, GridTree], least: int = Depth.MASKED
) -> Area:
    codes: frozenset[str] = frozenset()
    for right, grant in visitor.allowed(kind, screen):
        if right.depth < least or right.limit or right.reach != "grant":
            continue
        if grant.reach == "site":
            return EVERYTHING
        tree = trees.get(grant.tree) if grant.reach == "grid" else None
        grid = tree.by_code.get(grant.grid) if tree is not None else None
        if tree is not None and grid is not None:
            found = area_of(tree, [grid])
            if found.everything:
                return EVERYTHING
            codes |= found.codes
    return Area(codes)
