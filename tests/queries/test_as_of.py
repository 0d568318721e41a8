"""The past as it was: asking the full database of an instant is asking then."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import CASE_METRICS, CASES, NOON, hand_town, scope_of
from small_town import Town, at, found_town

from queries.cases import behind, newest, one_case
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.points import open_points
from queries.question import DIMENSIONS
from queries.site import Site

HOURS = (0, 10, 31, 58, 95, 139, NOON)


@pytest.fixture(scope="module", params=ENGINES)
def full(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    town = hand_town(request.param, tmp_path_factory.mktemp("full"))
    yield town
    town.close()


@pytest.fixture
def growing(tmp_path) -> Iterator[Town]:
    """A town that is told of its cases hour by hour."""
    town = found_town("sqlite", tmp_path, "growing")
    yield town
    town.close()


def close(site: Site) -> None:
    site.case.dispose()
    site.population.dispose()


def test_measuring_the_past_is_measuring_what_was_known_then(full, growing):
    looking_back = full.city.site(at(NOON))
    asked = [("area", by) for by in (None, *DIMENSIONS)] + [("patrol", "grid")]
    for hour in HOURS:
        growing.take(CASES, until=hour, now=hour)
        then = growing.city.site(at(hour))
        for tree, by in asked:
            parts = {"hierarchy": tree, "days": "12"}
            past, present = (
                measure(
                    site, CASE_METRICS, scope_of(site, at(hour), **parts), by, as_of=at(hour)
                ).figures
                for site in (looking_back, then)
            )
            assert past == present, (hour, tree, by)
        close(then)
    close(looking_back)


def test_a_list_of_the_past_is_the_list_as_it_was_then(full, growing):
    looking_back = full.city.site(at(NOON))
    for hour in HOURS:
        growing.take(CASES, until=hour, now=hour)
    then = growing.city.site(at(NOON))
    for metric in CASE_METRICS:
        lists = [
            behind(site, metric, "bottom", scope_of(site), as_of=at(NOON))
            for site in (looking_back, then)
        ]
        assert lists[0] == lists[1]
    close(then)
    close(looking_back)


def test_before_the_first_report_there_is_nothing(full):
    site = full.city.site(at(NOON))
    answer = measure(site, CASE_METRICS, scope_of(site, at(-1)), as_of=at(-1))
    assert {metric.key for metric in CASE_METRICS if answer.total(metric.key).value} == set()
    close(site)


def test_the_newest_and_the_open_cases_of_the_past(full):
    site = full.city.site(at(NOON))
    scope = scope_of(site, at(9))
    assert [row.code for row in newest(site, scope, as_of=at(9), limit=3)] == ["05", "04", "03"]
    assert {row.light for row in newest(site, scope, as_of=at(9), limit=9)} == {"normal"}
    points = open_points(site, scope, as_of=at(33))
    assert [row.code for row in points] == ["04", "03", "13"]
    close(site)


def test_a_case_shows_only_what_had_happened_by_then(full):
    site = full.city.site(at(NOON))
    known = one_case(site, "17", scope_of(site), as_of=at(55))
    assert known is not None
    assert [event.type for event in known.events] == ["reported", "accepted", "closed", "surveyed"]
    assert (known.row.light, known.satisfaction) == ("closed", "dissatisfied")
    assert known.row.effective_deadline == at(65)
    later = one_case(site, "17", scope_of(site), as_of=at(NOON))
    assert later is not None
    assert (later.row.reopened, later.satisfaction) == (1, "very_satisfied")
    assert later.row.effective_deadline == at(108)
    assert one_case(site, "17", scope_of(site), as_of=at(39)) is None
    opened = behind(site, BY_KEY["open"], "top", scope_of(site), as_of=at(55))
    assert [row.code for row in opened.rows] == ["04", "11"]
    close(site)
