"""The cases reported last: time, light, title, place. On a wall the road only."""

from typing import Any

from dashboard import html
from dashboard.drawing import empty, light, titled
from dashboard.panel import Ask, Panel
from dashboard.wording import grid_name, item_name, place_of
from queries.case_rows import CaseRow
from queries.cases import newest

SHOWN = 5


def draw(ask: Ask) -> list[Any]:
    """Newest first."""
    rows = newest(ask.site, ask.view.scope, as_of=ask.view.as_of, limit=SHOWN)
    if not rows:
        return titled(ask, "panel.feed", empty(ask, "feed.none"))
    sources = ask.site.sources()
    categories = ask.site.categories()
    lines = [
        html.A(
            [
                html.Span(_time(ask, row.reported_at), className="feed-time"),
                light(ask, row.light),
                html.Span(item_name(ask, categories, row.category_id), className="feed-what"),
                html.Span(_where(ask, row), className="feed-where"),
                html.Span(item_name(ask, sources, row.source_id), className="feed-source"),
            ],
            href=ask.view.link(case=row.code),
            className="feed-row",
        )
        for row in rows
    ]
    return titled(ask, "panel.feed", html.Div(lines, className="feed-rows"))


def _time(ask: Ask, at: int) -> list[Any]:
    """The time of day; after its date where that is not today: a small grid's newest are of several days."""
    hour = ask.time(at, "%H:%M")
    if ask.site.today(at) == ask.site.today(ask.view.as_of):
        return [hour]
    return [ask.time(at, "%m-%d"), html.Span(f" {hour}", className="feed-hour")]


def _where(ask: Ask, row: CaseRow) -> str:
    """The road; in English, where roads have no names, the grid."""
    grid = ask.view.scope.tree.by_id.get(row.grid_id) if row.grid_id is not None else None
    if ask.language == "en" and grid is not None:
        return grid_name(ask, grid)
    return row.road or place_of(ask, row.grid_id)


FEED = Panel("feed", draw, kind="case_detail")
