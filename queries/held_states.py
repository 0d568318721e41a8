"""The states of a grid's cases in memory, for any instant of an hour; what changes is read again by itself.

Where tiles hold nothing, all figures of a screen are counted from the same few cases. While cases come in every
second, reading all of them anew for one that changed would take most of a refresh.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakValueDictionary

import numpy as np
from sqlalchemy import Connection, select

from data.case_tables import case_derived as d
from data.columns import renewed
from data.row_values import Rows
from data.versions import changed_at_of
from queries.memory import Recent

HOUR = 3600
"""Seconds after the instant first asked for that a reading answers: few states begin in so short a time."""
MOST_CHANGED = 5_000
"""States up to which the cases that changed are read again; of more, all are."""
HELD_ROWS = 300_000
"""States in memory at most: some 60 columns of eight bytes each."""
OVERHEAD = 100
"""A reading weighs as much as so many states, however few it holds."""
UNUSED_SECONDS = 3600.0
"""After which a reading that nobody asked for is let go: by then its instants are past."""
INSTANTS = 3
"""Instants of a reading for which is kept what stood then: a tick's, a change's, one that is still asked for."""


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


Columns = Mapping[str, np.ndarray]
"""States column by column, as data.bulk.read_arrays gives them."""
Read = Callable[[Connection, Stretch, Sequence[int] | None], Columns | None]
"""Reads the states of a stretch, of some cases only if their ids are given; None where there are too many."""
Widen = Callable[[Connection, Stretch], Stretch]
"""What to read when a stretch is asked for: more of it where that comes to less than asking again."""


@dataclass(frozen=True)
class Reading:
    """States as of a version of the cases, which last changed then (epoch seconds); None: too many."""

    stretch: Stretch
    version: int
    changed_at: int
    columns: Columns | None
    states: Rows | None
    looked_at: Recent = field(default_factory=lambda: Recent(INSTANTS))
    """What was made of the states as they stood at the newest instants; it goes with them."""

    @property
    def size(self) -> int:
        """How many states it holds, and what it weighs itself."""
        return OVERHEAD + (0 if self.states is None else self.states.size)


class HeldStates:
    """Readings of one database by place, which is a grid of one version of the grids.

    now: seconds by a clock that is never set.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._places: dict[object, dict[Stretch, Reading]] = {}
        self._used: OrderedDict[tuple[object, Stretch], float] = OrderedDict()
        """When each reading was last asked for, longest ago first."""
        self._weight = 0
        self._reading: WeakValueDictionary[object, Lock] = WeakValueDictionary()
        self._lock = Lock()

    def of(
        self,
        connection: Connection,
        place: object,
        stretch: Stretch,
        version: int,
        read: Read,
        *,
        widen: Widen = lambda _, stretch: stretch,
        any_day: bool = False,
    ) -> Reading:
        """The states as the connection's transaction sees them, which is at a version of the cases.

        Every state of the stretch that stands at its instant is among them, if there are not too many.
        """
        with self._lock:
            places, alone = self._places, self._reading.setdefault(place, Lock())
        with alone:
            found = self._found(place, stretch, any_day=any_day)
            if found is not None and found.version > version and found.states is not None:
                # A transaction that began before the newest change.
                return _read(connection, stretch, version, read)
            fresh = None if found is None else _renewed(connection, found, version, read)
            if fresh is None:
                wanted = found.stretch if found else widen(connection, stretch)
                fresh = _read(connection, wanted, version, read)
            self._keep(places, place, fresh)
        return fresh

    def clear(self) -> None:
        """Let go of all, and of what is being read when it is there."""
        with self._lock:
            self._places, self._used, self._weight = {}, OrderedDict(), 0
            self._reading = WeakValueDictionary()

    def _found(self, place: object, stretch: Stretch, *, any_day: bool) -> Reading | None:
        """The reading that was asked for last of those that have the stretch."""
        with self._lock:
            readings = reversed(self._places.get(place, {}).values())
            return next((r for r in readings if r.stretch.covers(stretch, any_day=any_day)), None)

    def _keep(
        self, places: dict[object, dict[Stretch, Reading]], place: object, fresh: Reading
    ) -> None:
        """Hold a reading instead of that of its stretch, and drop what is too much or too old.

        places: those that there were when its reading began.
        """
        with self._lock:
            if places is not self._places:
                return
            self._drop(place, fresh.stretch)
            self._places.setdefault(place, {})[fresh.stretch] = fresh
            self._used[place, fresh.stretch] = now = self._now()
            self._weight += fresh.size
            while len(self._used) > 1:
                oldest, at = next(iter(self._used.items()))
                if self._weight <= HELD_ROWS and now - at <= UNUSED_SECONDS:
                    return
                self._drop(*oldest)

    def _drop(self, place: object, stretch: Stretch) -> None:
        if self._used.pop((place, stretch), None) is None:
            return
        readings = self._places[place]
        self._weight -= readings.pop(stretch).size
        if not readings:
            del self._places[place]


def _read(connection: Connection, stretch: Stretch, version: int, read: Read) -> Reading:
    changed_at = changed_at_of(connection, "cases")
    return _reading(stretch, version, changed_at, read(connection, stretch, None))


def _reading(stretch: Stretch, version: int, changed_at: int, columns: Columns | None) -> Reading:
    states = None if columns is None else Rows(columns)
    return Reading(stretch, version, changed_at, columns, states)


def _renewed(connection: Connection, held: Reading, version: int, read: Read) -> Reading | None:
    """The reading with the cases read again that changed since; None where too many did."""
    if held.version == version or held.columns is None:
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
    is_elsewhere = not np.isin(held.columns["case_id"], ids).any()
    if is_elsewhere and (fresh is None or not len(fresh["case_id"])):
        return replace(held, version=version, changed_at=now)
    return _reading(held.stretch, version, now, renewed(held.columns, "case_id", fresh, ids))


def rows_at(states: Rows, as_of: int) -> Rows:
    """The states that stand at an instant, as conditions look at them then."""
    chosen = np.flatnonzero((states.begins <= as_of) & (as_of < states.ends))
    return states.at(chosen, np.full(len(chosen), as_of, np.int64))
