"""Answers a question from tiles where there are some: sums of whole days, then the day of the instant.

Whatever tiles cannot answer exactly (two splits at once, small grids, grids that moved, counters whose
amount grows with the clock) is left to the raw query; which it was never shows in a figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, select

from data.case_tables import data_version
from data.contributions import is_kept, kept_counters
from data.counters import Clock, Counter
from data.grids import GridTree
from data.tiles.cells import first_day_of, months_of
from data.tiles.tables import (
    ALL,
    CATEGORY,
    DAY,
    DEPARTMENT,
    MONTH,
    NONE,
    NOWHERE,
    SOURCE,
    TILES,
    Set,
    amount_column,
    tile_parent,
)
from data.tiles.writer import made_by, maker, read_sets
from queries.edge_days import DaySteps
from queries.question import UNLOCATED, Key, Question
from queries.site import Site

DIM = {"source": SOURCE, "category": CATEGORY, "department": DEPARTMENT}
MOST_GRIDS = 2_000
"""Grids asked for by name in one statement; more are left to the raw query."""

Sums = dict[Key, dict[str, int]]


@dataclass(frozen=True)
class Tiles:
    """Which sets there are, and the levels of a hierarchy at which grids have moved."""

    made_by: str
    sets: frozenset[Set]
    moved: Mapping[int, frozenset[int]]


class Cut(NamedTuple):
    """The tiles a question goes to: their set, what the rows are keyed by, the grids, a filter's value."""

    held: Set
    grids: Sequence[int]
    value: int | None
    by: str | None


def tiles_of(site: Site) -> Tiles | None:
    """The tiles in force, looked up once each time they or the grids change; None without any."""
    zone = site.facts().zone
    versions = site.versions()
    if not site.uses_tiles or "tiles" not in versions:
        return None
    version = versions["tiles"], versions.get("grids"), zone
    return site.keep("tiles", version, lambda: _tiles(site, zone))


def _tiles(site: Site, zone: str) -> Tiles | None:
    with site.case.connect() as connection:
        mark = made_by(connection)
        if mark is None or mark != maker(zone):
            return None
        sets = frozenset(read_sets(connection))
        rows = connection.execute(select(tile_parent)).all()
    moved: dict[int, set[int]] = {}
    trees = {tree.hierarchy_id: tree for code, _ in site.hierarchies() if (tree := site.tree(code))}
    for row in rows:
        if not _stands(trees.get(row.hierarchy_id), row.child_id, row.parent_id, row.level):
            moved.setdefault(row.hierarchy_id, set()).add(row.level)
    return Tiles(mark, sets, {tree: frozenset(levels) for tree, levels in moved.items()})


def _stands(tree: GridTree | None, child: int, parent: int, level: int) -> bool:
    """Whether a grid lies today where cases saw it."""
    grid = None if tree is None else tree.by_id.get(child)
    if grid is None or tree is None or grid.level != level:
        return False
    return level == 1 or grid.parent_id == parent


def kept_sums(
    connection: Connection, question: Question, clock: Clock, counters: Sequence[Counter]
) -> Sums | None:
    """Sums of the counters by key as of the question's instant; None where tiles cannot tell.

    All that is read must be of one moment: the connection's transaction is a steady one (data.engines).
    """
    held = tiles_of(question.site)
    if held is None or not all(is_kept(counter) for counter in counters):
        return None
    cut = _cut(question, clock, held)
    if cut is None:
        return None
    site, zone = question.site, question.site.facts().zone
    today = site.today(question.as_of)
    sums = _whole_days(connection, question, clock, counters, cut, today)
    day = site.edge_days.day(connection, today, _version(connection), held.made_by, zone)
    _add_edge(sums, day[clock], question, clock, counters, cut)
    return _by_key(sums, question, counters)


def _version(connection: Connection) -> int:
    statement = select(data_version.c.version).where(data_version.c.part == "cases")
    return int(connection.execute(statement).scalar() or 0)


def _cut(question: Question, clock: Clock, held: Tiles) -> Cut | None:
    """The set that answers, if it is kept and its grids are where cases saw them."""
    scope, by = question.scope, question.by
    filters = [name for name in DIM if getattr(scope, name) is not None]
    split = [by] if by in DIM else []
    dims = {*filters, *split}
    if len(dims) > 1 or (by == "day" and clock == "stock") or scope.zoning != "reported":
        return None
    name = next(iter(dims), None)
    dim = ALL if name is None else DIM[name]
    value = None if name is None or not filters else _item(question.site, name, scope)
    level = question.level if by == "grid" else scope.grid.level
    tree = scope.tree.hierarchy_id
    set_ = Set(tree, level, dim) if level else Set(NOWHERE, 0, dim)
    if set_ not in held.sets:
        return None
    if by != "grid":
        return Cut(set_, [scope.grid.grid_id if level else NOWHERE], value, by)
    between = range(scope.grid.level + 1, level + 1)
    if any(one in held.moved.get(tree, ()) for one in between):
        return None
    above = Set(tree, scope.grid.level, dim) if scope.grid.level else Set(NOWHERE, 0, dim)
    grids = [grid.grid_id for grid in scope.tree.at_level(scope.grid, level)]
    if above not in held.sets or len(grids) > MOST_GRIDS:
        return None
    return Cut(set_, grids, value, by)


def _item(site: Site, name: str, scope: object) -> int:
    words = {"source": site.sources, "category": site.categories, "department": site.departments}
    return words[name]()[getattr(scope, name)].item_id


