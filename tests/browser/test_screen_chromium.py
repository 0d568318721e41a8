"""All three screens in Chromium as people have it; the other tests look at pages without its windows."""

import pytest
from browser_tools import PHONE, TABLET, WAIT, WALL, Server, Size, Visit, context_of
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]


@pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
def test_each_screen_is_drawn_and_nothing_goes_wrong(
    whole_chromium: Browser, server: Server, size: Size
) -> None:
    context = context_of(whole_chromium, size)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    visit = Visit(page, server, size)
    visit.watch()
    visit.go()
    assert visit.count(".panel-ranking :is(.row, .peer)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.problems == []
    context.close()
