"""The grids one level down, ranked: open cases by light, what they are ranked by, a link into each."""

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.drawing import bar_row, empty, titled
from dashboard.panel import Ask, Panel
from dashboard.panels.zoning import zoning_switch, zoning_words
from dashboard.wording import grid_name, level_name, short_name
from data.grids import Grid
from queries.figures import Figure, count_text, percent_text
from queries.measure import measure
from queries.metrics import BY_KEY, LIGHTS
from queries.question import UNLOCATED, Key
from queries.ranking import TAIL, Ranked, Ranking, ranking

Open = Mapping[str, Mapping[Key, Figure]]


def draw(ask: Ask) -> list[Any]:
    """Worst rank first; grids with too few cases to be ranked, or none, stay in the list and say so."""
    view, scope = ask.view, ask.view.scope
    if not scope.tree.children(scope.grid):
        return titled(ask, "panel.ranking", empty(ask, "ranking.leaf"))
    held = ranking(ask.site, scope, as_of=view.as_of, before=view.as_of - scope.step_back)
    metrics = [BY_KEY[key] for key in ("open", *LIGHTS)]
    lights = measure(ask.site, metrics, scope, "grid", as_of=view.as_of).figures
    widest = max((lights["open"][row.code].n or 0 for row in held.rows), default=0) or 1
    rows: list[Any] = [_row(ask, held, row, lights, widest) for row in held.rows[: ask.rows]]
    if len(held.rows) > ask.rows:
        more = ask.t("ranking.more", n=len(held.rows) - ask.rows)
        rows.append(html.Div(more, className="row-more"))
    lost = lights["open"][UNLOCATED].n or 0
    if lost:
        rows.append(html.Div(ask.t("ranking.unlocated", n=count_text(lost)), className="row-more"))
    rows += _elsewhere(ask, held, lights)
    level = level_name(ask, scope.grid.level + 1)
    aside = ask.t(f"ranking.by_{held.by}", level=level, n=len(held.rows))
    return titled(ask, "panel.ranking", html.Div(rows, className="rows"), aside=aside)


def _elsewhere(ask: Ask, held: Ranking, lights: Open) -> list[html.Div]:
    """Open cases of grids that lie elsewhere by now, and the way to count by today's grids and back."""
    if ask.view.scope.zoning == "now":
        words = zoning_words(ask)
    else:
        known = {row.code for row in held.rows} | {UNLOCATED}
        moved = sum(figure.n or 0 for code, figure in lights["open"].items() if code not in known)
        words = ask.t("ranking.moved", n=count_text(moved)) if moved else ""
    if not words:
        return []
    content = words if ask.screen == "wall" else zoning_switch(ask, words)
    return [html.Div(content, className="row-more")]


def _row(ask: Ask, held: Ranking, row: Ranked, lights: Open, widest: float) -> html.A:
    grid = ask.view.scope.tree.by_code[row.code]
    shares = [(light, (lights[light][row.code].n or 0) / widest) for light in LIGHTS]
    late = lights["overdue"][row.code].n or 0
    value = [
        html.Span(f"■ {count_text(late)}", className="light-overdue" if late else "is-muted"),
        html.Span(f" / {count_text(lights['open'][row.code].n)}", className="is-muted"),
    ]
    label = [_rank(ask, held, row), _name(ask, grid)]
    return bar_row(label, shares, value, ask.view.to_grid(row.code), _note(ask, held, row))


def _name(ask: Ask, grid: Grid) -> html.Span:
    return html.Span(short_name(ask, grid), className="rank-name", title=grid_name(ask, grid))


def _rank(ask: Ask, held: Ranking, row: Ranked) -> html.Span:
    """`12` and how far it moved since the period before; a dash without a rank."""
    if row.rank is None:
        return html.Span("—", className="rank is-muted", title=ask.t("ranking.few"))
    moved = ""
    if row.climbed:
        moved = f"{'↑' if row.climbed > 0 else '↓'}{abs(row.climbed)}"
    content = [str(row.rank), html.Span(moved, className="rank-moved")]
    return html.Span(content, className="rank", title=ask.t("ranking.of", n=held.ranked))


def _note(ask: Ask, held: Ranking, row: Ranked) -> Any:
    rate = row.rate
    if not row.accepted.n and not rate.d:
        return html.Span(ask.t("ranking.no_cases"), className="is-muted")
    counts = f"{count_text(rate.n)}/{count_text(rate.d)}"
    if rate.few:
        # Few cases: what was counted comes first.
        shown: list[Any] = [counts, html.Span(f" {percent_text(rate, 1)}", className="is-muted")]
    elif held.by == "tail":
        named = zip(TAIL, row.tail, strict=True)
        words = [ask.t(f"ranking.{key}", n=count_text(n)) for key, n in named if n]
        shown = [" ".join(words) or ask.t("ranking.clean"), html.Span(f" {counts}")]
    else:
        shown = [percent_text(rate, 1), html.Span(f" {counts}", className="is-muted")]
    return html.Span(shown)


RANKING = Panel("ranking", draw)
