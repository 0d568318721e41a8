"""Scenario A3 (domain.md §7), 09:30 纪工委 督办 挂号、延期工单: one test for each of its sentences.

What she may not open (population pages) and the audit of her looks come with permissions. It is hour
228, noon of 11 March 2026.
"""

from collections.abc import Iterator

import pytest
from drawn import ask, of_class, only, text_of
from small_town import Case, at, found_town

from dashboard.panel import Screen
from dashboard.server import SCREENS
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
NOW = 228
CASES = (
    # Parked for 66 days, past its deadline.
    Case("backlog", "reported -1400, accepted -1399 due -1300, hung -1360", "A1"),
    # Parked yesterday, already supervised, its deadline is over.
    Case("parked", "reported 100, accepted 101 due 220, hung 204, supervised 210", "A1"),
    # Extended and open: late by the original deadline, not by the effective one.
    Case("longer", "reported 100, accepted 101 due 200, extended 190 due 300", "A2"),
    # Extended and closed after its original deadline.
    Case("granted", "reported 10, accepted 11 due 35, extended 30 due 59, closed 50", "A2"),
    # Plainly overdue.
    Case("late", "reported 100, accepted 101 due 200", "B1"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("a3"), "a3")
    town.take(CASES, now=NOW)
    site = town.city.site(at(NOW))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def listed(site: Site, screen: Screen, metric: str) -> list[str]:
    place = "urgent" if screen is TABLET else "sheet"
    tree = ask(only(screen, place), site, f"#list={metric}").panels[place].tree
    return [text_of(line) for line in of_class(tree, "case")]


@every_screen
def test_every_row_has_approver_days_both_deadlines_and_whether_supervised(
    site: Site, screen: Screen
) -> None:
    backlog, longer, parked = listed(site, screen, "supervision_queue")
    assert "挂账 66 天" in backlog and "未督办" in backlog
    assert "延期批准 1 天" in longer and "未督办" in longer
    assert "原时限 03-10 08:00 → 现时限 03-14 12:00" in longer
    assert "挂账 1 天" in parked and "已督办" in parked


@every_screen
def test_a_hung_case_is_grey_and_absent_from_overdue(site: Site, screen: Screen) -> None:
    assert ["❚❚挂账" in row for row in listed(site, screen, "hung")] == [True, True]
    (late,) = listed(site, screen, "overdue")
    assert "■超期" in late


def test_an_extended_case_is_judged_by_both_deadlines_and_both_rates_are_shown(site: Site) -> None:
    """Due: granted, late. K04a: 1 of 2, by the effective deadline; K04b: none of 2."""
    scope = read_scope(site, {}, at(NOW))
    keys = ("on_time_rate", "on_time_rate_original")
    answer = measure(site, [BY_KEY[key] for key in keys], scope, as_of=at(NOW))
    assert [(answer.total(key).n, answer.total(key).d) for key in keys] == [(1, 2), (0, 2)]
    shown = text_of(ask(only(TABLET, "rates"), site).panels["rates"].tree)
    for key, counts in zip(keys, ("1 / 2", "0 / 2"), strict=True):
        assert BY_KEY[key].label.zh in shown and counts in shown


@every_screen
def test_what_is_hung_for_more_than_sixty_days_sits_in_the_backlog(
    site: Site, screen: Screen
) -> None:
    (row,) = listed(site, screen, "parked_long")
    assert "挂账" in row
    assert "积存" in listed(site, screen, "supervision_queue")[0]
    assert not any("积存" in row for row in listed(site, screen, "supervision_queue")[1:])
