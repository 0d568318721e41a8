"""A refresh changes figures and nothing else: the map stays where it was put, nodes survive."""

import pytest
from browser_tools import PHONE, PLACE, TABLET, WALL, Visit, Visitor

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

MARKED = {
    "wall": [".panel-ranking .peer", ".tile-value", ".lamp", ".feed-row", ".leaflet-container"],
    "tablet": [".panel-ranking .peer", ".tile-value", ".case", ".leaflet-overlay-pane path"],
    "phone": [".panel-ranking .row", ".tile-value", ".brief", ".need"],
}


def move_map(visit: Visit) -> str:
    """Zoom in and pan with the mouse; where the map has come to rest."""
    fitted = visit.at_rest()
    box = visit.page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visit.page.mouse.move(x, y)
    visit.page.mouse.wheel(0, -240)
    visit.eventually(lambda: visit.page.evaluate(PLACE) != fitted)
    zoomed = visit.at_rest()
    visit.page.mouse.down()
    visit.page.mouse.move(x + 90, y + 60, steps=6)
    visit.page.mouse.up()
    moved = visit.at_rest()
    assert moved != zoomed
    assert visit.part("grid") is None
    return moved


def test_a_refresh_leaves_the_map_and_what_did_not_change(visit: Visitor) -> None:
    """On all three screens at once, over a tick of the clock that figures are computed for."""
    wall, tablet, phone = (visit(size).go() for size in (WALL, TABLET, PHONE))
    moved = {one.size: move_map(one) for one in (wall, tablet)}
    for one in (wall, tablet, phone):
        for selector in MARKED[one.size.screen]:
            one.page.evaluate("s => { document.querySelector(s).marked = true; }", selector)
        one.clock = one.text(".as-of-time")
    for one in (wall, tablet, phone):
        one.eventually(lambda o=one: o.text(".as-of-time") != o.clock)
        one.refreshed()
        for selector in MARKED[one.size.screen]:
            kept = "s => [...document.querySelectorAll(s)].some((e) => e.marked)"
            assert one.page.evaluate(kept, selector), (one.size, selector)
    for size, place in moved.items():
        assert (wall if size == WALL else tablet).page.evaluate(PLACE) == place


def test_reading_a_list_is_not_disturbed(visit: Visitor) -> None:
    """Remaining times change from minute to minute; who reads at line 20 stays at line 20."""
    tablet, phone = visit(TABLET).go("#list=open"), visit(PHONE).go("#list=open")
    marked = {}
    for one, place in ((tablet, ".panel-urgent"), (phone, ".panel-sheet")):
        case = one.page.locator(f"{place} .case").nth(20)
        case.scroll_into_view_if_needed()
        box = case.bounding_box()
        assert box is not None
        marked[one.size] = box["y"]
        one.clock = one.text(".as-of-time")
    for one, place in ((tablet, ".panel-urgent"), (phone, ".panel-sheet")):
        one.eventually(lambda o=one: o.text(".as-of-time") != o.clock)
        one.refreshed()
        box = one.page.locator(f"{place} .case").nth(20).bounding_box()
        assert box is not None
        assert abs(box["y"] - marked[one.size]) <= 1, one.size


def test_a_hidden_tablet_asks_nothing_and_asks_at_once_when_it_is_back(visit: Visitor) -> None:
    seen = visit(TABLET, alone=True)
    seen.page.clock.install()
    seen.go()
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    seen.page.evaluate(hide, True)
    seen.page.wait_for_load_state("networkidle")
    asked = seen.updates
    seen.page.clock.fast_forward(20_000)
    seen.page.wait_for_timeout(1000)
    assert seen.updates == asked
    seen.page.evaluate(hide, False)
    seen.eventually(lambda: seen.updates > asked, timeout=3000)


def forward(visit: Visit) -> str:
    """A minute later; the address then."""
    visit.page.clock.fast_forward(61_000)
    return str(visit.page.evaluate("location.hash"))


def test_the_wall_moves_through_its_scenes_by_itself(visit: Visitor) -> None:
    seen = visit(WALL, alone=True, forgiving=True)  # time that jumps cuts off what is on its way
    seen.page.clock.install()
    seen.go()
    scenes = seen.count(".scene")
    assert scenes >= 2
    names = seen.page.locator(".scene").all_inner_texts()
    passed = []
    length = seen.page.evaluate("history.length")
    for _ in range(scenes):
        here = seen.page.evaluate("location.hash")
        passed.append(seen.eventually(lambda: seen.text(".scene.is-on")))
        seen.eventually(lambda before=here: forward(seen) != before)
        seen.eventually(lambda: seen.text(".scene.is-on") != passed[-1])
        assert not seen.count(".notice-card, .is-failed")
    assert passed == names
    assert seen.page.evaluate("history.length") == length
