"""What of a screen's address is cast, and what a wall may show of it.

Both are read by the same code as any address, the one with the leader's eyes, the other with the wall's: a
cast can show less than its leader sees, never more than the wall shows anybody.
"""

from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from dashboard.view import SCOPE_PARTS, View, read_view
from data.grids import Grid, GridTree
from queries.scope import ScopeError
from queries.site import Site
from queries.visitor import Visitor

CAST_PARTS = (
    *SCOPE_PARTS,
    *("colour", "level", "layer", "list", "on", "case", "explain", "check", "access", "about"),
)
"""Where, when, which cases, how the map is coloured, what is unfolded. Never persons, what is typed,
whose scores, or the page of a list: a wall's pages have other lengths."""

MOST_TRIES = 60
"""A wall gives up on an address after so many parts of it: there are fewer parts and levels."""


class Shown(NamedTuple):
    """What a wall shows of a cast: an address, the grid it comes to, and whether anything is left out."""

    fragment: str
    grid: Grid | None
    is_less: bool


def castable(site: Site, visitor: Visitor, screen: str, fragment: str) -> str:
    """The parts of an address that are cast, grid and all written out. Raises ScopeError.

    What its leader sees without naming it, such as their own grid, another's eyes would read otherwise.
    """
    view = read_view(site.seen_by(visitor, screen), fragment, "")
    scope = view.scope
    parts = {name: view.parts[name] for name in CAST_PARTS if name in view.parts}
    parts["hierarchy"] = scope.tree.code
    if scope.grid.level:
        parts["grid"] = scope.grid.code
    if scope.department:
        parts["department"] = scope.department
    return written(parts)


def shown_on(site: Site, wall: Visitor, fragment: str) -> Shown:
    """What a wall may show of what is cast onto it: the nearest that its own scope allows."""
    seen = site.seen_by(wall, "wall")
    parts, is_less = dict(parse_qsl(fragment)), False
    for _ in range(MOST_TRIES):
        try:
            view = read_view(seen, f"#{written(parts)}", "")
        except ScopeError as error:
            is_less = True
            if not _lessen(site, seen, parts, error.part):
                break
            continue
        return Shown(written(parts), view.scope.grid, is_less or _is_elsewhere(parts, view))
    return Shown("", None, True)


def written(parts: dict[str, str]) -> str:
    """Parts of an address in their order, without the `#`."""
    return "&".join(f"{name}={quote(parts[name])}" for name in CAST_PARTS if parts.get(name))


def _lessen(site: Site, seen: Site, parts: dict[str, str], part: str) -> bool:
    """Take out what the wall may not show; False when nothing is left to take out."""
    if part == "grid" and "grid" in parts:
        above = _nearest(site, seen, parts)
        parts.pop("grid")
        if above is not None:
            parts["grid"] = above.code
        # What was unfolded belongs to the grid that is left.
        for name in ("about", "level", "case"):
            parts.pop(name, None)
        return True
    if part == "hierarchy":
        for name in ("hierarchy", "grid", "about", "level"):
            parts.pop(name, None)
        return True
    if part in ("from", "to"):
        return any([parts.pop("from", None), parts.pop("to", None)])
    return parts.pop(part, None) is not None


def _nearest(site: Site, seen: Site, parts: dict[str, str]) -> Grid | None:
    """The lowest grid above the one that is cast that the wall may show."""
    tree: GridTree | None = site.tree(parts.get("hierarchy"))
    grid = tree.by_code.get(parts["grid"]) if tree is not None else None
    if tree is None or grid is None:
        return None
    way = seen.way(tree, grid)
    return next((one for one in reversed(way) if one is not grid and one.level), None)


def _is_elsewhere(parts: dict[str, str], view: View) -> bool:
    """Whether the wall begins lower than what is cast: the whole was meant and a part is shown."""
    return "grid" not in parts and view.scope.grid.level > 0
