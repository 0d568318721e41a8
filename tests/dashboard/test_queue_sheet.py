"""A3: the inspectors' queue of parked and extended cases, as it reads on a screen."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from drawn import ask, of_class, only, text_of
from small_town import Case, at, found_town

from dashboard.server import SCREENS
from queries.site import Site

PHONE = SCREENS[2]
CASES = (
    # Parked for 66 days: 积存. Nobody has looked at it.
    Case("old", "reported -1400, accepted -1399 due -1300, hung -1360"),
    # Parked yesterday, already supervised.
    Case("seen", "reported 150, accepted 151 due 400, hung 204, supervised 210"),
    # Extended: late by the original deadline, not by the effective one.
    Case("longer", "reported 100, accepted 101 due 200, extended 190 due 300"),
    # Parked and resumed, never extended: not in the queue.
    Case("again", "reported 100, accepted 101 due 300, hung 110, resumed 150"),
)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = found_town(request.param, tmp_path_factory.mktemp("queue"), "queue")
    town.take(CASES, now=228)
    site = town.city.site(at(228))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def lines(site: Site, fragment: str) -> list[str]:
    sheet = ask(only(PHONE, "sheet"), site, fragment).panels["sheet"].tree
    return [text_of(line) for line in of_class(sheet, "case")]


def test_the_queue_is_parked_and_extended_not_yet_supervised_first(site):
    oldest, longer, seen = lines(site, "#list=supervision_queue")
    assert "挂账 66 天" in oldest and "未督办" in oldest and "积存" in oldest
    assert "延期批准 1 天" in longer and "原时限 03-10 08:00 → 现时限 03-14 12:00" in longer
    assert "已督办" in seen and "督 ×1" in seen and "积存" not in seen


def test_a_parked_case_is_grey_and_not_overdue(site):
    assert "❚❚挂账" in lines(site, "#list=supervision_queue")[0]
    assert lines(site, "#list=overdue") == []


def test_the_queue_speaks_english(site):
    oldest, longer, _ = lines(site, "#lang=en&list=supervision_queue")
    assert "parked 66 d" in oldest and "not supervised" in oldest and "backlog" in oldest
    assert "extended 1 d ago" in longer


def test_an_extension_is_judged_by_both_deadlines_and_both_are_shown(site):
    """K04a by the effective, K04b by the original deadline; a late look after closing tells."""
    text = text_of(ask(only(PHONE, "sheet"), site, "#case=longer").panels["sheet"].tree)
    assert "03-10 08:00" in text and "03-14 12:00" in text
