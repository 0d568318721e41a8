"""The limit of each case: so many hours or days of a clock, and the instant at which they end."""

import numpy as np
import pandas as pd

from data.events import BEGINS
from data.load.mapping import Limit
from data.load.points import numbers
from data.load.rejects import Faults
from data.working_time import (
    CLOCKS,
    DAY,
    MINUTES,
    WEEK,
    WORKING_CLOCKS,
    WorkCalendar,
    WorkClock,
    limit_seconds,
)

LONGEST = 100 * 366 * DAY
"""A limit that takes longer than this is none, and no calendar reaches so far."""


class LimitClock:
    """Counts limits on the clocks of one site; without a calendar only those that never stand."""

    def __init__(self, zone: str, calendar: WorkCalendar | None) -> None:
        self.calendar = calendar
        self._clock = None if calendar is None else WorkClock(calendar)
        # Hours and natural days are as long under any calendar.
        reckoned = calendar or WorkCalendar(zone, ((0, MINUTES),))
        self._unit = {name: limit_seconds(reckoned, 1, name) for name in CLOCKS}
        worked = reckoned.day_seconds * (7 - len(reckoned.rest_weekdays))
        self._pace = {name: worked / WEEK if name in WORKING_CLOCKS else 1.0 for name in CLOCKS}

    def seconds(self, value: pd.Series, clock: pd.Series) -> pd.Series:
        """Limits of so many hours or days in seconds of their clock; missing where that is none."""
        exact = (value * clock.map(self._unit).astype(float)).to_numpy(float)
        lasts = exact / clock.map(self._pace).astype(float).to_numpy()
        usable = (np.rint(exact) > 0) & (lasts <= LONGEST)
        whole = np.rint(np.where(usable, exact, 0)).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, ~usable), index=value.index)

    def due(self, start: pd.Series, seconds: pd.Series, clock: pd.Series) -> pd.Series:
        """The instant at which each limit ends; missing where a limit or its start is."""
        working = self._is_working(clock)
        known = (start.notna() & seconds.notna() & clock.notna()).to_numpy(bool)
        if self._clock is None:
            known = known & ~working
        begun, limit = (column[known].to_numpy(np.int64) for column in (start, seconds))
        at = np.zeros(len(start), np.int64)
        at[known] = begun + limit
        if self._clock is not None:
            at[known] = self._clock.deadline(begun, limit, working[known])
        return pd.Series(pd.arrays.IntegerArray(at, ~known), index=start.index)

    def beyond_table(self, due: pd.Series, clock: pd.Series) -> pd.Series:
        """Whether an end in working time lies where the calendar knows no holidays."""
        beyond = self._is_working(clock) & due.notna().to_numpy(bool)
        if self._clock is not None:
            beyond[beyond] = self._clock.beyond_table(due[beyond].to_numpy(np.int64))
        return pd.Series(beyond, index=due.index)

    def _is_working(self, clock: pd.Series) -> np.ndarray:
        return clock.isin(WORKING_CLOCKS).to_numpy(bool)


def read_limits(
    text: pd.DataFrame, spec: Limit | None, clock: LimitClock, faults: Faults, flags: pd.DataFrame
) -> pd.DataFrame:
    """Columns limit_seconds and limit_clock, missing where a case has no limit.

    What is no usable number leaves the case without one; a clock nobody knows is a fault.
    """
    if spec is None:
        nothing = pd.array([pd.NA] * len(text), dtype="Int64")
        return pd.DataFrame({"limit_seconds": nothing, "limit_clock": None}, index=text.index)
    given, value = text[spec.value] != "", numbers(text[spec.value])
    names = pd.Series(spec.clock, index=text.index, dtype="object")
    unknown = pd.Series(False, index=text.index)
    if spec.clock_column is not None:
        names = text[spec.clock_column].astype("object").map(spec.clocks).astype("object")
        unknown = names.isna() & (value > 0)
        reason = "the word is not listed in [cases.limit.clocks] of the mapping"
        faults.add(unknown, spec.clock_column, reason)
    seconds = clock.seconds(value, names)
    flags["limit_unreadable"] = given & seconds.isna() & ~unknown
    names = names.where(seconds.notna(), None)
    return pd.DataFrame({"limit_seconds": seconds, "limit_clock": names})


def moved_deadlines(
    code: pd.Series,
    times: pd.DataFrame,
    log: pd.DataFrame,
    clock: LimitClock,
    flags: pd.DataFrame,
    now: int,
) -> pd.DataFrame:
    """An `extended` event where the source names another target time or limit than that in force.

    log: events of these cases in their order. The same limit counted from another start, or ending
    elsewhere under a new calendar, is no extension: the states are derived from it as it stands. But
    an extension wrote an instant, so a new calendar that moves the limit after it extends once more.
    """
    before = _in_force(code, log, clock)
    due, named = times["due"], times["deadline"].notna()
    flags["deadline_removed_later"] = before["due"].notna() & (
        due.isna() | (before["had_target"] & ~named)
    )
    flags["deadline_added_later"] = before["due"].isna() & due.notna()
    same_limit = before["deadline"].isna() & ~named
    for part in ("limit_seconds", "limit_clock"):
        same_limit &= (before[part] == times[part]).fillna(False).astype(bool)
    moved = (before["due"] != due).fillna(False).astype(bool)
    moved &= ~same_limit & ~flags["deadline_removed_later"]
    what = np.where(named[moved], "target time", "limit")
    # It counts only after what it replaces, which may have been written within this second.
    at = (before.loc[moved, "at"] + 1).clip(lower=now)
    return pd.DataFrame(
        {
            "code": code[moved],
            "type": "extended",
            "at": at,
            "deadline": due[moved],
            "inferred": 1,
            "note": [f"{word} changed by a later extract" for word in what],
        }
    )


def _in_force(code: pd.Series, log: pd.DataFrame, clock: LimitClock) -> pd.DataFrame:
    """What the log says of the deadline of each case, and whether it began with a target time."""
    begins = log["type"].isin(BEGINS) & (log["deadline"].notna() | log["limit_seconds"].notna())
    moves = (log["type"] == "extended") & log["deadline"].notna()
    newest = log[begins | moves].drop_duplicates("code", keep="last").set_index("code")
    columns = ["at", "deadline", "limit_seconds", "limit_clock"]
    held = newest[columns].reindex(code.to_numpy()).set_index(code.index)
    whole = columns[:3]
    held[whole] = held[whole].astype("Int64")
    computed = clock.due(held["at"], held["limit_seconds"], held["limit_clock"])
    held["due"] = held["deadline"].fillna(computed)
    begun = log[begins].drop_duplicates("code", keep="last")
    held["had_target"] = code.isin(begun.loc[begun["deadline"].notna(), "code"])
    return held
