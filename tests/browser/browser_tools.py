"""A server as a process, and a visit: a page that notices everything that goes wrong on it."""

import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from app_process import begin_app, free_port
from conftest import City
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    Response,
    ViewportSize,
)
from waiting import eventually

WAIT = 40_000
"""Milliseconds that a page may take for anything: generous, for machines with other work, and for pages that are
told of news and so ask by themselves at every fourth refresh only."""

UPDATE = "_dash-update-component"

PLACE = """() => {
    const box = document.querySelector('.leaflet-overlay-pane path').getBoundingClientRect();
    const map = document.querySelector('.leaflet-map-pane');
    return [box.x, box.y, box.width, box.height].map(Math.round).join(' ')
        + getComputedStyle(map).transform;
}"""
"""Where the map stands: its first area and its pane."""


BACK = "() => { document.dispatchEvent(new Event('visibilitychange')); }"


class Size(NamedTuple):
    """A screen and the pixels it is opened in."""

    screen: str
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.screen}-{self.width}x{self.height}"


WALL = Size("wall", 1920, 1080)
TABLET = Size("tablet", 1180, 820)
PHONE = Size("phone", 390, 844)


def context_of(browser: Browser, size: Size, **more: Any) -> BrowserContext:
    """A profile of its own on a device of this kind; more: what else Playwright is told of it."""
    viewport: ViewportSize = {"width": size.width, "height": size.height}
    touch, mobile = size.screen != "wall", size.screen == "phone"
    return browser.new_context(viewport=viewport, has_touch=touch, is_mobile=mobile, **more)


@dataclass
class Server:
    """`python app.py` on a city, as a process that can be stopped and started again."""

    city: City
    port: int = 0
    arguments: tuple[str, ...] = ("--open",)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    refresh: str = "5"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.port = self.port or free_port()
        environment = {
            "CASE_DATABASE_URL": self.city.case_url,
            "POPULATION_DATABASE_URL": self.city.population_url,
            "APP_DATABASE_URL": f"sqlite:///{self.city.folder}/app.sqlite",
            "AUDIT_FOLDER": str(self.city.folder / "audit"),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "REFRESH_SECONDS": self.refresh,
            "AS_OF": "2026-11-20T14:05",
            **self.environment,
        }
        self.process = begin_app(self.arguments, environment, self.city.folder / "server.log")
        end = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, "the server did not start within a minute"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.city.folder / "server.log").read_text(errors="replace")


@dataclass
class Visit:
    """A page of one screen and everything that went wrong on it."""

    page: Page
    server: Server
    size: Size
    forgiving: bool = False
    problems: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    updates: int = 0
    clock: str = ""

    def watch(self) -> None:
        self.page.on("console", lambda m: m.type == "error" and self.problems.append(m.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _request(self, request: Request) -> None:
        self.requested.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            if f"{parts.scheme}://{parts.netloc}" != self.server.url:
                self.problems.append(f"left the host: {request.url}")
        elif parts.scheme not in ("data", "blob"):
            self.problems.append(f"odd address: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.url}")
        if UPDATE in response.url:
            self.updates += 1

    def go(self, fragment: str = "", search: str = "") -> "Visit":
        """Open the screen anew and wait until every panel has left its skeleton."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.server.url}/{self.size.screen}/{search}{fragment}")
        return self.drawn()

    def drawn(self) -> "Visit":
        self.page.wait_for_function(
            """() => document.querySelectorAll('.panel').length > 5
                && !document.querySelector('.panel.is-loading')
                && ![...document.querySelectorAll('.skeleton')].some((e) => e.checkVisibility())""",
            timeout=WAIT,
        )
        if self.size.screen != "phone":
            self.page.wait_for_selector(".leaflet-overlay-pane path", state="attached")
        return self

    def refreshed(self, times: int = 1) -> None:
        """Have the page ask so many times more, as when it comes back into view, until it is drawn."""
        for _ in range(times):
            wanted = self.updates + 1
            self.eventually(lambda w=wanted: self.page.evaluate(BACK) or self.updates >= w)
        self._draws()

    def next_round(self) -> None:
        """Wait until the page has asked by the clock, as all pages do at once, and until it is drawn."""
        wanted = self.updates + 1
        self.eventually(lambda: self.updates >= wanted)
        self._draws()

    def _draws(self) -> None:
        self.page.evaluate("() => new Promise(f => requestAnimationFrame(() => setTimeout(f, 50)))")

    def eventually(self, holds: Callable[[], Any], timeout: float = WAIT) -> Any:
        """The first true answer; AssertionErrors count as not yet."""
        return eventually(
            holds, timeout / 1000, lambda seconds: self.page.wait_for_timeout(1000 * seconds)
        )

    def at_rest(self) -> str:
        """Where the map stands once it moves no more."""
        before = ""
        while (now := self.page.evaluate(PLACE)) != before:
            before = now
            self.page.wait_for_timeout(250)
        return before

    def to(self, fragment: str) -> None:
        """Change the address as a link does."""
        self.page.evaluate("to => { location.hash = to; }", fragment)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()

    def shown(self, selector: str) -> bool:
        return self.page.locator(selector).first.is_visible()

    def part(self, name: str) -> str | None:
        """One part of the address's fragment."""
        return self.page.evaluate(
            "name => new URLSearchParams(location.hash.slice(1)).get(name)", name
        )


Visitor = Callable[..., Visit]

Serve = Callable[[str], Server]
"""A server on a small build of a site, by the site's name."""
