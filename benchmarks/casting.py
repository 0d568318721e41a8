"""How long it takes from a tap on the tablet that leads until the wall has moved, and until it shows it.

The server runs on the city that the settings name, with accounts in a database of its own; a wall is let in,
the leader's tablet casts onto it and then drills up and down. Both pages are in one browser, so their clocks
are one.
"""

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.screens import SIZES, chromium
from benchmarks.serving import CannotRun, served
from benchmarks.timing import machine, spread, spread_lines
from data.accounts import devices
from data.accounts.access import open_access
from data.accounts.grants import Grant
from data.accounts.roles import WALL
from data.demo.accounts import PASSWORD
from data.engines import CASE, engine_for
from data.grids import GridTree, read_tree
from data.settings import Settings, read_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LOGIN = "leader"
PAUSE_MS = (700, 2200)
"""Between a wall that shows a step and the next step, so that they fall anywhere between two looks."""
LONGEST_MS = 20_000
WITHIN_MS = 1_000
MEASURES = ("moved", "shown")

NOTED = """() => {
    const noted = (window.noted = { moved: {}, shown: {} });
    const grid = () => new URLSearchParams(location.hash.slice(1)).get('grid') || '';
    window.addEventListener('hashchange', () => { noted.moved[grid()] = Date.now(); });
    new MutationObserver(() => {
        const here = document.querySelector('.crumb.is-here');
        const link = here && new URL(here.href).hash;
        if (link) noted.shown[new URLSearchParams(link.slice(1)).get('grid') || ''] ??= Date.now();
    }).observe(document, { subtree: true, childList: true, characterData: true });
}"""
"""When the wall's address came to a grid, and when its header first named it; forgotten before each step."""

FORGET = "() => { noted.moved = {}; noted.shown = {}; }"
STEP = "code => { location.hash = `#grid=${code}`; return Date.now(); }"


def measure_casting(rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Milliseconds from the tap to the wall's new address, and to the grid's name in its header."""
    with own_accounts() as (settings, environment):
        tree = _tree(settings)
        with served(None, command=("app.py",), environment=environment) as url:
            secret = _wall(settings)
            with chromium() as browser, _led(browser, url, secret) as (tablet, wall):
                took: dict[str, list[float]] = {name: [] for name in MEASURES}
                for number in range(rounds):
                    for name, ms in _step(tablet, wall, _grid(tree, number)).items():
                        took[name].append(ms)
                    if number % 10 == 9:
                        tell(f"{number + 1} of {rounds} steps")
                    tablet.wait_for_timeout(random.uniform(*PAUSE_MS))
                version = browser.version
    return {
        "machine": f"{machine()}, Chromium {version}",
        "grids": len(tree.order),
        "steps": rounds,
        **{name: spread(values) for name, values in took.items()},
        "within_1_s": sum(ms <= WITHIN_MS for ms in took["moved"]) / rounds,
    }


def casting_table(report: dict[str, Any]) -> str:
    """The report as lines."""
    lines = [f"{report['machine']}; {report['grids']:,} grids, {report['steps']} steps", ""]
    lines += spread_lines(report, MEASURES)
    return "\n".join([*lines, "", f"moved within 1 s: {report['within_1_s']:.0%}"])


@contextmanager
def own_accounts() -> Iterator[tuple[Settings, dict[str, str]]]:
    """Settings of the city that is set, with accounts in a database of its own; and what sets these for a process."""
    held = read_settings()
    city = {
        "CASE_DATABASE_URL": held.case_database_url,
        "POPULATION_DATABASE_URL": held.population_database_url,
    }
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "APP_DATABASE_URL": f"sqlite:///{folder}/app.sqlite",
            "AUDIT_FOLDER": f"{folder}/audit",
        }
        yield read_settings({**city, **environment}), environment


def _tree(settings: Settings) -> GridTree:
    engine = engine_for(settings.case_database_url, CASE)
    try:
        with engine.connect() as connection:
            tree = read_tree(connection)
    except Exception as error:
        raise CannotRun(f"CASE_DATABASE_URL: run `python -m data.demo` first ({error}).") from None
    finally:
        engine.dispose()
    if tree is None or len(tree.order) < 10:
        raise CannotRun("CASE_DATABASE_URL: the city has too few grids to drill into.")
    return tree


def _grid(tree: GridTree, number: int) -> str:
    """Some grid of each level in turn, never the one before."""
    level = 1 + number % tree.deepest()
    of_level = [one for one in tree.order if one.level == level]
    return of_level[(number * 7) % len(of_level)].code


def _wall(settings: Settings) -> str:
    """Let a wall in; the token that its browser holds."""
    access = open_access(settings)
    asked = devices.ask(access)
    reach = Grant(WALL, "site", None, None, None, access.now(), None)
    devices.approve(access, asked.code, "benchmark", reach, "benchmark")
    access.engine.dispose()
    return asked.secret


@contextmanager
def _led(browser: "Browser", url: str, secret: str) -> Iterator[tuple["Page", "Page"]]:
    """(the tablet that leads, the wall that follows)."""
    contexts = {name: browser.new_context(viewport=size_of(name)) for name in ("tablet", "wall")}
    contexts["wall"].add_cookies([{"name": "wall", "value": secret, "url": url}])
    contexts["wall"].add_init_script(f"({NOTED})()")
    tablet, wall = (contexts[name].new_page() for name in ("tablet", "wall"))
    for page in (tablet, wall):
        page.set_default_timeout(3 * LONGEST_MS)
    wall.goto(f"{url}/wall/")
    tablet.goto(f"{url}/sign-in?next=/tablet/&lang=zh")
    tablet.fill("[name=login]", LOGIN)
    tablet.fill("[name=password]", PASSWORD)
    tablet.click("form button")
    tablet.wait_for_url("**/tablet/**")
    tablet.click("button.cast")
    tablet.click(".stage-sheet [data-do=take]")
    tablet.wait_for_selector("#stage .is-cast")
    wall.wait_for_selector(".stage-tag")
    yield tablet, wall
    for context in contexts.values():
        context.close()


def size_of(screen: str) -> Any:
    """The size of a screen's window, as Playwright takes it."""
    width, height = SIZES[screen]
    return {"width": width, "height": height}


def _step(tablet: "Page", wall: "Page", code: str) -> dict[str, float]:
    wall.evaluate(FORGET)
    begun = float(tablet.evaluate(STEP, code))
    named = json.dumps(code)
    try:
        return {
            name: float(
                wall.wait_for_function(
                    f"() => noted.{name}[{named}]", timeout=LONGEST_MS, polling=20
                ).json_value()
            )
            - begun
            for name in MEASURES
        }
    except Exception as error:
        raise CannotRun(f"the wall did not follow to {code}: {error}") from None
