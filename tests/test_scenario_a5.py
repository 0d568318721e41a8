"""Scenario A5 (domain.md §7), 10:30 the chief's 85 % and 46 items: one test for each of its sentences.

170 management cases closed in a week, 144 of them led by the station; of the 26 led elsewhere 24 fall
under an item of a list of 46 and two under none. An enquiry and a case that a patrol settled itself
stand beside them. S0's own list is checked at the end. It is hour 228, noon of 11 March 2026.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import NOW, City, addresses
from drawn import ask, links, of_class, only, text_of
from small_town import ZONE, Case, at, batch_of, found_town

from dashboard.server import SCREENS, create_flask
from data import bulk
from data.case_tables import category, department
from data.days import local_day
from data.demo.build import build_demo
from data.ingest import ingest
from data.work_tables import access_item
from queries.access import access_items
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
AS_OF = at(228)
FIGURE = "#list=station_led_rate.rest"
CLASSES = (
    "市容环卫",
    "街面秩序",
    "施工违建",
    "绿化水务",
    "设施养护",
    "物业邻里",
    "便民惠民",
    "隐患应急",
)
DEPARTMENTS = ("管理办", "平安办", "服务办", "城运中心", "城建中心", "综合执法队")
ITEMS, BATCHES = 46, 4

LED_ELSEWHERE = (
    # Class of the item and department, by position; how many cases.
    (0, 0, 5),
    (1, 5, 4),
    (2, 4, 4),
    (3, 0, 3),
    (4, 4, 3),
    (5, 4, 2),
    (6, 2, 2),
    (7, 1, 1),
)
BY_CLASS = dict(zip(CLASSES, (5, 4, 4, 3, 3, 2, 2, 1), strict=True)) | {"不在清单内": 2}
BY_DEPARTMENT = {
    "管理办": 5 + 3,
    "平安办": 1,
    "服务办": 2,
    "城运中心": 2,
    "城建中心": 4 + 3 + 2,
    "综合执法队": 4,
}
"""The two of no item went to the 城运中心."""


def closed(lead: str, more: str = "") -> str:
    return f"reported 10, accepted 11 due 90, dispatched 12 lead {lead}{more}, closed 30"


def item_of(kind: int) -> int:
    """The first item of a class: items take their classes in turn."""
    return kind + 1


def cases() -> Iterator[tuple[Case, int | None]]:
    """Each case and the position of its department."""
    for number in range(144):
        kind = number % len(CLASSES)
        yield Case(f"L{number:03}", closed("station"), "A1", item=item_of(kind)), kind % 6
    for kind, office, number in LED_ELSEWHERE:
        for one in range(number):
            lead = ("street", "cross")[one % 2]
            yield Case(f"E{kind}{one}", closed(lead), "A2", item=item_of(kind)), office
    # Sent to the station though no item covers them; the street had to take them over.
    for one in (1, 2):
        yield Case(f"X{one}", closed("station", ", escalated 20 lead street"), "B1"), 3
    # An enquiry that the station closed, and what a patrol settled on the spot.
    yield Case("ask", closed("station"), "A1", category="water", item=item_of(6)), 2
    yield Case("self", closed("station"), "A1", "patrol", self_handled=True), None


def items() -> pd.DataFrame:
    first = local_day(at(0), ZONE)
    numbers = range(1, ITEMS + 1)
    kinds = [(number - 1) % len(CLASSES) for number in numbers]
    return pd.DataFrame(
        {
            "item_id": numbers,
            "code": [f"Z{number:02}" for number in numbers],
            "batch": [1 + (number - 1) * BATCHES // ITEMS for number in numbers],
            "class_code": [f"C{kind}" for kind in kinds],
            "class_name": [CLASSES[kind] for kind in kinds],
            "class_name_en": [f"Class {kind}" for kind in kinds],
            "name": [f"事项{number}" for number in numbers],
            "name_en": [f"Item {number}" for number in numbers],
            "department_id": 1,
            "lead_level": "station",
            "valid_from": first - 400,
            "valid_to": pd.array([None] * ITEMS, "Int64"),
        }
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    town = found_town("sqlite", tmp_path_factory.mktemp("a5"), "a5")
    made = list(cases())
    batch = batch_of([case for case, _ in made], town.grid_ids)
    # The departments of the account come after the town's own three.
    offices = [None if office is None else office + 4 for _, office in made]
    records = batch.cases.assign(department_id=pd.array(offices, "Int64"))
    with town.case.begin() as connection:
        rows = [
            {"department_id": 4 + n, "code": f"D{n}", "name": name, "name_en": f"Office {n}"}
            for n, name in enumerate(DEPARTMENTS)
        ]
        connection.execute(department.insert(), [{**row, "kind": "部门"} for row in rows])
        enquiry = {"name": "公共服务咨询", "name_en": "Enquiry"}
        connection.execute(category.update().where(category.c.code == "water").values(enquiry))
        bulk.insert(connection, access_item, items())
        ingest(connection, replace(batch, cases=records), zone=ZONE, now=AS_OF)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


@pytest.fixture(scope="module")
def ruijin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("ruijin")
    urls = addresses("sqlite", folder, "ruijin")
    plan = folder / "plan.sqlite"
    build_demo(*urls, size="small", seed=1, now=NOW, plan_path=plan, site="s0_ruijin")
    site = City(*urls, folder).site()
    yield site
    site.case.dispose()
    site.population.dispose()


def urgent(site: Site, fragment: str) -> Any:
    answer = ask(only(TABLET, "urgent"), site, fragment)
    assert answer.notice is None
    return answer.panels["urgent"].tree


def figure(site: Site, key: str, **parts: str) -> tuple[float | None, float | None]:
    held = measure(site, [BY_KEY[key]], read_scope(site, parts, AS_OF), as_of=AS_OF).total(key)
    return held.n, held.d


def line_of(site: Site, label: str) -> dict[str, str]:
    """The line of a figure on the tablet: label, value, n/d, target, and where a tap leads."""
    tree = ask(only(TABLET, "quality"), site).panels["quality"].tree
    for row in of_class(tree, "quality-row"):
        if text_of(of_class(row["children"], "quality-label")) == label:
            parts = ("value", "basis", "target")
            told = {part: text_of(of_class(row["children"], f"quality-{part}")) for part in parts}
            (value,) = of_class(row["children"], "quality-value")
            return told | {"href": value["href"]}
    raise AssertionError(label)


def tables(tree: Any) -> list[dict[str, int]]:
    """The two breakdowns above the list, by name."""
    (both,) = of_class(tree, "breakdown")
    return [
        {
            text_of(of_class(line["children"], "sum-name")): int(text_of(line["children"][2]))
            for line in of_class(table, "sum")
        }
        for table in both["children"]
    ]


def taken(site: Site, href: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The file at an address: its head by its words, and its rows."""
    answer = create_flask(site).test_client().get(href)
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    gap = rows.index([])
    head = {row[0]: row[1] for row in rows[:gap]}
    names, *lines = rows[gap + 1 :]
    return head, [dict(zip(names, line, strict=True)) for line in lines]


