"""The grids one level down: open cases by light, on-time rate, and a link into each."""

from typing import Any

from dash import html

from dashboard.drawing import bar_row, empty, titled
from dashboard.panel import Ask, Panel
from dashboard.wording import grid_name, level_name
from queries.figures import Figure, count_text, percent_text
from queries.measure import measure
from queries.metrics import BY_KEY, LIGHTS
from queries.question import UNLOCATED


def draw(ask: Ask) -> list[Any]:
    """Most overdue first, then most open; grids without cases stay in the list and say so."""
    view, scope = ask.view, ask.view.scope
    children = scope.tree.children(scope.grid)
    if not children:
        return titled(ask, "panel.ranking", empty(ask, "ranking.leaf"))
    keys = ("open", *LIGHTS, "accepted", "on_time_rate")
    figures = measure(
        ask.site, [BY_KEY[key] for key in keys], scope, "grid", as_of=view.as_of
    ).figures
    rows = []
    codes = [grid.code for grid in children]
    codes.sort(key=lambda c: (-(figures["overdue"][c].n or 0), -(figures["open"][c].n or 0)))
    widest = max((figures["open"][code].n or 0 for code in codes), default=0) or 1
    for code in codes[: ask.rows]:
        grid = scope.tree.by_code[code]
        shares = [(light, (figures[light][code].n or 0) / widest) for light in LIGHTS]
        n = figures["overdue"][code].n or 0
        value = [html.Span(f"■ {count_text(n)}", className="light-overdue" if n else "is-muted")]
        value.append(html.Span(f" / {count_text(figures['open'][code].n)}", className="is-muted"))
        note = _on_time(ask, figures["on_time_rate"][code], figures["accepted"][code])
        rows.append(bar_row(grid_name(ask, grid), shares, value, view.to_grid(code), note))
    lost = figures["open"][UNLOCATED].n or 0
    if len(codes) > ask.rows:
        rows.append(html.Div(ask.t("ranking.more", n=len(codes) - ask.rows), className="row-more"))
    if lost:
        rows.append(html.Div(ask.t("ranking.unlocated", n=count_text(lost)), className="row-more"))
    aside = ask.t("ranking.aside", level=level_name(ask, scope.grid.level + 1), n=len(codes))
    return titled(ask, "panel.ranking", html.Div(rows, className="rows"), aside=aside)


def _on_time(ask: Ask, rate: Figure, accepted: Figure) -> Any:
    if not accepted.n and not rate.d:
        return html.Span(ask.t("ranking.no_cases"), className="is-muted")
    muted = "is-muted" if rate.few else ""
    return html.Span(
        [
            percent_text(rate, 1),
            html.Span(f" {count_text(rate.n)}/{count_text(rate.d)}", className="is-muted"),
        ],
        className=muted,
    )


RANKING = Panel("ranking", draw)
