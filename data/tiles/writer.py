"""Keeps tiles in step with the cases: called by whoever writes cases, in the same transaction.

What the cases were worth before is taken away, what they are worth after is added; both come from
data.contributions, so a tile is the raw figure or the check (data.verify) finds out.
"""

import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, func, inspect, select

from data import bulk
from data.case_tables import data_version
from data.contributions import Kind
from data.stored_settings import read_setting
from data.tiles.cells import (
    CASES,
    Cells,
    Histories,
    against,
    cells,
    falls,
    former,
    grouped,
    histories_of,
    parents_of,
    places_of,
    signed,
    turns_of,
)
from data.tiles.changes import differing, versions_of
from data.tiles.tables import (
    KEYS,
    TILES,
    TURN_KEYS,
    Set,
    case_change,
    case_turn,
    fingerprint,
    tile_parent,
    tile_spec,
    tile_state,
)
from data.versions import bump

MADE_BY = "made_by"
REMEMBERED = 5_000
"""Data versions whose changed cases are remembered; a reader further behind starts afresh."""


def made_by(connection: Connection) -> str | None:
    """What the tiles of this database were built by; None where there are none."""
    if not inspect(connection).has_table(tile_state.name):
        return None
    return read_setting(connection, tile_state, MADE_BY)


def maker(zone: str) -> str:
    """What this program would build tiles by."""
    return f"{fingerprint()} {zone}"


def read_sets(connection: Connection) -> tuple[Set, ...]:
    """Which sets of tiles there are."""
    return tuple(Set(*row) for row in connection.execute(select(tile_spec)))


def put_aside(connection: Connection) -> None:
    """Have nobody go by the tiles until they are built anew."""
    if made_by(connection) is not None:
        connection.execute(delete(tile_state).where(tile_state.c.key == MADE_BY))
        bump(connection, "tiles", int(time.time()))


class TileWriter:
    """Notes what cases are worth before they change, and writes the difference once they have."""

    def __init__(self, connection: Connection, zone: str) -> None:
        self.connection, self.zone = connection, zone
        held = made_by(connection)
        self.active = held == maker(zone)
        if held is not None and not self.active:
            put_aside(connection)  # built by another catalogue
        self.sets = read_sets(connection) if self.active else ()
        self._held: list[Histories] = []
        self._noted: set[int] = set()

    def before(self, ids: Iterable[int]) -> None:
        """Call this before anything of these cases is changed; a second call for a case does nothing."""
        fresh = sorted({int(i) for i in ids} - self._noted) if self.active else []
        self._noted.update(fresh)
        if fresh:
            self._held.append(histories_of(self.connection, fresh))

    def after(self, new_ids: Iterable[int] = ()) -> None:
        """Write what has changed of the noted cases, and all of the new ones; counts after `bump`."""
        ids = sorted(self._noted | {int(i) for i in new_ids})
        if self._is_in_force() and ids:
            now = histories_of(self.connection, ids)
            self._write(against(self._held, now), now, ids)
        self._held, self._noted = [], set()

    def changed(self, was: pd.DataFrame, now: Sequence[pd.DataFrame], given: Iterable[int]) -> None:
        """`before` and `after` in one, for who has the states of cases at hand; counts after `bump`.

        was, now: all states of cases that changed, as they were and as they are; new ones are in `now` only.
        given: ids of all cases that are to be noted as changed. Where cases lie must be as it was.
        """
        ids = sorted({int(i) for i in given})
        if not self._is_in_force() or not ids:
            return
        before, after = differing(versions_of([was]), versions_of(now))
        places = places_of(self.connection, ids)
        histories = Histories(after, places)
        self._write(against([Histories(before, places)], histories), histories, ids)

    def _is_in_force(self) -> bool:
        """Whether tiles are to be kept in step; such as came into force meanwhile are put aside."""
        if not self.active and made_by(self.connection) == maker(self.zone):
            put_aside(self.connection)  # they know nothing of these changes
        return self.active

    def _write(self, both: Histories, now: Histories, ids: list[int]) -> None:
        falling = {kind: signed(held) for kind, held in falls(both.versions, self.zone).items()}
        for kind, held in cells(both, falling, self.sets).items():
            add_cells(self.connection, kind, [held])
        turned = turns_of(falling)
        is_was = turned[:, 1] < 0
        was = np.stack((turned[:, 0], former(turned[:, 1])), axis=1)[is_was]
        self._write_turns(was, turned[~is_was])
        note_parents(self.connection, parents_of(now))
        self._note_changes(ids)

    def _write_turns(self, was: np.ndarray, now: np.ndarray) -> None:
        gone, fresh = _less(was, now), _less(now, was)
        keys = dict(zip(TURN_KEYS, gone.T.tolist(), strict=True))
        bulk.delete_rows(self.connection, case_turn, keys)
        turns = dict(zip(TURN_KEYS, fresh.T, strict=True))
        bulk.add_up(self.connection, case_turn, TURN_KEYS, turns)

    def _note_changes(self, ids: list[int]) -> None:
        version = self.connection.execute(
            select(data_version.c.version).where(data_version.c.part == "cases")
        ).scalar()
        rows = {"version": np.full(len(ids), version or 0), "case_id": np.array(ids)}
        bulk.add_up(self.connection, case_change, ("version", "case_id"), rows)
        old = (version or 0) - REMEMBERED
        self.connection.execute(delete(case_change).where(case_change.c.version < old))


def add_cells(
    connection: Connection, kind: Kind, given: Sequence[Cells], *, prefix: str = ""
) -> None:
    """Add cells to a kind's tile; what comes to nothing is not written.

    prefix: writes to a copy of the table that goes by it.
    """
    keys = np.concatenate([part.keys for part in given])
    # In the order of the table, too: cells come set by set, which would go through all of it for each.
    columns, sums = grouped(list(keys.T), np.concatenate([part.amounts for part in given]))
    if not len(sums):
        return
    table = TILES[kind]
    rows = dict(zip(KEYS, columns, strict=True))
    rows |= dict(zip((c.name for c in table.columns if c.name not in KEYS), sums.T, strict=True))
    bulk.add_up(connection, table, KEYS, rows, prefix=prefix)


def note_parents(connection: Connection, parents: Mapping[int, np.ndarray]) -> None:
    """Note under which parent each grid was seen: where there are several, sums by grid go raw.

    parents: `parents_of` what was seen.
    """
    known = _pairs(connection)
    for tree, pairs in parents.items():
        rows = {"hierarchy_id": np.full(len(pairs), tree)}
        rows |= dict(zip(("level", "child_id", "parent_id"), pairs.T, strict=True))
        bulk.add_up(connection, tile_parent, tuple(rows), rows)
    if _pairs(connection) != known:
        bump(connection, "tiles", int(time.time()))  # readers hold which grids have moved


def _pairs(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(tile_parent)).scalar_one())


def _less(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Rows of day and case that are not among the others."""
    codes = [part[:, 0] * CASES + part[:, 1] for part in (rows, others)]
    return rows[~np.isin(*codes)]