def test_the_chief_sees_847_percent_of_170_against_85(site: Site) -> None:
    told = line_of(site, "站牵头解决率")
    # 144 ÷ 170 = 84.7058…
    assert (told["value"], told["basis"]) == ("84.71%", "144 / 170")
    assert told["target"] == "■ 目标 85 %"


def test_a_tap_on_it_opens_the_26_that_were_led_elsewhere(site: Site) -> None:
    assert line_of(site, "站牵头解决率")["href"] == FIGURE
    tree = urgent(site, FIGURE)
    assert text_of(of_class(tree, "list-total")) == "共 26 件"
    listed = {re.sub(".*case=", "", line["href"]) for line in of_class(tree, "case")}
    elsewhere = {case.code for case, _ in cases() if case.code[0] in "EX"}
    assert listed == elsewhere and len(listed) == 26


def test_they_are_told_by_class_and_by_department_and_both_add_up(site: Site) -> None:
    by_class, by_department = tables(urgent(site, FIGURE))
    assert by_class == BY_CLASS
    assert by_department == BY_DEPARTMENT
    assert sum(BY_CLASS.values()) == sum(BY_DEPARTMENT.values()) == 26
    assert (len(set(BY_CLASS) & set(CLASSES)), len(by_department)) == (8, 6)


def test_two_wear_the_badge_of_what_is_not_on_the_list(site: Site) -> None:
    tree = urgent(site, FIGURE)
    marked = {
        re.sub(".*case=", "", line["href"])
        for line in of_class(tree, "case")
        if "越权派单" in text_of(of_class(line["children"], "is-off-list"))
    }
    assert marked == {"X1", "X2"}
    assert "越权派单 2 件" in text_of(tree)


