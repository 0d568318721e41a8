"""How far a visitor may look into the base databases: the areas of persons, houses and companies.

Deny by default: without a visitor, on another screen than the tablet, or by a right that is narrower than a whole area
(visits of one's own, no purpose on record where one is asked for), nothing is looked up. With its purpose
on record a department looks companies up everywhere.
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
    duties: frozenset[str] = frozenset()
    """Classes of tags that may be told whatever their sensitivity: named duty and purpose are on record."""
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
    persons = _area(visitor, "person", screen, known)
    return Sight(
        persons=persons,
        houses=_area(visitor, "house", screen, known),
        entities=_area(visitor, "legal_entity", screen, known),
        duties=_duties(visitor, screen, known, persons),
        called=_area(visitor, "person", screen, known, Depth.CALL),
        unmasked=_area(visitor, "person", screen, known, Depth.UNMASK),
    )


def _duties(visitor: Any, screen: str, trees: dict[str, GridTree], persons: Area) -> frozenset[str]:
    """The classes of tags that somebody is charged with wherever they may look persons up."""
    areas: dict[str, Area] = {}
    for right, grant in visitor.allowed("sensitive_tags", screen):
        if right.depth >= Depth.MASKED and right.limit == "duty" and grant.duty and grant.purpose:
            before = areas.get(grant.duty, NOTHING)
            areas[grant.duty] = _joined(before, _granted(grant, trees))
    return frozenset(duty for duty, area in areas.items() if _covers(area, persons))


def _covers(area: Area, other: Area) -> bool:
    return area.everything or (not other.everything and other.codes <= area.codes)


def _joined(one: Area, other: Area) -> Area:
    if one.everything or other.everything:
        return EVERYTHING
    return Area(one.codes | other.codes)


def _area(
    visitor: Any, kind: str, screen: str, trees: dict[str, GridTree], least: int = Depth.MASKED
) -> Area:
    found = NOTHING
    for right, grant in visitor.allowed(kind, screen):
        if right.depth < least or right.reach != "grant":
            continue
        if right.limit == "purpose" and grant.reach == "department" and grant.purpose:
            # Records belong to no department: the purpose is what narrows it, and is in the audit log.
            return EVERYTHING
        if not right.limit:
            found = _joined(found, _granted(grant, trees))
    return found


def _granted(grant: Any, trees: dict[str, GridTree]) -> Area:
    """The grids that a grant reaches."""
    if grant.reach == "site":
        return EVERYTHING
    tree = trees.get(grant.tree) if grant.reach == "grid" else None
    grid = tree.by_code.get(grant.grid) if tree is not None else None
    return NOTHING if tree is None or grid is None else area_of(tree, [grid])
