"""The cases that a small question is about, in memory: read once, counted as often as panels ask.

Where tiles hold nothing, a screen puts dozens of questions to the same few cases: by clock, by split,
quantile by quantile. They are read in one statement and counted with the very expressions that make
the SQL (data.row_values), so that it is the raw figure. Large questions stay with the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union,
)

from data import bulk
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.counters import CLOCK_DAY, COUNTERS, Clock, Counter
from data.days import day_start
from data.dialect import is_by_column
from data.histograms import DURATIONS
from data.row_values import Cells, Rows, columns_of
from data.tiles.tables import case_turn
from data.versions import version_of
from queries.held_states import HOUR, Columns, Read, Stretch, Widen, rows_at
from queries.paths import STEPS
from queries.question import Key, Question, filter_items
from queries.scope import Scope
from queries.site import Site
from queries.tile_cuts import tiles_of

MOST = 30_000
"""Cases below a grid, or reported in a period, up to which they are read: some 5 µs each by the grid,
twice that by the day (measured, docs/scale.md); beyond, one question to the database is dearer
than all of them to memory only rarely."""
BY_DAY = 2
"""So many times dearer is a case found by its day than one found by its grid."""
DAY_SECONDS = 86_400
WIDE = 32
"""Days that are read at least: today, yesterday and a month are then one reading."""
_FIRST_TURN = select(func.min(case_turn.c.day))
NOTHING = -1
"""What stands for null among keys."""

Way = Callable[[Connection, Stretch], bool | None]
"""How the cases of a stretch are found: `_way` of a grid."""
Sums = dict[Key, dict[str, int]]
SPLITS = {"source": "source_id", "category": "category_id", "department": "department_id"}
_GO_BY = (d.c.is_open, *(d.c[name] for name in SPLITS.values()), *CLOCK_DAY.values())


@dataclass(frozen=True)
class HeldCases:
    """Each case of a grid that a clock puts into the days, or that is open, as it stood at the instant."""

    rows: Rows
    cells: Mapping[str, Cells]

    @classmethod
    def at(cls, states: Rows, as_of: int, columns: Sequence[ColumnElement[Any]]) -> "HeldCases":
        """The cases as they stood at an instant; columns: those that figures go by."""
        rows = rows_at(states, as_of)
        return cls(rows, {column.name: rows.cells(column) for column in columns})

    def sums(self, question: Question, clock: Clock, counters: Sequence[Counter]) -> Sums:
        """Sums of a clock's counters by key; keys without a case of any of them are left out."""
        inside = self._inside(question, clock)
        counts = [self.rows.is_true(counter.condition) & inside for counter in counters]
        amounts = [self._amounts(counter) for counter in counters]
        found: Sums = {}
        for key, chosen in self._split(question, clock, np.logical_or.reduce(counts)):
            found[key] = {
                counter.key: int(amount[chosen & count].sum())
                for counter, count, amount in zip(counters, counts, amounts, strict=True)
            }
        return found

    def seconds(
        self, question: Question, counter: Counter, seconds: ColumnElement[int]
    ) -> dict[Key, np.ndarray]:
        """How long the cases of a counter took, shortest first, by key; those that do not tell left out."""
        values, known = self.rows.cells(seconds)
        counts = (
            self.rows.is_true(counter.condition) & self._inside(question, counter.clock) & known
        )
        return {
            key: np.sort(values[chosen])
            for key, chosen in self._split(question, counter.clock, counts)
        }

    def _amounts(self, counter: Counter) -> np.ndarray:
        if counter.times is None:
            return np.ones(self.rows.size, np.int64)
        return self.rows.cells(counter.times)[0]

    def _inside(self, question: Question, clock: Clock) -> np.ndarray:
        scope = question.scope
        if clock == "stock":
            inside = self.cells["is_open"][0] == 1
        else:
            day, known = self.cells[CLOCK_DAY[clock].name]
            inside = known & (day >= scope.first_day) & (day <= scope.last_day)
        for by, item in filter_items(question.site, scope).items():
            values, known = self.cells[SPLITS[by]]
            inside = inside & known & (values == item)
        return inside

    def _split(
        self, question: Question, clock: Clock, counted: np.ndarray
    ) -> list[tuple[Key, np.ndarray]]:
        """Each key with the counted rows that go by it."""
        if question.by is None:
            return [(None, counted)]
        name = SPLITS.get(question.by, f"grid_{question.level}")
        if question.by == "day":
            name = CLOCK_DAY[clock].name
        # A level below the deepest is no column: nothing lies in a grid of it.
        nowhere = np.zeros(self.rows.size, np.int64), np.zeros(self.rows.size, bool)
        values, known = self.cells.get(name, nowhere)
        keys = np.where(known, values, NOTHING)
        return [
            (question.key(None if number == NOTHING else number), counted & (keys == number))
            for number in np.unique(keys[counted]).tolist()
        ]