def test_the_masked_list_is_exported_with_definition_and_time(site: Site) -> None:
    (href,) = [href for href in links(urgent(site, FIGURE)) if href.startswith("/export.csv")]
    head, rows = taken(site, href)
    assert head["指标"].startswith("站牵头解决率 · K14")
    assert head["口径"] == "综合网格工作站牵头办结的管理案件 ÷ 办结的管理案件"
    assert head["数值"] == "84.71 %（144 / 170）"
    assert head["截至"].startswith("2026-03-11 12:00:00（Asia/Shanghai）")
    assert head["行数"].startswith("26 件，全部列出")
    assert head["说明"].startswith("已脱敏")
    assert len(rows) == 26
    assert {row["地址（脱敏）"] for row in rows} == {"海晏路1号"}
    assert {row["编号"] for row in rows if row["越权派单"]} == {"X1", "X2"}
    counted = pd.Series([row["主办单位"] for row in rows]).value_counts()
    assert counted.to_dict() == BY_DEPARTMENT


def test_an_enquiry_is_not_in_the_denominator(site: Site) -> None:
    # It was closed in the period like the others, and led by the station.
    assert figure(site, "station_led_rate", category="water") == (0, 0)
    assert figure(site, "closed", category="water") == (1, None)
    _, rows = taken(site, "/export.csv?list=station_led_rate.bottom")
    assert len(rows) == 170
    assert "公共服务咨询" not in {row["事项"] for row in rows}


def test_what_a_patrol_settled_itself_is_counted_in_k15_not_in_k14(site: Site) -> None:
    assert figure(site, "self_handled_rate", source="patrol") == (1, 1)
    # All 172 were accepted: 170, the enquiry and this one.
    assert figure(site, "self_handled_rate") == (1, 172)
    assert figure(site, "station_led_rate", source="patrol") == (0, 0)
    assert line_of(site, "自处置率")["basis"] == "1 / 172"


def test_from_the_figure_leads_a_way_to_the_list_of_46(site: Site) -> None:
    (way,) = [href for href in links(urgent(site, FIGURE)) if "access=class" in href]
    tree = ask(only(TABLET, "sheet"), site, way).panels["sheet"].tree
    assert text_of(of_class(tree, "panel-aside")[0]) == "46 项"
    assert len(of_class(tree, "access-item")) == 46


@pytest.mark.parametrize(("grouping", "groups"), [("class", 8), ("batch", 4)])
def test_s0_has_46_items_in_4_batches_and_8_classes(
    ruijin: Site, grouping: str, groups: int
) -> None:
    tree = ask(only(TABLET, "sheet"), ruijin, f"#access={grouping}").panels["sheet"].tree
    assert len(of_class(tree, "access-item")) == 46
    held = of_class(tree, "access-group")
    heads = [text_of(of_class(group["children"], "panel-head")) for group in held]
    assert len(heads) == groups
    assert sum(int(re.findall(r"(\d+) 项", head)[0]) for head in heads) == 46
    listed = access_items(ruijin).values()
    assert {item.batch for item in listed} == {1, 2, 3, 4}
    assert len({item.class_code for item in listed}) == 8


def test_on_s0_the_parts_of_what_was_led_elsewhere_add_up(ruijin: Site) -> None:
    n, d = (
        int(words.replace(",", ""))
        for words in line_of(ruijin, "站牵头解决率")["basis"].split(" / ")
    )
    tree = urgent(ruijin, FIGURE)
    assert text_of(of_class(tree, "list-total")) == f"共 {d - n} 件"
    by_class, by_department = tables(tree)
    assert sum(by_class.values()) == sum(by_department.values()) == d - n
    assert set(DEPARTMENTS) >= {name for name in by_department if "工作站" not in name}


def test_on_s0_no_enquiry_is_in_the_denominator(ruijin: Site) -> None:
    _, rows = taken(ruijin, "/export.csv?list=station_led_rate.bottom")
    assert rows and not [row["编号"] for row in rows if "咨询" in row["事项"]]
    _, rows = taken(ruijin, "/export.csv?list=closed")
    assert [row for row in rows if "咨询" in row["事项"]]
