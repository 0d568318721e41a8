"""Draws what people will ask for first, before anybody does: at the start, and when a new day begins."""

import json
import logging
import threading
import time
from collections.abc import Callable

from dashboard.panel import Screen, refresh
from dashboard.panels.header import ASSESSED, PERIODS
from dashboard.screens.tablet import TABLET
from dashboard.screens.wall import WALL
from dashboard.server import SCREENS
from queries.geometry import outlines
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

MOST_WARMED = 40
"""Grids below the top that are drawn once after the start; a district has a dozen."""
LOOK_SECONDS = 20.0
"""Between two looks whether a new day has begun."""
TRIES = 5
"""So often it is tried in a row where it fails, and then after the next midnight."""


def warm(site: Site) -> None:
    """Draw every screen once, the wall over the menu's fixed periods, tablet and outlines of the grids below the top.

    What is found and then followed is there afterwards (queries.followed_states), and of each day that a
    period is compared with, its steps up to this time of day (queries.edge_days): cases of a whole city.
    """
    for screen in SCREENS:
        _draw(screen, site, "")
    for days, _ in PERIODS:
        _draw(WALL, site, f"#days={days}")
    for period in ASSESSED:
        _draw(WALL, site, f"#period={period}")
    tree = site.tree()
    if tree is None:
        return
    for grid in tree.at_level(tree.top, 1)[:MOST_WARMED]:
        _draw(TABLET, site, f"#grid={grid.code}")
        outlines(site, tree, grid, tree.level_below(grid.level))
        # Asked where rates do not tell one grid from another, and then looked for in all of its cases.
        scope = read_scope(site, {"grid": grid.code}, site.as_of())
        measure(site, [BY_KEY["late_days"]], scope, "grid", as_of=site.as_of())


def keep_warm(site: Site, sleep: Callable[[float], object] = time.sleep) -> threading.Thread:
    """Warm now and soon after each midnight of the site, in a thread of its own as long as the process lives."""

    def work() -> None:
        warmed, failures = None, 0
        while True:
            today = _today(site)
            if today not in (None, warmed):
                failures = 0 if _warms(site) else failures + 1
                if failures in (0, TRIES):
                    warmed, failures = today, 0
            sleep(LOOK_SECONDS)

    thread = threading.Thread(target=work, name="warming", daemon=True)
    thread.start()
    return thread


def _warms(site: Site) -> bool:
    """Whether it could be done; who comes first waits where it could not, as without this."""
    try:
        warm(site)
    except Exception:
        logging.getLogger(__name__).exception("screens could not be drawn beforehand")
        return False
    return True


def _today(site: Site) -> int | None:
    """The site's day; None while its database is away, which screens tell by themselves."""
    try:
        return site.today(site.clock.now())
    except Exception:
        return None


def _draw(screen: Screen, site: Site, address: str) -> None:
    refresh(screen, site, json.dumps({"hash": address}), "{}")
