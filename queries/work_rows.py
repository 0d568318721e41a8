"""What is counted besides cases, kept in memory as rows until it changes: tens of thousands, read once.

Grids, days and instants differ from question to question, the rows do not. Conditions are the very
expressions that make the SQL (data.row_values). Which grids lie below which is one comparison: grids
are numbered depth first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Float, Select, Subquery, Text, func, null, select
from sqlalchemy.sql.util import find_tables
from sqlalchemy.types import TypeEngine

from data.grids import GridTree
from data.row_values import Cells, Rows, columns_of, parameters_of
from queries import completeness, work_counters
from queries.site import Site
from queries.work_counters import TODAY, Ground, WorkCounter

DAYS_KEPT = 16
NOWHERE = -1
"""Position of what lies on a grid that a hierarchy does not hold."""
PLACE, INSTEAD, DAY, DUE, DEPARTMENT, TIMES = (
    "the_place",
    "the_place_instead",
    "the_day",
    "the_due",
    "the_department",
    "the_times",
)
"""Names that no column has."""


@dataclass(frozen=True)
class GroundRows:
    """Rows of a ground: `cells` by column name, `place` and `instead` as numbers of `places`.

    `rows`: the same for conditions. `times`: how many rows of the database one is.
    """

    ground: Ground
    rows: Rows
    cells: Mapping[str, Cells]
    places: Sequence[Any]
    place: np.ndarray
    instead: np.ndarray
    times: np.ndarray
    _positions: dict[str, tuple[GridTree, np.ndarray]] = field(default_factory=dict, repr=False)
    _levels: dict[str, tuple[GridTree, np.ndarray]] = field(default_factory=dict, repr=False)
    _pairs: dict[object, tuple[np.ndarray, int]] = field(default_factory=dict, repr=False)

    def seen(self, chosen: np.ndarray, as_of: int, values: Mapping[str, float]) -> Rows:
        """Some of the rows as conditions look at them at an instant; what no instant changes is kept."""
        n = len(chosen)
        which = slice(None) if n == len(self.place) else chosen
        return self.rows.at(which, np.full(n, as_of, np.int64), values)

    def pairs(self, once: ColumnElement[int] | None) -> tuple[np.ndarray, int]:
        """A number for each row, the same for those of one place and one value; and how many there are.

        once: what the values are of; without it rows of one place are the same.
        """
        if once is None:
            return self.place, len(self.places)
        if once not in self._pairs:
            values = pd.factorize(self.rows.cells(once)[0])[0]
            numbers, known = pd.factorize(self.place * (len(values) + 1) + values)
            self._pairs[once] = numbers, len(known)
        return self._pairs[once]

    def positions(self, tree: GridTree) -> np.ndarray:
        """Where each row's grid stands in the hierarchy's order, or the one instead; NOWHERE outside it."""
        held = self._positions.get(tree.code)
        if held is None or held[0] is not tree:
            known: Mapping[Any, Any] = tree.by_code if self.ground.in_population else tree.by_id
            grids = [known.get(place) for place in self.places]
            at = np.array([*(NOWHERE if g is None else g.first for g in grids), NOWHERE], np.int64)
            own, instead = at[self.place], at[self.instead]
            held = tree, np.where(own == NOWHERE, instead, own)
            self._positions[tree.code] = held
        return held[1]

    def levels(self, tree: GridTree) -> np.ndarray:
        """Level of each of the `places` in a hierarchy; NOWHERE outside it."""
        held = self._levels.get(tree.code)
        if held is None or held[0] is not tree:
            grids = [tree.by_id.get(place) for place in self.places]
            levels = [NOWHERE if grid is None else grid.level for grid in grids]
            held = self._levels[tree.code] = tree, np.array(levels, np.int64)
        return held[1]


def ground_rows(site: Site, ground: Ground, values: Mapping[str, float]) -> GroundRows:
    """The rows of a ground, read anew when what they come from has changed."""
    name: tuple[object, ...] = ("ground", _grounds().index(ground))
    version: object = site.population_version() if ground.in_population else work_changed(site)
    if isinstance(ground.rows, Subquery) and TODAY.key in parameters_of(ground.rows.element):
        # Which of them stand depends on the day that is asked for: so many days are kept.
        today = int(values["today"])
        name, version = (*name, today % DAYS_KEPT), (version, today)
    return site.keep(name, version, lambda: _read(site, ground, values))


def work_changed(site: Site) -> tuple[str, int | None]:
    """Version of what is done besides cases: a part of its own, or the cases' where none was counted."""
    versions = site.versions()
    part = "work" if "work" in versions else "cases"
    return part, versions.get(part)


