"""数据核对 on the screens: the sheet of a published figure, its ways in and out, in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ENGINES
from drawn import CHINESE, ask, links, of_class, only, text_of, texts
from hand_town import AS_OF, hand_town

from dashboard.panel import Screen
from dashboard.server import SCREENS
from dashboard.text import LANGUAGES
from dashboard.view import read_view
from queries.scope import ScopeError
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)

WORDS = {"name": ["周报", "Weekly report"], "source": ["镇公报", "Town gazette"]}
CLOSURE = {"key": "closure", "metric": "closure_rate_simple", "value": "76.92", **WORDS}
FIGURES = (
    CLOSURE | {"n": 11, "d": 14, "period": "week"},
    {"key": "satisfied", "metric": "satisfaction", "value": "99.34", "period": "week", **WORDS},
    {"key": "surveyed", "metric": "satisfaction", "value": "75", "n": 30, "d": 40, **WORDS}
    | {"period": "week"},
    CLOSURE | {"key": "less", "value": "62.50", "n": 10, "d": 16, "period": "week"},
    CLOSURE | {"key": "right", "value": "71.4", "n": 10, "d": 14, "period": "week"},
    CLOSURE | {"key": "empty", "from": "2025-01-01", "to": "2025-01-31"},
    {"key": "returns", "metric": "return_rate", "value": "1.5", "period": "week", **WORDS},
)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    """The hand-worked town with published figures; tests/queries/test_reconcile.py has the sums."""
    town = hand_town(request.param, tmp_path_factory.mktemp("sheet"))
    town.publish(*FIGURES)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def sheet(site: Site, fragment: str, screen: Screen = PHONE) -> Any:
    answer = ask(only(screen, "sheet"), site, fragment)
    assert answer.notice is None
    assert answer.panels["sheet"].klass == "panel panel-sheet"
    return answer.panels["sheet"].tree


def facts(tree: Any) -> dict[str, str]:
    """The sheet's lines by their name."""
    (listed,) = of_class(tree, "facts")
    names, values = listed["children"][::2], listed["children"][1::2]
    return {text_of(name): text_of(value) for name, value in zip(names, values, strict=True)}


def candidates(tree: Any) -> list[str]:
    return [text_of(line["children"][0]) for line in of_class(tree, "candidate")]


@every_screen
def test_a_closure_rate_is_told_with_what_it_takes(screen: Screen, site: Site) -> None:
    tree = sheet(site, "#check=closure", screen)
    assert text_of(of_class(tree, "panel-title")[0]) == "数据核对 · 办结率（简单口径）"
    assert facts(tree) == {
        "公布": "76.92 %（11 / 14）",
        "重算": "10 / 14 → 71.43 %",
        "相差": "重算低 5.49 个百分点",
        "件数": "较公布的 11 / 14：办结 −1，受理 0按公布的件数计算，应为 78.57 %",
        "要得到公布值": "分母为 14 时，没有整数分子能得到它或受理 13 件（剔除 1 件）",
        "其余案件": "未办结 4 件",
        "出处": "镇公报",
        "统计期": "2026-03-02 – 2026-03-08",
        "范围": "第T格",
        "截至": "2026-03-11 12:00:00",
    }
    assert candidates(tree) == [
        "✓不计挂账10 / 13 → 76.92 %",
        "✓不计未到期在办10 / 13 → 76.92 %",
        "✗办结率（简单口径）本站口径10 / 14 → 71.43 %",
        "✗办结率（应结案口径）9 / 10 → 90.00 %",
        "✗受理案件中的应结案10 / 12 → 83.33 %",
        "✗当期办结 ÷ 当期受理10 / 14 → 71.43 %",
    ]


def test_the_same_in_english(site: Site) -> None:
    tree = sheet(site, "#check=closure&lang=en")
    assert text_of(of_class(tree, "panel-title")[0]) == "Reconciliation · Closure rate (simple)"
    told = facts(tree)
    assert told["Published"] == "76.92 % (11 / 14)"
    assert told["Recomputed"] == "10 / 14 → 71.43 %"
    assert told["Difference"] == "recomputed is 5.49 percentage points lower"
    assert told["Cases"] == (
        "against 11 / 14 published: closed −1, accepted 0"
        "the published counts themselves print as 78.57 %"
    )
    assert told["To print as published"] == (
        "no whole numerator over 14 prints itor 13 accepted (1 left out)"
    )
    assert told["Remaining cases"] == "4 not closed"
    assert told["Published in"] == "Town gazette"
    assert candidates(tree)[0] == "✓Parked cases left out10 / 13 → 76.92 %"


@every_screen
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure["key"])
def test_no_sheet_lacks_a_word_in_either_language(screen: Screen, figure, site: Site) -> None:
    for language in LANGUAGES:
        tree = sheet(site, f"#check={figure['key']}&lang={language}", screen)
        shown = list(texts(tree, frozenset()))
        assert all(facts(tree).values())
        assert "{" not in "".join(shown)
        if language == "en":
            assert [words for words in shown if CHINESE.search(words)] == []


