"""A7: a grid is found by its code, its card tells who heads it; another hierarchy says it is another."""

from collections.abc import Iterator
from typing import Any

import pytest
from access_town import AS_OF, access_town
from conftest import ENGINES
from drawn import CHINESE, ask, links, of_class, only, text_of, texts
from small_town import Case

from dashboard.server import SCREENS
from data.case_tables import site_setting
from data.work_tables import exclusive_grid, rating, staff
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
DAY = 86_400
POSTS = [
    {"key": "head", "name": ["网格长", "Head of grid"]},
    {"key": "worker", "name": ["网格员", "Grid worker"]},
]

EXCLUSIVE = {
    "type": "市场",
    "type_en": "Market",
    "people": 1250,
    "area_km2": 0.4,
    "risk": "high",
    "head_is_civil_servant": 0,
    "units": 8,
    "informants": 6,
    "reported_at": AS_OF - 40 * DAY,
    "subject_org": "市场公司",
    "territorial_org": "镇政府",
    "supervising_dept": "监管局",
}


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    """A1: people qualify it; A2: neither does; B1: both do, nothing else is told; A: ordinary."""
    town = access_town(request.param, tmp_path_factory.mktemp("card"))
    ids = town.grid_ids
    with town.case.begin() as connection:
        connection.execute(site_setting.insert().values(key="posts", value=POSTS))
        for code, told in (
            ("A1", {"linked_grid_id": ids["P"]}),
            ("A2", {"people": 999, "area_km2": 0.99, "reported_at": AS_OF - DAY}),
            (
                "B1",
                {"people": 1000, "area_km2": 1.0, "reported_at": None, "units": 0, "informants": 0},
            ),
            ("C", {"people": None}),
        ):
            connection.execute(
                exclusive_grid.insert().values(EXCLUSIVE | {"grid_id": ids[code]} | told)
            )
        people = (
            ("A1", "worker", "赵磊", None),
            ("A1", "head", "王建国", "0530-6200 001"),
            ("A2", "head", None, None),
            ("A", "head", "李敏", "0530-6200002"),
        )
        for number, (code, role, name, phone) in enumerate(people):
            row = {"code": f"s{number}", "role": role, "name": name, "phone": phone}
            row |= {"grid_id": ids[code], "duty_mode": "resident", "on_duty": 1}
            connection.execute(staff.insert().values(row))
        today = AS_OF // DAY
        for kind, period, day, level, before, why in (
            ("star", "2025Q3", today - 100, 5, 4, None),
            ("star", "2025Q4", today - 10, 4, 5, "A03"),
            ("star", "2026Q1", today + 10, 1, 4, None),
            ("flag", "2025Q4", today - 10, 1, 0, None),
        ):
            row = {"grid_id": ids["A"], "kind": kind, "period": period, "day": day}
            row |= {"level": level, "level_before": before, "indicator": why}
            connection.execute(rating.insert().values(row))
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def card(site: Site, fragment: str, screen: Any = TABLET) -> Any:
    return ask(only(screen, "sheet"), site, fragment).panels["sheet"].tree


def header(site: Site, fragment: str, screen: Any = TABLET) -> Any:
    return ask(only(screen, "header"), site, fragment).panels["header"].tree


def facts(tree: Any) -> dict[str, str]:
    (listed,) = of_class(tree, "facts")
    names, values = listed["children"][::2], listed["children"][1::2]
    return {text_of(name): text_of(value) for name, value in zip(names, values, strict=True)}


def test_an_exclusive_grid_tells_what_it_is(site: Site) -> None:
    tree = card(site, "#about=A1")
    assert facts(tree) == {
        "编码": "A1",
        "位置": "area › 第T格 › 第A格",
        "类型": "市场",
        "人数": "1,250 人",
        "面积": "0.40 km²",
        "规模标准": "达标：人数 ≥ 1,000 人",
        "网格长": "王建国 ☎ 0530-6200 001",
        "公职人员任网格长": "否",
        "网格信息员": "6 / 8 家 · 75.00 %",
        "最近一次采报": "2026-01-30 12:00（40 天前） 超过 30 天未报",
        "风险等级": "高",
        "主体责任": "市场公司",
        "属地责任": "镇政府",
        "监管责任": "监管局",
        "联动综合网格": "第P格 ›",
    }
    assert "tel:05306200001" in links(tree)
    assert "#hierarchy=patrol&grid=P&about=P" in links(tree)
    assert text_of(of_class(tree, "posts")) == "网格员赵磊 未登记电话"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("A2", "未达标：人数不足 1,000，面积不足 1 km²"),
        ("B1", "达标：人数 ≥ 1,000 人，面积 ≥ 1 km²"),
        ("C", "无从判断：人数或面积未登记"),
    ],
)
def test_the_size_rule_is_met_by_people_or_by_area(site: Site, code: str, told: str) -> None:
    assert facts(card(site, f"#about={code}"))["规模标准"] == told


