"""Working time: acceptance scenario A2, changes of the clocks, and agreement with a slow count."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slow_clock import MINUTE, is_worked, slow_deadline, slow_elapsed

from data.days import day_number, epoch_of, local_time
from data.errors import InputError
from data.working_time import CLOCKS, ORIGIN, WORKING_CLOCKS, WorkCalendar, WorkClock, limit_seconds

ZONE = "Asia/Shanghai"
OFFICE = ((480, 720), (840, 1080))
"""08:00-12:00 and 14:00-18:00."""

PLAIN = WorkCalendar(ZONE, OFFICE)
SPRING = WorkCalendar(
    ZONE,
    OFFICE,
    holidays=frozenset(date(2026, 2, day) for day in range(15, 24)),
    workdays=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
    known_from=date(2026, 1, 1),
    known_to=date(2026, 12, 31),
)
"""The Spring Festival of 2026 with the two Saturdays that are worked for it."""

NEW_YORK = "America/New_York"
NIGHT = WorkCalendar(NEW_YORK, ((0, 360),), frozenset())
"""Worked every night from midnight to six, when clocks are changed."""

CHANGES = {
    "Asia/Shanghai": ("1986-05-04", "1991-09-15", "2026-02-14"),
    NEW_YORK: ("2026-03-08", "2026-11-01"),
    "America/Sao_Paulo": ("2018-02-18", "2018-11-04"),  # at midnight
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),  # by half an hour
    "Pacific/Apia": ("2011-12-30",),  # a day that never was
    "Asia/Kathmandu": ("2026-03-02",),
    "Europe/London": ("1995-10-22",),  # before ORIGIN
}
"""Days on which the clocks of a zone were changed, or on which its offset is an odd one."""

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def at(text: str, zone: str = ZONE) -> np.ndarray:
    return np.array([epoch_of(text, zone)])


def shown(instants: np.ndarray, zone: str = ZONE) -> str:
    return local_time(int(instants[0]), zone).strftime("%a %m-%d %H:%M:%S")


def due(calendar: WorkCalendar, start: str, value: float, clock: str, percent: int = 100) -> str:
    """When so much of a limit has run, on the wall clock."""
    seconds = -(-limit_seconds(calendar, value, clock) * percent // 100)
    start_at = at(start, calendar.zone)
    found = WorkClock(calendar).deadline(start_at, seconds, clock in WORKING_CLOCKS)
    return shown(found, calendar.zone)


def test_a2_with_a_working_saturday():
    assert due(SPRING, "2026-02-13T16:30", 4, "work_hour", 80) == "Sat 02-14 09:42:00"
    assert due(SPRING, "2026-02-13T16:30", 4, "work_hour") == "Sat 02-14 10:30:00"


def test_a2_with_an_ordinary_weekend():
    assert due(SPRING, "2026-03-06T16:30", 4, "work_hour", 80) == "Mon 03-09 09:42:00"
    assert due(SPRING, "2026-03-06T16:30", 4, "work_hour") == "Mon 03-09 10:30:00"


def test_a2_on_the_urgent_clock():
    assert due(SPRING, "2026-02-13T16:30", 4, "urgent_hour") == "Fri 02-13 20:30:00"


def test_a2_seconds_before_and_after_the_lights_change():
    clock, start = WorkClock(SPRING), at("2026-02-13T16:30")
    instants = at("2026-02-14T09:42") + np.array([-1, 0, 1])
    assert (clock.elapsed(start, instants) - 0.8 * 4 * 3600).tolist() == [-1, 0, 1]
    instants = at("2026-02-14T10:30") + np.array([-1, 0, 1])
    assert (clock.elapsed(start, instants) - 4 * 3600).tolist() == [-1, 0, 1]


def test_holidays_and_the_noon_break_do_not_count():
    assert due(SPRING, "2026-02-14T17:00", 2, "work_hour") == "Tue 02-24 09:00:00"
    assert due(SPRING, "2026-02-14T17:00", 1, "natural_day") == "Sun 02-15 17:00:00"
    assert due(SPRING, "2026-02-24T11:30", 1, "work_hour") == "Tue 02-24 14:30:00"


def test_a_working_day_is_its_windows_from_any_hour():
    assert due(PLAIN, "2026-03-06T16:30", 1, "work_day") == "Mon 03-09 16:30:00"
    assert due(PLAIN, "2026-03-07T23:00", 1, "work_day") == "Mon 03-09 18:00:00"
    assert due(PLAIN, "2026-03-02T08:00", 5, "work_day") == "Fri 03-06 18:00:00"


def test_a_limit_used_up_at_the_end_of_a_window_is_due_then():
    assert due(PLAIN, "2026-03-02T10:00", 2, "work_hour") == "Mon 03-02 12:00:00"


def test_limits_in_seconds():
    found = [limit_seconds(PLAIN, 1.5, clock) for clock in CLOCKS]
    assert found == [5400, 5400, 12 * 3600, 129_600]


def test_rows_on_different_clocks_in_one_call():
    start, working = at("2026-03-06T16:30"), np.array([True, False])
    clock = WorkClock(PLAIN)
    instants = clock.deadline(start, 4 * 3600, working)
    assert instants.tolist() == [*at("2026-03-09T10:30"), *at("2026-03-06T20:30")]
    assert clock.elapsed(start, instants, working).tolist() == [4 * 3600, 4 * 3600]
    assert clock.elapsed(start, instants).tolist() == [4 * 3600, 1.5 * 3600]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 5), ("2026-11-01", 7)])
def test_a_night_in_which_clocks_change_is_shorter_or_longer(day, hours):
    start, end = at(f"{day}T00:00", NEW_YORK), at(f"{day}T12:00", NEW_YORK)
    clock = WorkClock(NIGHT)
    assert clock.elapsed(start, end).tolist() == [hours * 3600]
    assert shown(clock.deadline(start, hours * 3600), NEW_YORK)[-8:] == "06:00:00"


@pytest.mark.parametrize(("day", "minutes"), [("2026-03-08", 30), ("2026-11-01", 90)])
def test_a_window_cut_by_the_change_counts_every_minute_that_shows_it(day, minutes):
    calendar = WorkCalendar(NEW_YORK, ((90, 150),), frozenset())  # 01:30-02:30
    start, end = at(f"{day}T00:00", NEW_YORK), at(f"{day}T12:00", NEW_YORK)
    assert WorkClock(calendar).elapsed(start, end).tolist() == [minutes * 60]


def test_office_hours_stay_local_when_clocks_change():
    calendar = WorkCalendar(NEW_YORK, ((540, 1020),))  # 09:00-17:00
    assert due(calendar, "2026-03-06T16:00", 2, "work_hour") == "Mon 03-09 10:00:00"
    assert due(calendar, "2026-10-30T16:00", 2, "work_hour") == "Mon 11-02 10:00:00"


def test_the_answer_does_not_depend_on_what_was_asked_before():
    instants = np.concatenate([at("1950-06-01"), at("2026-03-06T16:30"), at("2150-06-01")])
    clock = WorkClock(PLAIN)
    singly = [int(clock.worked(instants[i : i + 1])[0]) for i in (1, 2, 0)]
    assert singly == WorkClock(PLAIN).worked(instants)[[1, 2, 0]].tolist()
    assert WorkClock(PLAIN).worked(np.array([ORIGIN])).tolist() == [0]


def test_nothing_to_do_is_done_at_once():
    start = at("2026-03-07T12:00")  # a Saturday
    assert WorkClock(PLAIN).deadline(start, 0).tolist() == start.tolist()


def test_no_rows_and_single_numbers_are_taken():
    clock, none = WorkClock(PLAIN), np.array([], np.int64)
    assert clock.deadline(none, none).size == clock.elapsed(none, none).size == 0
    assert clock.elapsed(at("2026-03-02")[0], at("2026-03-03")[0]) == 8 * 3600


def test_instants_beyond_the_table():
    edges = np.concatenate([at("2026-01-01"), at("2027-01-01")])
    instants = np.concatenate([edges - 1, edges])
    assert WorkClock(SPRING).beyond_table(instants).tolist() == [True, False, False, True]
    assert not WorkClock(PLAIN).beyond_table(instants).any()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"zone": "Asia/Shangai"}, "'Asia/Shangai' is no time zone; e.g. Asia/Shanghai"),
        ({"windows": ()}, "no working windows"),
        ({"windows": ((720, 480),)}, "12:00-08:00 does not lie within one day"),
        ({"windows": ((480, 480),)}, "08:00-08:00 does not lie within one day"),
        ({"windows": ((1320, 1500),)}, "22:00-25:00 does not lie within one day"),
        ({"windows": ((480, 720), (700, 1080))}, "08:00-12:00 and 11:40-18:00 overlap"),
        ({"windows": ((840, 1080), (480, 720))}, "write the earlier one first"),
        ({"rest_weekdays": frozenset(range(7))}, "leave at least one to work on"),
        ({"rest_weekdays": frozenset({7})}, "0 (Monday) to 6 (Sunday)"),
        ({"workdays": frozenset({date(2026, 2, 16)})}, "2026-02-16 is both"),
        ({"known_to": None}, "give both"),
        ({"known_to": date(2025, 1, 1)}, "comes after known_to 2025-01-01"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(fields, words):
    given_fields = {name: getattr(SPRING, name) for name in SPRING.__dataclass_fields__}
    with pytest.raises(InputError) as caught:
        WorkCalendar(**given_fields | fields)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [0, -1, 0.0001, float("nan"), float("inf")])
def test_a_limit_must_be_more_than_nothing(value):
    with pytest.raises(ValueError, match="must be more than 0"):
        limit_seconds(PLAIN, value, "work_hour")


def test_an_unknown_clock_is_refused():
    with pytest.raises(ValueError, match="'hour' is unknown; choose one of urgent_hour"):
        limit_seconds(PLAIN, 1, "hour")


def test_what_cannot_be_counted_is_refused():
    clock, start = WorkClock(PLAIN), at("2026-03-02")
    with pytest.raises(TypeError, match="not float64"):
        clock.worked(np.array([1.5]))
    with pytest.raises(ValueError, match="-60 seconds is negative"):
        clock.deadline(start, -60)
    for far in (2**52, -(2**40)):
        with pytest.raises(ValueError, match="outside 1900 to 2200"):
            clock.worked(np.array([far]))
    with pytest.raises(ValueError, match="outside 1900 to 2200"):
        clock.deadline(start, 10**12)


@st.composite
def calendars(draw):
    """A zone, random windows, rest days and dated exceptions, and two minutes around a change."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = date.fromisoformat(draw(st.sampled_from(CHANGES[zone])))
    cuts = draw(st.lists(st.integers(0, 1440), min_size=2, max_size=8, unique=True))
    edges = sorted(cuts)[: len(cuts) // 2 * 2]
    near = [day + timedelta(days=n) for n in range(-3, 5)]
    kinds = draw(st.lists(st.sampled_from("  ow"), min_size=8, max_size=8))
    calendar = WorkCalendar(
        zone,
        tuple(zip(edges[::2], edges[1::2], strict=True)),
        frozenset(draw(st.sets(st.integers(0, 6), max_size=3))),
        frozenset(d for d, kind in zip(near, kinds, strict=True) if kind == "o"),
        frozenset(d for d, kind in zip(near, kinds, strict=True) if kind == "w"),
    )
    first = (day_number(day) - 2) * 1440
    minutes = st.integers(first, first + 4 * 1440)
    return calendar, *sorted(MINUTE * draw(minutes) for _ in range(2))


seconds = st.integers(epoch_of("1985-01-01", "UTC"), epoch_of("2035-01-01", "UTC"))
split = st.lists(seconds, min_size=3, max_size=3).map(sorted)


@quick
@given(calendars())
def test_elapsed_is_what_the_slow_count_finds(case):
    calendar, start, end = case
    assert WorkClock(calendar).elapsed(start, end) == slow_elapsed(calendar, start, end)


@quick
@given(calendars(), st.data())
def test_a_deadline_is_what_the_slow_count_finds(case, data):
    calendar, start, end = case
    most = slow_elapsed(calendar, start, end) // MINUTE
    assume(most > 0)
    limit = MINUTE * data.draw(st.integers(1, most))
    assert WorkClock(calendar).deadline(start, limit) == slow_deadline(calendar, start, limit)


@quick
@given(calendars())
def test_nothing_passes_outside_windows_and_everything_within(case):
    calendar, start, _ = case
    passed = WorkClock(calendar).elapsed(start, start + np.array([0, 1, 59, 60]))
    assert passed.tolist() == ([0, 1, 59, 60] if is_worked(calendar, start) else [0, 0, 0, 0])


@quick
@given(calendars(), split)
def test_elapsed_adds_up_and_is_never_negative(case, instants):
    clock, (a, b, c) = WorkClock(case[0]), np.array(instants)
    parts = clock.elapsed(a, b), clock.elapsed(b, c)
    assert min(parts) >= 0
    assert sum(parts) == clock.elapsed(a, c) <= c - a
    assert clock.elapsed(c, a) == -clock.elapsed(a, c)


@quick
@given(calendars(), st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=9))
def test_instant_is_the_earliest_at_which_so_much_has_been_worked(case, amounts):
    clock, worked = WorkClock(case[0]), np.array(amounts)
    instants = clock.instant(worked)
    assert (clock.worked(instants) == worked).all()
    assert (clock.worked(instants - 1) == worked - 1).all()
    assert (clock.deadline(instants, 0) == instants).all()
