"""Scenario A4 (domain.md §7), 10:00 → 15:00 占道经营: one test for each of its sentences.

S3's case of the 苗圃街: handed over by 郑好拍 on a Monday at 10:00, closed at 15:00, then verified on
the spot. The town works 08–12 and 14–18. A second case, of the day before, is closed a day later.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from drawn import CHINESE, Answer, ask, of_class, text_of
from small_town import ZONE, Case, at, batch_of, found_town

from dashboard.panel import Screen
from dashboard.server import SCREENS
from data.case_tables import case_event, case_record, category, source, survey
from data.ingest import ingest
from data.rules import write_calendar
from data.work_tables import category_code
from data.working_time import WorkCalendar
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)

STREET = Case(
    "street",
    "reported 10, accepted 10.2 limit 1 work_day, dispatched 10.4, received 10.6, handled 14.5, "
    "closed 15, checked 15.5",
    "A1",
    "app",
    title="苗圃街西小游园外占道经营",
)
SLOW = Case("slow", "reported 9, accepted 9.5 limit 3 work_day, closed 34", "A2")
ACTORS = {
    "reported": "市民",
    "accepted": "区平台座席员",
    "dispatched": "一级网格员",
    "received": "处置单位",
    "handled": "处置单位",
    "closed": "区平台座席员",
    "checked": "三级网格员",
}
STEPS = [
    ("03-02 10:00", "上报", "市民"),
    ("03-02 10:12", "受理", "区平台座席员"),
    ("03-02 10:24", "派单", "一级网格员"),
    ("03-02 10:36", "接单", "处置单位"),
    ("03-02 14:30", "处置完成", "处置单位"),
    ("03-02 15:00", "办结", "区平台座席员"),
    ("03-02 15:30", "核查", "三级网格员"),
]
"""S3's 接收, 受理, 派单, 处置, 办结 and 核实, in the words of the dashboard."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("a4"), "a4")
    batch = batch_of([STREET, SLOW], town.grid_ids)
    notes = {"checked": "核实通过"}
    events = batch.events.assign(
        actor_role=batch.events["type"].map(ACTORS), note=batch.events["type"].map(notes)
    )
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
        names = {"name": "郑好拍", "name_en": "Zhenghaopai"}
        connection.execute(source.update().where(source.c.code == "app").values(names))
        names = {"name": "占道经营", "name_en": "Trading on the road", "code": "09006"}
        names |= {"standard": "GB/T 47678.5-2026"}
        connection.execute(category.update().where(category.c.code == "road").values(names))
        older = {"standard": "GB/T 30428.2-2013", "code": "04-06", "category_id": 1}
        connection.execute(category_code.insert().values(older))
        ingest(connection, replace(batch, events=events), zone=ZONE, now=at(50))
    site = town.city.site(at(40))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def look(site: Site, screen: Screen, fragment: str = "") -> Answer:
    answer = ask(screen, site, fragment)
    assert answer.notice is None
    return answer


def sheet(site: Site, screen: Screen, language: str = "zh") -> Any:
    return look(site, screen, f"#case=street&lang={language}").panels["sheet"].tree


def facts(tree: Any) -> dict[str, str]:
    (told,) = of_class(tree, "facts")
    texts = [text_of(part) for part in told["children"]]
    return dict(zip(texts[::2], texts[1::2], strict=True))


@every_screen
def test_the_timeline_shows_each_step_with_actor_and_time(site: Site, screen: Screen) -> None:
    steps = of_class(sheet(site, screen), "step")
    told = []
    for step in steps:
        when, what = (text_of(of_class(step["children"], f"step-{x}")[0]) for x in ("time", "what"))
        who = text_of(step["children"][-1]).split(" · ")[0]
        told.append((when, what, who))
    assert told == STEPS
    assert text_of(steps[-1]["children"][-1]).endswith("核实通过")


@every_screen
def test_the_case_comes_from_zhenghaopai(site: Site, screen: Screen) -> None:
    told = facts(sheet(site, screen))
    assert told["来源"] == "郑好拍"


@every_screen
def test_duration_reads_five_hours_natural_and_three_working(site: Site, screen: Screen) -> None:
    told = facts(sheet(site, screen))
    assert told["处置时长（扣除挂账）"] == "5 小时（自然时）· 3 小时（工作时）"
    english = facts(sheet(site, screen, "en"))
    assert english["Handling time (less parking)"] == "5 h (natural) · 3 h (working)"


def test_no_other_duration_on_its_page_is_without_a_clock(site: Site) -> None:
    """What has counted, what is left, the gaps of the timeline: each says which time it is in."""
    tree = sheet(site, PHONE)
    assert text_of(of_class(tree, "account-sums")[0]) == (
        "1 工作日 · 已计 2 小时 48 分（35 %）· 现行时限 03-03 10:12 · 原时限 03-03 10:12 · "
        "按期，余 5 小时 12 分"
    )
    assert "办理过程（间隔为自然时）" in text_of(tree)


def test_on_the_day_closure_counts_it(site: Site) -> None:
    tree = look(site, PHONE, "#list=same_day_rate.top").panels["sheet"].tree
    assert [node["href"] for node in of_class(tree, "case")] == [
        "#list=same_day_rate.top&case=street"
    ]
    tree = look(site, PHONE, "#explain=same_day_rate").panels["sheet"].tree
    assert text_of(of_class(tree, "tile-basis")[0]) == "1 / 2"


@every_screen
def test_the_category_resolves_to_trading_on_the_road_in_both_code_versions(
    site: Site, screen: Screen
) -> None:
    codes = " · GB/T 47678.5-2026 09006 · GB/T 30428.2-2013 04-06"
    assert facts(sheet(site, screen))["事项"] == "占道经营" + codes
    assert facts(sheet(site, screen, "en"))["Category"] == "Trading on the road" + codes


def test_the_citizens_name_is_nowhere_on_the_wall(site: Site) -> None:
    """There is nowhere it could be kept; and until a case is opened the wall prints its road only."""
    columns = {
        column.name for table in (case_record, case_event, survey) for column in table.columns
    }
    assert not [name for name in columns if re.search("name|phone|reporter|citizen|person", name)]
    shown = " ".join(text_of(panel.tree) for panel in look(site, WALL).panels.values())
    assert "占道经营海晏路郑好拍" in shown
    assert "海晏路1号" not in shown


@every_screen
def test_in_english_only_the_data_is_chinese(site: Site, screen: Screen) -> None:
    tree = sheet(site, screen, "en")
    (table,) = of_class(tree, "account")
    assert not CHINESE.search(text_of(table["children"]))
    assert not CHINESE.search(text_of(of_class(tree, "account-sums")[0]))
