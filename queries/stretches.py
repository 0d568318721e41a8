"""Which stretches of a time count for a limit and which do not, and why: windows, nights, holidays.

Pure: everything comes in as arguments. A stretch is as long as its reason holds, so a weekend is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from data.days import day_of, day_start, local_days
from data.work_windows import windows_between
from data.working_time import WorkCalendar, WorkClock, is_worked

COUNTED = frozenset({"window", "makeup", "natural"})
"""Reasons for which time counts: a working window, one of a 调休 day, a clock that runs day and night.
The others are noon, night, weekend, holiday and parked."""

Span = tuple[int, int]
"""Two instants in epoch seconds."""


@dataclass(frozen=True)
class Stretch:
    """Time that counts or does not; `names` are those of its holidays, `ahead` is still to come."""

    begin: int
    end: int
    reason: str
    names: tuple[str, ...] = ()
    ahead: bool = False

    @property
    def counted(self) -> bool:
        """Whether a limit runs meanwhile."""
        return self.reason in COUNTED

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return self.end - self.begin


def stretches(
    clock: WorkClock | None,
    begin: int,
    end: int,
    parkings: Sequence[Span] = (),
    names: Mapping[date, str] | None = None,
) -> list[Stretch]:
    """All that lies between two instants, without gaps; `clock` is None where nights count too.

    Parkings are in order, apart from each other and within the two instants. Raises ValueError for
    instants outside 1900 to 2200.
    """
    found: list[Stretch] = []
    at = begin
    for parked, resumed in [*parkings, (end, end)]:
        if at < parked:
            found += _unparked(clock, at, parked, names or {})
        found.append(Stretch(parked, resumed, "parked"))
        at = resumed
    return list(_joined(one for one in found if one.seconds))


def _unparked(
    clock: WorkClock | None, begin: int, end: int, names: Mapping[date, str]
) -> list[Stretch]:
    if clock is None:
        return [Stretch(begin, end, "natural")]
    # Ends of gaps and of windows in turn; the first and the last gap may have no length.
    edges = [begin, *windows_between(clock, begin, end).ravel().tolist(), end]
    days = local_days(pd.Series(edges), clock.calendar.zone)
    # A gap that ends at midnight does not touch the day that begins then.
    last_days = local_days(pd.Series(edges) - 1, clock.calendar.zone)
    off = _days_off(clock.calendar, int(days.iloc[0]), int(days.iloc[-1]))
    found = []
    for number, (one, other) in enumerate(pairwise(edges)):
        first, last = int(days.iloc[number]), int(last_days.iloc[number + 1])
        if number % 2:
            found.append(Stretch(one, other, _window(clock.calendar, first)))
        elif one < other:
            found.append(_gap(clock.calendar, (one, other), (first, last), off, names))
    return found


def _days_off(calendar: WorkCalendar, first: int, last: int) -> frozenset[int]:
    days = np.arange(first, last + 1)
    return frozenset(days[~is_worked(calendar, days)].tolist())


def _window(calendar: WorkCalendar, day: int) -> str:
    moved = day_of(day) in calendar.workdays and day_of(day).weekday() in calendar.rest_weekdays
    return "makeup" if moved else "window"


def _gap(
    calendar: WorkCalendar, span: Span, days: Span, off: frozenset[int], names: Mapping[date, str]
) -> Stretch:
    """Time between windows: a holiday lends its name to the nights and weekends it touches."""
    free = [day_of(day) for day in range(days[0], days[1] + 1) if day in off]
    holidays = [day for day in free if day in calendar.holidays]
    if holidays:
        called = dict.fromkeys(names[day] for day in holidays if day in names)
        return Stretch(*span, "holiday", tuple(called))
    if free:
        return Stretch(*span, "weekend")
    midnight = day_start(days[0], calendar.zone)
    opened, shuts = calendar.windows[0][1], calendar.windows[-1][0]
    within = midnight + 60 * opened <= span[0] and span[1] <= midnight + 60 * shuts
    return Stretch(*span, "noon" if within else "night")


def _joined(found: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours for the same reason as one."""
    held = next(found, None)
    if held is None:
        return
    for one in found:
        if held == replace(one, begin=held.begin, end=one.begin):
            held = replace(held, end=one.end)
        else:
            yield held
            held = one
    yield held
