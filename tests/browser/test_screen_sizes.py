"""Every screen at every size it is made for: nothing overflows, nothing is too small, no name is cut.

On the demo city, and on the sites that strain the screens most: S0 with three stations and long names of
sources, S4 with priorities and the longest names of all.
"""

from collections.abc import Callable
from typing import Any

import pytest
from browser_tools import PHONE, TABLET, WALL, Serve, Size, Visit, Visitor

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

MICRO_GRID, SOURCES = "990101010010101", 8
BELOW_ITS_PANEL = """(row) => row.getBoundingClientRect().bottom
    > row.closest('.panel-body').getBoundingClientRect().bottom + 2"""

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

CLIPPED = """(whole) => {
    const shortened = [...document.querySelectorAll(whole)]
        .filter((e) => e.getClientRects().length && e.scrollWidth > e.clientWidth + 1);
    const scenes = document.querySelector('.scenes');
    const room = scenes && scenes.getBoundingClientRect();
    const clock = document.querySelector('.as-of').getBoundingClientRect();
    const halved = [...document.querySelectorAll('.scene')].filter((e) => {
        const box = e.getBoundingClientRect();
        const gone = box.top >= room.bottom - 1;
        const inside = box.left >= room.left - 1 && box.bottom <= room.bottom + 1;
        const apart = box.right <= clock.left || box.bottom <= clock.top;
        return !gone && !(inside && apart);
    });
    return [...shortened, ...halved].map((e) => e.className + ': ' + e.textContent);
}"""

NO_BAR = """() => [...document.querySelectorAll('.row-bars')]
    .filter((e) => e.getClientRects().length && e.getBoundingClientRect().width < 20)
    .map((e) => e.parentElement.textContent)"""
"""Lines whose names have left no room for their bars."""

WHOLE = ":is(.panel-sources, .panel-categories, .panel-departments) .row-label, .feed-where"
WHOLE += ", .feed-what, .feed-row .light, .peer, .peer-name, .peer-line, .lamp, .quality-label"
"""What must be readable to its last character."""

SMALL_TARGETS = """([selector, least]) => [...document.querySelectorAll(selector)]
    .filter((e) => e.getClientRects().length)
    .map((e) => [e.getBoundingClientRect().height, e.className + ': ' + e.textContent])
    .filter(([height]) => height < least - 0.5)"""

PLATES = """(late) => [...document.querySelectorAll(late)].map((e) => getComputedStyle(e).backgroundColor)"""

HIDDEN = """() => [...document.querySelectorAll('.grid-label:not(.is-hidden)')].filter((e) => {
    const label = e.getBoundingClientRect();
    return [...document.querySelectorAll('.map-point')].some((point) => {
        const box = point.getBoundingClientRect();
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        return x > label.left && x < label.right && y > label.top && y < label.bottom;
    });
}).map((e) => e.textContent)"""
"""Labels that lie over the middle of a point."""

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
                "no_bar": seen.page.evaluate(NO_BAR),
                "clipped": seen.page.evaluate(CLIPPED, WHOLE),
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
@any_wall
def test_a_wall_of_few_cases_shows_every_source(size: Size, language: str, visit: Visitor) -> None:
    """Counts that come before their percentage make the rates taller; what stands below keeps its room."""
    seen = visit(size).go(f"#lang={language}&grid={MICRO_GRID}")
    assert seen.count(".panel-rates .is-few") > 0
    rows = seen.page.locator(".panel-sources .row")
    assert rows.count() == SOURCES
    assert [row for row in rows.all() if row.evaluate(BELOW_ITS_PANEL)] == []


@any_language
@pytest.mark.parametrize(sized, WALLS + TABLETS + PHONES, ids=str)
def test_no_name_is_cut(size: Size, language: str, look: Look) -> None:
    assert look(size, language)["clipped"] == []
    assert look(size, language)["no_bar"] == []


@any_language
@pytest.mark.parametrize("sizes", [WALLS, TABLETS, PHONES], ids=["wall", "tablet", "phone"])
@pytest.mark.parametrize("site", ["s0_ruijin", "s4_xiapu"])
def test_other_sites_fit_their_screens_too(
    site: str, sizes: list[Size], language: str, visit: Visitor, serve: Serve
) -> None:
    seen = visit(sizes[0], at=serve(site)).go(f"#lang={language}")
    for size in sizes:
        seen.page.set_viewport_size({"width": size.width, "height": size.height})
        seen.page.wait_for_timeout(200)
        assert failed(seen) == [], size
        assert beyond(seen)[0] == 0, size
        assert seen.page.evaluate(OUTSIDE) == [], size
        assert seen.page.evaluate(CLIPPED, WHOLE) == [], size
        assert seen.page.evaluate(NO_BAR) == [], size
        if size.screen == "wall":
            short = min(size.width, size.height)
            assert beyond(seen)[1] == 0, size
            assert seen.page.evaluate(CUT) == [], size
            smallest, words = seen.page.evaluate(SMALLEST)
            assert smallest / short >= LABEL - 0.0001, (size, words)
            stations = seen.page.evaluate(FIGURES, ".peer-figure")
            assert len(stations) == 3, size
            assert [one for one in stations if one[0] / short < FIGURE - 0.0001] == [], size


@any_wall
def test_few_grids_fill_the_ranking(size: Size, visit: Visitor, serve: Serve) -> None:
    """No half-empty box: three stations take the room that a long list would."""
    seen = visit(size, at=serve("s0_ruijin")).go()
    panel = seen.page.locator(".panel-ranking").bounding_box()
    station = seen.page.locator(".panel-ranking .peer").first.bounding_box()
    assert panel and station
    assert station["height"] / panel["height"] > 0.8


@pytest.mark.parametrize(sized, [WALL, TABLET], ids=str)
def test_overdue_cases_can_be_seen_on_a_red_area(size: Size, visit: Visitor, serve: Serve) -> None:
    """Each stands on a plate of its own; a heap with one in it says so; no name lies over one."""
    seen = visit(size, at=serve("s0_ruijin")).go()
    late = ".map-point.light-overdue, .map-cluster.is-late > span"
    seen.eventually(lambda: seen.count(late))
    seen.at_rest()
    plates = seen.page.evaluate(PLATES, late)
    surface = seen.page.evaluate(
        "getComputedStyle(document.querySelector('.panel-ranking')).backgroundColor"
    )
    assert set(plates) == {surface}
    if size.screen == "wall":
        assert seen.page.evaluate(HIDDEN) == []


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
