"""Repeats, odd data, days from noon to noon and cases sent off the list: figures worked out by hand.

It is hour 228, Wednesday noon of 11 March 2026; the scope is the thirty days up to then.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest
from conftest import ENGINES
from hand_town import AS_OF, NOON, scope_of
from small_town import Case, Town, at, found_town

from data.case_tables import site_setting
from data.earlier import DEGREE
from data.stored_settings import write_setting
from data.work_tables import access_item
from queries.cases import behind
from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY

Asked = Callable[..., Figure]


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    founded = found_town(request.param, tmp_path, "repeats")
    yield founded
    founded.close()


@pytest.fixture
def ask(town: Town) -> Iterator[Asked]:
    """Asks for a figure, or for the codes of the cases behind it."""
    site = town.city.site(AS_OF)

    def figure(key: str, as_of: int = AS_OF, codes: bool = False):
        metric, scope = BY_KEY[key], scope_of(site, as_of)
        if codes:
            return {row.code for row in behind(site, metric, "top", scope, as_of=as_of).rows}
        return measure(site, [metric], scope, as_of=as_of).total(key)

    yield figure
    site.case.dispose()
    site.population.dispose()


def spot(code: str, hour: float, north: float = 0, steps: str = "", **other: object) -> Case:
    """A case accepted an hour after its report, so many metres north of the middle of the town."""
    line = f"reported {hour}, accepted {hour + 1} due {hour + 25}{steps}"
    return Case(code, line, "A1", lat=30.005 + north / DEGREE, **other)


REPEATS = (
    # 49 m apart: a repeat; 51 m from the first and 2 m from the second: of the second only.
    spot("a", 0),
    spot("b", 10, 49),
    spot("c", 20, 51),
    # Third and fourth on one spot, of which one is cancelled: it is not counted, but counts as earlier.
    spot("d", 30, 500, ", cancelled 32"),
    spot("e", 40, 500),
    spot("f", 50, 500),
    # Default points never repeat each other.
    spot("g", 60, 900, location="default_point"),
    spot("h", 70, 900, location="default_point"),
    # Ninety days and ninety-one days after a case of last year; those are out of the scope themselves.
    spot("i", 72 - 90 * 24, 2000),
    spot("j", 72, 2000),
    spot("k", 72 - 91 * 24, 3000),
    spot("l", 72, 3000),
)


def test_repeats_of_accepted_and_valid_cases(town, ask):
    town.take(REPEATS, now=NOON)
    # Accepted and valid in the period: all but d, i and k. b, c, e, f and j have an earlier one.
    rate = ask("repeat_rate")
    assert (rate.n, rate.d) == (5, 9)
    assert ask("repeat_rate", codes=True) == {"b", "c", "e", "f", "j"}
    # f comes after d and e. c has b alone.
    assert ask("repeat_often").n == 1
    assert ask("repeat_often", codes=True) == {"f"}


def test_a_repeat_counts_once_it_has_been_accepted(town, ask):
    town.take(REPEATS, now=NOON)
    # At hour 42 a, b, c, e have been accepted: b, c and e repeat.
    rate = ask("repeat_rate", at(42))
    assert (rate.n, rate.d) == (3, 4)
    assert ask("repeat_often", at(42)).n == 0


def test_cases_of_the_same_caller_repeat_wherever_they_lie(town, ask):
    """b repeats a by its caller, d repeats c by its place; e and f repeat ann's two, at no place."""
    cases = (
        spot("a", 0, caller="ann"),
        spot("b", 10, 400, caller="ann"),
        spot("c", 20, 800, caller="bob"),
        spot("d", 30, 849),
        spot("e", 40, 800, caller="ann", location="default_point"),
        spot("f", 50, caller="ann", location="none"),
        spot("g", 60, 1200, caller="ann", category="noise"),
    )
    town.take(cases, now=NOON)
    rate = ask("repeat_rate")
    assert (rate.n, rate.d) == (4, 7)
    assert ask("repeat_rate", codes=True) == {"b", "d", "e", "f"}
    assert ask("repeat_often", codes=True) == {"e", "f"}


