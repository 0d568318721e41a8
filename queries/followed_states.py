"""States of some kind in memory, by grid: read once, after that only cases that changed are read again.

For what no tile holds and what few cases have, so that looking for them in all cases every time would cost
with what is stored.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from sqlalchemy import Connection, Select

from data.columns import renewed
from data.grids import Grid, GridTree
from queries.edge_days import changed_since, changes_since
from queries.held_states import Columns

HELD = 200
"""Grids whose states are kept: the streets of a district and what people open below them."""
MOST_CHANGED = 50_000
"""Cases up to which those that changed are read again; of more, all are."""

Read = Callable[[Connection, GridTree, Grid, Select | None], Columns | None]
"""Reads the states below a grid, of some cases only if a statement gives their ids.

None of a grid in which all of them would take too long to find; of some cases never.
"""
Held = tuple[int, Columns | None]
"""States as of a version of the cases."""
Kept = OrderedDict[tuple[object, ...], Held]


class FollowedStates:
    """The states by grid of one database, each grid as of the version it was last asked at."""

    def __init__(self, read: Read, *, anew: bool = True) -> None:
        """anew: whether who began before the newest change reads all states once more, or gets none."""
        self._read, self._anew = read, anew
        self._held: Kept = OrderedDict()
        self._reading: dict[tuple[object, ...], Lock] = {}
        self._lock = Lock()

    def of(
        self, connection: Connection, tree: GridTree, grid: Grid, version: int, tiles: int
    ) -> Columns | None:
        """The states below a grid as of a version of the cases, read in the connection's transaction.

        Which cases changed is remembered beside the tiles: kept for one version of them, the newest asked for.
        """
        key = tiles, tree.hierarchy_id, grid.grid_id
        with self._lock:
            mine, reading = self._held, self._reading.setdefault(key, Lock())
        with reading:
            held = mine.get(key)
            if held is None or held[0] < version:
                # A grid of too many cases has them until the tiles are others.
                too_many = held is not None and held[1] is None
                found = self._renewed(connection, tree, grid, held) if held else None
                if found is None and not too_many:
                    found = self._read(connection, tree, grid, None)
                held = version, found
                self._keep(mine, key, held)
            if held[0] == version or held[1] is None:
                return held[1]
        # A transaction that began before the newest change.
        return self._read(connection, tree, grid, None) if self._anew else None

    def clear(self) -> None:
        """Let go of all, and of what is being read when it is there."""
        with self._lock:
            self._held, self._reading = OrderedDict(), {}

    def _keep(self, mine: Kept, key: tuple[object, ...], held: Held) -> None:
        with self._lock:
            older = [one for one in mine if one[1:] == key[1:] and one != key]
            for one in older:
                del mine[one]
                self._reading.pop(one, None)
            mine[key] = held
            mine.move_to_end(key)
            while len(mine) > HELD:
                dropped, _ = mine.popitem(last=False)
                self._reading.pop(dropped, None)

    def _renewed(
        self, connection: Connection, tree: GridTree, grid: Grid, held: Held
    ) -> Columns | None:
        """The states with those of the cases read again that changed since; None if they are too many or not known."""
        version, before = held
        changed = None if before is None else changed_since(connection, version)
        if before is None or changed is None or len(changed) > MOST_CHANGED:
            return None
        if not len(changed):
            return before
        fresh = self._read(connection, tree, grid, changes_since(version))
        return renewed(before, "case_id", fresh, changed)