def test_what_is_missing_is_marked(site: Site) -> None:
    told = facts(card(site, "#about=A2"))
    assert told["网格长"] == "空缺"
    told = facts(card(site, "#about=B1"))
    assert (told["网格长"], told["最近一次采报"]) == ("—", "从未采报")
    assert told["网格信息员"] == "0 / 0 家 · —"


def test_an_ordinary_grid_tells_its_people_and_its_newest_stars(site: Site) -> None:
    tree = card(site, "#about=A")
    told = facts(tree)
    assert (told["户数"], told["人口"]) == ("10", "—")
    # The decision of ten days ahead is not known yet.
    assert told["星级"] == "★★★★☆ 2025Q4（上次 5 星），因 A03"
    assert told["红旗"] == "⚑ 持有 2025Q4"
    assert text_of(of_class(tree, "posts")) == "网格长李敏 ☎ 0530-6200002"


def test_a_wall_names_no_person(site: Site) -> None:
    words = text_of(card(site, "#about=A1", WALL)) + text_of(card(site, "#about=A", WALL))
    assert "大屏不显示人员" in words
    assert not any(secret in words for secret in ("王建国", "李敏", "6200"))


@pytest.mark.parametrize("code", ["A", "A1", "A2", "B1"])
def test_cards_speak_english(site: Site, code: str) -> None:
    tree = card(site, f"#about={code}&lang=en")
    held = ("王建国", "赵磊", "李敏", "市场公司", "镇政府", "监管局", "网格")
    found = [words for words in texts(tree, frozenset()) if CHINESE.search(words)]
    assert [words for words in found if words.strip() not in held] == []


def test_an_unknown_grid_is_refused(site: Site) -> None:
    assert "about=Z9" in text_of(ask(TABLET, site, "#about=Z9").notice)
    assert "about=P" in text_of(ask(TABLET, site, "#about=P").notice)


@pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
def test_the_way_ends_with_the_card_of_where_one_is(site: Site, screen: Any) -> None:
    (chip,) = of_class(header(site, "#grid=A1", screen), "crumb-card")
    assert chip["href"] == "#grid=A1&about=A1"
    assert of_class(header(site, "#grid=A1", WALL), "crumb-card") == []


def test_a_search_finds_a_grid_and_its_card(site: Site) -> None:
    tree = header(site, "#grid=B&list=open&find=%E7%AC%ACA1")
    (row,) = of_class(tree, "find-row")
    assert text_of(row["children"]) == "第A1格A1网格area › 第A格档案"
    assert links(row["children"]) == [
        "#hierarchy=area&grid=A1",
        "#hierarchy=area&grid=A1&about=A1",
    ]


def test_nothing_found_says_so_and_a_wall_has_no_box(site: Site) -> None:
    assert "没有编码或名称含「zzz」的网格" in text_of(header(site, "#find=zzz"))
    assert of_class(header(site, "#find=A1", WALL), "find") == []


def test_no_link_keeps_what_is_typed(site: Site) -> None:
    """Each letter would otherwise change every link of the screen, and all panels be sent again."""
    one, other = ask(TABLET, site, "#find=A"), ask(TABLET, site, "#find=A1")
    again = ask(TABLET, site, "#find=A1", seen=one.seen)
    sent = [key for key, panel in again.panels.items() if not panel.kept]
    assert sent == ["header"]
    assert not any("find=" in href for href in links(other.panels["header"].tree))


def test_the_box_stays_the_same_element(site: Site) -> None:
    """Its place among the header's children does not depend on what else the header shows."""
    for fragment in ("", "#find=A", "#hierarchy=patrol&source=hotline&from=2026-03-01"):
        held = header(site, fragment)["props"]["children"]
        assert held[1]["props"]["className"].split()[0] == "find"
        assert held[1]["props"]["children"][1]["props"]["id"] == "find-text"


def test_a_search_text_has_an_end(site: Site) -> None:
    assert "find=" in text_of(ask(TABLET, site, "#find=" + "a" * 61).notice)


def test_another_hierarchy_says_that_its_totals_are_another_selection(site: Site) -> None:
    """All cases but v1 lie in a district of either tree: the totals are the same and left out."""
    assert of_class(header(site, ""), "other-tree") == []
    (line,) = of_class(header(site, "#hierarchy=patrol"), "other-tree")
    assert text_of(line["children"]) == "按「patrol」看：是另一种划分，合计不与「area」相加"


def test_totals_are_told_where_they_differ_and_never_added(site: Site, tmp_path) -> None:
    """A case of C lies in no grid of the patrols."""
    town = access_town("sqlite", tmp_path)
    town.take([Case("c1", "reported 30, accepted 31", "C")], now=228)
    other = town.city.site(AS_OF)
    try:
        (line,) = of_class(header(other, "#hierarchy=patrol&grid=P"), "other-tree")
        # Accepted: 13 of access_town with the cancelled one, and c1 in the first tree only.
        assert text_of(line["children"]).endswith("落在本体系网格内的受理 13，area体系 14")
    finally:
        other.case.dispose()
        other.population.dispose()
        town.close()
