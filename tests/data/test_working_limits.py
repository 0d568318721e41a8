"""Limits in working time: the exact instants of domain.md A2, by hand, and against counting minutes."""

from datetime import date
from itertools import count

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_clock import MINUTE, is_worked
from small_town import START, UNITS, ZONE, Case, at, events_of, records_of, surveys_of

from data.days import epoch_of
from data.derive import derive
from data.rules import Rules
from data.working_time import WORKING_CLOCKS, WorkCalendar

CALENDAR = WorkCalendar(ZONE, ((480, 720), (840, 1080)), workdays=frozenset({date(2026, 3, 7)}))
"""08–12 and 14–18; the Saturday of the town's first week is a 调休 working day."""

ORDINARY = WorkCalendar(ZONE, CALENDAR.windows)
FRIDAY = 4 * 24


def states(steps: str, calendar: WorkCalendar | None = CALENDAR, **other: object) -> pd.DataFrame:
    """The versions of one case, oldest first."""
    case = Case("x", steps, **other)
    frames = records_of([case]), events_of([case]), surveys_of([case])
    for frame in frames:
        frame["case_id"] = 1
    frames[1]["seq"] = range(1, len(frames[1]) + 1)
    return derive(*frames, Rules(ZONE, calendar))


def lights(steps: str, calendar: WorkCalendar = CALENDAR) -> tuple[str, str]:
    """When the newest state turns yellow and when it is red, as wall-clock times."""
    last = states(steps, calendar).iloc[-1]
    return told(last["warn_at"]), told(last["effective_deadline"])


def told(instant: int) -> str:
    return f"{pd.Timestamp(instant, unit='s', tz=ZONE):%a %H:%M:%S}"


FILED = f"reported {FRIDAY + 16.5}, accepted {FRIDAY + 16.5} limit 4"


def test_a_case_filed_on_friday_is_due_on_the_working_saturday_after_it():
    assert lights(f"{FILED} work_hour") == ("Sat 09:42:00", "Sat 10:30:00")


def test_with_an_ordinary_weekend_the_same_case_is_due_on_monday():
    assert lights(f"{FILED} work_hour", ORDINARY) == ("Mon 09:42:00", "Mon 10:30:00")


def test_urgent_hours_run_through_the_night():
    assert lights(f"{FILED} urgent_hour")[1] == "Fri 20:30:00"


def test_a_working_day_is_eight_hours_in_windows_and_a_natural_day_is_not():
    steps = f"reported {FRIDAY + 16.5}, accepted {FRIDAY + 16.5} limit"
    assert lights(f"{steps} 1 work_day")[1] == "Sat 16:30:00"
    assert lights(f"{steps} 1 natural_day")[1] == "Sat 16:30:00"
    assert lights(f"{steps} 1 work_day", ORDINARY)[1] == "Mon 16:30:00"


def test_what_is_closed_after_the_printed_deadline_is_late_though_nothing_was_worked_between():
    steps = "reported 8, accepted 8 limit 4 work_hour, closed"
    assert states(f"{steps} 12").iloc[-1]["on_time_effective"] == 1
    assert states(f"{steps} 12.5").iloc[-1]["on_time_effective"] == 0


def test_parking_counts_in_the_working_time_it_took():
    """Parked from 17:00 to 09:00: two working hours, so the deadline moves from 18:00 to 10:00."""
    last = states("reported 8, accepted 8 limit 8 work_hour, hung 17, resumed 33").iloc[-1]
    assert told(last["effective_deadline"]) == "Tue 10:00:00"
    assert last["paused_seconds"] == 16 * 3600


def test_parking_outside_windows_moves_nothing():
    last = states("reported 8, accepted 8 limit 12 work_hour, hung 19, resumed 31").iloc[-1]
    assert told(last["effective_deadline"]) == "Tue 12:00:00"


def test_an_extension_in_working_hours_is_added_to_the_deadline_there_was():
    last = states("reported 8, accepted 8 limit 8 work_hour, extended 15 limit 4 work_hour").iloc[
        -1
    ]
    assert (told(last["original_deadline"]), told(last["effective_deadline"])) == (
        "Mon 18:00:00",
        "Tue 12:00:00",
    )


def test_a_given_deadline_stands_as_it_was_given_also_outside_windows():
    last = states("reported 8, accepted 8 due 20 limit 8 work_hour").iloc[-1]
    assert told(last["effective_deadline"]) == "Mon 20:00:00"
    assert last["limit_clock"] == "work_hour"


