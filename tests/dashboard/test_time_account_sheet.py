"""How the limit counts on the page of a case: sums, lines, folding, on every screen in both languages."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from drawn import CHINESE, ask, of_class, only, text_of
from small_town import ZONE, Case, at, found_town

from dashboard.panel import Screen
from dashboard.panels.time_account import MOST
from dashboard.server import SCREENS
from dashboard.text import LANGUAGES, catalogue
from data.clock import Clock
from data.rules import write_calendar
from data.working_time import CLOCKS, WorkCalendar
from queries.site import Site
from queries.stretches import COUNTED

PHONE = SCREENS[2]
NATIONAL_DAY, BRIDGE = date(2026, 3, 11), date(2026, 3, 12)
CALENDAR = WorkCalendar(
    ZONE,
    ((480, 720), (840, 1080)),
    holidays=frozenset({NATIONAL_DAY, BRIDGE}),
    workdays=frozenset({date(2026, 3, 14)}),
    known_from=date(2026, 1, 1),
    known_to=date(2026, 3, 31),
)
CASES = (
    Case("week", "reported 8, accepted 8 limit 12 work_day, extended 200 limit 1 work_day"),
    Case("short", "reported 8, accepted 8 limit 4 work_hour, closed 20"),
    Case("evening", "reported 8, accepted 8 limit 1 work_day, closed 20"),
    Case("parked", "reported 8, accepted 8 limit 2 work_day, hung 33"),
    Case("cut", "reported 8, accepted 8 limit 2 work_day, extended 9 due 16"),
    Case("urgent", "reported 8, accepted 8 limit 3 urgent_hour, closed 9"),
    Case("natural", "reported 8, accepted 8 limit 7 natural_day"),
    Case("given", "reported 8, accepted 8 due 56"),
    Case("endless", "reported 8, accepted 8"),
    Case("void", "reported 8, accepted 8 limit 1 work_day, cancelled 10"),
    Case("far", "reported 8, accepted 8 limit 40 work_day"),
    Case(
        "again", "reported 8, accepted 8 limit 1 work_day, closed 10, reopened 34 limit 2 work_day"
    ),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("sheet"), "sheet")
    with town.case.begin() as connection:
        write_calendar(connection, CALENDAR, {NATIONAL_DAY: "国庆节", BRIDGE: "中秋节"})
    town.take(CASES, now=500)
    site = town.city.site()
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def sheet(site: Site, code: str, hour: float, language: str = "zh", screen: Screen = PHONE) -> Any:
    site.clock = Clock(stopped=at(hour))
    answer = ask(only(screen, "sheet"), site, f"#case={code}&lang={language}")
    assert answer.notice is None
    assert answer.panels["sheet"].klass == "panel panel-sheet"
    return answer.panels["sheet"].tree


def sums(tree: Any) -> str:
    return text_of(of_class(tree, "account-sums")[0])


def lines(tree: Any) -> list[tuple[str, ...]]:
    (table,) = of_class(tree, "account")
    rows = table["children"][0]["props"]["children"]
    return [tuple(text_of(cell) for cell in row["props"]["children"]) for row in rows]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
def test_every_screen_tells_the_same_account(town: Site, screen: Screen) -> None:
    for code in ("week", "parked", "given"):
        one, other = (sheet(town, code, 120, screen=one) for one in (screen, PHONE))
        assert (sums(one), lines(one)) == (sums(other), lines(other))


def test_a_long_list_is_folded_but_never_what_happened(town: Site) -> None:
    told = lines(sheet(town, "week", 250))
    assert told == [
        ("周一 03-02 08:00", "受理，开始计时"),
        ("周一 03-02 08:00 – 12:00", "✓ 计时 · 工作时段", "4 小时"),
        ("周一 03-02 12:00 – 14:00", "— 不计 · 午休", "2 小时"),
        # Monday's afternoon, four days and the next Monday.
        ("… 另 22 段，其中计时 44 小时",),
        ("周二 03-10 08:00", "延期 03-18 18:00 → 03-19 18:00（+8 小时）"),
        ("… 另 3 段，其中计时 8 小时",),
        ("周二 03-10 18:00 – 周四 03-12 10:00", "— 不计 · 节假日 国庆节、中秋节", "1 天 16 小时"),
        ("周四 03-12 10:00", "现在；以下尚未到"),
        ("周四 03-12 10:00 – 周五 03-13 08:00", "— 不计 · 节假日 中秋节", "22 小时"),
        # Friday, the working Saturday, Monday, and Tuesday's morning, in which 83.2 h have counted.
        ("… 另 13 段，其中计时 28 小时",),
        ("周二 03-17 11:12", "▲ 转黄（将超期）"),
        ("… 另 8 段，其中计时 16 小时",),
        ("周四 03-19 12:00 – 14:00", "— 不计 · 午休", "2 小时"),
        ("周四 03-19 14:00 – 18:00", "✓ 计时 · 工作时段", "4 小时"),
        ("周四 03-19 18:00", "■ 到时限，此后转红（超期）"),
    ]


def test_what_is_folded_and_what_is_shown_adds_up(town: Site) -> None:
    tree = sheet(town, "week", 250)
    assert "已计 56 小时（53 %）" in sums(tree)
    assert "含延期共 104 小时" in sums(tree)


def test_a_short_list_is_told_in_full(town: Site) -> None:
    told = lines(sheet(town, "evening", 100))
    assert len(told) <= MOST
    assert not [line for line in told if "…" in line[0]]


def test_how_a_closed_case_kept_its_limit(town: Site) -> None:
    assert sums(sheet(town, "urgent", 100)).endswith(" · 按期，余 2 小时")
    assert sums(sheet(town, "short", 100)).endswith(" · 超期 4 小时")
    # Closed two hours after its deadline at the end of the working day: no work was due between.
    assert sums(sheet(town, "evening", 100)).endswith(" · 超期 2 小时（自然时）")


def test_a_parked_case_says_what_is_left_when_it_resumes(town: Site) -> None:
    tree = sheet(town, "parked", 120)
    assert sums(tree).endswith(" · 恢复后剩 7 小时")
    assert lines(tree)[-2:] == [
        ("周二 03-03 09:00 – 周六 03-07 00:00", "— 不计 · 挂账", "3 天 15 小时"),
        ("周六 03-07 00:00", "现在"),
    ]


def test_a_deadline_can_be_moved_forward(town: Site) -> None:
    told = [line[1] for line in lines(sheet(town, "cut", 10))]
    assert "延期 03-03 18:00 → 03-02 16:00（−10 小时）" in told


def test_a_limit_is_told_in_its_own_units(town: Site) -> None:
    told = {code: sums(sheet(town, code, 9.5)).split(" · ")[0] for code in ("urgent", "natural")}
    assert told == {"urgent": "3 紧急工作时", "natural": "7 自然日"}
    assert sums(sheet(town, "given", 9.5)).startswith(
        "时限至 03-04 08:00（自然时）· 已计 1 小时 30 分（3 %）"
    )
    assert of_class(sheet(town, "endless", 9.5), "account") == []


def test_a_reopened_case_counts_anew(town: Site) -> None:
    tree = sheet(town, "again", 36)
    assert sums(tree).startswith("2 工作日 · 已计 2 小时（12 %）")
    assert lines(tree)[0] == ("周二 03-03 10:00", "重办，开始计时")


def test_days_that_no_holiday_table_covers_are_flagged(town: Site) -> None:
    words = catalogue()["account.beyond"]["zh"]
    assert words in text_of(sheet(town, "far", 20))
    assert words not in text_of(sheet(town, "week", 20))


def test_the_remaining_time_is_told_on_the_cases_own_clock(town: Site) -> None:
    def line(code: str, hour: float) -> str:
        return text_of(of_class(sheet(town, code, hour), "case-line")[0])

    assert line("short", 9) == "●正常剩 3 小时（工作时）"
    assert line("short", 14.5) == "■超期超期 30 分钟（工作时）"
    # Due at noon; nothing is worked before 14:00.
    assert line("short", 13) == "■超期超期 1 小时（自然时）"
    assert line("week", 250) == "●正常剩 48 小时（工作时）"
    assert line("natural", 20) == "●正常剩 6 天 12 小时"
    assert line("void", 20) == "✕作废/并案"


def test_a_list_tells_it_as_the_page_does(town: Site) -> None:
    town.clock = Clock(stopped=at(9))
    tree = ask(only(PHONE, "sheet"), town, "#list=open").panels["sheet"].tree
    told = {
        node["href"].split("case=")[1]: text_of(of_class(node["children"], "case-remaining")[0])
        for node in of_class(tree, "case")
    }
    assert told["short"] == "剩 3 小时（工作时）"
    assert told["natural"] == "剩 6 天 23 小时"
    assert told["endless"] == "无时限"


@pytest.mark.parametrize("hour", [9, 20, 33.5, 120, 250, 480])
def test_english_pages_have_no_chinese_in_the_account(town: Site, hour: float) -> None:
    for case in CASES:
        tree = sheet(town, case.code, hour, "en")
        for node in (*of_class(tree, "account"), *of_class(tree, "account-sums")):
            assert not CHINESE.search(text_of(node["children"])), case.code
        for node in of_class(tree, "case-line"):
            assert not CHINESE.search(text_of(node["children"])), case.code


def test_what_the_account_can_say_is_in_the_catalogue() -> None:
    reasons = {*COUNTED, "noon", "night", "weekend", "holiday", "parked"}
    wanted = {f"reason.{reason}" for reason in reasons} | {f"limit.{clock}" for clock in CLOCKS}
    assert wanted <= set(catalogue())
    for language in LANGUAGES:
        assert len(catalogue()["account.weekdays"][language].split()) == 7
