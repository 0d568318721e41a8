"""The service worker: a return needs the network for figures only; a silent server is told; a way out."""

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser_tools import PHONE, WAIT, WALL, Server, Size, Visit
from conftest import City
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

KEPT = """async () => {
    const held = [];
    for (const name of await caches.keys())
        for (const one of await (await caches.open(name)).keys()) held.push(new URL(one.url).pathname);
    return held.sort();
}"""
CACHES = "() => caches.keys()"
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"


@pytest.fixture(scope="module")
def host(browser_city: City) -> Iterator[Server]:
    """A server that may be stopped."""
    running = Server(browser_city)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, which is allowed to have workers."""
    made = chromium.new_context()
    yield made
    made.close()


def opened(profile: BrowserContext, host: Server, size: Size, search: str = "") -> Visit:
    page = profile.new_page()
    page.set_viewport_size({"width": size.width, "height": size.height})
    page.set_default_timeout(WAIT)
    visit = Visit(page, host, size)
    visit.watch()
    page.goto(f"{host.url}/{size.screen}/{search}")
    return visit.drawn()


def employed(page: Page) -> None:
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def test_a_worker_keeps_the_frame_and_no_figure(profile: BrowserContext, host: Server) -> None:
    first = opened(profile, host, PHONE)
    employed(first.page)
    files = {url.removeprefix(host.url) for url in first.requested if "/files/" in url}
    assert set(first.page.evaluate(KEPT)) == {"/phone/", *files}
    assert len(files) == 2
    first.page.locator(".map-opener").click()
    first.eventually(lambda: first.count("#map-outlines a.area"))
    first.refreshed()
    again = opened(profile, host, PHONE, "?lang=en#days=7")
    employed(again.page)
    assert set(again.page.evaluate(KEPT)) == {"/phone/", *files}, "neither outlines nor figures"
    told = again.page.evaluate(
        """() => performance.getEntriesByType('resource')
            .filter((e) => e.name.includes('/files/')).map((e) => e.transferSize)"""
    )
    assert told and not any(told), "files come from where they are kept"
    assert first.problems == again.problems == []


@pytest.mark.parametrize("size", [PHONE, WALL], ids=str)
def test_a_screen_that_starts_without_its_server_says_so_and_recovers(
    size: Size, profile: BrowserContext, host: Server
) -> None:
    first = opened(profile, host, size)
    employed(first.page)
    host.stop()
    try:
        page = profile.new_page()
        late = Visit(page, host, size, forgiving=True)
        page.goto(f"{host.url}/{size.screen}/")
        late.eventually(lambda: "连不上服务器" in page.locator("#connection").inner_text())
    finally:
        host.start()
    late.drawn()
    late.eventually(lambda: not page.locator("#connection").inner_text())


class Guard(BaseHTTPRequestHandler):
    """Stands in front of a server as a sign-in will: lets GETs through, refuses or moves pages."""

    host = ""
    mood = "open"

    def do_GET(self) -> None:
        cls = type(self)
        if cls.mood != "open" and self.path.startswith("/phone/") and "worker" not in self.path:
            self.send_response(403 if cls.mood == "refuse" else 302)
            self.send_header("Location", "/?lang=en")
            self.send_header("Content-Length", "11")
            self.end_headers()
            self.wfile.write(b"not for you")
            return
        with urllib.request.urlopen(cls.host + self.path) as answer:
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_page_that_is_refused_or_moved_is_not_kept(profile: BrowserContext, host: Server) -> None:
    Guard.host, Guard.mood = host.url, "open"
    guarded = ThreadingHTTPServer(("127.0.0.1", 0), Guard)
    threading.Thread(target=guarded.serve_forever, daemon=True).start()
    page = profile.new_page()
    page.goto(f"http://127.0.0.1:{guarded.server_port}/phone/")
    employed(page)
    kept = "async () => (await (await caches.match('/phone/')).text()).length"
    before = page.evaluate(kept)
    for mood in ("refuse", "move"):
        Guard.mood = mood
        page.goto(f"http://127.0.0.1:{guarded.server_port}/phone/?{mood}")
        assert "react-entry-point" not in page.content(), mood
        Guard.mood = "open"
        page.goto(f"http://127.0.0.1:{guarded.server_port}/phone/?open")
        assert page.evaluate(kept) == before
    guarded.shutdown()
    guarded.server_close()


def test_another_build_is_another_worker_and_clears_what_the_last_one_kept(
    profile: BrowserContext, host: Server
) -> None:
    first = opened(profile, host, PHONE)
    employed(first.page)
    first.page.evaluate(
        "async () => { await caches.open('/phone/ older'); await caches.open('other'); }"
    )
    (now,) = [
        name
        for name in first.page.evaluate(CACHES)
        if name.startswith("/phone/ ") and "older" not in name
    ]

    first.page.evaluate(
        """async () => {
            const held = await navigator.serviceWorker.getRegistration();
            await held.unregister();
            await navigator.serviceWorker.register('/phone/worker.js?again');
        }"""
    )
    first.eventually(lambda: set(first.page.evaluate(CACHES)) == {now, "other"})


def test_there_is_a_way_to_be_rid_of_the_worker(profile: BrowserContext, host: Server) -> None:
    first = opened(profile, host, PHONE)
    employed(first.page)
    first.page.close()
    off = opened(profile, host, PHONE, "?worker=off")
    off.eventually(lambda: off.page.evaluate(WORKERS) == 0)
    off.eventually(lambda: off.page.evaluate(CACHES) == [])
    assert off.problems == []
