"""The phone's map costs nothing until it is wanted; then its areas are links like all others."""

import pytest
from browser_tools import PHONE, Visit, Visitor
from playwright.sync_api import Route

from queries.site import Site

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

AREAS = "#map-outlines a.area"


def outlines(visit: Visit) -> list[str]:
    return [url for url in visit.requested if "/geo/" in url]


def test_outlines_are_loaded_when_asked_for_and_drill(visit: Visitor, browser_site: Site) -> None:
    tree = browser_site.tree()
    assert tree is not None
    seen = visit(PHONE).go()
    seen.refreshed(2)
    assert outlines(seen) == []
    assert seen.count("#map-outlines svg") == 0
    seen.page.locator(".map-opener").tap()
    children = tree.children(tree.top)
    seen.eventually(lambda: seen.count(AREAS) == len(children))
    assert len(outlines(seen)) == 1
    names = [child.name for child in children]
    titles = seen.page.locator(f"{AREAS} title").all_text_contents()
    assert [words.split()[0] for words in titles] == names
    seen.page.locator(f"{AREAS} path").first.tap()
    seen.eventually(lambda: seen.part("grid") == children[0].code)
    below = tree.children(children[0])
    seen.eventually(lambda: seen.count(AREAS) == len(below))
    seen.eventually(lambda: children[0].name in seen.text(".crumb.is-here"))
    seen.page.go_back()
    seen.eventually(lambda: seen.count(AREAS) == len(children))
    seen.page.locator(".map-opener").tap()
    seen.eventually(lambda: seen.count(AREAS) == 0)


def test_the_open_map_outlasts_a_refresh(visit: Visitor) -> None:
    seen = visit(PHONE).go()
    seen.page.locator(".map-opener").tap()
    seen.eventually(lambda: seen.count(AREAS))
    seen.page.evaluate("() => { document.querySelector('#map-outlines svg').marked = true; }")
    seen.refreshed(2)
    assert seen.page.evaluate("() => document.querySelector('#map-outlines svg').marked")
    assert len(outlines(seen)) == 1


def test_a_map_closed_while_it_loads_stays_closed(visit: Visitor) -> None:
    seen = visit(PHONE).go()
    held: list[Route] = []
    seen.page.route("**/geo/**", lambda route: held.append(route))

    seen.page.locator(".map-opener").tap()
    seen.eventually(lambda: held)
    seen.page.locator(".map-opener").tap()
    with seen.page.expect_response("**/geo/**"):
        held[0].continue_()
    seen.page.wait_for_timeout(300)
    assert seen.count("#map-outlines svg") == 0


def test_outlines_that_cannot_be_had_are_told_or_tried_again(visit: Visitor) -> None:
    """No silent nothing and no unhandled error: another tap must bring the map."""
    seen = visit(PHONE, forgiving=True).go()
    errors: list[str] = []
    seen.page.on("pageerror", lambda error: errors.append(str(error)))
    seen.page.route("**/geo/**", lambda route: route.abort())
    seen.page.locator(".map-opener").tap()
    seen.page.wait_for_timeout(300)
    seen.page.unroute("**/geo/**")
    seen.page.locator(".map-opener").tap()
    if not seen.count(AREAS):
        seen.page.locator(".map-opener").tap()
    seen.eventually(lambda: seen.count(AREAS))
    assert errors == []
