"""The access list: every breakdown adds up to the list it stands above, coverage by hand."""

from collections.abc import Iterator

import pytest
from access_town import AS_OF, FIRST_DAY, access_town
from conftest import ENGINES

from queries.access import access_items, access_use, breakdown
from queries.cases import behind, one_case
from queries.extract import extract
from queries.metrics import BY_KEY, METRICS
from queries.metrics.definition import Part
from queries.scope import Scope, read_scope
from queries.site import Site

LED = BY_KEY["station_led_rate"]
PARTS: tuple[Part, ...] = ("top", "rest", "bottom")
LISTED = [metric for metric in METRICS if metric.counts_cases]


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = access_town(request.param, tmp_path_factory.mktemp("access"))
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def scope_of(site: Site, **parts: str) -> Scope:
    return read_scope(site, parts, AS_OF)


def test_cases_led_elsewhere_are_told_by_class_and_by_department(site: Site) -> None:
    found = breakdown(site, LED, "rest", scope_of(site), as_of=AS_OF)
    # e1 e2 under A; e3 under B; e4 e5 x1 under none. works: e1 e2 x1; police: e3 e4; nobody: e5.
    assert found.total == 6
    assert found.by_class == ((None, 3), ("A", 2), ("B", 1))
    assert found.by_department == ((1, 3), (2, 2), (None, 1))


def test_off_list_is_what_went_to_a_station_under_no_item(site: Site) -> None:
    assert breakdown(site, LED, "rest", scope_of(site), as_of=AS_OF).off_list == 1
    assert breakdown(site, LED, "bottom", scope_of(site), as_of=AS_OF).off_list == 2
    rows = behind(site, LED, "bottom", scope_of(site), as_of=AS_OF).rows
    assert {row.code for row in rows if row.off_list} == {"s3", "x1"}


def test_before_it_was_dispatched_nothing_was_off_list(site: Site) -> None:
    dispatched = AS_OF - (228 - 12) * 3600
    for at, expected in ((dispatched - 1, False), (AS_OF, True)):
        held = one_case(site, "s3", scope_of(site), as_of=at)
        assert held is not None and held.row.off_list is expected


@pytest.mark.parametrize("grid", ["T", "A", "B", "A1"])
@pytest.mark.parametrize("part", PARTS)
def test_every_breakdown_adds_up_to_its_list(site: Site, part: Part, grid: str) -> None:
    scope = scope_of(site, grid=grid)
    for metric in LISTED:
        if part != "top" and not metric.is_rate:
            continue
        total = behind(site, metric, part, scope, as_of=AS_OF).total
        found = breakdown(site, metric, part, scope, as_of=AS_OF)
        assert found.total == total, metric.key
        assert sum(n for _, n in found.by_class) == total, metric.key
        assert sum(n for _, n in found.by_department) == total, metric.key


@pytest.mark.parametrize("part", PARTS)
def test_a_file_holds_the_cases_of_the_list_in_its_order(site: Site, part: Part) -> None:
    for metric in LISTED:
        if part != "top" and not metric.is_rate:
            continue
        shown = behind(site, metric, part, scope_of(site), as_of=AS_OF)
        taken = extract(site, metric, part, scope_of(site), as_of=AS_OF)
        assert taken.total == shown.total
        assert [row.code for row in taken.rows] == [row.code for row in shown.rows], metric.key
        assert [row.light for row in taken.rows] == [row.light for row in shown.rows], metric.key


def test_coverage_is_of_management_cases_under_an_item(site: Site) -> None:
    use = access_use(site, scope_of(site), as_of=AS_OF)
    # Valid: all but v1, 12 cases; management: all but w1, with h1. Under an item: s1 s2 e1 e2 e3 o1.
    assert use.counts == {1: 3, 2: 3, None: 6}
    assert (use.coverage.n, use.coverage.d) == (6, 11)
    assert use.off_list == 2


def test_without_cases_there_is_no_coverage(site: Site) -> None:
    scope = scope_of(site, **{"from": "2025-01-01", "to": "2025-01-31"})
    use = access_use(site, scope, as_of=AS_OF)
    assert use.coverage.value is None
    assert use.counts == {} and use.off_list == 0


def test_an_item_holds_from_its_first_day_to_its_last(site: Site) -> None:
    gone = access_items(site)[3]
    assert gone.last_day == FIRST_DAY - 51
    assert gone.holds(FIRST_DAY - 60, FIRST_DAY) and not gone.holds(FIRST_DAY - 50, FIRST_DAY)
    assert not gone.holds(FIRST_DAY - 500, FIRST_DAY - 401)
    kept = access_items(site)[1]
    assert kept.holds(FIRST_DAY, FIRST_DAY) and kept.last_day is None
