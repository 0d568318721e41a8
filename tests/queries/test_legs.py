"""Figures of what happens on the way — dispatch, response, checks, who leads — worked out by hand.

It is hour 228, Wednesday noon. The town works 08–12 and 14–18, Monday to Friday.
"""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import AS_OF, NOON, scope_of
from small_town import ZONE, Case, at, found_town

from data.rules import write_calendar
from data.working_time import WorkCalendar
from queries.cases import behind
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site

CASES = (
    # Answered after 12 minutes, led by the station. 6 h, of it 4 h of work. Solved.
    Case(
        "L1",
        "reported 9, responded 9.2, accepted 9.5 limit 1 work_day lead station, dispatched 10, "
        "received 10.5, checked 14.5, closed 15, surveyed 30 satisfied responded solved",
        in_grid=True,
    ),
    # Sent to the wrong unit first, reworked, answered after 4 h. 9.5 h, of it 7.5 h of work.
    Case(
        "L2",
        "reported 8, accepted 8.5 limit 1 work_day lead street, dispatched 9, returned 9.5, "
        "dispatched 10.5, received 11, responded 12, checked 15, rework 15.5, checked 17, "
        "closed 17.5, surveyed 40 dissatisfied responded",
        in_grid=True,
    ),
    # The station hands it up; answered after 3 h, for which there are 24. 4 h, of it 2 h of work.
    Case(
        "L3",
        "reported 10, accepted 11 limit 4 urgent_hour lead station, dispatched 11.5, "
        "escalated 12 lead cross, responded 13, closed 14",
        in_grid=False,
    ),
    # A service, never answered. 25 h: 3 + 4 h of work on Monday, 2 h on Tuesday.
    Case(
        "L4",
        "reported 9, accepted 10 limit 5 work_day lead station, dispatched 13, received 15, closed 34",
        category="water",
        in_grid=False,
    ),
    # Settled on the spot in half an hour.
    Case(
        "L5",
        "reported 9, accepted 9 limit 4 work_hour lead micro_grid, closed 9.5",
        self_handled=True,
    ),
    # Due on Wednesday at 18:00, open; supervised, and answered in time. The citizen heard nothing.
    Case(
        "L6",
        "reported 20, accepted 21 limit 2 work_day lead station, dispatched 22, "
        "supervised 30 due 60, supervision_answered 50",
        in_grid=False,
    ),
    # Likewise, but nobody answered the supervision.
    Case("L7", "reported 21, accepted 22 limit 2 work_day, supervised 40 due 70"),
    # Parked for 1,528 h: more than 60 days. Reported before the thirty days of the scope.
    Case("L8", "reported -1310, accepted -1305 limit 5 work_day, hung -1300"),
    # Reported six minutes ago: its answer is not due yet.
    Case("L9", "reported 227.9, accepted 227.95 limit 1 work_day", in_grid=True),
)

RATES = {
    "rework_rate": (1, 2),  # L2 of the checked L1, L2
    "station_led_rate": (1, 3),  # L1 of L1, L2, L3; not the service L4 nor L5, settled on the spot
    "return_rate": (1, 5),  # one return of 1 + 2 + 1 + 1 dispatches
    "first_time_rate": (4, 5),  # all closed but L2
    "response_rate": (2, 2),  # L1, L2 were called back
    "solved_rate": (1, 2),
    "response_in_time": (2, 5),  # L1, L3 of L1, L2, L3, L4, L6
    "supervision_rate": (1, 2),  # L6 of L6, L7
    "parked_rate": (1, 4),  # L8 of L6–L9
    "self_handled_rate": (1, 8),  # all but L8
    "same_day_rate": (4, 8),  # L1, L2, L3, L5
    "overdue_rate": (2, 7),  # L6, L7 of L1–L7
    "taken_rate": (8, 8),
}

HOURS = {
    "handling_mean": (5, 9.0),  # 6 + 9.5 + 4 + 25 + 0.5 = 45
    "work_median": (5, 4.0),  # 0.5 2 4 7.5 9
    "work_p90": (5, None),  # fewer than ten
    "dispatch_median": (5, 0.5),  # 0.5 0.5 0.5 1 3
    "receive_median": (3, 2.0),  # 0.5 2 2
}


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = found_town(request.param, tmp_path_factory.mktemp("legs"), "legs")
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
    town.take(CASES, now=NOON)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def figure(site: Site, key: str, as_of: int = AS_OF):
    return measure(site, [BY_KEY[key]], scope_of(site, as_of), as_of=as_of).total(key)


def listed(site: Site, key: str, part: str) -> set[str]:
    found = behind(site, BY_KEY[key], part, scope_of(site), as_of=AS_OF)
    return {row.code for row in found.rows}


@pytest.mark.parametrize(("key", "parts"), RATES.items())
def test_rates(site, key, parts):
    found = figure(site, key)
    assert (found.n, found.d) == parts


@pytest.mark.parametrize(("key", "expected"), HOURS.items())
def test_durations(site, key, expected):
    n, hours = expected
    found = figure(site, key)
    assert found.n == n
    assert found.value == (None if hours is None else pytest.approx(hours))


def test_what_is_parked_for_more_than_sixty_days_is_backlog(site):
    assert figure(site, "parked_long").n == 1
    assert figure(site, "parked_long", at(-1300 + 60 * 24) - 1).n == 0
    assert figure(site, "parked_long", at(-1300 + 60 * 24)).n == 1


def test_an_answer_counts_from_when_it_was_given(site):
    """Seen from an instant before it, the response and the supervision's answer have not come."""
    # L2 is late from 08:15 on; L1, reported at 09:00, is answered at 09:12.
    before, after = (figure(site, "response_in_time", at(hour)) for hour in (9.1, 9.2))
    assert ((before.n, before.d), (after.n, after.d)) == ((0, 1), (1, 2))
    assert figure(site, "supervision_rate", at(45)).d == 0
    assert figure(site, "supervision_rate", at(50)).n == 1


def test_the_lists_behind_the_figures(site):
    assert listed(site, "station_led_rate", "rest") == {"L2", "L3"}
    assert listed(site, "return_rate", "top") == {"L2"}
    assert listed(site, "response_in_time", "rest") == {"L2", "L4", "L6"}
    assert listed(site, "dispatch_median", "top") == {"L1", "L2", "L3", "L4", "L6"}
