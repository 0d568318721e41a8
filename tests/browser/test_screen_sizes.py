"""Every screen at every size it is made for: nothing overflows, nothing is too small."""

from collections.abc import Callable
from typing import Any

import pytest
from browser_tools import PHONE, TABLET, WALL, Size, Visit, Visitor

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

WALLS = [
    Size("wall", 1366, 768),
    WALL,
    Size("wall", 3840, 2160),
    Size("wall", 5760, 2160),
    Size("wall", 1080, 1920),
]
TABLETS = [TABLET, Size("tablet", 820, 1180)]
PHONES = [PHONE, Size("phone", 360, 740)]

LABEL, FIGURE = 0.017, 0.06
"""Least type sizes on a wall, as shares of its height (of the short side when it stands upright)."""

TARGETS = ".lamp, .crumb, .choice, .case, .need, a.row, .sheet-close, .button"
LEAST_TARGET = 44

OUTSIDE = """() => [...document.querySelectorAll('.tile-value, .lamp-number, .tile-basis, .change')]
    .filter((e) => e.getClientRects().length)
    .filter((e) => {
        const place = e.closest('.tile, .lamp, .quality-row');
        const box = e.closest('.panel, .lamp').getBoundingClientRect();
        const own = e.getBoundingClientRect();
        return place.scrollWidth > place.clientWidth + 1
            || own.right > box.right + 1 || own.left < box.left - 1;
    })
    .map((e) => e.closest('.panel').id + ': ' + e.textContent)"""

