"""The states in which cases of a large grid are or were late, in memory, for any instant.

Days overdue grow with the clock, so no tile holds them; but few cases are ever late. Which are is
looked for once in all cases of a grid below the top; after that only cases that changed are read again.
"""

from collections import OrderedDict
from threading import Lock

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, func, select

from data import bulk
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.counters import EVER_LATE, LATE_DAYS
from data.grids import Grid, GridTree
from data.row_values import Rows, columns_of
from data.tiles.cells import GRIDS
from data.tiles.tables import DIMENSIONS
from queries.edge_days import changed_since, changes_since

MOST = 150_000
"""Cases of a grid that are looked through; some 5 µs each, once."""
HELD = 40
"""Grids whose late states are kept."""


Late = tuple[int, pd.DataFrame | None]
"""States as of a version of the cases."""
Kept = OrderedDict[tuple[object, ...], Late]


class LateStates:
    """Late states by grid of one database, each grid as of the version it was last asked at.

    One row of a frame is one state; None is kept of a grid of too many cases.
    """

    def __init__(self) -> None:
        self._held: Kept = OrderedDict()
        self._reading: dict[tuple[object, ...], Lock] = {}
        self._lock = Lock()

    def of(
        self, connection: Connection, tree: GridTree, grid: Grid, version: int, tiles: int
    ) -> pd.DataFrame | None:
        """The states below a grid as of a version of the cases, read in the connection's transaction.

        Which cases changed is remembered beside the tiles: kept for one version of them.
        """
        key = tiles, tree.hierarchy_id, grid.grid_id
        with self._lock:
            mine, reading = self._held, self._reading.setdefault(key, Lock())
        with reading:
            held = mine.get(key)
            if held is None or held[0] < version:
                # A grid of too many cases has them until the tiles are others.
                too_many = held is not None and held[1] is None
                found = _renewed(connection, tree, grid, held) if held else None
                if found is None and not too_many:
                    found = _read(connection, tree, grid)
                held = version, found
                self._keep(mine, key, held)
            if held[0] == version or held[1] is None:
                return held[1]
        # A transaction that began before the newest change.
        return _read(connection, tree, grid)

    def clear(self) -> None:
        """Let go of all, and of what is being read when it is there."""
        with self._lock:
            self._held, self._reading = OrderedDict(), {}

    def _keep(self, mine: Kept, key: tuple[object, ...], held: Late) -> None:
        with self._lock:
            mine[key] = held
            mine.move_to_end(key)
            while len(mine) > HELD:
                dropped, _ = mine.popitem(last=False)
                self._reading.pop(dropped, None)


def _read(connection: Connection, tree: GridTree, grid: Grid) -> pd.DataFrame | None:
    below = select(p.c.case_id).where(*_lies(tree, grid)).limit(MOST + 1).subquery()
    if connection.execute(select(func.count()).select_from(below)).scalar_one() > MOST:
        return None
    return _frame(connection, _statement(tree, grid))


def _renewed(
    connection: Connection, tree: GridTree, grid: Grid, held: tuple[int, pd.DataFrame | None]
) -> pd.DataFrame | None:
    """The states with those of the cases read again that changed since; None if that is not known."""
    version, before = held
    changed = None if before is None else changed_since(connection, version)
    if before is None or changed is None:
        return None
    if not len(changed):
        return before
    of_changed = d.c.case_id.in_(changes_since(version))
    fresh = _frame(connection, _statement(tree, grid).where(of_changed))
    kept = before[~before["case_id"].isin(changed)]
    return pd.concat([kept, fresh], ignore_index=True)


def _lies(tree: GridTree, grid: Grid) -> list[ColumnElement[bool]]:
    return [p.c.hierarchy_id == tree.hierarchy_id, p.c[f"grid_{grid.level}"] == grid.grid_id]


def _statement(tree: GridTree, grid: Grid) -> Select:
    names = {"case_id", "valid_from", "valid_to", "due_day", *DIMENSIONS.values()}
    assert LATE_DAYS.times is not None
    names |= columns_of(LATE_DAYS.condition) | columns_of(LATE_DAYS.times)
    columns = [column for column in d.columns if column.name in names]
    steps = [p.c[name] for name in GRIDS[grid.level :]]
    found = p.join(d, d.c.case_id == p.c.case_id)
    return select(*columns, *steps).select_from(found).where(*_lies(tree, grid), EVER_LATE)


def _frame(connection: Connection, statement: Select) -> pd.DataFrame:
    return pd.DataFrame(bulk.read_arrays(connection, statement), copy=False)


def rows_at(states: pd.DataFrame, as_of: int) -> Rows:
    """The states that held at an instant, as conditions look at them then."""
    rows = Rows(states)
    chosen = np.flatnonzero((rows.begins <= as_of) & (as_of < rows.ends))
    return rows.at(chosen, np.full(len(chosen), as_of, np.int64))
