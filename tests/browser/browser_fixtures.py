"""One Chromium, one server on a small city and visitors, for all tests in this folder.

Each test module names this file in `pytest_plugins`; a conftest.py here would hide tests/conftest.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_tools import WAIT, Serve, Server, Size, Visit, Visitor, context_of
from coming_in import running
from conftest import NOW, City, addresses
from playwright.sync_api import Browser, BrowserContext, BrowserType, sync_playwright

from data.demo.build import build_demo
from queries.site import Site

CHROMIUM, SHELL = "/usr/bin/chromium", "/usr/bin/chromium-headless-shell"
"""Of the same build; with its windows, which nobody sees here, a visit takes far more of the processor."""
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
FLAGS += ["--disable-component-update"]


@pytest.fixture(scope="session")
def browser_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small demo city on SQLite; visitors only look at it."""
    return build_city(tmp_path_factory.mktemp("browser-city"))


def build_city(folder: Path, site: str = "demo") -> City:
    case_url, population_url = addresses("sqlite", folder, "city")
    plan = folder / "plan.sqlite"
    build_demo(case_url, population_url, size="small", seed=1, now=NOW, plan_path=plan, site=site)
    return City(case_url, population_url, folder)


@pytest.fixture(scope="session")
def browser_site(browser_city: City) -> Iterator[Site]:
    """The same city as the server sees it, for what the pages are compared with."""
    site = browser_city.site()
    yield site
    site.case.dispose()
    site.population.dispose()


@pytest.fixture(scope="session")
def server(browser_city: City) -> Iterator[Server]:
    with running(browser_city) as started:
        yield started


@pytest.fixture(scope="module")
def guarded(browser_city: City) -> Iterator[Server]:
    """A server on the same city where people sign in."""
    with running(browser_city, arguments=()) as started:
        yield started


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server on a small build of a site, started when it is first asked for."""
    started: dict[str, Server] = {}

    def start(site: str) -> Server:
        if site not in started:
            started[site] = Server(build_city(tmp_path_factory.mktemp(f"browser-{site}"), site))
            started[site].start()
        return started[site]

    yield start
    for server in started.values():
        server.stop()
        assert "Traceback" not in server.log()


@pytest.fixture(scope="session")
def browsers() -> Iterator[BrowserType]:
    """What begins browsers: there can be one of it."""
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def chromium(browsers: BrowserType) -> Iterator[Browser]:
    """What Chromium draws pages with, without its windows, where it is installed."""
    program = SHELL if Path(SHELL).exists() else CHROMIUM
    with browsers.launch(executable_path=program, args=FLAGS) as browser:
        yield browser


@pytest.fixture(scope="session")
def whole_chromium(browsers: BrowserType) -> Iterator[Browser]:
    """Chromium as people have it."""
    with browsers.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        yield browser


@pytest.fixture(scope="session")
def kept_contexts(chromium: Browser) -> dict[str, BrowserContext]:
    """One browser profile per kind of screen: what it has loaded once is in its cache."""
    return {}


@pytest.fixture
def visit(
    chromium: Browser, server: Server, kept_contexts: dict[str, BrowserContext]
) -> Iterator[Visitor]:
    """Opens screens; after the test none of them may have had an error, unless it is forgiven."""
    opened: list[Visit] = []
    apart: list[BrowserContext] = []

    def profile(size: Size, alone: bool) -> BrowserContext:
        kept = None if alone else kept_contexts.get(size.screen)
        if kept is None:
            # Tests that look at requests must see them all; test_screen_worker.py has a worker.
            kept = context_of(chromium, size, service_workers="block")
            if alone:
                apart.append(kept)
            else:
                kept_contexts[size.screen] = kept
        return kept

    def open_screen(
        size: Size, *, at: Server | None = None, forgiving: bool = False, alone: bool = False
    ) -> Visit:
        page = profile(size, alone).new_page()
        page.set_viewport_size({"width": size.width, "height": size.height})
        page.set_default_timeout(WAIT)
        made = Visit(page, at or server, size, forgiving)
        made.watch()
        opened.append(made)
        return made

    yield open_screen
    problems = [problem for one in opened if not one.forgiving for problem in one.problems]
    for one in opened:
        one.page.close()
    for context in apart:
        context.close()
    assert problems == []
