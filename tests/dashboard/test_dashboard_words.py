"""Both languages are complete on every screen, whatever is unfolded."""

import re
import string

import pytest
from drawn import CHINESE, as_json, ask, links, of_class, only, text_of, texts

from dashboard.panel import Screen
from dashboard.server import SCREENS
from dashboard.text import LANGUAGES, catalogue
from queries.metrics import METRICS
from queries.site import Site


@pytest.fixture(scope="module")
def site(shared_site: Site) -> Site:
    return shared_site


every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)

DATA_ONLY_IN_CHINESE = frozenset(
    {"case-title", "case-head", "feed-where", "timeline", "language", "lamp-shape", "need-shape"}
)
"""Titles, roads, people's roles and notes come from the data in one language; 中文 is the switch and
督 a mark that its word stands beside."""


def drawn_contents(screen: Screen) -> list[tuple[str, int]]:
    """Panel and wire of everything that is shown and not values for a script."""
    return [
        (panel.key, i)
        for panel in screen.panels
        for i, wire in enumerate(panel.outputs)
        if wire.prop == "content"
    ]


def some_case(screen: Screen, site: Site) -> str:
    answer = ask(screen, site, "#list=open")
    key = "urgent" if screen.key == "tablet" else "sheet"
    found = of_class(answer.panels[key].tree, "case")
    return found[0]["href"].split("case=")[1].split("&")[0]


def views(screen: Screen, site: Site) -> list[str]:
    tree = site.tree()
    assert tree is not None
    grid, leaf = (tree.at_level(tree.top, level)[0].code for level in (1, tree.deepest()))
    return [
        "",
        f"grid={grid}",
        f"grid={leaf}",
        "hierarchy=station&colour=on_time_rate",
        "colour=population",
        "period=s3",
        "days=365",
        "days=1000",
        "days=1",
        "list=overdue",
        "list=on_time_rate.rest",
        "list=closed&page=2",
        "list=supervised",
        f"case={some_case(screen, site)}",
        "case=nope",
        f"grid={leaf}&days=1&list=hung",
        "explain=on_time_rate",
        "explain=population",
        "check=s3_closure",
        "check=s3_satisfaction",
        "list=closure_rate_simple.rest&check=s3_closure",
    ]


@every_screen
def test_no_word_is_missing_in_either_language(screen: Screen, site: Site) -> None:
    for fragment in views(screen, site):
        for language in LANGUAGES:
            answer = ask(screen, site, f"#{fragment}&lang={language}".replace("#&", "#"))
            assert answer.notice is None, fragment
            for key, panel in answer.panels.items():
                assert panel.klass == f"panel panel-{key}", (fragment, language)


@every_screen
def test_english_screens_have_no_chinese_but_data(screen: Screen, site: Site) -> None:
    found = set()
    for fragment in views(screen, site):
        if fragment.startswith("explain="):
            continue
        answer = ask(screen, site, f"#{fragment}&lang=en".replace("#&", "#"))
        for panel, wire in drawn_contents(screen):
            tree = as_json(answer.panels[panel].contents[wire])
            for words in texts(tree, DATA_ONLY_IN_CHINESE):
                if CHINESE.search(words) and not (
                    panel == "sheet" and words[-1:] in "号0123456789"
                ):
                    found.add((panel, words))
    assert found == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_definition_is_told_in_both_languages(language: str, site: Site) -> None:
    """In English there is no Chinese but the metric's Chinese name, which stands beside it."""
    only_sheet = only(SCREENS[2], "sheet")
    for metric in METRICS:
        sheet = ask(only_sheet, site, f"#explain={metric.key}&lang={language}").panels["sheet"]
        assert sheet.klass == "panel panel-sheet"
        for words in texts(sheet.tree, frozenset()) if language == "en" else ():
            allowed = words.startswith(metric.label.zh)
            assert allowed or not CHINESE.search(words), (metric.key, words)


@every_screen
def test_links_lead_somewhere_and_keep_the_language(screen: Screen, site: Site) -> None:
    """Two links of each kind (which parts of the address they set) are followed."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    answer = ask(screen, site, "#lang=en&days=7")
    for panel, wire in drawn_contents(screen):
        for href in links(as_json(answer.panels[panel].contents[wire])):
            if href.startswith("#"):
                kinds.setdefault((panel, *re.findall(r"(\w+)=", href)), []).append(href)
    assert len(kinds) > 5
    for hrefs in kinds.values():
        for href in hrefs[:2]:
            assert ask(only(screen), site, href).notice is None, href
            assert "lang=" in href


@every_screen
def test_closing_a_list_gives_back_the_view_it_was_opened_from(screen: Screen, site: Site) -> None:
    """A figure of today opens today's cases; closing them must not leave the screen on today."""
    if screen.key == "tablet":
        return
    plain = ask(screen, site)
    opened = {
        href
        for panel in plain.panels.values()
        for href in links(as_json(panel.contents[0]))
        if "list=" in href
    }
    assert opened
    for href in sorted(opened):
        sheet = ask(only(screen, "sheet"), site, href).panels["sheet"].tree
        (close,) = of_class(sheet, "sheet-close")
        assert close["href"] == "#", href


def test_the_catalogue_has_both_languages_with_the_same_blanks() -> None:
    def blanks(words: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}

    for key, words in catalogue().items():
        assert set(words) == set(LANGUAGES), key
        assert blanks(words["zh"]) == blanks(words["en"]), key
        if key != "header.language":
            assert not CHINESE.search(words["en"]), key
            assert words["zh"].strip() and words["en"].strip()


@every_screen
def test_titles_and_labels_are_not_empty(screen: Screen, site: Site) -> None:
    for language in LANGUAGES:
        for key, panel in ask(screen, site, f"#lang={language}").panels.items():
            tree = panel.tree
            for name in ("panel-title", "tile-label", "lamp-word", "choice", "crumb", "button"):
                for node in of_class(tree, name):
                    assert "".join(texts(node.get("children"), frozenset())).strip(), (key, name)


@every_screen
def test_a_filter_is_named_in_the_header_with_a_way_out(screen: Screen, site: Site) -> None:
    code, source = next(iter(site.sources().items()))
    screen = only(screen, "header")
    plain = ask(screen, site).panels["header"].tree
    assert of_class(plain, "filter") == []
    tree = ask(screen, site, f"#source={code}&days=7").panels["header"].tree
    (chip,) = of_class(tree, "filter")
    assert text_of(chip) == f"只看：{source.name.zh} ✕"
    assert "source=" not in chip["href"] and "days=7" in chip["href"]


@every_screen
def test_a_period_that_is_not_the_usual_one_is_told(screen: Screen, site: Site) -> None:
    screen = only(screen, "header")
    assert of_class(ask(screen, site).panels["header"].tree, "is-custom") == []
    tree = ask(screen, site, "#from=2026-11-01&to=2026-11-07").panels["header"].tree
    assert [text_of(node) for node in of_class(tree, "is-custom")] == ["2026-11-01 – 2026-11-07"]