def _read(site: Site, ground: Ground, values: Mapping[str, float]) -> GroundRows:
    statement = _statement(ground)
    engine = site.population if ground.in_population else site.case
    with engine.connect() as connection:
        found = connection.execute(statement, dict(values)).all()
    columns = list(zip(*found, strict=True)) or [()] * len(statement.selected_columns)
    held = {
        column.name: values_of
        for column, values_of in zip(statement.selected_columns, columns, strict=True)
    }
    kinds = {column.name: column.type for column in statement.selected_columns}
    places, place, instead = _numbered(held.pop(PLACE), held.pop(INSTEAD))
    times = np.array(held.pop(TIMES), np.int64)
    cells = {name: _cells(given, kinds[name]) for name, given in held.items()}
    rows = Rows.of(cells, len(times))
    return GroundRows(ground, rows, cells, places, place, instead, times)


def _cells(values: Sequence[Any], kind: TypeEngine[Any]) -> Cells:
    """Values of a column as the database gave them, and where they are known."""
    if isinstance(kind, Text):
        return np.array(values, object), np.array([value is not None for value in values], bool)
    number = float if isinstance(kind, Float) else np.int64
    if None not in values:
        return np.array(values, number), np.ones(len(values), bool)
    # Not by way of NaN: numbers of activities are larger than a float tells apart.
    known = np.array([value is not None for value in values], bool)
    return np.array([0 if value is None else value for value in values], number), known


def _numbered(
    place: Iterable[Any], instead: Iterable[Any]
) -> tuple[Sequence[Any], np.ndarray, np.ndarray]:
    """All places, and the number of each row's two; -1 for null among those instead."""
    numbers: dict[Any, int] = {}
    own = [numbers.setdefault(one, len(numbers)) for one in place]
    other = [-1 if one is None else numbers.setdefault(one, len(numbers)) for one in instead]
    return list(numbers), np.array(own, np.int64), np.array(other, np.int64)


@cache
def _statement(ground: Ground) -> Select:
    """Rows with all that counters of the ground look at; rows that are alike in it are one."""
    held = [c for c in _named() if isinstance(c, WorkCounter) and c.ground is ground]
    asked = [part for c in held for part in (c.condition, c.amount, c.once) if part is not None]
    asked += [ground.known] if ground.known is not None else []
    names = set[str]().union(*(columns_of(part) for part in asked))
    is_made = isinstance(ground.rows, Subquery)
    tables = [ground.rows] if is_made else find_tables(ground.rows, include_aliases=False)
    columns = [c for table in tables for c in table.c if c.name in names]
    named = {
        INSTEAD: ground.instead,
        DAY: ground.day,
        DUE: ground.due,
        DEPARTMENT: ground.department,
    }
    told = [(null() if part is None else part).label(name) for name, part in named.items()]
    chosen = [ground.place.label(PLACE), *told, *columns]
    statement = select(*chosen, func.count().label(TIMES)).select_from(ground.rows)
    given = [ground.place, *(part for part in named.values() if part is not None), *columns]
    return statement.group_by(*given)


@cache
def _grounds() -> list[Ground]:
    return [ground for ground in _named() if isinstance(ground, Ground)]


def _named() -> list[object]:
    """Everything in the modules that define grounds and their counters."""
    return [*vars(work_counters).values(), *vars(completeness).values()]