def held_cases(
    connection: Connection,
    question: Question,
    clock: Clock,
    version: Mapping[str, int],
    *,
    alone: bool = False,
) -> HeldCases | None:
    """The cases that the question is about; None where they are too many, or placed by today's grids.

    version: of what the connection's transaction sees (data.engines.steady); one reading answers all
    questions of its days until that changes, and follows the changes then. alone: tiles tell what else is
    asked of the grid, so that only the cases that this clock, no stock, puts into the days are read.
    """
    site, scope = question.site, question.scope
    if not site.uses_tiles or scope.zoning != "reported":
        return None
    # What was known at a moment is read anew after a change: it is not told which of it changed.
    anew = version.get("cases") if site.known else None
    only = clock if alone else None
    place = scope.tree.code, scope.grid.code, version.get("grids"), anew, only
    # Asked when it is looked for what to read, and when it is read: it counts all cases below the grid.
    way = cache(lambda connection, stretch: _way(connection, scope, stretch, only))
    reading = site.held_states.of(
        connection,
        place,
        _stretch(question),
        version.get("cases", 0),
        _states(site, scope, way, only),
        widen=_wide(scope, way, 1 if alone else WIDE),
        any_day=clock == "stock",
    )
    states = reading.states
    if states is None:
        return None
    columns = [*_GO_BY, *(p.c[name] for name in STEPS[scope.grid.level : scope.tree.deepest()])]
    return reading.looked_at.get(
        question.as_of, lambda: HeldCases.at(states, question.as_of, columns)
    )


def _stretch(question: Question) -> Stretch:
    scope, as_of = question.scope, question.as_of
    known = question.site.known is not None
    return Stretch(scope.first_day, scope.last_day, as_of, as_of + (1 if known else HOUR))


def _wide(scope: Scope, way: Way, least: int) -> Widen:
    """What to read besides: the days before, as they stood then, which every trend asks for next.

    Of a small grid `least` days, for a question of a day too. Not years of before: a case has several states
    in that time, all of which would be read.
    """

    def widen(connection: Connection, asked: Stretch) -> Stretch:
        first = asked.last_day - least + 1 if scope.grid.level > 1 else asked.first_day
        plain = wide = replace(asked, first_day=min(first, asked.first_day))
        if 0 < scope.step_back <= WIDE * DAY_SECONDS:
            first = min(scope.previous().first_day, plain.first_day)
            wide = replace(plain, first_day=first, as_of=asked.as_of - scope.step_back)
        return next((it for it in (wide, plain) if way(connection, it) is not None), asked)

    return widen


def _is_before_all(site: Site, connection: Connection, stretch: Stretch) -> bool:
    """Whether no case did anything yet: to find none SQLite goes through all that were ever open.

    The days on which cases changed anything that counts are kept beside the tiles.
    """
    tiles = tiles_of(site)
    if tiles is None or site.known is not None or version_of(connection, "tiles") != tiles.version:
        return False
    first = connection.execute(_FIRST_TURN).scalar()
    return first is not None and stretch.until <= day_start(int(first), site.facts().zone)


def _states(site: Site, scope: Scope, way: Way, only: Clock | None) -> Read:
    """What reads the states of the scope's grid; only: those that this clock puts into the days."""

    def read(connection: Connection, stretch: Stretch, ids: Sequence[int] | None) -> Columns | None:
        by_day = False if ids is not None else way(connection, stretch)
        if by_day is None:
            return None
        if by_day and _is_before_all(site, connection, stretch):
            by_day, ids = False, ()
        levels = scope.grid.level, scope.tree.deepest()
        statement = _statement(*levels, by_day, only, is_by_column(connection))
        values = _values(scope, stretch)
        if ids is not None:
            return bulk.read_arrays_for(connection, statement.params(values), d.c.case_id, ids)
        return bulk.read_arrays(connection, statement.params(values))

    return read


def _values(scope: Scope, stretch: Stretch) -> dict[str, int]:
    return {
        "tree": scope.tree.hierarchy_id,
        "grid": scope.grid.grid_id,
        "first": stretch.first_day,
        "last": stretch.last_day,
        "since": stretch.as_of,
        "until": stretch.until,
    }


