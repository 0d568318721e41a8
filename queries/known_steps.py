"""What tiles must be corrected by to be those of an earlier moment: the cases told better since then.

Tiles hold what the database says now. Of the cases that it has said anything new of since, their steps
as they are are taken away and their steps as they were are added: few cases for a recent moment, and
exact for any.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

import numpy as np
from sqlalchemy import Connection, select, union

from data.case_tables import case_derived
from data.contributions import KINDS
from data.past_tables import KNOWN, case_derived_past, case_path_past
from data.tiles.cells import histories_of
from queries.edge_days import Day, DaySteps, changed_since, joined, steps_of

MOST_CASES = 60_000
"""Cases told better since then up to which tiles are corrected; beyond, all is counted from the cases."""


@contextmanager
def as_it_is(connection: Connection) -> Iterator[Connection]:
    """The connection with what is said now, whatever moment it reads otherwise."""
    at = connection.get_execution_options().get(KNOWN)
    connection.execution_options(**{KNOWN: None})
    try:
        yield connection
    finally:
        connection.execution_options(**{KNOWN: at})


class Known:
    """A moment (epoch seconds), with what tiles are corrected by as of the version last asked at."""

    def __init__(self, at: int) -> None:
        self.at = at
        self._held: tuple[object, int, Day | None] | None = None
        self._lock = Lock()

    def correction(self, connection: Connection, version: int, tiles: int, zone: str) -> Day | None:
        """Steps of all days to add to what tiles say; None where too many cases were told better."""
        with self._lock:
            held = self._held
            if held is not None and held[0] == tiles and held[1] == version:
                return held[2]
            if held is not None and held[0] == tiles and held[1] > version:
                return self._of(connection, self._changed(connection), zone)
            found = self._renewed(connection, held, tiles, zone)
            self._held = tiles, version, found
            return found

    def _renewed(
        self,
        connection: Connection,
        held: tuple[object, int, Day | None] | None,
        tiles: int,
        zone: str,
    ) -> Day | None:
        if held is None or held[0] != tiles:
            return self._of(connection, self._changed(connection), zone)
        before, changed = held[2], changed_since(connection, held[1])
        if before is None:
            return None  # they only get more
        fresh = None if changed is None else self._of(connection, changed, zone)
        if changed is None or fresh is None:
            return self._of(connection, self._changed(connection), zone)
        return {kind: joined(before[kind], fresh[kind], changed) for kind in KINDS}

    def _changed(self, connection: Connection) -> np.ndarray:
        """Ids of the cases that the database has said anything else of since; at most one too many."""
        d, past, path = case_derived.c, case_derived_past.c, case_path_past.c
        told = union(
            select(d.case_id).where(d.recorded_from > self.at),
            select(past.case_id).where(past.recorded_to > self.at),
            select(path.case_id).where(path.recorded_to > self.at),
        ).limit(MOST_CASES + 1)
        with as_it_is(connection):
            return np.array(sorted(connection.execute(told).scalars()), np.int64)

    def _of(self, connection: Connection, cases: np.ndarray, zone: str) -> Day | None:
        """Steps of the cases as they were, and of what they are its opposite."""
        if len(cases) > MOST_CASES:
            return None
        ids = cases.tolist()
        then = steps_of(histories_of(connection, ids), zone)
        with as_it_is(connection):
            now = steps_of(histories_of(connection, ids), zone)
        none = cases[:0]
        both = ((then[kind], replace(now[kind], amounts=-now[kind].amounts)) for kind in KINDS)
        return {
            kind: _differing(joined(*pair, none)) for kind, pair in zip(KINDS, both, strict=True)
        }


def _differing(steps: DaySteps) -> DaySteps:
    """The steps without those that say the same then and now, which come to nothing."""
    if not len(steps.at):
        return steps
    told = [*steps.values.values(), *steps.places.values(), steps.bucket, steps.day]
    told += [steps.case_id, steps.at]
    order = np.lexsort(told)
    fresh = np.zeros(len(order), bool)
    fresh[0] = True
    for column in told:
        fresh[1:] |= column[order][1:] != column[order][:-1]
    starts = np.flatnonzero(fresh)
    amounts = np.add.reduceat(steps.amounts[order], starts, axis=0)
    counts = amounts.any(axis=1)
    row = order[starts[counts]]
    return DaySteps(
        steps.at[row],
        steps.case_id[row],
        steps.day[row],
        steps.bucket[row],
        amounts[counts],
        {dim: value[row] for dim, value in steps.values.items()},
        {place: grid[row] for place, grid in steps.places.items()},
    )
