"""The states of a grid's cases in memory, for any instant of an hour; what changes is read again by itself.

Where tiles hold nothing, all figures of a screen are counted from the same few cases. While cases come in every
second, reading all of them anew for one that changed would take most of a refresh.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data.case_tables import case_derived as d
from data.row_values import Rows
from data.versions import changed_at_of
from queries.memory import Recent

HOUR = 3600
"""Seconds after the instant first asked for that a reading answers: few states begin in so short a time."""
MOST_CHANGED = 5_000
"""States up to which the cases that changed are read again; of more, all are."""
HELD_ROWS = 300_000
"""States in memory at most: some 60 columns of eight bytes each."""
INSTANTS = 3
"""Instants of a reading for which is kept what stood then: a tick's, a change's, one that is still asked for."""
HELD_READINGS = 12
"""Readings of one place: today, a period ago, the months of a year."""


@dataclass(frozen=True)
class Stretch:
    """What is asked for: days, an instant, and until when states that begin later are wanted too."""

    first_day: int
    last_day: int
    as_of: int
    until: int

    def covers(self, other: "Stretch", *, any_day: bool) -> bool:
        """Whether the states of this one are enough for the other; any_day: of its open cases alone."""
        if not self.as_of <= other.as_of < self.until:
            return False
        return any_day or self.first_day <= other.first_day <= other.last_day <= self.last_day


Read = Callable[[Connection, Stretch, Sequence[int] | None], pd.DataFrame | None]
"""Reads the states of a stretch, of some cases only if their ids are given; None where there are too many."""


@dataclass(frozen=True)
class Reading:
    """States as of a version of the cases, which last changed then (epoch seconds); None: too many."""

    stretch: Stretch
    version: int
    changed_at: int
    frame: pd.DataFrame | None
    states: Rows | None
    looked_at: Recent = field(default_factory=lambda: Recent(INSTANTS))
    """What was made of the states as they stood at the newest instants; it goes with them."""

    @property
    def size(self) -> int:
        """How many states it holds."""
        return 0 if self.frame is None else len(self.frame)


@dataclass
class _Place:
    readings: list[Reading] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def size(self) -> int:
        return sum(reading.size for reading in self.readings)


class HeldStates:
    """Readings of one database by place, which is a grid of one version of the grids."""

    def __init__(self) -> None:
        self._places: OrderedDict[object, _Place] = OrderedDict()
        self._lock = Lock()

    def of(
        self,
        connection: Connection,
        place: object,
        stretch: Stretch,
        version: int,
        read: Read,
        *,
        any_day: bool = False,
    ) -> Reading:
        """The states as the connection's transaction sees them, which is at a version of the cases.

        Every state of the stretch that stands at its instant is among them, if there are not too many.
        """
        held = self._place(place)
        with held.lock:
            found = next(
                (r for r in held.readings if r.stretch.covers(stretch, any_day=any_day)), None
            )
            if found is not None and found.version > version and found.frame is not None:
                # A transaction that began before the newest change.
                return _read(connection, stretch, version, read)
            fresh = None if found is None else _renewed(connection, found, version, read)
            if fresh is None:
                fresh = _read(connection, found.stretch if found else stretch, version, read)
            others = [one for one in held.readings if one is not found]
            held.readings = [fresh, *others][:HELD_READINGS]
        self._drop()
        return fresh

    def _place(self, place: object) -> _Place:
        with self._lock:
            held = self._places.setdefault(place, _Place())
            self._places.move_to_end(place)
            return held

    def _drop(self) -> None:
        """Let go of the places that nobody asked for longest."""
        with self._lock:
            left = sum(held.size for held in self._places.values())
            while left > HELD_ROWS and len(self._places) > 1:
                left -= self._places.popitem(last=False)[1].size


def _read(connection: Connection, stretch: Stretch, version: int, read: Read) -> Reading:
    changed_at = changed_at_of(connection, "cases")
    frame = read(connection, stretch, None)
    states = None if frame is None else Rows(frame)
    return Reading(stretch, version, changed_at, frame, states)


def _renewed(connection: Connection, held: Reading, version: int, read: Read) -> Reading | None:
    """The reading with the cases read again that changed since; None where too many did."""
    if held.version == version or held.frame is None:
        return held
    # Whatever is written says when: in the second of the last change there may have been another.
    # No DISTINCT: for it SQLite goes through all cases in their order.
    changed = select(d.c.case_id).where(d.c.recorded_from >= held.changed_at)
    told = connection.execute(changed.limit(MOST_CHANGED + 1)).scalars().all()
    if len(told) > MOST_CHANGED:
        return None
    ids = sorted(set(told))
    now = changed_at_of(connection, "cases")
    fresh = read(connection, held.stretch, ids) if ids else None
    gone = held.frame["case_id"].isin(ids).to_numpy(bool)
    if not gone.any() and (fresh is None or fresh.empty):
        return replace(held, version=version, changed_at=now)
    kept = held.frame[~gone]
    frame = kept if fresh is None else pd.concat([kept, fresh], ignore_index=True)
    return Reading(held.stretch, version, now, frame, Rows(frame))


def rows_at(states: Rows, as_of: int) -> Rows:
    """The states that stand at an instant, as conditions look at them then."""
    chosen = np.flatnonzero((states.begins <= as_of) & (as_of < states.ends))
    return states.at(chosen, np.full(len(chosen), as_of, np.int64))
