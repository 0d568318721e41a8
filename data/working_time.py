"""Counts working seconds between instants and finds deadlines, for millions of cases at a time.

A calendar says which minutes of which local days are worked. `WorkClock` turns it once into sorted
working windows in epoch seconds; after that every question is a search in a sorted array.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from data.days import day_number, day_start, local_time
from data.errors import InputError

HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
MINUTES = 1440
WEEKEND = frozenset({5, 6})

CLOCKS = ("urgent_hour", "work_hour", "work_day", "natural_day")
"""紧急工作时, 工作时, 工作日, 自然日."""

WORKING_CLOCKS = frozenset({"work_hour", "work_day"})
"""Clocks that stand still outside working windows; the others run day and night."""

ORIGIN = 946_684_800
"""2000-01-01T00:00Z: where `WorkClock.worked` is 0, so that any two answers can be compared."""

EARLIEST, LATEST = -2_208_988_800, 7_258_118_400
"""1900 and 2200 in epoch seconds. What lies beyond is a slip in the data, and would take long."""

AHEAD = 400 * DAY
"""Windows are laid out this much further than asked, so that a running clock seldom has to again."""

Window = tuple[int, int]
"""Start and end of a stretch of work in minutes of the local day; the end does not belong to it."""


@dataclass(frozen=True)
class WorkCalendar:
    """When a site works; raises InputError for what contradicts itself.

    Days in `holidays` are off and days in `workdays` (调休) are worked, whatever their weekday
    (Monday is 0). `known_from` and `known_to` are the first and last day for which somebody looked
    up holidays; both None when the site keeps no holiday table.
    """

    zone: str
    windows: tuple[Window, ...]
    rest_weekdays: frozenset[int] = WEEKEND
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    known_from: date | None = None
    known_to: date | None = None

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(f"zone = {self.zone!r} is no time zone; e.g. Asia/Shanghai.") from None
        _check_windows(self.windows)
        if not self.rest_weekdays < frozenset(range(7)):
            raise InputError(
                f"rest weekdays {sorted(self.rest_weekdays)}: name some of 0 (Monday) to 6 (Sunday) "
                "and leave at least one to work on."
            )
        if both := self.holidays & self.workdays:
            raise InputError(f"{min(both)} is both a day off and a working day; keep one of them.")
        if (self.known_from is None) != (self.known_to is None):
            raise InputError("known_from and known_to: give both, or neither without a table.")
        if self.known_from and self.known_to and self.known_from > self.known_to:
            raise InputError(f"known_from {self.known_from} comes after known_to {self.known_to}.")

    @property
    def day_seconds(self) -> int:
        """Working seconds of one standard day, the sum of its windows."""
        return 60 * sum(end - start for start, end in self.windows)


def _check_windows(windows: tuple[Window, ...]) -> None:
    if not windows:
        raise InputError('there are no working windows; e.g. windows = ["08:00-12:00"].')
    for window in windows:
        if not 0 <= window[0] < window[1] <= MINUTES:
            raise InputError(
                f"window {spelt(window)} does not lie within one day, 00:00 to 24:00, start before "
                "end; split one that passes midnight: 22:00-24:00 and 00:00-06:00."
            )
    for one, other in pairwise(windows):
        if other[0] < one[1]:
            raise InputError(
                f"windows {spelt(one)} and {spelt(other)} overlap or stand in the wrong order; "
                "write the earlier one first and join those that overlap."
            )


def spelt(window: Window) -> str:
    """`08:00-12:00`."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in window)


def plausible(at: np.ndarray) -> np.ndarray:
    """Instants that a clock can be asked about: one slip in the data must not stop the others."""
    return np.clip(at, EARLIEST, LATEST - 1)


def limit_seconds(calendar: WorkCalendar, value: float, clock: str) -> int:
    """A limit of so many hours or days in seconds of its clock, rounded to a whole second.

    Raises ValueError for an unknown clock and for a limit of less than half a second.
    """
    if clock not in CLOCKS:
        raise ValueError(f"clock {clock!r} is unknown; choose one of {', '.join(CLOCKS)}.")
    unit = {"work_day": calendar.day_seconds, "natural_day": DAY}.get(clock, HOUR)
    if not (math.isfinite(value) and round(value * unit) > 0):
        raise ValueError(f"a limit of {value} {clock} is none; it must be more than 0.")
    return round(value * unit)


