"""A5: the chief taps 站牵头解决率, sees what was led elsewhere by class and department, and the list."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from access_town import AS_OF, access_town
from conftest import ENGINES
from drawn import CHINESE, ask, links, of_class, only, text_of, texts

from dashboard.server import SCREENS
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
RATE = "#list=station_led_rate.rest"


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = access_town(request.param, tmp_path_factory.mktemp("access-sheet"))
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def urgent(site: Site, fragment: str) -> Any:
    return ask(only(TABLET, "urgent"), site, fragment).panels["urgent"].tree


def sheet(site: Site, fragment: str, screen: Any = TABLET) -> Any:
    return ask(only(screen, "sheet"), site, fragment).panels["sheet"].tree


def tables(tree: Any) -> list[dict[str, int]]:
    """The two breakdowns, by name."""
    (both,) = of_class(tree, "breakdown")
    found = []
    for table in both["children"]:
        lines = of_class(table, "sum")
        found.append(
            {
                text_of(of_class(line["children"], "sum-name")[0]): int(
                    text_of(line["children"][2])
                )
                for line in lines
            }
        )
    return found


def test_the_list_has_a_breakdown_that_adds_up(site: Site) -> None:
    tree = urgent(site, RATE)
    by_class, by_department = tables(tree)
    # Worked out in tests/queries/test_access.py.
    assert by_class == {"不在清单内": 3, "市容": 2, "安全": 1}
    assert by_department == {"works名": 3, "police名": 2, "未派单位": 1}
    assert text_of(of_class(tree, "list-total")) == "共 6 件"
    assert sum(by_class.values()) == sum(by_department.values()) == 6
    assert len(of_class(tree, "case")) == 6


def test_off_list_cases_wear_a_badge(site: Site) -> None:
    marked = [
        line["href"]
        for line in of_class(urgent(site, "#list=station_led_rate.bottom"), "case")
        if of_class(line["children"], "is-off-list")
    ]
    assert [re.search("case=(.*)", href)[1] for href in marked] == ["x1", "s3"]  # type: ignore[index]
    assert text_of(of_class(urgent(site, RATE), "is-off-list")) == "越权派单 1 件越权派单"


def test_other_lists_have_no_breakdown(site: Site) -> None:
    assert of_class(urgent(site, "#list=open"), "breakdown") == []


def test_the_list_opens_the_access_list_and_goes_back(site: Site) -> None:
    ways = [href for href in links(urgent(site, RATE)) if "access=class" in href]
    assert ways == [RATE + "&access=class"]
    (back,) = of_class(sheet(site, ways[0]), "sheet-close")
    assert back["href"] == RATE


@pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
def test_the_quality_panel_opens_it_too(site: Site, screen: Any) -> None:
    tree = ask(only(screen, "quality"), site).panels["quality"].tree
    assert [href for href in links(tree) if "access" in href] == ["#access=class"]


def test_the_access_list_tells_items_owners_and_cases(site: Site) -> None:
    tree = sheet(site, "#access=class")
    assert text_of(of_class(tree, "tile-basis")) == "6 / 11"
    assert text_of(of_class(tree, "tile-value")) == "54.55 %"
    # Z03 was taken off before the period and had no case in it.
    lines = [text_of(line) for line in of_class(tree, "access-item")]
    assert lines[0].startswith("Z01事项Z013works名工作站牵头第 1 批自 2025-01-26 起")
    assert len(lines) == 2
    assert "不在清单内 6 件" in text_of(tree) and "越权派单 2 件" in text_of(tree)


def test_items_that_were_on_the_list_then_are_shown_for_an_earlier_period(site: Site) -> None:
    tree = sheet(site, "#from=2026-01-01&to=2026-01-11&access=batch")
    groups = [
        text_of(of_class(group["children"], "panel-head"))
        for group in of_class(tree, "access-group")
    ]
    assert groups == ["第 1 批1 项 · 0 件", "第 2 批2 项 · 0 件"]
    last = text_of(of_class(tree, "access-item")[-1])
    assert "未定主责单位" in last and "至 2026-01-10 止" in last
    assert text_of(of_class(tree, "tile-value")) == "—"


@pytest.mark.parametrize("fragment", ["#access=class", "#access=batch", RATE])
def test_it_speaks_english(site: Site, fragment: str) -> None:
    without = frozenset({"case-title", "case-row", "is-whole", "language", "choice"})
    panel = "sheet" if "access" in fragment else "urgent"
    tree = ask(TABLET, site, fragment + "&lang=en").panels[panel].tree
    assert [words for words in texts(tree, without) if CHINESE.search(words)] == []


def test_a_wrong_grouping_is_refused(site: Site) -> None:
    assert "access=size" in text_of(ask(TABLET, site, "#access=size").notice)
