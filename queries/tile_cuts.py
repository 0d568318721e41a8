"""Which tiles answer a question: the set, the grids, the whole months and the days beside them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from data.contributions import Kind
from data.engines import steady
from data.grids import GridTree
from data.tiles.cells import first_day_of, months_of
from data.tiles.tables import (
    ALL,
    CATEGORY,
    DAY,
    DEPARTMENT,
    HISTOGRAM,
    MONTH,
    NOWHERE,
    SOURCE,
    Set,
    tile_parent,
)
from data.tiles.writer import made_by, maker, read_sets
from data.versions import version_of
from queries.question import Question
from queries.scope import Scope
from queries.site import Site

log = logging.getLogger(__name__)

DIM = {"source": SOURCE, "category": CATEGORY, "department": DEPARTMENT}
MOST_GRIDS = 2_000
"""Grids asked for by name in one statement; more are left to the raw query."""
BEGINNING = -(10**6)


@dataclass(frozen=True)
class Tiles:
    """Which sets there are, and the levels of a hierarchy at which grids have moved."""

    version: int
    made_by: str
    sets: frozenset[Set]
    moved: Mapping[int, frozenset[int]]


class Cut(NamedTuple):
    """The tiles a question goes to: their set, what the rows are keyed by, the grids, a filter's value."""

    held: Set
    grids: Sequence[int]
    value: int | None
    by: str | None


class Piece(NamedTuple):
    """Whole months or days of a period, both ends in it."""

    grain: int
    first: int
    last: int


def tiles_of(site: Site) -> Tiles | None:
    """The tiles in force, looked up once each time they or the grids change; None without any."""
    zone = site.facts().zone
    versions = site.versions()
    if not site.uses_tiles or "tiles" not in versions:
        return None
    version = versions["tiles"], versions.get("grids"), zone
    return site.keep("tiles", version, lambda: _tiles(site, zone))


def _tiles(site: Site, zone: str) -> Tiles | None:
    try:
        with site.case.connect() as connection:
            steady(connection)
            version = version_of(connection, "tiles")
            mark = made_by(connection)
            if mark is None or mark != maker(zone):
                return None
            sets = frozenset(read_sets(connection))
            rows = connection.execute(select(tile_parent)).all()
    except DatabaseError:
        # A user who may read the cases only: the cases are asked then.
        log.exception("tiles cannot be read; figures are counted from the cases")
        return None
    moved: dict[int, set[int]] = {}
    whole = site.whole
    held = [whole.tree(code) for code, _ in whole.hierarchies()]
    trees = {tree.hierarchy_id: tree for tree in held if tree is not None}
    for row in rows:
        if not _stands(trees.get(row.hierarchy_id), row.child_id, row.parent_id, row.level):
            moved.setdefault(row.hierarchy_id, set()).add(row.level)
    return Tiles(version, mark, sets, {tree: frozenset(levels) for tree, levels in moved.items()})


def _stands(tree: GridTree | None, child: int, parent: int, level: int) -> bool:
    """Whether a grid lies today where cases saw it."""
    grid = None if tree is None else tree.by_id.get(child)
    if grid is None or grid.level != level:
        return False
    return level == 1 or grid.parent_id == parent


def cut_of(question: Question, kind: Kind, held: Tiles) -> Cut | None:
    """The set that answers, if it is kept and its grids are where cases saw them."""
    scope, by = question.scope, question.by
    filters = [name for name in DIM if getattr(scope, name) is not None]
    dims = {*filters, *([by] if by in DIM else [])}
    if len(dims) > 1 or (by == "day" and kind == "stock") or scope.zoning != "reported":
        return None
    name = next(iter(dims), None)
    if kind == "hist" and name is not None:
        return None
    dim = HISTOGRAM if kind == "hist" else ALL if name is None else DIM[name]
    value = None if name is None or not filters else _item(question.site, name, scope)
    level = question.level if by == "grid" else scope.grid.level
    tree = scope.tree.hierarchy_id
    wanted = Set(tree, level, dim) if level else Set(NOWHERE, 0, dim)
    if wanted not in held.sets:
        return None
    if by != "grid":
        return Cut(wanted, [scope.grid.grid_id if level else NOWHERE], value, by)
    between = range(scope.grid.level + 1, level + 1)
    if any(one in held.moved.get(tree, ()) for one in between):
        return None
    grids = [grid.grid_id for grid in scope.tree.at_level(scope.grid, level)]
    if above(question, wanted)[0] not in held.sets or not 0 < len(grids) <= MOST_GRIDS:
        return None
    return Cut(wanted, grids, value, by)


def above(question: Question, held: Set) -> tuple[Set, list[int]]:
    """The set and the grid that a question by grid splits up."""
    grid = question.scope.grid
    if grid.level == 0:
        return Set(NOWHERE, 0, held.dim), [NOWHERE]
    return Set(held.hierarchy_id, grid.level, held.dim), [grid.grid_id]


def _item(site: Site, name: str, scope: Scope) -> int:
    words = {"source": site.sources, "category": site.categories, "department": site.departments}
    return words[name]()[getattr(scope, name)].item_id


def pieces_of(question: Question, kind: Kind, today: int, by: str | None) -> list[Piece]:
    """Months that are over on the day of the instant, and the days beside them."""
    month = int(months_of(np.array([today]))[0])
    if kind == "stock":
        return [Piece(MONTH, BEGINNING, month - 1), Piece(DAY, month, month)]
    first, last = question.scope.first_day, question.scope.last_day
    if by == "day":
        return [Piece(DAY, first, last)]
    before, after = months_of(np.array([first - 1, last + 1])).tolist()
    whole = before + 1, min(after, month) - 1
    if whole[0] > whole[1]:
        return [Piece(DAY, first, last)]
    begin, end = first_day_of(whole[0]), first_day_of(whole[1] + 1)
    pieces = [Piece(DAY, first, begin - 1), Piece(MONTH, *whole), Piece(DAY, end, last)]
    return [piece for piece in pieces if piece.first <= piece.last]