def _whole_days(
    connection: Connection,
    question: Question,
    clock: Clock,
    counters: Sequence[Counter],
    cut: Cut,
    today: int,
) -> dict[int, np.ndarray]:
    """Sums of what happened before the day began, by the number that the question splits by."""
    found: dict[int, np.ndarray] = {}
    parts = [(cut.held, cut.grids, cut.by)]
    if cut.by == "grid":
        # What lies in none of the grids is the rest of the grid above.
        parts.append((*_above(question, cut), None))
    for held, grids, by in parts:
        for pieces in _pieces(question, clock, today, by):
            statement = _sum(clock, counters, held, grids, cut.value, by, pieces, today)
            for row in connection.execute(statement):
                amounts = np.array([int(n or 0) for n in row[1:]], np.int64)
                key = _REST if by is None and cut.by == "grid" else int(row[0] or 0)
                found[key] = found.get(key, 0) + amounts
    return found


_REST = -1
"""Key of the grid above while sums by grid are put together."""


def _above(question: Question, cut: Cut) -> tuple[Set, list[int]]:
    grid = question.scope.grid
    if grid.level == 0:
        return Set(NOWHERE, 0, cut.held.dim), [NOWHERE]
    return Set(cut.held.hierarchy_id, grid.level, cut.held.dim), [grid.grid_id]


def _pieces(
    question: Question, clock: Clock, today: int, by: str | None
) -> list[tuple[int, int, int]]:
    """(grain, first, last) of whole months and the days beside them; last included."""
    if clock == "stock":
        month = int(months_of(np.array([today]))[0])
        return [(MONTH, -(10**6), month - 1), (DAY, month, month)]
    first, last = question.scope.first_day, question.scope.last_day
    if by == "day":
        return [(DAY, first, last)]
    months = months_of(np.array([first - 1, last + 1])).tolist()
    whole = months[0] + 1, months[1] - 1
    if whole[0] > whole[1]:
        return [(DAY, first, last)]
    pieces = [(MONTH, *whole)]
    if first < first_day_of(whole[0]):
        pieces.append((DAY, first, first_day_of(whole[0]) - 1))
    if last >= first_day_of(whole[1] + 1):
        pieces.append((DAY, first_day_of(whole[1] + 1), last))
    return pieces


def _sum(
    clock: Clock,
    counters: Sequence[Counter],
    held: Set,
    grids: Sequence[int],
    value: int | None,
    by: str | None,
    piece: tuple[int, int, int],
    today: int,
) -> Select:
    t = TILES[clock].c
    grain, first, last = piece
    key: ColumnElement[int] = literal_column("0")
    if by is not None:
        key = {"grid": t.grid_id, "day": t.period}.get(by, t.value)
    amounts = [func.sum(t[amount_column(counter.key)]) for counter in counters]
    where = [
        t.hierarchy_id == held.hierarchy_id,
        t.grid_id == grids[0] if len(grids) == 1 else t.grid_id.in_(list(grids)),
        t.dim == held.dim,
        t.grain == grain,
        t.period.between(first, last),
        t.at_day < today,
    ]
    if value is not None:
        where.append(t.value == value)
    statement = select(key.label("key"), *amounts).where(and_(*where))
    return statement if by is None else statement.group_by(key)


def _add_edge(
    sums: dict[int, np.ndarray],
    steps: DaySteps,
    question: Question,
    clock: Clock,
    counters: Sequence[Counter],
    cut: Cut,
) -> None:
    """Add what happened on the day itself, up to the instant."""
    stop = int(np.searchsorted(steps.at, question.as_of, side="right"))
    inside = np.ones(stop, bool)
    scope = question.scope
    if clock != "stock":
        day = steps.day[:stop]
        inside &= (day >= scope.first_day) & (day <= scope.last_day)
    if scope.grid.level:
        place = steps.places.get((scope.tree.hierarchy_id, scope.grid.level))
        inside &= False if place is None else place[:stop] == scope.grid.grid_id
    if cut.value is not None:
        inside &= steps.values[cut.held.dim][:stop] == cut.value
    columns = [kept_counters(clock).index(counter) for counter in counters]
    amounts = steps.amounts[:stop][inside][:, columns]
    keys = _edge_keys(steps, question, cut, stop)[inside]
    if cut.by == "grid" and len(amounts):
        sums[_REST] = sums.get(_REST, 0) + amounts.sum(axis=0)
    for key in np.unique(keys).tolist():
        if not (cut.by == "grid" and key == NONE):
            sums[key] = sums.get(key, 0) + amounts[keys == key].sum(axis=0)


def _edge_keys(steps: DaySteps, question: Question, cut: Cut, stop: int) -> np.ndarray:
    if cut.by is None:
        return np.zeros(stop, np.int64)
    if cut.by == "day":
        return steps.day[:stop]
    if cut.by in DIM:
        return steps.values[DIM[cut.by]][:stop]
    place = steps.places.get((question.scope.tree.hierarchy_id, question.level))
    return np.full(stop, NONE) if place is None else place[:stop]


def _by_key(sums: dict[int, np.ndarray], question: Question, counters: Sequence[Counter]) -> Sums:
    """The sums by the keys that figures go by; of grids, the rest of the whole is 未落格."""
    names = [counter.key for counter in counters]
    found: Sums = {}
    if question.by == "grid":
        whole = sums.pop(_REST, np.zeros(len(names), np.int64))
        rest = whole - sum(sums.values(), np.zeros(len(names), np.int64))
        found[UNLOCATED] = dict(zip(names, rest.tolist(), strict=True))
    for number, amounts in sums.items():
        if not amounts.any():
            continue
        nothing = question.by in DIM and number == NONE
        key = question.key(None if nothing else number)
        found[key] = dict(zip(names, amounts.tolist(), strict=True))
    return found
