"""Drilling by ranking, map and breadcrumb: whatever way was taken, all parts show the same grid."""

from typing import Any

import pytest
from browser_tools import PHONE, TABLET, UPDATE, WALL, Size, Visit, Visitor
from playwright.sync_api import Route

from data.grids import Grid, GridTree
from queries.site import Site

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

STATE = """() => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
    const rows = [...document.querySelectorAll('.panel-ranking :is(.row, .peer)')];
    return {
        here: texts('.crumb.is-here'),
        crumbs: document.querySelectorAll('.crumb').length,
        areas: document.querySelectorAll('.leaflet-overlay-pane path').length,
        names: rows.map((r) => r.querySelector('.rank-name').title),
        late: rows.map((r) => r.querySelector('.row-value, .peer-figure').textContent),
        lost: texts('.panel-ranking .row-more').length,
        leaf: texts('.panel-ranking .empty').length,
        lamp: texts('.lamp-overdue .lamp-number')[0],
        list: texts('.panel-urgent .panel-aside')[0],
        labels: texts('.grid-label b'),
        loading: document.querySelectorAll('.is-loading, .is-failed, .is-stale').length,
    };
}"""

FREE_POINT = """() => {
    const map = document.querySelector('#map').getBoundingClientRect();
    for (const path of document.querySelectorAll('.leaflet-overlay-pane path')) {
        const box = path.getBoundingClientRect();
        for (let i = 1; i < 10; i++)
            for (let j = 1; j < 10; j++) {
                const x = box.left + (box.width * i) / 10;
                const y = box.top + (box.height * j) / 10;
                const inside = x > map.left && x < map.right && y > map.top && y < map.bottom;
                if (inside && document.elementFromPoint(x, y) === path) return [x, y];
            }
    }
    return null;
}"""


@pytest.fixture(scope="session")
def tree(browser_site: Site) -> GridTree:
    held = browser_site.tree()
    assert held is not None
    return held


def first_number(words: str) -> int:
    return int(words.split("/")[0].strip("■ ").replace(",", ""))


def in_step(visit: Visit, tree: GridTree, grid: Grid) -> bool:
    """Whether breadcrumb, map, ranking, lamps and list all stand at the grid."""
    state: dict[str, Any] = visit.page.evaluate(STATE)
    children = tree.children(grid)
    assert len(state["here"]) == 1 and grid.name in state["here"][0], state
    assert state["crumbs"] == grid.level + 1
    assert state["loading"] == 0
    assert set(state["names"]) == {child.name for child in children}
    assert bool(state["leaf"]) == (not children)
    if children and not state["lost"] and visit.size.screen != "phone":
        late = sum(first_number(words) for words in state["late"])
        assert late == first_number(state["lamp"]), state
    if visit.size.screen != "phone":
        assert state["areas"] == max(1, len(children))
    if visit.size.screen == "wall":
        assert sum(map(first_number, state["labels"])) <= first_number(state["lamp"])
    if visit.size.screen == "tablet":
        assert state["list"] == f"共 {state['lamp']} 件"
    return True


def stands_at(visit: Visit, tree: GridTree, grid: Grid) -> None:
    visit.eventually(lambda: in_step(visit, tree, grid))


def grid_of(visit: Visit, tree: GridTree) -> Grid:
    code = visit.part("grid")
    return tree.top if code is None else tree.by_code[code]


every_screen = pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
with_map = pytest.mark.parametrize("size", [WALL, TABLET], ids=str)


@every_screen
def test_by_ranking_to_the_micro_grid_and_back(size: Size, visit: Visitor, tree: GridTree) -> None:
    seen = visit(size).go()
    stands_at(seen, tree, tree.top)
    way = [tree.top]
    while tree.children(way[-1]):
        row = seen.page.locator(".panel-ranking a:is(.row, .peer)").first
        name = row.locator(".rank-name").get_attribute("title")
        row.click()
        below = {child.name: child for child in tree.children(way[-1])}
        way.append(below[name])
        stands_at(seen, tree, way[-1])
        assert seen.part("grid") == way[-1].code
    assert len(way) == tree.deepest() + 1
    for grid in way[-2::-1]:
        seen.page.go_back()
        stands_at(seen, tree, grid)


@with_map
def test_by_map_to_the_micro_grid(size: Size, visit: Visitor, tree: GridTree) -> None:
    seen = visit(size).go()
    stands_at(seen, tree, tree.top)
    here = tree.top
    while tree.children(here):
        seen.at_rest()
        x, y = seen.eventually(lambda: seen.page.evaluate(FREE_POINT))
        seen.page.mouse.click(x, y)
        seen.eventually(lambda before=here: grid_of(seen, tree) is not before)
        below = grid_of(seen, tree)
        assert below in tree.children(here)
        here = below
        stands_at(seen, tree, here)
    x, y = seen.eventually(lambda: seen.page.evaluate(FREE_POINT))
    seen.page.mouse.click(x, y)
    seen.refreshed()
    assert grid_of(seen, tree) is here


@every_screen
def test_by_breadcrumb_upwards(size: Size, visit: Visitor, tree: GridTree) -> None:
    leaf = tree.at_level(tree.top, tree.deepest())[-1]
    seen = visit(size).go(f"#grid={leaf.code}")
    stands_at(seen, tree, leaf)
    for grid in (tree.path(leaf)[2], tree.top):
        seen.page.locator(".crumb").nth(grid.level).click()
        stands_at(seen, tree, grid)


@every_screen
def test_reload_and_deep_link_keep_the_place(size: Size, visit: Visitor, tree: GridTree) -> None:
    grid = tree.at_level(tree.top, 2)[1]
    seen = visit(size).go(f"#grid={grid.code}&days=7")
    stands_at(seen, tree, grid)
    before = seen.page.evaluate(STATE)
    seen.page.reload()
    seen.drawn()
    stands_at(seen, tree, grid)
    assert seen.page.evaluate(STATE) == before
    assert (seen.part("grid"), seen.part("days")) == (grid.code, "7")
    other = visit(size).go(f"#grid={grid.code}&days=7")
    stands_at(other, tree, grid)
    assert other.page.evaluate(STATE) == before


def test_the_level_of_the_tablets_map_changes_the_map_only(visit: Visitor, tree: GridTree) -> None:
    seen = visit(TABLET).go()
    stands_at(seen, tree, tree.top)
    seen.page.locator(".panel-grids .choice").nth(2).click()
    wanted = len(tree.at_level(tree.top, 3))
    seen.eventually(lambda: seen.page.evaluate(STATE)["areas"] == wanted)
    assert set(seen.page.evaluate(STATE)["names"]) == {g.name for g in tree.children(tree.top)}


@every_screen
def test_answers_that_come_too_late_do_not_mix_two_places(
    size: Size, visit: Visitor, tree: GridTree
) -> None:
    """Down and at once back, while the first answer is held up on its way."""
    seen = visit(size).go()
    stands_at(seen, tree, tree.top)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    seen.page.route(f"**/*{UPDATE}*", hold)
    seen.page.locator(".panel-ranking a:is(.row, .peer)").first.click()
    seen.eventually(lambda: held)
    seen.page.evaluate("history.back()")
    seen.eventually(lambda: seen.part("grid") is None)
    seen.page.wait_for_timeout(300)
    held[0].continue_()
    stands_at(seen, tree, tree.top)
    seen.refreshed(2)
    stands_at(seen, tree, tree.top)