def _way(connection: Connection, scope: Scope, stretch: Stretch, only: Clock | None) -> bool | None:
    """Whether the cases are found by their days, not by their grid; None where neither finds few."""
    values = _values(scope, stretch)
    below = MOST + 1
    if scope.grid.level:
        below = connection.execute(_below(scope.grid.level), values).scalar_one()
        if BY_DAY * below <= MOST:
            return False
    fallen = BY_DAY * connection.execute(_fallen(only or "reported"), values).scalar_one()
    if min(below, fallen) > MOST:
        return None
    return bool(fallen < below)


TREE, GRID, FIRST, LAST = (
    bindparam(name, type_=Integer) for name in ("tree", "grid", "first", "last")
)
SINCE, UNTIL = (bindparam(name, type_=BigInteger) for name in ("since", "until"))


@cache
def _below(level: int) -> Select:
    """How many cases lie below a grid, as far as it matters."""
    here: Select[Any] = select(literal_column("1")).where(
        p.c.hierarchy_id == TREE, p.c[f"grid_{level}"] == GRID
    )
    return select(func.count()).select_from(here.limit(MOST + 1).subquery())


@cache
def _fallen(clock: Clock) -> Select:
    """How many cases a clock puts into the days, as far as it matters."""
    known: Select[Any] = select(literal_column("1")).where(CLOCK_DAY[clock].between(FIRST, LAST))
    known = known.where(d.c.valid_to > SINCE).limit(MOST // BY_DAY + 1)
    return select(func.count()).select_from(known.subquery())


@cache
def _statement(
    level: int, deepest: int, by_day: bool, only: Clock | None, by_column: bool
) -> Select:
    """The states by their days or by their grid; the columns that counters look at, and the path.

    only: not those that are open or that another clock than this puts into the days. by_column: as the
    engine is (data.dialect).

    `+ 0` keeps the database from another way than the one that was found the shorter; `coalesce` SQLite
    from reading all paths for a filter beforehand.
    """
    steps = [p.c[name] for name in STEPS[level:deepest]]
    stands = d.c.valid_from < UNTIL, d.c.valid_to > SINCE
    chosen = select(*(d.c[name] for name in _columns()), *steps)
    clocks = CLOCK_DAY.values() if only is None else [CLOCK_DAY[only]]
    if by_day:
        falls: list[ColumnElement[bool]] = [day.between(FIRST, LAST) for day in clocks]
        if only is None:
            falls.append(d.c.is_open == literal_column("1"))
        keys = union(
            *(select(d.c.case_id, d.c.valid_from).where(fall, *stands) for fall in falls)
        ).subquery("keys")
        found = keys.join(
            d, and_(d.c.case_id == keys.c.case_id, d.c.valid_from == keys.c.valid_from)
        )
        if deepest:
            of_tree = and_(p.c.case_id == d.c.case_id, p.c.hierarchy_id + 0 == TREE)
            found = found.join(p, of_tree, isouter=True)
        chosen = chosen.select_from(found)
        return chosen.where(func.coalesce(p.c[f"grid_{level}"], 0) == GRID) if level else chosen
    counted = or_(*((day + 0).between(FIRST, LAST) for day in clocks))
    if only is None:
        counted = or_(counted, d.c.is_open + 0 == 1)
    if not level:
        of_tree = and_(p.c.case_id == d.c.case_id, p.c.hierarchy_id == TREE)
        return chosen.select_from(d.join(p, of_tree, isouter=True)).where(*stands, counted)
    where = p.c.hierarchy_id == TREE, p.c[f"grid_{level}"] == GRID, *stands, counted
    found = p.join(d, d.c.case_id == p.c.case_id)
    chosen = chosen.select_from(found).where(*where)
    if by_column:
        ids = select(d.c.case_id).select_from(found).where(*where).correlate(None)
        chosen = chosen.where(d.c.case_id.in_(ids))
    return chosen


@cache
def _columns() -> tuple[str, ...]:
    """Columns of the states that any counter or duration looks at, and those that figures go by."""
    asked = [part for c in COUNTERS for part in (c.condition, c.times) if part is not None]
    asked += [duration.seconds for duration in DURATIONS]
    names = {"case_id", "valid_from", "valid_to", *(column.name for column in _GO_BY)}
    names = names.union(*(columns_of(part) for part in asked))
    return tuple(column.name for column in d.columns if column.name in names)
