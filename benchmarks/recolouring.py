"""How long the page is busy at a stretch when all micro-grids of the map take the colours of another metric."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEVEL = 4
METRICS = ("open", "accepted", "overdue")
OPENS_MS, SETTLES_MS = 8_000, 4_000
"""The level's outlines are loaded first; then each change of metric has this long."""

TASKS = "() => window.measured.long"


def longest_task(page: "Page") -> float:
    """The longest task over three changes of metric, in milliseconds; 0 where none took over 50."""
    page.evaluate(f"() => {{ location.hash = '#level={LEVEL}' }}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(OPENS_MS)
    before = len(page.evaluate(TASKS))
    for metric in METRICS:
        page.evaluate(f"() => {{ location.hash = '#level={LEVEL}&colour={metric}' }}")
        page.wait_for_timeout(SETTLES_MS)
    tasks = page.evaluate(TASKS)[before:]
    return round(max((end - start for start, end in tasks), default=0.0), 1)
