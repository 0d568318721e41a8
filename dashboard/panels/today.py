"""Today so far against yesterday at the same time of day."""

from typing import Any

from dashboard import html
from dashboard.drawing import tile, titled
from dashboard.panel import Ask, Panel
from queries.measure import measure
from queries.metrics import BY_KEY

DAY = 86_400
FLOWS = ("accepted", "closed")
SHOWN = ("accepted", "closed", "open")


def draw(ask: Ask) -> list[Any]:
    """Accepted, closed and open, each with its change since yesterday at this hour."""
    now = ask.view.as_of
    today = ask.site.today(now)
    metrics = [BY_KEY[key] for key in SHOWN]
    scope = ask.view.scope
    this = measure(ask.site, metrics, scope.on(today, today), as_of=now)
    then = measure(ask.site, metrics, scope.on(today - 1, today - 1), as_of=now - DAY)
    words = ask.t("today.against")
    wall = ask.screen == "wall"
    tiles = [
        tile(
            ask,
            metric,
            this.total(metric.key),
            before=then.total(metric.key),
            against="" if wall else words,
            day=today if metric.key in FLOWS else None,
        )
        for metric in metrics
    ]
    aside = words if wall else ask.time(now, "%m-%d")
    return titled(ask, "panel.today", html.Div(tiles, className="tiles"), aside=aside)


TODAY = Panel("today", draw)
