"""Working time counted the slow and obvious way: minute by minute on the wall clock of the zone."""

from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from data.working_time import WorkCalendar

MINUTE = 60


def is_worked(calendar: WorkCalendar, at: int) -> bool:
    """Whether the minute that begins at this epoch second is worked."""
    local = datetime.fromtimestamp(at, ZoneInfo(calendar.zone))
    day, minute = local.date(), 60 * local.hour + local.minute
    is_rest = day in calendar.holidays or day.weekday() in calendar.rest_weekdays
    if is_rest and day not in calendar.workdays:
        return False
    return any(start <= minute < end for start, end in calendar.windows)


def slow_elapsed(calendar: WorkCalendar, start: int, end: int) -> int:
    """Working seconds between two instants that are whole minutes."""
    return MINUTE * sum(is_worked(calendar, at) for at in range(start, end, MINUTE))


def slow_deadline(calendar: WorkCalendar, start: int, seconds: int) -> int:
    """The end of the minute that uses up a limit of whole minutes."""
    left = seconds
    for at in count(start, MINUTE):
        if left == 0:
            return at
        if is_worked(calendar, at):
            left -= MINUTE
    raise AssertionError
