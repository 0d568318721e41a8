"""Scenario A2 (domain.md §7), 09:10 a light turns red: one test for each of its sentences.

A case with a limit of four 工作时 is filed on Friday, 6 March 2026, at 16:30. The town works 08–12 and
14–18; the Saturday after is a 调休 working day. Another case is late already, a third has plenty of time.
All screens go by ticks of fifteen seconds, so what is red after 10:30 is so from 10:30:15 on.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from drawn import Answer, ask, of_class, text_of
from small_town import ZONE, Case, at, found_town

from dashboard.panel import Screen
from dashboard.server import SCREENS
from data.clock import Clock
from data.days import epoch_of
from data.rules import write_calendar
from data.working_time import WorkCalendar
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
WINDOWS = ((480, 720), (840, 1080))
MADE_UP = WorkCalendar(ZONE, WINDOWS, workdays=frozenset({date(2026, 3, 7)}))
ORDINARY = WorkCalendar(ZONE, WINDOWS)
FILED = 4 * 24 + 16.5
TICK = 15
"""Seconds from one refresh of a screen to the next."""
OTHERS = (
    Case("late", "reported 8, accepted 8 limit 4 work_hour", "A1"),
    Case("early", "reported 90, accepted 90 limit 60 natural_day", "B1"),
)

Found = Callable[[WorkCalendar, str], Site]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Makes a town with a calendar, in which the case is filed with a limit on a clock."""
    folder: Path = tmp_path_factory.mktemp("a2")
    made: dict[tuple[WorkCalendar, str], Site] = {}
    towns = []

    def find(calendar: WorkCalendar, clock: str) -> Site:
        if (calendar, clock) not in made:
            town = found_town("sqlite", folder, f"a2_{len(made)}")
            with town.case.begin() as connection:
                write_calendar(connection, calendar)
            filed = Case("filed", f"reported {FILED}, accepted {FILED} limit 4 {clock}", "A2")
            town.take([*OTHERS, filed], now=FILED)
            towns.append(town)
            made[calendar, clock] = town.city.site()
        return made[calendar, clock]

    yield find
    for site in made.values():
        site.case.dispose()
        site.population.dispose()
    for town in towns:
        town.close()


@pytest.fixture
def site(found: Found) -> Site:
    return found(MADE_UP, "work_hour")


def look(site: Site, screen: Screen, when: str, fragment: str = "", seen: Any = "{}") -> Answer:
    """What a screen shows at a time of March 2026 on the town's clock: `07 09:42:00`."""
    site.clock = Clock(stopped=epoch_of(f"2026-03-{when.replace(' ', 'T')}", ZONE))
    answer = ask(screen, site, fragment, seen=seen)
    assert answer.notice is None
    return answer


def light(site: Site, when: str) -> str:
    """Shape and word of the filed case in the list of open cases on the chief's tablet."""
    tree = look(site, TABLET, when, "#list=open").panels["urgent"].tree
    (line,) = [node for node in of_class(tree, "case") if node["href"].endswith("case=filed")]
    (shown,) = of_class(line["children"], "light")
    return text_of(shown)


def on_the_wall(site: Site, when: str, key: str) -> int:
    (lamp,) = of_class(look(site, WALL, when).panels["band"].tree, f"lamp-{key}")
    (shown,) = of_class(lamp["children"], "lamp-number")
    return int(text_of(shown))


def on_the_tablet(site: Site, when: str, key: str) -> int:
    tree = look(site, TABLET, when, f"#list={key}").panels["urgent"].tree
    told = re.search(r"共 (\d+) 件", text_of(of_class(tree, "panel-aside")[0]))
    assert told is not None
    assert len(of_class(tree, "case")) == int(told[1])
    return int(told[1])


def on_the_phone(site: Site, when: str, key: str) -> int:
    """Late cases are in its sentence; what is due soon is among what needs its holder."""
    panels = look(site, PHONE, when).panels
    if key == "overdue":
        told = re.search(r"超期 ■ (\d+)", text_of(panels["brief"].tree))
        assert told is not None
        return int(told[1])
    needs = [text_of(node) for node in of_class(panels["needs"].tree, "need")]
    found = [re.fullmatch(r"▲将超期(\d+)", words) for words in needs]
    return sum(int(one[1]) for one in found if one is not None)


def counts(site: Site, when: str, key: str) -> tuple[int, int, int]:
    """What the three screens say of one light: they must agree, whatever it is."""
    return (
        on_the_wall(site, when, key),
        on_the_tablet(site, when, key),
        on_the_phone(site, when, key),
    )