@dataclass(frozen=True)
class Layout:
    """Working windows from `first` to `last` as epoch seconds, in order; arrays of one length.

    `total` is what has been worked since ORIGIN by each end. Inside a window what has been worked
    by an instant is that instant minus `idle`. Element 0 is an empty window at `first`, so that a
    search always finds a window that has begun.
    """

    first: int
    last: int
    start: np.ndarray
    end: np.ndarray
    total: np.ndarray
    idle: np.ndarray

    def worked(self, at: np.ndarray) -> np.ndarray:
        """Working seconds from ORIGIN up to instants that lie within."""
        begun = np.searchsorted(self.start, at, side="right") - 1
        return np.minimum(at, self.end[begun]) - self.idle[begun]


class WorkClock:
    """Answers questions about the working time of one calendar.

    Instants and working times are int64 arrays (or scalars) of epoch seconds and of seconds; arrays
    of different shapes are broadcast. Whatever range is asked for is laid out when first needed.
    Threads may share a clock: a layout never changes, it is only replaced by a longer one.

    Raises TypeError for values that are not whole numbers, and ValueError for instants and
    deadlines outside 1900 to 2200.
    """

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self._layout = _lay_out(calendar, ORIGIN, ORIGIN + DAY)

    def worked(self, at: np.ndarray) -> np.ndarray:
        """Working seconds from ORIGIN up to each instant; negative before it, never decreasing."""
        at = _whole(at)
        return self.reaching(int(at.min()), int(at.max())).worked(at) if at.size else at

    def instant(self, worked: np.ndarray) -> np.ndarray:
        """The earliest instant by which so many seconds have been worked since ORIGIN."""
        worked = _whole(worked)
        if not worked.size:
            return worked
        layout = self._until_worked(int(worked.min()), int(worked.max()))
        return worked + layout.idle[np.searchsorted(layout.total, worked, side="left")]

    def elapsed(
        self, start: np.ndarray, end: np.ndarray, working: np.ndarray | bool = True
    ) -> np.ndarray:
        """Seconds that ran from start to end: all, or where `working` those inside windows only.

        Adds up over any split, elapsed(a, b) + elapsed(b, c) == elapsed(a, c), so it is negative
        when the end comes before the start.
        """
        start, end, rows = np.broadcast_arrays(
            _whole(start), _whole(end), np.asarray(working, bool)
        )
        ran = np.asarray(end - start)
        ran[rows] = self.worked(end[rows]) - self.worked(start[rows])
        return ran

    def deadline(
        self, start: np.ndarray, seconds: np.ndarray, working: np.ndarray | bool = True
    ) -> np.ndarray:
        """The earliest instant, from start on, at which so many seconds have run: `elapsed` undone.

        Raises ValueError when seconds are negative.
        """
        start, seconds, rows = np.broadcast_arrays(
            _whole(start), _whole(seconds), np.asarray(working, bool)
        )
        if seconds.size and seconds.min() < 0:
            raise ValueError(f"a limit of {seconds.min()} seconds is negative.")
        due = np.asarray(start + seconds)
        # Nothing to work is done at once, not when the window before the start ended.
        due[rows] = np.maximum(start[rows], self.instant(self.worked(start[rows]) + seconds[rows]))
        return due

    def beyond_table(self, at: np.ndarray) -> np.ndarray:
        """True where the local day lies outside the holiday table and counts by weekday alone.

        False everywhere for a calendar without a table: there nobody expects holidays.
        """
        at, calendar = _whole(at), self.calendar
        if calendar.known_from is None or calendar.known_to is None:
            return np.zeros(at.shape, bool)
        first = day_start(day_number(calendar.known_from), calendar.zone)
        after = day_start(day_number(calendar.known_to) + 1, calendar.zone)
        return np.asarray((at < first) | (at >= after))

    def _until_worked(self, least: int, most: int) -> Layout:
        """A layout in which so little has not been worked at first, and so much has at last."""
        layout = self._layout
        week = self.calendar.day_seconds * (7 - len(self.calendar.rest_weekdays))
        while layout.total[-1] < most:
            # Holidays make weeks shorter than this reckons: then the next round goes on.
            ahead = WEEK * ((most - int(layout.total[-1])) // week + 1)
            layout = self.reaching(layout.first, layout.last + ahead)
        while layout.total[0] >= least:
            back = WEEK * ((int(layout.total[0]) - least) // week + 1)
            layout = self.reaching(layout.first - back, layout.last - 1)
        return layout

    def reaching(self, first: int, last: int) -> Layout:
        """Windows from `first` to `last` and beyond: those at hand, laid out anew if they end before."""
        layout = self._layout
        if layout.first <= first and last < layout.last:
            return layout
        for at in (first, last):
            if not EARLIEST <= at < LATEST:
                raise ValueError(
                    f"{at} s lies outside 1900 to 2200, or a deadline would; leave such rows out, "
                    "or look for a slip in the data."
                )
        if first < layout.first:
            first -= AHEAD
        if last >= layout.last:
            last += AHEAD
        begin, finish = max(EARLIEST, min(first, layout.first)), min(LATEST, max(last, layout.last))
        self._layout = layout = _lay_out(self.calendar, begin, finish)
        return layout


def _whole(values: np.ndarray) -> np.ndarray:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        # A float would hide missing values, and lose the seconds of large numbers.
        raise TypeError(f"whole seconds are needed, not {array.dtype}; leave missing rows out.")
    return array.astype(np.int64, copy=False)


def _lay_out(calendar: WorkCalendar, first: int, last: int) -> Layout:
    """All working windows between two instants; ORIGIN must be one of `first` ≤ t < `last`."""
    begins, offsets = _offsets(calendar.zone, first, last)
    windows = 60 * np.array(calendar.windows, np.int64)
    starts, ends = [np.array([first])], [np.array([first])]
    # While the offset of the zone stays the same, local time is epoch seconds plus that offset.
    # A change of the clocks cuts a window in two, and leaves out or repeats the hour it concerns.
    for begin, finish, offset in zip(begins, [*begins[1:], last], offsets, strict=True):
        days = np.arange((begin + offset) // DAY, (finish - 1 + offset) // DAY + 1)
        midnights = days[is_worked(calendar, days), np.newaxis] * DAY - offset
        opening = np.maximum((midnights + windows[:, 0]).ravel(), begin)
        closing = np.minimum((midnights + windows[:, 1]).ravel(), finish)
        starts.append(opening[opening < closing])
        ends.append(closing[opening < closing])
    start, end = np.concatenate(starts), np.concatenate(ends)
    length = end - start
    total = np.cumsum(length)
    layout = Layout(first, last, start, end, total, end - total)
    before = int(layout.worked(np.array(ORIGIN)))
    return Layout(first, last, start, end, total - before, end - total + before)


def is_worked(calendar: WorkCalendar, days: np.ndarray) -> np.ndarray:
    """Which of the day numbers are working days."""
    weekday = (days + 3) % 7  # day 0, 1970-01-01, was a Thursday
    worked = ~np.isin(weekday, list(calendar.rest_weekdays))
    worked &= ~np.isin(days, [day_number(day) for day in calendar.holidays])
    return worked | np.isin(days, [day_number(day) for day in calendar.workdays])


def _offsets(zone: str, first: int, last: int) -> tuple[list[int], list[int]]:
    """Instants from which each offset of the zone (seconds east of UTC) holds, and the offsets."""

    def offset(at: int) -> int:
        shift = local_time(at, zone).utcoffset()
        assert shift is not None
        return int(shift.total_seconds())

    begins, offsets = [first], [offset(first)]
    # No zone has moved its clocks there and back within a day, so daily looks miss no change.
    for one, other in pairwise([*range(first, last, DAY), last]):
        before, after = offsets[-1], offset(other)
        if before != after:
            seconds = range(one + 1, other + 1)
            at = bisect_left(seconds, True, key=lambda at: offset(at) != before)
            begins.append(seconds[at])
            offsets.append(after)
    return begins, offsets
