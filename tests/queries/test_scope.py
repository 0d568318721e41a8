"""Whatever comes in from an address becomes a scope or is refused by the part that is wrong."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import AS_OF, DAY_0
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_town import found_town

from data.days import day_of
from queries.scope import DEFAULT_DAYS, LONGEST_DAYS, ScopeError, read_scope
from queries.site import Site

TODAY = DAY_0 + 9
PARTS = "hierarchy grid from to days period source category department".split()


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = found_town(request.param, tmp_path_factory.mktemp("scope"), "scope")
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def days(site, **parts):
    named = {name.rstrip("_"): value for name, value in parts.items()}
    scope = read_scope(site, named, AS_OF)
    return scope.first_day - DAY_0, scope.last_day - DAY_0


def test_nothing_said_is_the_whole_area_and_the_last_thirty_days(site):
    scope = read_scope(site, {}, AS_OF)
    assert (scope.tree.code, scope.grid.code) == ("area", "T")
    assert (scope.last_day, scope.days) == (TODAY, DEFAULT_DAYS)
    assert (scope.source, scope.category, scope.department) == (None, None, None)


def test_days_end_today(site):
    assert days(site, days="1") == (9, 9)
    assert days(site, days="7") == (3, 9)
    assert days(site, days=str(LONGEST_DAYS)) == (10 - LONGEST_DAYS, 9)


def test_dates_include_both_ends_and_the_last_may_be_left_out(site):
    assert days(site, from_="2026-03-02", to="2026-03-04") == (0, 2)
    assert days(site, from_="2026-03-02") == (0, 9)
    assert days(site, from_="2026-03-04", to="2026-03-04") == (2, 2)
    assert days(site, from_="2026-03-04", to="2026-04-04") == (2, 33)


def test_a_named_period_is_the_one_that_the_site_named(site):
    scope = read_scope(site, {"period": "week"}, AS_OF)
    assert (scope.first_day, scope.last_day, scope.period) == (DAY_0, DAY_0 + 6, "week")


def test_dates_go_before_a_named_period_and_that_before_days(site):
    dates = {"from_": "2026-03-03", "to": "2026-03-04"}
    assert days(site, period="week", days="2", **dates) == (1, 2)
    assert days(site, period="week", days="2") == (0, 6)


def test_today_is_that_of_the_sites_zone(site):
    midnight = AS_OF - 12 * 3600
    assert read_scope(site, {"days": "1"}, midnight).last_day == TODAY
    assert read_scope(site, {"days": "1"}, midnight - 1).last_day == TODAY - 1


def test_a_grid_is_looked_for_in_its_own_tree(site):
    assert read_scope(site, {"hierarchy": "patrol", "grid": "P"}, AS_OF).grid.code == "P"
    with pytest.raises(ScopeError) as caught:
        read_scope(site, {"hierarchy": "area", "grid": "P"}, AS_OF)
    assert (caught.value.part, caught.value.value) == ("grid", "P")


def test_the_days_before_are_as_many_and_end_where_the_period_begins(site):
    scope = read_scope(site, {"period": "week", "source": "app"}, AS_OF)
    before = scope.previous()
    assert (before.first_day, before.last_day) == (DAY_0 - 7, DAY_0 - 1)
    assert (before.days, before.source, before.period) == (7, "app", "")


def test_scopes_that_differ_have_different_keys(site):
    asked = [
        {},
        {"hierarchy": "patrol"},
        {"grid": "A"},
        {"days": "7"},
        {"from": "2026-03-02"},
        {"source": "app"},
        {"category": "road"},
        {"department": "works"},
    ]
    assert len({read_scope(site, parts, AS_OF).key for parts in asked}) == len(asked)


INJECTIONS = ["' OR 1=1 --", "A'; DROP TABLE case_record; --", 'A" OR "1"="1', "A1\x00", "%", "A_"]
BAD = {
    "hierarchy": ["", "nowhere", "Area", *INJECTIONS],
    "grid": ["", "Z", "a1", " A1", "网格", "../../etc/passwd", "A" * 10_000, *INJECTIONS],
    "period": ["", "s4", "Week", *INJECTIONS],
    "days": [
        *("", "0", "-1", "abc", "²", "٣", "７", "1.5", "1e3", "+7", " 7", "0x10", "7;"),
        *("99999", str(LONGEST_DAYS + 1), "9" * 30, "9" * 5000, *INJECTIONS),
    ],
    "from": ["", "today", "2026-02-30", "2026-13-01", "2026-3-2", "02.03.2026", *INJECTIONS],
    "to": ["", "tomorrow", "2026-02-30", "2026-03-02T08:00", *INJECTIONS],
    "source": ["", "热线", "1", "HOTLINE", *INJECTIONS],
    "category": ["", "1", *INJECTIONS],
    "department": ["", "None", *INJECTIONS],
}


@pytest.mark.parametrize(
    ("part", "value"), [(part, value) for part, values in BAD.items() for value in values]
)
def test_a_part_that_cannot_be_is_refused_by_name(site, part, value):
    parts = {"from": "2026-03-02"} if part == "to" else {}
    with pytest.raises(ScopeError) as caught:
        read_scope(site, parts | {part: value}, AS_OF)
    assert (caught.value.part, caught.value.value) == (part, value)


@pytest.mark.parametrize(
    "parts",
    [
        {"from": "2026-03-04", "to": "2026-03-03"},
        {"from": "2026-03-12"},
        {"to": "2026-03-04"},
        {"from": "2016-03-01", "to": "2026-03-11"},
        {"from": "0001-01-01", "to": "9999-12-31"},
    ],
    ids=["backwards", "tomorrow until today", "no beginning", "too long", "for ever"],
)
def test_days_that_are_no_period_are_refused_by_their_beginning(site, parts):
    with pytest.raises(ScopeError) as caught:
        read_scope(site, parts, AS_OF)
    assert caught.value.part == "from"


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(parts=st.dictionaries(st.sampled_from(PARTS), st.text(max_size=12), max_size=4))
def test_any_text_is_a_scope_or_refused(site, parts):
    try:
        scope = read_scope(site, parts, AS_OF)
    except ScopeError as error:
        assert error.part in PARTS
        return
    assert 1 <= scope.days <= LONGEST_DAYS
    assert scope.tree.by_code[scope.grid.code] is scope.grid


@pytest.mark.parametrize("period", ["month", "last_month", "quarter", "last_quarter", "year"])
def test_periods_of_the_assessment_calendar_end_today_at_the_latest(site, period) -> None:
    """Without a setting, by calendar months; the period before is not the days just before."""
    scope = read_scope(site, {"period": period}, AS_OF)
    today = site.today(AS_OF)
    assert scope.first_day <= scope.last_day <= today
    assert day_of(scope.first_day).day == 1
    earlier = scope.previous()
    assert day_of(earlier.first_day).day == 1
    assert earlier.last_day < scope.first_day
    assert earlier.days <= scope.days or period.startswith("last_")


def test_what_a_period_is_held_against_is_forgotten_with_other_days(site) -> None:
    scope = read_scope(site, {"period": "month"}, AS_OF)
    today = scope.on(scope.last_day, scope.last_day)
    assert today.previous().last_day == scope.last_day - 1
