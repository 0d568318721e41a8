"""How long it takes from a 督办 that is issued until it is lit on the station's tablet and on the handler's phone.

The server runs on the city that the settings name, with accounts in a database of its own. The leader's tablet issues
one on the grid worker's grid, the chief's tablet and the worker's phone note when their strip first shows it, then
the leader closes it. All pages are in one browser, so their clocks are one.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.casting import LONGEST_MS, own_accounts, size_of
from benchmarks.live import signed_in
from benchmarks.screens import chromium
from benchmarks.serving import CannotRun, served
from benchmarks.timing import machine, spread, spread_lines
from data.accounts.access import open_access
from data.accounts.grants import Grant, held_grants
from data.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ISSUER = ("leader", "tablet")
TOLD = {"tablet": "station_chief", "phone": "grid_worker"}
"""Who is to be told, by screen; all of them accounts of the demo."""

PAUSE_MS = (500, 1500)
"""Between one that is closed and the next, so that they fall anywhere between two looks."""
WITHIN_MS = 2_000

NOTED = """() => {
    const noted = (window.noted = {});
    new MutationObserver(() => {
        for (const one of document.querySelectorAll('#stage .is-owed [data-number]')) {
            noted[one.dataset.number] ??= Date.now();
        }
    }).observe(document, { subtree: true, childList: true });
}"""
"""When the strip first showed a 督办, by its number."""

ACT = """async (sent) => {
    const begun = Date.now();
    const answer = await fetch('/api/stage/tablet', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Active': '1' },
        body: JSON.stringify(sent),
    });
    return { begun, took: Date.now() - begun, status: answer.status };
}"""


def measure_supervising(rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds from before the request to its answer, to either strip, and to the later of them."""
    with (
        own_accounts() as (settings, environment),
        served(None, command=("app.py",), environment=environment) as url,
    ):
        where = _grid(settings)
        with chromium() as browser, _street(browser, url) as (leader, told):
            took: dict[str, list[float]] = {name: [] for name in ("issued", *TOLD, "both")}
            for number in range(1, rounds + 1):
                for name, ms in _round(leader, told, where, number).items():
                    took[name].append(ms)
                if number % 10 == 0:
                    tell(f"{number} of {rounds} 督办")
                leader.wait_for_timeout(random.uniform(*PAUSE_MS))
            version = browser.version
    return {
        "machine": f"{machine()}, Chromium {version}",
        "supervisions": rounds,
        **{name: spread(values) for name, values in took.items()},
        "within_2_s": sum(ms <= WITHIN_MS for ms in took["both"]) / rounds,
    }


def supervising_table(report: dict[str, Any]) -> str:
    """The report as lines."""
    lines = [f"{report['machine']}; {report['supervisions']} 督办", ""]
    lines += spread_lines(report, ("issued", *TOLD, "both"))
    return "\n".join([*lines, "", f"lit on both within 2 s: {report['within_2_s']:.0%}"])


def _grid(settings: Settings) -> Grant:
    """The grant of the demo's grid worker: its grid is one that both are asked about."""
    access = open_access(settings)
    try:
        return next(grant for _, grant in held_grants(access) if grant.role == TOLD["phone"])
    except StopIteration:
        raise CannotRun("There is no grid worker: the city is no demo city.") from None
    finally:
        access.engine.dispose()


@contextmanager
def _street(browser: "Browser", url: str) -> Iterator[tuple["Page", dict[str, "Page"]]]:
    """(the tablet that issues, the pages that are told by screen)."""
    contexts, pages = [], []
    for login, screen in (ISSUER, *((login, screen) for screen, login in TOLD.items())):
        context = browser.new_context(viewport=size_of(screen))
        context.add_init_script(f"({NOTED})()")
        contexts.append(context)
        pages.append(signed_in(context.new_page(), url, screen, login))
    for page in pages:
        page.wait_for_function(
            "() => window.ticks && window.ticks.up && !document.querySelector('.is-loading')"
        )
    leader, *told = pages
    yield leader, dict(zip(TOLD, told, strict=True))
    for context in contexts:
        context.close()


def _round(leader: "Page", told: dict[str, "Page"], where: Grant, number: int) -> dict[str, float]:
    sent = {"do": "issue", "hierarchy": where.tree, "grid": where.grid, "words": "请到场核实"}
    done = _act(leader, {**sent, "clock": "urgent_hour", "amount": "4"})
    lit = {name: _noted(page, number) - done["begun"] for name, page in told.items()}
    _act(leader, {"do": "close", "number": str(number), "words": "测速"})
    for page in told.values():
        page.wait_for_selector("#stage .is-owed", state="detached", timeout=LONGEST_MS)
    return {"issued": done["took"], **lit, "both": max(lit.values())}


def _act(page: "Page", sent: dict[str, Any]) -> dict[str, float]:
    done: dict[str, float] = page.evaluate(ACT, sent)
    if done["status"] != 200:
        raise CannotRun(f"the server answered {done['status']} to {sent['do']}")
    return done


def _noted(page: "Page", number: int) -> float:
    look = f"() => window.noted[{number}]"
    try:
        return float(page.wait_for_function(look, timeout=LONGEST_MS, polling=20).json_value())
    except Exception as error:
        raise CannotRun(f"督办 {number} was not lit: {error}") from None