def test_a_site_may_count_by_place_alone(town, ask):
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "assessment", {"repeat_by": "place"})
    town.take((*REPEATS, spot("z", 65, 5000, caller="ann"), spot("y", 75, 6000, caller="ann")))
    assert ask("repeat_rate", codes=True) == {"b", "c", "e", "f", "j"}


def test_without_accepted_cases_there_is_no_rate_of_repeats(town, ask):
    town.take([Case("a", "reported 0", "A1"), Case("b", "reported 5", "A1")], now=NOON)
    assert (ask("repeat_rate").d, ask("repeat_rate").value) == (0, None)
    assert ask("repeat_often").n == 0


def test_odd_cases_are_counted_by_their_report_and_from_the_odd_event_on(town, ask):
    cases: Sequence[Case] = (
        # Three odd events are one odd case.
        Case("a", "reported 0, accepted 1 due 25, resumed 2, resumed 3, resumed 4"),
        Case("b", "reported 0, teleported 100"),
        Case("c", "reported 0, cancelled 1, closed 2"),
        Case("d", "reported 0, accepted 1 due 25, hung 2, resumed 3, closed 4"),
        Case("e", "reported 0, accepted 1 due 25, resumed 2", is_test=True),
        # Reported before the thirty days.
        Case("f", "reported -900, resumed -890"),
    )
    town.take(cases, now=NOON)
    assert ask("odd_cases", codes=True) == {"a", "b", "c"}
    assert [ask("odd_cases", at(hour)).n for hour in (1, 2, 99, 100)] == [0, 2, 2, 3]


SENT = "accepted 1 due 25 lead station, dispatched 2"


def test_off_the_list_are_management_cases_that_a_station_was_sent(town, ask):
    cases = (
        Case("a", f"reported 0, {SENT}"),
        Case("b", f"reported 0, {SENT}, closed 9", item=1),
        Case("c", f"reported 0, {SENT}, closed 9", category="water"),
        Case("d", f"reported 0, {SENT}, cancelled 9"),
        Case("e", f"reported 0, {SENT}, escalated 3 lead street, closed 9"),
    )
    town.take(cases, now=NOON)
    assert ask("off_list").n == 0, "the town has no list yet"
    words = dict.fromkeys(["class_name", "class_name_en", "name", "name_en"], "摊贩")
    item = {"item_id": 1, "code": "1", "batch": 1, "class_code": "1", "valid_from": 0, **words}
    with town.case.begin() as connection:
        connection.execute(access_item.insert().values(**item, lead_level="station"))
    town.take([Case("x", f"reported 0, {SENT}"), *(_again(case) for case in cases)], now=NOON)
    assert ask("off_list", codes=True) == {"a", "e", "x"}
    assert [ask("off_list", at(hour)).n for hour in (1, 2)] == [0, 4]


def _again(case: Case) -> Case:
    """The same case with another title: it is derived anew."""
    return Case(case.code, case.steps, category=case.category, item=case.item, title="井盖缺失")


def test_the_day_of_assessment_may_run_from_noon_to_noon(town, ask):
    cases = (
        Case("a", f"reported 9, accepted {11 + 59 / 60}, closed {12 + 1 / 60}"),
        Case("b", f"reported 9, accepted {12 + 1 / 60}, closed {35 + 59 / 60}"),
        Case("c", "reported 9, accepted 23, closed 24.5"),
        Case("d", "reported 9, accepted 13, closed 36"),
        Case("e", "reported 9, accepted 10, closed 11, reopened 12"),
    )
    town.take(cases, now=NOON)
    assert ask("same_day_rate", codes=True) == {"a"}
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "assessment", {"day_begins": "12:00"})
    town.take([_again(case) for case in cases], now=NOON)
    rate = ask("same_day_rate")
    assert (rate.n, rate.d) == (2, 5)
    assert ask("same_day_rate", codes=True) == {"b", "c"}
