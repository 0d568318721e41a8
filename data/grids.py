"""The grid tree of one hierarchy, read once and kept in memory (domain.md §2.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection, select

from data.case_tables import FOREVER, grid_edge, grid_unit, hierarchy


class Grid(NamedTuple):
    """One grid at its place in a hierarchy; `first`..`last` are the positions of its subtree."""

    grid_id: int
    code: str
    name: str
    name_en: str
    kind: str
    level: int
    parent_id: int | None
    first: int
    last: int


@dataclass(frozen=True)
class GridTree:
    """A hierarchy over grids: `order` is depth first, so a subtree is a slice of it."""

    hierarchy_id: int
    code: str
    name: str
    name_en: str
    level_names: tuple[tuple[str, str], ...]
    order: tuple[Grid, ...]
    by_id: dict[int, Grid]
    by_code: dict[str, Grid]
    child_ids: dict[int, tuple[int, ...]]

    @property
    def top(self) -> Grid:
        """The whole area."""
        return self.order[0]

    def children(self, grid: Grid) -> list[Grid]:
        """Grids one step below, in their own order."""
        return [self.by_id[i] for i in self.child_ids.get(grid.grid_id, ())]

    def path(self, grid: Grid) -> list[Grid]:
        """From the top down to the grid, both included."""
        steps = [grid]
        while steps[-1].parent_id is not None:
            steps.append(self.by_id[steps[-1].parent_id])
        return steps[::-1]

    def subtree(self, grid: Grid) -> tuple[Grid, ...]:
        """The grid and everything below it."""
        return self.order[grid.first : grid.last + 1]

    def at_level(self, grid: Grid, level: int) -> list[Grid]:
        """Grids of one level inside the grid."""
        return [g for g in self.subtree(grid) if g.level == level]

    def level_name(self, level: int) -> tuple[str, str]:
        """(Chinese, English) name of a level; a level the site did not name is numbered."""
        if level < len(self.level_names):
            return self.level_names[level]
        return f"第{level}级", f"level {level}"

    def deepest(self) -> int:
        """Number of the lowest level."""
        return self._deepest

    def level_below(self, level: int) -> int:
        """The next level down; the lowest one is its own."""
        return min(level + 1, self._deepest)

    @cached_property
    def _deepest(self) -> int:
        return max(g.level for g in self.order)


def read_tree(connection: Connection, code: str | None = None) -> GridTree | None:
    """Read one hierarchy, the default one if no code is given; None when there is no such tree."""
    which = select(hierarchy).order_by(hierarchy.c.is_default.desc(), hierarchy.c.hierarchy_id)
    if code is not None:
        which = which.where(hierarchy.c.code == code)
    head = connection.execute(which).mappings().first()
    if head is None:
        return None
    edges = select(
        grid_edge.c.parent_id,
        grid_unit.c.grid_id,
        grid_unit.c.code,
        grid_unit.c.name,
        grid_unit.c.name_en,
        grid_unit.c.kind,
    )
    edges = edges.join(grid_unit, grid_unit.c.grid_id == grid_edge.c.child_id)
    edges = edges.where(grid_edge.c.hierarchy_id == head["hierarchy_id"])
    edges = edges.where(grid_edge.c.valid_to == FOREVER)
    edges = edges.order_by(grid_edge.c.position, grid_unit.c.code)
    below: dict[int | None, list[tuple[int, str, str, str, str]]] = {}
    for parent_id, *unit in connection.execute(edges):
        below.setdefault(parent_id, []).append(tuple(unit))
    if None not in below:
        return None
    order = tuple(_walk(below))
    return GridTree(
        hierarchy_id=head["hierarchy_id"],
        code=head["code"],
        name=head["name"],
        name_en=head["name_en"],
        level_names=tuple((zh, en) for zh, en in head["level_names"]),
        order=order,
        by_id={g.grid_id: g for g in order},
        by_code={g.code: g for g in order},
        child_ids={p: tuple(u[0] for u in units) for p, units in below.items() if p is not None},
    )


def _walk(below: dict[int | None, list[tuple[int, str, str, str, str]]]) -> Iterator[Grid]:
    """Depth first, each grid with the slice that its subtree takes up."""
    sizes: dict[int, int] = {}

    def size(grid_id: int) -> int:
        if grid_id not in sizes:
            sizes[grid_id] = 1 + sum(size(unit[0]) for unit in below.get(grid_id, ()))
        return sizes[grid_id]

    position = 0
    waiting: list[tuple[tuple[int, str, str, str, str], int, int | None]]
    waiting = [(unit, 0, None) for unit in below[None][:1]]
    while waiting:
        (grid_id, code, name, name_en, kind), level, parent_id = waiting.pop()
        last = position + size(grid_id) - 1
        yield Grid(grid_id, code, name, name_en or name, kind, level, parent_id, position, last)
        position += 1
        waiting += [(unit, level + 1, grid_id) for unit in reversed(below.get(grid_id, ()))]
