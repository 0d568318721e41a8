"""How long it takes until a case that was posted is a figure on wall, tablet and phone, all open at once.

The server runs on a copy of the demo city, with accounts; cases are posted as a source posts them. Each page
notes when it first shows the version of the cases that the answer to the post named.
"""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.posting import LOGIN, LONGEST_SECONDS, Poster, copied
from benchmarks.screens import SIZES, chromium
from benchmarks.serving import CannotRun, served
from benchmarks.timing import machine, spread, spread_lines
from dashboard.text import catalogue
from data.demo.accounts import PASSWORD
from data.settings import read_settings

STEPS = ("posted", "told")
"""The answer to the post is there; the last of the pages was told that there is something newer."""

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAUSE = (0.7, 2.2)
"""Seconds between a post and the next one, so that posts fall anywhere between two looks."""
WITHIN_MS = 2_000
PREPARED_SECONDS = 400

NOTED = """() => {
    const noted = (window.noted = {});
    const told = (window.told = {});
    window.addEventListener('tick', ({ detail }) => {
        if (detail.kind === 'cases' && !(detail.version in told)) told[detail.version] = Date.now();
    });
    new MutationObserver(() => {
        const line = document.querySelector('.as-of-version');
        const version = line && (/\\d+/.exec(line.textContent.replace(/,/g, '')) || [])[0];
        if (version && !(version in noted)) noted[version] = Date.now();
    }).observe(document, { subtree: true, childList: true, characterData: true });
}"""


def measure_live(rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds from before the post to the figure, of each screen and of the last of the three."""
    with tempfile.TemporaryDirectory() as folder:
        environment = copied(Path(folder))
        with served(None, command=("app.py",), environment=environment) as url:
            poster = Poster(url, read_settings(environment))
            with chromium() as browser, _pages(browser, url) as pages:
                took: dict[str, list[float]] = {name: [] for name in (*pages, "all", *STEPS)}
                # The first post waits for the grids' outlines, the first figures for all that is kept.
                _round(poster, pages)
                for number in range(rounds):
                    one = _round(poster, pages)
                    for name, ms in one.items():
                        took[name].append(ms)
                    took["all"].append(max(one[name] for name in pages))
                    if number % 10 == 9:
                        tell(f"{number + 1} of {rounds} posts")
                    time.sleep(random.uniform(*PAUSE))
            version = browser.version
    return {
        "machine": f"{machine()}, Chromium {version}",
        "posts": rounds,
        **{name: spread(values) for name, values in took.items()},
        "within_2_s": sum(ms <= WITHIN_MS for ms in took["all"]) / rounds,
    }


def live_table(report: dict[str, Any]) -> str:
    """The report as lines."""
    lines = [f"{report['machine']}; {report['posts']} posts", ""]
    lines += spread_lines(report, (*STEPS, *SIZES, "all"))
    return "\n".join([*lines, "", f"on all three within 2 s: {report['within_2_s']:.0%}"])


@contextmanager
def _pages(browser: Any, url: str) -> Iterator[dict[str, "Page"]]:
    contexts, pages = [], {}
    for screen, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_init_script(f"({NOTED})()")
        contexts.append(context)
        pages[screen] = signed_in(context.new_page(), url, screen)
    for page in pages.values():
        page.wait_for_function(
            "() => window.ticks && window.ticks.up && !document.querySelector('.is-loading')"
        )
    # What is prepared behind a server that has just begun takes its processor for a minute or two.
    words = catalogue()["people.preparing"]["zh"]
    pages["tablet"].wait_for_function(
        "words => !document.body.textContent.includes(words)",
        arg=words,
        timeout=PREPARED_SECONDS * 1000,
    )
    yield pages
    for context in contexts:
        context.close()


def signed_in(page: "Page", url: str, screen: str, login: str = LOGIN) -> "Page":
    """The page of a screen after somebody signed in on it."""
    page.set_default_timeout(LONGEST_SECONDS * 1000)
    page.goto(f"{url}/sign-in?next=/{screen}/&lang=zh")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("form button")
    page.wait_for_url(f"**/{screen}/**")
    return page


def _round(poster: Poster, pages: dict[str, "Page"]) -> dict[str, float]:
    begun = time.time() * 1000
    version = poster.post()
    posted = time.time() * 1000 - begun
    shown = {name: _noted(page, "noted", version) - begun for name, page in pages.items()}
    told = max(_noted(page, "told", version) - begun for page in pages.values())
    return {**shown, "posted": posted, "told": told}


def _noted(page: "Page", what: str, version: int) -> float:
    """When the page first showed (`noted`) or was told of a version or a newer one, in epoch milliseconds."""
    look = f"() => Object.entries(window.{what}).filter(([v]) => Number(v) >= {version}).map(([, at]) => at)[0]"
    try:
        return float(
            page.wait_for_function(look, timeout=LONGEST_SECONDS * 1000, polling=50).json_value()
        )
    except Exception as error:
        raise CannotRun(f"a page did not show version {version}: {error}") from None