def test_the_case_turns_yellow_on_the_working_saturday_at_0942(site: Site) -> None:
    assert light(site, "07 09:41:59") == "●正常"
    assert light(site, "07 09:42:00") == "▲将超期"
    assert counts(site, "07 09:41:59", "due_soon") == (0, 0, 0)
    assert counts(site, "07 09:42:00", "due_soon") == (1, 1, 1)


def test_it_is_red_after_saturday_1030(site: Site) -> None:
    assert light(site, "07 10:30:00") == "▲将超期"
    assert light(site, "07 10:30:15") == "■超期"


def test_with_an_ordinary_weekend_the_same_points_fall_on_monday(found: Found) -> None:
    site = found(ORDINARY, "work_hour")
    assert light(site, "07 12:00:00") == "●正常"
    assert light(site, "09 09:41:59") == "●正常"
    assert light(site, "09 09:42:00") == "▲将超期"
    assert light(site, "09 10:30:00") == "▲将超期"
    assert light(site, "09 10:30:15") == "■超期"


def test_under_four_urgent_hours_it_is_red_after_friday_2030(found: Found) -> None:
    site = found(MADE_UP, "urgent_hour")
    assert light(site, "06 20:30:00") == "▲将超期"
    assert light(site, "06 20:30:15") == "■超期"


def test_wall_tablet_and_phone_show_the_same_number_within_one_refresh(site: Site) -> None:
    """They stand open since 10:30:00 and ask again a tick later, with what they hold already."""
    before, after = "07 10:30:00", f"07 10:30:{TICK}"
    assert counts(site, before, "overdue") == (1, 1, 1)
    assert counts(site, after, "overdue") == (2, 2, 2)
    for screen, panel in ((WALL, "band"), (TABLET, "urgent"), (PHONE, "brief")):
        held = look(site, screen, before)
        again = look(site, screen, after, seen=held.seen)
        assert not again.panels[panel].kept
        # Every screen says when its figures are of, and it is the same instant.
        assert text_of(of_class(again.panels["header"].tree, "as-of-time")[0]).startswith("10:30")


def test_shape_and_text_differ_as_well_as_the_colour(site: Site) -> None:
    yellow, red = light(site, "07 10:30:00"), light(site, "07 10:30:15")
    assert yellow[0] != red[0]
    assert yellow[1:] != red[1:]
    css = (Path(__file__).resolve().parent.parent / "assets" / "panels.css").read_text("utf-8")
    colours = {name: re.search(rf"\.light-{name} {{ color: (.*?);", css) for name in LIGHTS}
    assert {found[1] for found in colours.values() if found} == set(LIGHTS.values())


LIGHTS = {"due_soon": "var(--light-yellow)", "overdue": "var(--light-red)"}

ACCOUNT = [
    ("周五 03-06 16:30", "受理，开始计时"),
    ("周五 03-06 16:30 – 18:00", "✓ 计时 · 工作时段", "1 小时 30 分"),
    ("周五 03-06 18:00 – 周六 03-07 08:00", "— 不计 · 非工作时段", "14 小时"),
    ("周六 03-07 08:00 – 09:42", "✓ 计时 · 调休上班", "1 小时 42 分"),
    ("周六 03-07 09:42", "▲ 转黄（将超期）"),
    ("周六 03-07 09:42", "现在；以下尚未到"),
    ("周六 03-07 09:42 – 10:30", "✓ 计时 · 调休上班", "48 分钟"),
    ("周六 03-07 10:30", "■ 到时限，此后转红（超期）"),
]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
def test_the_cases_timeline_shows_how_the_minutes_were_counted(screen: Screen, site: Site) -> None:
    tree = look(site, screen, "07 09:42:00", "#case=filed").panels["sheet"].tree
    assert text_of(of_class(tree, "case-line")[0]) == "▲将超期剩 48 分钟（工作时）"
    assert text_of(of_class(tree, "account-sums")[0]) == (
        "4 工作时 · 已计 3 小时 12 分（80 %）· 09:42 转黄 · 10:30 转红 · "
        "现行时限 03-07 10:30 · 原时限 03-07 10:30"
    )
    (table,) = of_class(tree, "account")
    rows = table["children"][0]["props"]["children"]
    assert [tuple(text_of(cell) for cell in row["props"]["children"]) for row in rows] == ACCOUNT


def test_the_town_files_the_case_on_friday_at_1630() -> None:
    assert at(FILED) == epoch_of("2026-03-06T16:30", ZONE)
