"""Random cases: the account agrees with the derived deadlines and with counting minute by minute."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slow_clock import MINUTE, is_worked, slow_elapsed
from small_town import START, UNITS, ZONE, Case, at, events_of, records_of, surveys_of

from data.derive import derive
from data.rules import Rules
from data.working_time import WORKING_CLOCKS, WorkCalendar, WorkClock
from queries.time_account import TimeAccount, account

CALENDAR = WorkCalendar(
    ZONE,
    ((480, 720), (840, 1080)),
    holidays=frozenset({date(2026, 3, 11), date(2026, 3, 12)}),
    workdays=frozenset({date(2026, 3, 7)}),
)
CLOCK = WorkClock(CALENDAR)
NAMES = {date(2026, 3, 11): "植树节"}
POSSIBLE = {
    "open": ("hung", "extended", "due", "closed"),
    "parked": ("hung", "resumed", "resumed", "extended", "due", "closed"),
    "closed": ("reopened",),
}
"""What can happen to a case; `due` is an extension that names an instant."""
AFTER = {"hung": "parked", "resumed": "open", "closed": "closed", "reopened": "open"}


@dataclass(frozen=True)
class Course:
    """A case's steps as the small town writes them, and when it is looked at, in minutes."""

    clock: str
    steps: str
    as_of: int


@st.composite
def courses(draw: st.DrawFn) -> Course:
    clock = draw(st.sampled_from(sorted(UNITS)))
    amounts = st.integers(1, 2 if clock.endswith("day") else 12)
    minute = draw(st.integers(0, 7 * 1440))
    begun = f"{minute / 60} limit {draw(amounts)} {clock}"
    steps = [f"reported {minute / 60}", f"accepted {begun}"]
    state = "open"
    for _ in range(draw(st.integers(0, 5))):
        minute += draw(st.integers(1, 2000))
        kind = draw(st.sampled_from(POSSIBLE[state]))
        state = AFTER.get(kind, state)
        if kind == "due":
            steps.append(f"extended {minute / 60} due {(minute + draw(st.integers(1, 4000))) / 60}")
        elif kind in ("extended", "reopened"):
            steps.append(f"{kind} {minute / 60} limit {draw(amounts)} {clock}")
        else:
            steps.append(f"{kind} {minute / 60}")
    return Course(clock, ", ".join(steps), minute + draw(st.integers(0, 3000)))


def looked_at(course: Course) -> tuple[TimeAccount, list[Any], list[Any]]:
    """The account, and the events and versions that it was made from."""
    as_of = START + MINUTE * course.as_of
    case = Case("x", course.steps)
    frames = [frame.assign(case_id=1) for frame in (records_of([case]), surveys_of([case]))]
    log = events_of([case]).assign(case_id=1)
    log["seq"] = range(1, len(log) + 1)
    versions = rows_of(derive(frames[0], log, frames[1], Rules(ZONE, CALENDAR)))
    versions = [version for version in versions if version.valid_from <= as_of]
    events = [event for event in rows_of(log) if event.at <= as_of]
    found = account(CLOCK, NAMES, events, versions, as_of)
    assert found is not None
    return found, events, versions


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Rows as a database gives them: None where nothing is known."""
    kept = frame.astype(object).where(frame.notna(), None)
    return [SimpleNamespace(**row) for row in kept.to_dict("records")]


@cache
def worked(instant: int) -> bool:
    return is_worked(CALENDAR, instant)


def runs(course: Course, instant: int) -> bool:
    return course.clock not in WORKING_CLOCKS or worked(instant)


def parked_minutes(events: list[Any], until: int) -> set[int]:
    """Minutes in which the case was parked, from walking through its events."""
    minutes: set[int] = set()
    since, closed = None, False
    for event in [*events, SimpleNamespace(type="now", at=until)]:
        if since is not None:
            minutes |= set(range(since, min(event.at, until), MINUTE))
            since = event.at
        if event.type == "hung" and not closed:
            since = event.at
        elif event.type in ("resumed", "closed"):
            since = None
        closed = event.type == "closed" or (closed and event.type != "reopened")
    return minutes


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(courses())
def test_every_minute_is_told_once_and_counted_rightly(course):
    found, events, _ = looked_at(course)
    past = [one for one in found.stretches if not one.ahead]
    edges = [found.begun, *(one.end for one in past)]
    assert [one.begin for one in past] == edges[:-1]
    assert edges[-1] == found.until
    parked = parked_minutes(events, found.until)
    counted = 0
    for one in past:
        for minute in range(one.begin, one.end, MINUTE):
            counts = runs(course, minute) and minute not in parked
            assert one.counted == counts, one
            assert (one.reason == "parked") == (minute in parked), one
            counted += MINUTE * counts
    assert found.counted == counted
    assert found.uncounted == found.until - found.begun - counted
    assert all((a.reason, a.names) != (b.reason, b.names) for a, b in pairwise(past))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(courses())
def test_the_deadline_is_where_the_limit_and_its_extensions_are_used_up(course):
    found, events, versions = looked_at(course)
    extensions = sum(mark.seconds or 0 for mark in found.marks if mark.kind == "extended")
    limits = [event.limit_seconds for event in events if event.type in ("accepted", "reopened")]
    assert found.total == limits[-1] + extensions
    assert found.granted == limits[-1]
    assert found.effective == versions[-1].effective_deadline
    assert found.original == versions[-1].original_deadline
    if not found.is_open or found.is_parked:
        return
    ahead = [one for one in found.stretches if one.ahead]
    if found.until <= found.effective:
        assert sum(one.seconds for one in ahead if one.counted) == found.left
        assert [one.begin for one in ahead] == [found.until, *(one.end for one in ahead)][:-1]
        assert ahead[-1].end == found.effective if ahead else found.until == found.effective
    else:
        assert ahead == []
        assert found.left <= 0


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(courses())
def test_the_light_turns_when_so_many_minutes_have_counted(course):
    found, events, versions = looked_at(course)
    assume(found.is_open and not found.is_parked)
    parked = parked_minutes(events, found.until)
    given = [event.deadline for event in events if event.deadline is not None]
    for share, instant in ((0.8, found.yellow), (1.0, found.red)):
        wanted = int(share * found.total)
        assume(wanted % MINUTE == 0 and instant < at(24 * 60))
        counted = slow_counted(course, found.begun, instant, parked)
        assert counted == wanted
        # The earliest such minute, unless somebody named an instant outside the windows.
        if instant not in given and wanted:
            assert slow_counted(course, found.begun, instant - MINUTE, parked) == wanted - MINUTE
    if all(one.reason != "parked" for one in found.stretches):
        assert (found.yellow, found.red) == (versions[-1].warn_at, versions[-1].effective_deadline)


def slow_counted(course: Course, begun: int, instant: int, parked: set[int]) -> int:
    minutes = (m for m in range(begun, instant, MINUTE) if m not in parked)
    return MINUTE * sum(runs(course, minute) for minute in minutes)


def test_reasons_tell_where_the_time_went():
    """Tuesday 17:00 to Friday: the holiday of Wednesday and Thursday takes their nights with it."""
    found, _, _ = looked_at(
        Course("work_hour", "reported 209, accepted 209 limit 4 work_hour", 12 * 1440)
    )
    told = [
        (one.reason, one.names, slow_elapsed(CALENDAR, one.begin, one.end))
        for one in found.stretches
    ]
    assert told[:4] == [
        ("window", (), 3600),
        ("holiday", ("植树节",), 0),
        ("window", (), 4 * 3600),
        ("noon", (), 0),
    ]