def test_handling_is_told_in_natural_and_in_working_time():
    """S3's case of the 苗圃街: received at 10:00, closed at 15:00."""
    last = states("reported 10, accepted 10.2 limit 1 work_day, closed 15").iloc[-1]
    assert (last["handling_seconds"], last["work_seconds"]) == (5 * 3600, 3 * 3600)
    without = states("reported 10, accepted 10.2 due 34, closed 15", None).iloc[-1]
    assert without["handling_seconds"] == 5 * 3600
    assert pd.isna(without["work_seconds"])


def test_a_limit_in_working_time_needs_a_calendar():
    with pytest.raises(ValueError, match=r"work_hour.*no working time"):
        states("reported 8, accepted 8 limit 4 work_hour", None)


def test_rework_does_not_reset_the_limit():
    steps = "reported 8, accepted 8 limit 8 work_hour, dispatched 9, rework 15, dispatched 15.5"
    assert told(states(steps).iloc[-1]["effective_deadline"]) == "Mon 18:00:00"


def test_reopening_begins_a_new_limit_on_its_own_clock():
    steps = "reported 8, accepted 8 limit 1 work_day, closed 30, reopened 34 limit 4 urgent_hour"
    last = states(steps).iloc[-1]
    assert told(last["effective_deadline"]) == "Tue 14:00:00"
    assert last["limit_clock"] == "urgent_hour"


def test_the_legs_of_a_case_are_known_with_their_times():
    steps = (
        "reported 8, accepted 9 lead station, dispatched 10, received 10.5, responded 11, closed 12"
    )
    first, _, last = (row for _, row in states(steps).iterrows())
    assert (first["dispatched_at"], first["responded_at"]) == (at(10), at(11))
    assert (last["received_at"], last["lead_level"], last["n_dispatch"]) == (at(10.5), "station", 1)


def test_the_answer_belongs_to_the_newest_supervision():
    steps = (
        "reported 0, accepted 1, supervised 2 due 20, supervision_answered 5, supervised 30 due 50"
    )
    first, second = (row for _, row in states(steps).iloc[-2:].iterrows())
    assert (first["supervise_due"], first["supervise_answered_at"]) == (at(20), at(5))
    assert second["supervise_due"] == at(50)
    assert pd.isna(second["supervise_answered_at"])


@st.composite
def parked(draw: st.DrawFn) -> tuple[str, float, list[tuple[float, float]], float]:
    """A clock, a limit in its units, parkings and an added extension, all in quarters of an hour."""
    clock = draw(st.sampled_from(sorted(UNITS)))
    largest = {"work_day": 3, "natural_day": 3}.get(clock, 20)
    limit = draw(st.integers(1, largest))
    cuts = sorted(draw(st.sets(st.integers(36, 4 * 24 * 9), max_size=4)))
    pairs = [(a / 4, b / 4) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return clock, limit, pairs, draw(st.sampled_from([0, 0, 2, 5]))


def slow_due(clock: str, begun: int, seconds: int, pairs: list[tuple[float, float]]) -> int:
    """The end of the minute that uses the limit up, parked minutes left out."""
    counted = 0
    for instant in count(begun, MINUTE):
        if counted == seconds:
            return instant
        is_parked = any(at(a) <= instant < at(b) for a, b in pairs)
        runs = clock not in WORKING_CLOCKS or is_worked(CALENDAR, instant)
        counted += MINUTE * (runs and not is_parked)
    raise AssertionError


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(parked())
def test_deadlines_agree_with_counting_minutes(drawn):
    clock, limit, pairs, more = drawn
    steps = [f"reported 8, accepted 8.5 limit {limit} {clock}"]
    steps += [f"hung {a}, resumed {b}" for a, b in pairs]
    if more:
        steps.append(f"extended 250 limit {more} work_hour")
    last = states(", ".join(steps)).iloc[-1]
    seconds = limit * UNITS[clock] + more * 3600
    due = slow_due(clock, at(8.5), seconds, pairs)
    latest = max((at(b) for _, b in pairs), default=START)
    if due < latest:
        # Used up before the last parking began: later parking still pushes a deadline that is over.
        return
    assert last["effective_deadline"] == due
    assert last["warn_at"] <= last["effective_deadline"]


def test_the_town_begins_on_a_monday():
    assert epoch_of("2026-03-02T00:00", ZONE) == START
    assert date(2026, 3, 2).weekday() == 0
