"""What a tap needs is asked for at the tap: figures before Dash asks, outlines beside them, each once."""

import json

import pytest
from browser_tools import PHONE, TABLET, UPDATE, WALL, Size, Visit, Visitor
from playwright.sync_api import Route

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

ROW = ".panel-ranking a:is(.row, .peer)"
OUTLINES = ".geojson"

READABLE = """() => [...document.querySelectorAll('.grid-label, .leaflet-overlay-pane')]
    .filter((one) => getComputedStyle(one).visibility === 'visible').length"""

TOLD_AGAIN = """async (change) => {
    let written = 0;
    const labels = document.querySelector('.leaflet-shadow-pane');
    const watch = new MutationObserver((all) => { written += all.filter((one) => one.addedNodes.length).length; });
    watch.observe(labels, { subtree: true, childList: true });
    const values = document.getElementById('map-values');
    const told = JSON.parse(values.value);
    if (change) for (const shown of ['shown', 'basis']) if (told[shown].length) told[shown][0] += '*';
    values.setAttribute('value', JSON.stringify(told));
    await new Promise((done) => setTimeout(done, 300));
    watch.disconnect();
    return written;
}"""
"""How many labels are written when the same figures come once more, or those of one area are others."""

every_screen = pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
with_map = pytest.mark.parametrize("size", [WALL, TABLET], ids=str)


def asked(visit: Visit, what: str, since: int) -> list[str]:
    return [address for address in visit.requested[since:] if address.endswith(what)]


@every_screen
def test_every_question_is_asked_once(size: Size, visit: Visitor) -> None:
    seen = visit(size).go()
    bodies: list[str] = []
    seen.page.on("request", lambda one: UPDATE in one.url and bodies.append(one.post_data or ""))
    seen.page.locator(ROW).first.click()
    seen.eventually(lambda: seen.part("grid") and seen.count(".crumb") == 2)
    seen.refreshed(2)
    questions = [json.loads(body)["inputs"][0]["value"] for body in bodies]
    assert len(questions) >= 3
    assert len(questions) == len(set(questions))


@with_map
def test_outlines_are_asked_for_before_the_figures_are_there(size: Size, visit: Visitor) -> None:
    seen = visit(size).go()
    seen.at_rest()
    held: list[Route] = []
    seen.page.route(f"**/*{UPDATE}*", lambda route: held.append(route))
    before = len(seen.requested)
    seen.page.locator(ROW).first.click()
    seen.eventually(lambda: held and asked(seen, OUTLINES, before))
    (early,) = asked(seen, OUTLINES, before)
    assert f"/{seen.part('grid')}/2" in early
    for route in held:
        route.continue_()
    seen.page.unroute(f"**/*{UPDATE}*")
    seen.eventually(lambda: seen.count(".crumb") == 2)
    seen.at_rest()
    assert set(asked(seen, OUTLINES, before)) == {early}


@with_map
def test_nothing_of_the_place_that_is_left_can_be_read_under_the_new_name(
    size: Size, visit: Visitor
) -> None:
    seen = visit(size).go()
    seen.at_rest()
    assert seen.page.evaluate(READABLE)
    held: list[Route] = []
    seen.page.route("**/geo/**", lambda route: held.append(route))
    seen.page.locator(ROW).first.click()
    seen.eventually(lambda: seen.count(".crumb") == 2)
    assert seen.page.evaluate(READABLE) == 0
    for route in held:
        route.continue_()
    seen.page.unroute("**/geo/**")
    seen.eventually(lambda: seen.page.evaluate(READABLE))


def test_labels_that_say_the_same_are_not_written_again(visit: Visitor) -> None:
    """On the wall: the tablet's labels are names alone."""
    seen = visit(WALL).go()
    seen.at_rest()
    assert seen.page.evaluate(TOLD_AGAIN, True) == 1
    seen = visit(WALL).go()
    seen.at_rest()
    assert seen.page.evaluate(TOLD_AGAIN, False) == 0
