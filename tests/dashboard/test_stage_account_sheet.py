"""The stages of a case on its page, in both languages, and what the whole limit says beside them."""

from collections.abc import Iterator
from typing import Any

import pytest
from drawn import CHINESE, ask, of_class, only, text_of
from small_town import ZONE, Case, at, found_town
from stage_replay import PIPE, STANDARD

from dashboard.server import SCREENS
from data.case_tables import site_setting
from data.clock import Clock
from data.rules import write_calendar
from data.stage_limits import write_stage_limits
from data.stored_settings import write_setting
from data.working_time import WorkCalendar
from queries.site import Site

PHONE = SCREENS[2]
STEPS = "reported 8, accepted 8.5{}, dispatched 10, step_done 12 step fence"
CASES = (
    Case("burst", STEPS.format(" limit 1 work_day"), category="water"),
    Case("endless", STEPS.format(""), category="water"),
)


@pytest.fixture(scope="module", params=["whole", "stage"])
def site(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("stages"), request.param)
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
        write_stage_limits(connection, (*STANDARD, *PIPE))
        write_setting(connection, site_setting, "lights", {"basis": request.param})
    town.take(CASES, now=17)
    site = town.city.site()
    site.clock = Clock(stopped=at(17))
    site.basis = request.param  # type: ignore[attr-defined]
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def tables(site: Site, code: str, language: str = "zh") -> list[Any]:
    answer = ask(only(PHONE, "sheet"), site, f"#case={code}&lang={language}")
    assert answer.notice is None
    return of_class(answer.panels["sheet"].tree, "account")


def lines(table: Any) -> list[tuple[str, ...]]:
    rows = table["children"][0]["props"]["children"]
    return [tuple(text_of(cell) for cell in row["props"]["children"]) for row in rows]


def test_every_stage_has_a_line_with_its_limit_and_how_it_went(site: Site) -> None:
    told = lines(tables(site, "burst")[-1])
    assert [line[1].split(" · ")[:2] for line in told] == [
        ["核实", "0.5 紧急工作时"],
        ["派遣", "0.5 工作时"],
        ["围护", "3 紧急工作时"],
        ["修复", "8 紧急工作时"],
    ]
    assert [line[2] for line in told] == ["● 按期", "■ 超期", "● 按期", ""]
    assert told[-1][1] == "修复 · 8 紧急工作时 · 已计 5 小时 · 03-02 20:00 到期"


def test_the_whole_limit_turns_the_light_only_where_lights_go_by_it(site: Site) -> None:
    words = str(lines(tables(site, "burst")[0]))
    by_stage = site.basis == "stage"  # type: ignore[attr-defined]
    assert ("转红" in words, "全程时限到" in words) == (not by_stage, by_stage)


def test_a_case_without_a_limit_of_its_own_still_tells_its_stages(site: Site) -> None:
    (table,) = tables(site, "endless")
    assert len(lines(table)) == 4


def test_in_english_nothing_is_left_in_chinese(site: Site) -> None:
    for table in tables(site, "burst", "en"):
        assert not CHINESE.search(str(lines(table)))
