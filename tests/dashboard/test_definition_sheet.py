"""Which definition a figure was computed by, as it reads on the screens."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from drawn import CHINESE, ask, of_class, only, text_of, texts
from hand_town import AS_OF, hand_town

from dashboard.drawing import change
from dashboard.panel import Ask, Screen
from dashboard.server import SCREENS
from dashboard.view import read_view
from data.case_tables import site_setting
from data.stored_settings import write_setting
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)

VERSIONS = [
    {"metric": "satisfaction", "variant": "w0.9", "valid_from": "2026-03-09"},
    {"metric": "satisfaction", "variant": "w0", "valid_from": "2026-04-01"},
    {"metric": "closure_rate", "variant": "simple", "valid_from": "2025-01-01"},
]


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    """The hand-worked town with versions; tests/queries/test_definitions.py has the sums."""
    town = hand_town(request.param, tmp_path_factory.mktemp("versions"))
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "definitions", VERSIONS)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def sheet(site: Site, fragment: str, screen: Screen = PHONE) -> Any:
    return ask(only(screen, "sheet"), site, fragment).panels["sheet"].tree


def facts(tree: Any) -> dict[str, str]:
    """The sheet's lines by their name."""
    (listed,) = of_class(tree, "facts")
    names, values = listed["children"][::2], listed["children"][1::2]
    return {text_of(name): text_of(value) for name, value in zip(names, values, strict=True)}


def tiles(screen: Screen, site: Site, fragment: str) -> dict[str, dict[str, Any]]:
    """Every tile of the screen by its label."""
    panels = ask(screen, site, fragment).panels.values()
    found = [tile for panel in panels if not panel.kept for tile in of_class(panel.tree, "tile")]
    labels = [text_of(of_class({"props": tile}, "tile-label")) for tile in found]
    return dict(zip(labels, found, strict=True))


@every_screen
def test_a_definition_names_the_version_used_and_the_others(screen: Screen, site: Site) -> None:
    tree = sheet(site, "#explain=satisfaction", screen)
    assert text_of(of_class(tree, "panel-title")[0]) == "满意率（基本满意 × 0.9）"
    told = facts(tree)
    assert told["口径"] == "（非常满意 + 满意 + 基本满意 × 0.9）÷ 有效回访"
    assert told["口径版本"] == "基本满意 × 0.9，自 2026-03-09 起"
    assert told["其他版本"] == "基本满意 × 0，自 2026-04-01 起"
    assert "权重 0.9" in told["说明"]
    assert text_of(of_class(tree, "tile-value")) == "72.50%"
    assert text_of(of_class(tree, "tile-basis")) == "2.9 / 4"


def test_a_period_before_the_first_version_is_of_the_built_in_definition(site: Site) -> None:
    told = facts(sheet(site, "#explain=satisfaction&from=2026-03-02&to=2026-03-08"))
    assert told["口径版本"] == "基本满意 × 1（内置口径）"
    both = "基本满意 × 0，自 2026-04-01 起基本满意 × 0.9，自 2026-03-09 起"
    assert told["其他版本"] == both


def test_a_metric_with_one_definition_has_no_version(site: Site) -> None:
    told = facts(sheet(site, "#explain=closed"))
    assert "口径版本" not in told and "其他版本" not in told


@every_screen
def test_the_same_in_english(screen: Screen, site: Site) -> None:
    tree = sheet(site, "#explain=satisfaction&lang=en", screen)
    told = facts(tree)
    assert told["Version"] == "Basically × 0.9, since 2026-03-09"
    assert told["Other versions"] == "Basically × 0, since 2026-04-01"
    for fragment in ("#explain=closure_rate&lang=en", "#list=satisfaction.rest&lang=en"):
        shown = list(texts(sheet(site, fragment, PHONE), frozenset({"case"})))
        assert "{" not in "".join(shown)
    head = text_of(of_class(tree, "panel-title")[0])
    assert not CHINESE.search(head)


@every_screen
def test_three_screens_show_one_figure_by_one_definition(screen: Screen, site: Site) -> None:
    found = tiles(screen, site, "#")
    satisfied = {"props": found["满意率（基本满意 × 0.9）"]}
    assert text_of(of_class(satisfied, "tile-value")) == "72.50%"
    assert text_of(of_class(satisfied, "tile-basis")) == "2.9 / 4"
    assert "满意率" not in found
    # Both closure rates are computed alike now, and say so.
    assert "办结率（应结案口径）" not in found
    closed = {"props": found["办结率（简单口径）"]}
    assert text_of(of_class(closed, "tile-basis")) == "10 / 16"


@every_screen
def test_figures_of_two_definitions_are_not_compared(screen: Screen, site: Site) -> None:
    """3 to 11 March against 22 February to 2 March, when 基本满意 still counted in full."""
    found = tiles(screen, site, "#days=9")
    satisfied = {"props": found["满意率（基本满意 × 0.9）"]}
    assert text_of(of_class(satisfied, "change")) == "口径不同"
    # Both by one definition: 5 of 11, and 01 alone of the five accepted by noon of 2 March.
    closed = {"props": found["办结率（简单口径）"]}
    assert text_of(of_class(closed, "change")).startswith("↑ 25.45 pp")


def test_a_change_of_definition_has_words_and_no_arrow(site: Site) -> None:
    for language, words in (("zh", "口径不同"), ("en", "other definition")):
        view = read_view(site, f"#lang={language}", "")
        asked = Ask(site, view, site.facts(), "phone", 10)
        metric = BY_KEY["satisfaction"]
        earlier = view.scope.on(view.scope.first_day, view.scope.last_day - 3)
        now, before = (
            measure(site, [metric], scope, as_of=AS_OF).total(metric.key)
            for scope in (view.scope, earlier)
        )
        assert (now.value, before.value) == (72.5, 75)
        drawn = change(asked, metric, now, before, "")
        assert (drawn.children, drawn.given["className"]) == (words, "change")
        same = change(asked, metric, now, now, "")
        assert "＝" in same.children[0].children


def test_a_list_says_its_definition_and_that_cases_count_in_part(site: Site) -> None:
    shown = text_of(sheet(site, "#list=satisfaction.rest"))
    assert "满意率（基本满意 × 0.9）" in shown
    assert "只计一部分的案件" in shown
    assert "共 2 件" in shown
    assert "共 3 件" in text_of(sheet(site, "#list=satisfaction"))
    assert "只计一部分" not in text_of(sheet(site, "#list=closure_rate.rest"))
    assert "办结率（简单口径）" in text_of(sheet(site, "#list=closure_rate.rest"))


@pytest.mark.parametrize("screen", [WALL, TABLET], ids=lambda screen: screen.key)
def test_a_map_is_named_by_the_definition_that_colours_it(screen: Screen, site: Site) -> None:
    grids = ask(only(screen, "grids"), site, "#colour=closure_rate").panels["grids"]
    assert "办结率（简单口径）" in text_of(grids.tree)
    assert json.loads(grids.contents[2])["metric"] == "办结率（简单口径）"
