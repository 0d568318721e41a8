"""People are searched in a box whose text gets into no address; what is found can be tapped."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from conftest import City
from playwright.sync_api import Browser, Page

from dashboard.panels import lookup
from dashboard.server import create_server
from dashboard.sight import Sight
from queries.area import EVERYTHING

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

SMALL = """() => [...document.querySelectorAll('.sheet-card a, .sheet-card input')]
  .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.textContent)"""
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth
  || [...document.querySelectorAll('.sheet-card')].some((one) => one.scrollWidth > one.clientWidth + 1)"""


@pytest.fixture
def tablet(browser_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server in this process on which everybody may look everything up."""
    everything = Sight(EVERYTHING, EVERYTHING, EVERYTHING)
    monkeypatch.setattr(lookup, "sight_of", lambda _ask: everything)
    site = browser_city.site()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(create_server(site), port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/tablet/"
    server.should_exit = True
    thread.join()
    site.case.dispose()
    site.population.dispose()


@pytest.fixture(params=[(1180, 820), (820, 1180)], ids=["landscape", "portrait"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    width, height = request.param
    page = chromium.new_page(viewport={"width": width, "height": height})
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


def test_what_is_typed_finds_people_and_stays_out_of_the_address(tablet: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(tablet)
    page.locator(".panel-people a[href*='people=find']").click()
    page.locator("#people-text").fill("王")
    page.locator(".looked-line").first.wait_for()
    assert all(
        name.startswith("王*") for name in page.locator(".looked-line b").all_text_contents()
    )
    page.locator(".people-conditions .choice").first.click()
    page.locator(".people-conditions .is-chosen").wait_for()
    page.wait_for_function("location.hash.includes('old60')")
    assert page.locator("#people-text").input_value() == "王"
    assert page.evaluate(SMALL) == []
    assert not page.evaluate(TOO_WIDE)
    page.locator(".looked-line").first.click()
    page.locator(".card-facts").wait_for()
    assert "*" in page.locator(".case-head").inner_text()
    page.go_back()
    page.locator(".looked-line").first.wait_for()
    for address in (*asked, page.url):
        assert "%E7%8E%8B" not in address and "王" not in address