SMALLEST = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const sizes = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || ['SCRIPT', 'STYLE'].includes(parent.tagName)) continue;
        if (!parent.checkVisibility({ visibilityProperty: true })) continue;
        if (!parent.getClientRects().length || parent.closest('.map-point')) continue;
        sizes.push([parseFloat(getComputedStyle(parent).fontSize), node.data.trim().slice(0, 30)]);
    }
    return sizes.sort((a, b) => a[0] - b[0])[0];
}"""

FIGURES = """(selector) => [...document.querySelectorAll(selector)]
    .filter((e) => e.getClientRects().length)
    .map((e) => [parseFloat(getComputedStyle(e).fontSize), e.textContent])"""

PRIMARY = ".lamp-number, .panel-today .tile-value, .panel-rates .tile:nth-child(-n+2) .tile-value"

CUT = """() => [...document.querySelectorAll('.panel .row, .feed-row, .row-more, .panel .tile > *')]
    .filter((e) => e.getClientRects().length)
    .filter((e) => {
        const body = e.closest('.panel-body').getBoundingClientRect();
        const own = e.getBoundingClientRect();
        const hidden = own.top >= body.bottom - 1;
        return !hidden && own.bottom > body.bottom + 2;
    })
    .map((e) => e.closest('.panel').id + ': ' + e.textContent)"""

SMALL_TARGETS = """([selector, least]) => [...document.querySelectorAll(selector)]
    .filter((e) => e.getClientRects().length)
    .map((e) => [e.getBoundingClientRect().height, e.className + ': ' + e.textContent])
    .filter(([height]) => height < least - 0.5)"""

Facts = dict[str, Any]
Look = Callable[[Size, str], Facts]


@pytest.fixture(scope="module")
def looked() -> dict[tuple[Size, str], Facts]:
    """What was measured so far: a screen is opened once at each size and in each language."""
    return {}


@pytest.fixture
def look(visit: Visitor, looked: dict[tuple[Size, str], Facts]) -> Look:
    def measured(size: Size, language: str) -> Facts:
        if (size, language) not in looked:
            seen = visit(size).go(f"#lang={language}")
            looked[size, language] = {
                "failed": failed(seen),
                "beyond": beyond(seen),
                "outside": seen.page.evaluate(OUTSIDE),
                "smallest": seen.page.evaluate(SMALLEST),
                "figures": seen.page.evaluate(FIGURES, PRIMARY),
                "cut": seen.page.evaluate(CUT),
                "sideways": seen.page.evaluate("() => (scrollTo(500, 0), scrollX)"),
            }
        return looked[size, language]

    return measured


def beyond(visit: Visit) -> list[int]:
    """How far the page reaches beyond the window, in both directions."""
    return list(
        visit.page.evaluate(
            """() => { const page = document.scrollingElement;
                return [page.scrollWidth - innerWidth, page.scrollHeight - innerHeight]; }"""
        )
    )


def failed(visit: Visit) -> list[str]:
    return list(
        visit.page.evaluate(
            """() => [...document.querySelectorAll('.is-failed, .is-stale, .notice-card')]
                .map((e) => e.id)"""
        )
    )


sized = "size"
any_language = pytest.mark.parametrize("language", ["zh", "en"])
any_wall = pytest.mark.parametrize(sized, WALLS, ids=str)


@any_language
@any_wall
def test_a_wall_shows_all_at_once(size: Size, language: str, look: Look) -> None:
    facts = look(size, language)
    assert facts["failed"] == []
    assert facts["beyond"] == [0, 0]
    assert facts["outside"] == []


@any_language
@any_wall
def test_no_word_of_a_wall_is_too_small(size: Size, language: str, look: Look) -> None:
    smallest, words = look(size, language)["smallest"]
    assert smallest / min(size.width, size.height) >= LABEL - 0.0001, words


@any_wall
def test_the_primary_figures_of_a_wall_can_be_read_from_afar(size: Size, look: Look) -> None:
    held = look(size, "zh")["figures"]
    assert len(held) >= 10
    short = min(size.width, size.height)
    assert [figure for figure in held if figure[0] / short < FIGURE - 0.0001] == []


@any_language
@any_wall
def test_no_line_of_a_wall_is_cut_in_half(size: Size, language: str, look: Look) -> None:
    assert look(size, language)["cut"] == []


@any_language
@pytest.mark.parametrize(sized, TABLETS + PHONES, ids=str)
def test_a_hand_held_screen_scrolls_downwards_only(size: Size, language: str, look: Look) -> None:
    facts = look(size, language)
    assert facts["failed"] == []
    assert facts["beyond"][0] == 0
    assert facts["sideways"] == 0


@any_language
@pytest.mark.parametrize(sized, TABLETS + PHONES, ids=str)
def test_no_figure_reaches_out_of_its_tile(size: Size, language: str, look: Look) -> None:
    assert look(size, language)["outside"] == []


@pytest.mark.parametrize(sized, TABLETS + PHONES, ids=str)
def test_targets_are_large_enough_for_a_thumb(size: Size, visit: Visitor) -> None:
    held = visit(size).go("#list=open")
    counted: dict[str, Any] = {
        name: held.count(f".screen {name}") for name in (".crumb", ".choice", ".case", "a.row")
    }
    assert all(counted.values()), counted
    assert held.page.evaluate(SMALL_TARGETS, [TARGETS, LEAST_TARGET]) == []
    held.to("#explain=open")
    held.eventually(lambda: held.count(".sheet-close"))
    assert held.page.evaluate(SMALL_TARGETS, [TARGETS, LEAST_TARGET]) == []


@pytest.mark.parametrize(sized, [TABLET], ids=str)
def test_the_first_view_of_a_tablet_holds_lights_list_and_map(size: Size, visit: Visitor) -> None:
    tablet = visit(size).go()
    for panel in ("#band", "#urgent", "#grids"):
        box = tablet.page.locator(panel).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size.height + 1, panel


@pytest.mark.parametrize(sized, [WALL, TABLET], ids=str)
def test_the_map_is_painted_and_fills_its_panel(size: Size, visit: Visitor) -> None:
    seen = visit(size).go()

    def fills() -> bool:
        shares = seen.page.evaluate(
            """() => { const map = document.querySelector('#map').getBoundingClientRect();
                const areas = [...document.querySelectorAll('.leaflet-overlay-pane path')]
                    .map((p) => p.getBoundingClientRect());
                const left = Math.min(...areas.map((a) => a.left));
                const right = Math.max(...areas.map((a) => a.right));
                const top = Math.min(...areas.map((a) => a.top));
                const bottom = Math.max(...areas.map((a) => a.bottom));
                const inside = left >= map.left - 1 && right <= map.right + 1
                    && top >= map.top - 1 && bottom <= map.bottom + 1;
                return [inside, (right - left) / map.width, (bottom - top) / map.height]; }"""
        )
        return bool(shares[0]) and max(shares[1:]) > 0.8

    seen.eventually(fills)