def test_satisfaction_without_survey_numbers_says_so(site: Site) -> None:
    told = facts(sheet(site, "#check=satisfied"))
    assert told["公布"] == "99.34 %"
    assert "件数" not in told
    assert told["回访"] == (
        "公布方未提供回访数"
        "150/151 也是 99.34 %：不知回访多少件，这个比率说明不了什么"
        "重算：回访 4/9 （44.4 %）"
    )
    english = facts(sheet(site, "#check=satisfied&lang=en"))
    assert english["Survey"].startswith("no survey numbers were published150/151 prints 99.34 %")


def test_satisfaction_with_survey_numbers_shows_them(site: Site) -> None:
    tree = sheet(site, "#check=surveyed")
    assert facts(tree)["回访"] == "公布的有效回访 40 件重算：回访 4/9 （44.4 %）"
    assert facts(tree)["相差"] == "无：重算后同为 75 %"
    assert candidates(tree)[0] == "✓满意率本站口径3 / 4 → 75.00 %"
    assert len(candidates(tree)) == 12


def test_what_was_published_too_low_takes_more_in_the_denominator(site: Site) -> None:
    told = facts(sheet(site, "#check=less"))
    assert told["相差"] == "重算高 8.93 个百分点"
    assert told["件数"] == "较公布的 10 / 16：办结 0，受理 −2"
    assert told["要得到公布值"].endswith("或受理 16 件（多计 2 件）")


def test_what_agrees_takes_nothing(site: Site) -> None:
    told = facts(sheet(site, "#check=right"))
    assert told["相差"] == "无：重算后同为 71.4 %"
    assert told["件数"] == "与公布的 10 / 14 相同"
    assert "要得到公布值" not in told


def test_a_period_without_cases_is_told(site: Site) -> None:
    told = facts(sheet(site, "#check=empty"))
    assert told["重算"] == "0 / 0 → —"
    assert told["相差"] == "统计期内没有可算的案件"


def test_passes_are_not_cases_and_have_no_list(site: Site) -> None:
    tree = sheet(site, "#check=returns")
    assert facts(tree)["其余案件"] == "分子 0 件"
    assert [href for href in links(tree) if "list=" in href] == []


@every_screen
def test_the_remaining_cases_are_one_tap_away(screen: Screen, site: Site) -> None:
    """Their list holds the whole town and the published period, whatever the screen stands on."""
    start = "#hierarchy=patrol&grid=P&days=3&source=app&check=closure"
    (href,) = [link for link in links(sheet(site, start, screen)) if "list=" in link]
    assert "list=closure_rate_simple.rest" in href
    answer = ask(screen, site, href)
    panel = "urgent" if screen is TABLET else "sheet"
    tree = answer.panels[panel].tree
    assert "共 4 件" in text_of(tree)
    assert "2026-03-02 – 2026-03-08" in text_of(tree)
    assert len(of_class(tree, "case")) == 4


@pytest.mark.parametrize("screen", [WALL, PHONE], ids=lambda screen: screen.key)
def test_the_way_back_goes_from_list_to_sheet_to_definition_to_screen(
    screen: Screen, site: Site
) -> None:
    def close(fragment: str) -> str:
        (way,) = of_class(sheet(site, fragment, screen), "sheet-close")
        return way["href"]

    assert close("#days=3&list=closure_rate_simple.rest&page=2&check=closure") == (
        "#days=3&check=closure"
    )
    assert close("#days=3&explain=closure_rate&check=closure") == "#days=3&explain=closure_rate"
    assert close("#days=3&explain=closure_rate") == "#days=3"
    assert close("#days=3&case=07&list=open&check=closure") == "#days=3&list=open&check=closure"


def test_a_tablet_shows_the_list_where_its_lists_are(site: Site) -> None:
    answer = ask(TABLET, site, "#list=closure_rate_simple.rest&check=closure")
    assert answer.panels["sheet"].tree is None


@every_screen
def test_a_definition_leads_to_what_was_published_under_its_word(
    screen: Screen, site: Site
) -> None:
    def ways(metric: str) -> list[str]:
        tree = sheet(site, f"#days=3&explain={metric}", screen)
        return [href for href in links(tree) if "check=" in href]

    checks = ("closure", "less", "right", "empty")
    assert ways("closure_rate_simple") == [
        f"#days=3&explain=closure_rate_simple&check={key}" for key in checks
    ]
    # The phone's card has the other definition of a closure rate.
    assert len(ways("closure_rate")) == 4
    assert len(ways("satisfaction")) == 2
    assert ways("on_time_rate") == ways("accepted") == []
    for href in ways("closure_rate"):
        assert "数据核对" in text_of(of_class(sheet(site, href, screen), "panel-title")[0])
    tree = sheet(site, "#explain=satisfaction", screen)
    assert "数据核对：周报 99.34 %" in text_of(tree)


def test_the_address_is_checked(site: Site) -> None:
    with pytest.raises(ScopeError) as caught:
        read_view(site, "#check=nonsense", "")
    assert (caught.value.part, caught.value.value) == ("check", "nonsense")
    view = read_view(site, "#grid=A&check=closure", "")
    assert view.checked is not None and view.checked.key == "closure"
    assert (view.scope.grid.code, view.list_scope.grid.code) == ("A", "T")
    assert read_view(site, view.link(), "") == view
    assert read_view(site, "#grid=A", "").checked is None
    for away in (view.to_grid("B"), view.to_list("open")):
        assert "check" not in away
