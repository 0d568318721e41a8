"""The account of a case's limit, read from a database and worked out by hand.

Hour 0 is Monday, 2 March 2026. The town works 08–12 and 14–18; the Saturday of its first week, the
7th, is a 调休 working day, and Wednesday the 18th is a holiday.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from conftest import ENGINES
from hand_town import scope_of
from small_town import ZONE, Case, Town, at, found_town

from data.days import local_time
from data.rules import read_day_names, write_calendar
from data.working_time import WorkCalendar
from queries.cases import behind
from queries.metrics import BY_KEY
from queries.site import Site
from queries.time_account import Mark, TimeAccount, time_account

WINDOWS = ((480, 720), (840, 1080))
HOLIDAY = date(2026, 3, 18)
MADE_UP = WorkCalendar(
    ZONE, WINDOWS, holidays=frozenset({HOLIDAY}), workdays=frozenset({date(2026, 3, 7)})
)
ORDINARY = WorkCalendar(ZONE, WINDOWS)
HOUR = 3600
FRIDAY, SATURDAY, SUNDAY, MONDAY = (24 * day for day in (4, 5, 6, 7))
FILED = f"reported {FRIDAY + 16.5}, accepted {FRIDAY + 16.5} limit 4"

CASES = (
    Case("work", f"{FILED} work_hour"),
    Case("urgent", f"{FILED} urgent_hour"),
    Case("days", f"reported {FRIDAY + 16.5}, accepted {FRIDAY + 16.5} limit 1 natural_day"),
    # S3's case of the 苗圃街: 5 h natural, 3 h of work.
    Case("street", "reported 10, accepted 10.25 limit 1 work_day, handled 14.5, closed 15"),
    # Eight hours of work, parked from Monday 17:00 to Tuesday 09:00: two of them.
    Case("parked", "reported 8, accepted 8 limit 1 work_day, hung 17, resumed 33, closed 40"),
    # Eight hours, four more from 15:00 on, then a deadline at an instant: Wednesday 09:00.
    Case(
        "longer",
        "reported 8, accepted 8 limit 1 work_day, extended 15 limit 4 work_hour, extended 35 due 57",
    ),
    # Closed in time, opened again with a limit of its own, closed late in the night after it.
    Case(
        "again",
        "reported 8, accepted 8 limit 1 work_day, closed 16, "
        "reopened 33 limit 4 work_hour, closed 44",
    ),
    Case("given", "reported 8, accepted 8 due 44"),
    Case("holiday", f"reported {24 * 15 + 17}, accepted {24 * 15 + 17} limit 2 work_hour"),
    Case("endless", "reported 8, accepted 8"),
    Case("void", "reported 8, accepted 8 limit 1 work_day, cancelled 11"),
    Case("late", "reported 8, accepted 8 limit 2 work_hour, hung 11, resumed 15"),
    Case("test", "reported 8, accepted 8 limit 1 work_day", is_test=True),
)


def town_of(engine: str, folder, name: str, calendar: WorkCalendar) -> Town:
    town = found_town(engine, folder, name)
    with town.case.begin() as connection:
        write_calendar(connection, calendar, {HOLIDAY: "植树节", date(2026, 3, 7): "调休上班"})
    town.take(CASES, now=500)
    return town


@pytest.fixture(scope="module", params=ENGINES)
def sites(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[dict[str, Site]]:
    folder = tmp_path_factory.mktemp("account")
    calendars = {"made_up": MADE_UP, "ordinary": ORDINARY}
    towns = [town_of(request.param, folder, f"account_{n}", c) for n, c in calendars.items()]
    sites = [town.city.site() for town in towns]
    yield dict(zip(calendars, sites, strict=True))
    for site, town in zip(sites, towns, strict=True):
        site.case.dispose()
        site.population.dispose()
        town.close()


@pytest.fixture
def site(sites: dict[str, Site]) -> Site:
    return sites["made_up"]


def account_at(site: Site, code: str, hour: float) -> TimeAccount:
    found = time_account(site, code, at(hour))
    assert found is not None
    return found


def told(instant: int) -> str:
    return f"{local_time(instant, ZONE):%a %H:%M}"


def lines(found: TimeAccount, *, ahead: bool = False) -> list[str]:
    return [
        f"{told(one.begin)}-{told(one.end)} {'+' if one.counted else '-'} {one.reason}"
        for one in found.stretches
        if one.ahead == ahead
    ]


def test_a_case_filed_on_friday_counts_the_working_saturday(site):
    found = account_at(site, "work", SATURDAY + 9.7)
    assert (found.clock, found.amount, found.is_working) == ("work_hour", 4.0, True)
    assert (told(found.begun), told(found.yellow), told(found.red)) == (
        "Fri 16:30",
        "Sat 09:42",
        "Sat 10:30",
    )
    assert found.yellow == at(SATURDAY + 9.7) == at(SATURDAY) + 9 * HOUR + 42 * 60
    assert found.effective == found.original == at(SATURDAY + 10.5)
    assert lines(found) == [
        "Fri 16:30-Fri 18:00 + window",
        "Fri 18:00-Sat 08:00 - night",
        "Sat 08:00-Sat 09:42 + makeup",
    ]
    assert lines(found, ahead=True) == ["Sat 09:42-Sat 10:30 + makeup"]
    assert (found.counted, found.left, found.uncounted) == (11520, 2880, 14 * HOUR)
    assert [mark.kind for mark in found.marks] == ["accepted", "warn", "deadline"]


def test_over_an_ordinary_weekend_it_is_due_on_monday(sites):
    found = account_at(sites["ordinary"], "work", MONDAY + 12)
    assert (told(found.yellow), told(found.red)) == ("Mon 09:42", "Mon 10:30")
    assert lines(found) == [
        "Fri 16:30-Fri 18:00 + window",
        "Fri 18:00-Mon 08:00 - weekend",
        "Mon 08:00-Mon 12:00 + window",
    ]
    assert lines(found, ahead=True) == []
    assert (found.counted, found.left, found.total) == (5.5 * HOUR, -1.5 * HOUR, 4 * HOUR)
    assert found.is_late


def test_urgent_hours_run_through_the_night(site):
    found = account_at(site, "urgent", FRIDAY + 18)
    assert (told(found.yellow), told(found.red)) == ("Fri 19:42", "Fri 20:30")
    assert lines(found) == ["Fri 16:30-Fri 18:00 + natural"]
    assert lines(found, ahead=True) == ["Fri 18:00-Fri 20:30 + natural"]
    assert (found.amount, found.uncounted) == (4.0, 0)
    days = account_at(site, "days", SATURDAY)
    assert (days.amount, told(days.effective)) == (1.0, "Sat 16:30")


def test_what_is_still_to_come_begins_where_the_account_ends(site):
    found = account_at(site, "work", FRIDAY + 20)
    assert lines(found)[-1] == "Fri 18:00-Fri 20:00 - night"
    assert lines(found, ahead=True) == [
        "Fri 20:00-Sat 08:00 - night",
        "Sat 08:00-Sat 10:30 + makeup",
    ]


def test_a_case_closed_after_five_hours_took_three_of_work(site):
    found = account_at(site, "street", 100)
    assert lines(found) == [
        "Mon 10:15-Mon 12:00 + window",
        "Mon 12:00-Mon 14:00 - noon",
        "Mon 14:00-Mon 15:00 + window",
    ]
    assert (found.until, found.is_open, found.is_late) == (at(15), False, False)
    # From acceptance; the report came a quarter of an hour before it.
    assert (found.counted, found.left, found.uncounted) == (2.75 * HOUR, 5.25 * HOUR, 2 * HOUR)
    assert [mark.kind for mark in found.marks] == ["accepted", "closed"]


def test_parked_time_does_not_count_and_pushes_the_deadline(site):
    found = account_at(site, "parked", 100)
    assert lines(found) == [
        "Mon 08:00-Mon 12:00 + window",
        "Mon 12:00-Mon 14:00 - noon",
        "Mon 14:00-Mon 17:00 + window",
        "Mon 17:00-Tue 09:00 - parked",
        "Tue 09:00-Tue 12:00 + window",
        "Tue 12:00-Tue 14:00 - noon",
        "Tue 14:00-Tue 16:00 + window",
    ]
    assert (told(found.original), told(found.effective)) == ("Mon 18:00", "Tue 10:00")
    assert (found.counted, found.left, found.is_late) == (12 * HOUR, -4 * HOUR, True)
    kinds = [mark.kind for mark in found.marks]
    assert kinds == ["accepted", "warn", "parked", "resumed", "deadline", "closed"]


def test_while_a_case_is_parked_its_clock_stands(site):
    one, other = (account_at(site, "parked", hour) for hour in (17.5, 32))
    assert (one.left, other.left) == (HOUR, HOUR)
    assert one.is_parked
    assert lines(other)[-1] == "Mon 17:00-Tue 08:00 - parked"
    assert lines(other, ahead=True) == []
    # It turned yellow at 16:24; when it will be red nobody knows.
    assert [mark.kind for mark in other.marks] == ["accepted", "warn", "parked"]
    assert not other.is_late


def test_an_extension_tells_both_deadlines_and_what_it_added(site):
    found = account_at(site, "longer", 40)
    monday_evening, tuesday_noon, wednesday_nine = at(18), at(36), at(57)
    assert [mark for mark in found.marks if mark.kind == "extended"] == [
        Mark("extended", at(15), monday_evening, tuesday_noon, 4 * HOUR),
        Mark("extended", at(35), tuesday_noon, wednesday_nine, 5 * HOUR),
    ]
    assert (found.original, found.effective) == (monday_evening, wednesday_nine)
    assert (found.amount, found.granted, found.total) == (1.0, 8 * HOUR, 17 * HOUR)
    assert (found.counted, found.left) == (14 * HOUR, 3 * HOUR)


def test_of_a_reopened_case_the_new_limit_counts(site):
    before, found = account_at(site, "again", 20), account_at(site, "again", 50)
    assert (before.begun, before.until, before.is_open) == (at(8), at(16), False)
    assert (found.begun, found.amount, found.clock) == (at(33), 4.0, "work_hour")
    assert [mark.kind for mark in found.marks] == ["reopened", "warn", "deadline", "closed"]
    # Due on Tuesday at 15:00; three hours of work later and two of the evening it is closed.
    assert (told(found.effective), found.left, found.is_late) == ("Tue 15:00", -3 * HOUR, True)
    assert lines(found)[-1] == "Tue 18:00-Tue 20:00 - night"


def test_a_deadline_without_a_limit_runs_in_natural_time(site):
    found = account_at(site, "given", 20)
    assert (found.clock, found.amount, found.total) == ("", None, 36 * HOUR)
    assert lines(found) == ["Mon 08:00-Mon 20:00 + natural"]


def test_a_holiday_has_its_name(site):
    found = account_at(site, "holiday", 24 * 17 + 10)
    (free,) = (one for one in found.stretches if one.reason == "holiday")
    assert (told(free.begin), told(free.end), free.names) == ("Tue 18:00", "Thu 08:00", ("植树节",))
    with site.case.connect() as connection:
        assert read_day_names(connection) == {HOLIDAY: "植树节", date(2026, 3, 7): "调休上班"}


def test_a_cancelled_case_ends_when_it_was_cancelled(site):
    found = account_at(site, "void", 50)
    assert (found.until, found.counted) == (at(11), 3 * HOUR)
    assert [mark.kind for mark in found.marks] == ["accepted", "cancelled"]


def test_a_case_turned_red_when_its_limit_was_used_up_though_it_was_parked_later(site):
    """Due on Monday at 10:00; the parking from 11 to 15 pushes what the case is measured by."""
    found = account_at(site, "late", 16)
    assert (told(found.red), told(found.effective)) == ("Mon 10:00", "Mon 12:00")
    assert (found.counted, found.left) == (4 * HOUR, -2 * HOUR)


@pytest.mark.parametrize("code", ["endless", "test", "nope", "' OR 1=1 --"])
def test_without_a_deadline_there_is_no_account(site, code):
    assert time_account(site, code, at(50)) is None


def test_before_it_was_accepted_there_is_no_account(site):
    assert time_account(site, "street", at(10.1)) is None
    assert time_account(site, "street", at(10.25)) is not None


def test_the_clock_is_made_once_for_each_version_of_the_data(site):
    assert site.work_clock() is site.work_clock()
    assert site.work_clock().calendar == MADE_UP


@pytest.mark.parametrize("hour", [9, 13, 17.5, 20, 34, SATURDAY + 9.7, SUNDAY])
def test_lists_say_what_the_account_counts(site, hour):
    """Of every open case; where no work is due until the deadline or since, lists go by the clock."""
    rows = behind(site, BY_KEY["open"], "top", scope_of(site, at(hour)), as_of=at(hour)).rows
    for row in rows:
        found = time_account(site, row.code, at(hour))
        if found is None:
            assert (row.code, row.left_seconds, row.left_clock) == ("endless", None, "")
        elif found.is_parked:
            assert row.light == "hung"
        elif row.left_clock == "natural":
            assert found.left == 0
            assert row.left_seconds == found.effective - at(hour)
        else:
            assert row.left_seconds == found.left
            assert (row.left_clock == "working") == found.is_working
    assert len(rows) > 1
