"""Who may cast onto which wall: by the table of rights, and by where the grant and the wall lie. Pure.

A wall lies within a grant when it shows no more than the grant reaches, and above it when it shows the
grant's grid among others. Onto a wall that lies elsewhere nobody casts.
"""

from collections.abc import Callable, Iterable

from data.accounts.grants import Grant
from queries.visitor import Visitor

OWN_WALLS = "own_walls"
"""The limit (queries.rights.LIMITS) of those who cast onto walls within their grant only."""

Path = Callable[[str, str], Iterable[str]]
"""(hierarchy, grid) -> codes from the top down to it; empty for a grid that is not there."""


def may_cast(visitor: Visitor, screen: str, wall: Grant, path: Path) -> bool:
    """Whether a visitor may cast from a screen onto a wall of this reach."""
    for right, grant in visitor.allowed("cast", screen):
        if lies_within(wall, grant, path):
            return True
        if right.limit != OWN_WALLS and lies_within(grant, wall, path):
            return True
    return False


def may_force(visitor: Visitor, screen: str, wall: Grant, path: Path) -> bool:
    """Whether a visitor may take a wall of this reach over without asking."""
    rights = visitor.allowed("cast_force", screen)
    return any(lies_within(wall, grant, path) for _, grant in rights)


def lies_within(inner: Grant, outer: Grant, path: Path) -> bool:
    """Whether all that one reach shows belongs to another, along one hierarchy."""
    if outer.reach == "site":
        return inner.reach in ("site", "grid")
    if inner.reach != "grid" or outer.reach != "grid" or inner.tree != outer.tree:
        return False
    return outer.grid in tuple(path(inner.tree or "", inner.grid or ""))
