"""Lights by stage: what they change, what they leave, and how the page of a case tells the stages.

Hour 0 is Monday, 2 March 2026; the town works 08–12 and 14–18. It is Monday, 17:00.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from hand_town import scope_of
from small_town import ZONE, Case, Town, at, found_town
from stage_replay import PIPE, STANDARD

from data.case_tables import site_setting
from data.rederive import renew_states
from data.rules import write_calendar
from data.stage_limits import write_stage_limits
from data.stored_settings import write_setting
from data.working_time import WorkCalendar
from queries.cases import behind, one_case
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site
from queries.stage_account import StageAccount, stage_account

HOUR = 3600
NOW = at(17)
LIGHTS = ("overdue", "due_soon", "normal", "no_deadline", "hung")
CASES = (
    # Dispatch was due at 09:00; the whole case on Friday.
    Case("waits", "reported 8, accepted 8.5 limit 5 work_day"),
    # Handling is due on Tuesday at 09:00: of eight hours six have run, 80 % are 6 h 24 min.
    Case("works", "reported 8, accepted 8.5 limit 5 work_day, dispatched 9"),
    # Fenced off in time; repair is due at 20:00 and turns yellow at 18:24.
    Case(
        "burst",
        "reported 8, accepted 8.5 limit 5 work_day, dispatched 9, step_done 12 step fence",
        category="water",
    ),
    Case("parked", "reported 8, accepted 8.5 limit 5 work_day, hung 9"),
    Case("bare", "reported 8, accepted 8.5, dispatched 9, handled 10, checked 11"),
    Case("done", "reported 8, accepted 8.5 limit 1 work_hour, dispatched 8.6, closed 11"),
)


def town_of(engine: str, folder: Any, basis: str) -> Town:
    town = found_town(engine, folder, f"lights_{basis}")
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
        write_stage_limits(connection, (*STANDARD, *PIPE))
        write_setting(connection, site_setting, "lights", {"basis": basis})
    town.take(CASES, now=17)
    return town


@pytest.fixture(scope="module", params=ENGINES)
def sites(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[dict[str, Site]]:
    folder = tmp_path_factory.mktemp("lights")
    towns = {basis: town_of(request.param, folder, basis) for basis in ("whole", "stage")}
    sites = {basis: town.city.site() for basis, town in towns.items()}
    yield sites
    for basis, site in sites.items():
        site.case.dispose()
        site.population.dispose()
        towns[basis].close()


def counts(site: Site) -> dict[str, int | None]:
    answer = measure(site, [BY_KEY[key] for key in LIGHTS], scope_of(site), as_of=NOW)
    return {key: answer.total(key).n for key in LIGHTS}


def test_the_basis_decides_what_the_lights_go_by(sites):
    whole = {"overdue": 0, "due_soon": 0, "normal": 3, "no_deadline": 1, "hung": 1}
    assert counts(sites["whole"]) == whole
    by_stage = {"overdue": 1, "due_soon": 0, "normal": 2, "no_deadline": 1, "hung": 1}
    assert counts(sites["stage"]) == by_stage
    yellow = measure(sites["stage"], [BY_KEY["due_soon"]], scope_of(sites["stage"]), as_of=at(18.5))
    assert yellow.total("due_soon").n == 2


def test_a_list_shows_the_lights_that_the_figures_count(sites):
    for site in sites.values():
        for key in LIGHTS:
            held = behind(site, BY_KEY[key], "top", scope_of(site), as_of=NOW)
            assert [row.light for row in held.rows] == [key] * len(held.rows)


def test_rates_go_by_the_limit_of_the_whole_case_whatever_the_lights_do(sites):
    rates = [BY_KEY["on_time_rate"], BY_KEY["overdue_rate"]]
    one, other = (measure(s, rates, scope_of(s), as_of=NOW) for s in sites.values())
    for metric in rates:
        assert one.total(metric.key) == other.total(metric.key)
    assert one.total("on_time_rate").d == 1


@pytest.mark.parametrize(
    ("basis", "left"),
    [
        # Of five days 6.5 h have counted; the dispatch was due at 09:00, six working hours ago.
        ("whole", {"waits": (40 * HOUR - int(6.5 * HOUR), "working")}),
        ("stage", {"waits": (-6 * HOUR, "working"), "burst": (3 * HOUR, "")}),
    ],
)
def test_what_is_left_is_told_on_the_clock_of_the_light(sites, basis, left):
    site = sites[basis]
    for code, told in left.items():
        held = one_case(site, code, scope_of(site), as_of=NOW)
        assert held is not None
        assert (held.row.left_seconds, held.row.left_clock) == told


def account_of(site: Site, code: str, hour: float = 17) -> StageAccount:
    found = stage_account(site, code, at(hour))
    assert found is not None
    return found


def told(found: StageAccount) -> list[tuple[Any, ...]]:
    return [
        (x.span.key, x.span.begun, x.span.ended, x.span.due, x.span.counted, x.span.is_late)
        for x in found.lines
    ]


def test_the_account_tells_every_stage_with_what_counted(sites):
    found = account_of(sites["stage"], "burst")
    assert found.is_basis
    assert told(found) == [
        ("verify", at(8), at(8.5), at(8.5), HOUR // 2, False),
        ("dispatch", at(8.5), at(9), at(9), HOUR // 2, False),
        ("fence", at(9), at(12), at(12), 3 * HOUR, False),
        ("repair", at(12), None, at(20), 5 * HOUR, False),
    ]
    newest = found.lines[-1]
    assert newest.name is not None
    assert (newest.name.zh, newest.amount, newest.clock) == ("修复", 8.0, "urgent_hour")
    assert not account_of(sites["whole"], "burst").is_basis


def test_a_stage_that_runs_is_late_once_its_time_is_up(sites):
    (_, waiting) = told(account_of(sites["stage"], "waits"))
    # 08:30 to 12:00 and 14:00 to 17:00.
    assert waiting == ("dispatch", at(8.5), None, at(9), int(6.5 * HOUR), True)
    assert told(account_of(sites["stage"], "waits", 9))[-1][-1] is False


def test_a_parked_stage_stands_still(sites):
    parked = told(account_of(sites["stage"], "parked", 12))[-1]
    assert parked == ("dispatch", at(8.5), None, at(9), HOUR // 2, False)


def test_the_account_agrees_with_the_derived_states(sites):
    for case in CASES:
        for hour in (8, 8.75, 9.5, 11, 13):
            found = stage_account(sites["stage"], case.code, at(hour))
            scope = scope_of(sites["stage"])
            held = one_case(sites["stage"], case.code, scope, as_of=at(hour))
            assert found is not None
            assert held is not None
            running = [line for line in found.lines if line.span.ended is None]
            if running and held.row.light in ("normal", "due_soon", "overdue"):
                assert running[0].span.is_late == (held.row.light == "overdue")


def test_without_limits_of_stages_there_is_nothing_to_tell(tmp_path):
    town = found_town("sqlite", tmp_path, "plain")
    town.take([Case("x", "reported 8, accepted 9 due 20")], now=20)
    site = town.city.site()
    assert stage_account(site, "x", at(20)) is None
    with town.case.begin() as connection:
        write_stage_limits(connection, [x for x in STANDARD if x.stage == "verify"])
        renew_states(connection, ZONE, at(21), progress=False)
    other = town.city.site()
    assert stage_account(other, "x", at(20)) is not None
    assert stage_account(other, "nope", at(20)) is None
    for one in (site, other):
        one.case.dispose()
        one.population.dispose()
    town.close()
