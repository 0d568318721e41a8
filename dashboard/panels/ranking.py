"""The grids one level down, ranked: open cases by light, what they are ranked by, a link into each.

Up to three stand side by side (domain.md A1), in the site's order: whoever looks up finds theirs where
it always stands. On a phone, and when there are more, they are lines, worst first.
"""

from collections.abc import Mapping
from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, bars, empty, length_class, light, titled
from dashboard.panel import Ask, Panel
from dashboard.panels.zoning import zoning_switch, zoning_words
from dashboard.wording import grid_name, level_name, short_name
from data.grids import Grid
from queries.figures import Figure, count_text, percent_text
from queries.measure import measure
from queries.metrics import BY_KEY, LIGHTS
from queries.peers import place_among_peers
from queries.question import UNLOCATED, Key
from queries.ranking import TAIL, Ranked, Ranking, ranking

Open = Mapping[str, Mapping[Key, Figure]]

SIDE_BY_SIDE = 3
"""So many grids stand beside each other, large; more are lines."""


def draw(ask: Ask) -> list[Any]:
    """Worst rank first; grids with too few cases to be ranked, or none, stay in the list and say so."""
    view, scope = ask.view, ask.view.scope
    if not scope.tree.children(scope.grid):
        return titled(ask, "panel.ranking", *_own_place(ask), empty(ask, "ranking.leaf"))
    held = ranking(ask.site, scope, as_of=view.as_of, before=view.as_of - scope.step_back)
    metrics = [BY_KEY[key] for key in ("open", *LIGHTS)]
    lights = measure(ask.site, metrics, scope, "grid", as_of=view.as_of).figures
    widest = max((lights["open"][row.code].n or 0 for row in held.rows), default=0) or 1
    if beside := ask.screen != "phone" and len(held.rows) <= SIDE_BY_SIDE:
        shown: list[html.Element] = [html.Div(_peers(ask, held, lights, widest), className="peers")]
    else:
        shown = [_row(ask, held, row, lights, widest) for row in held.rows[: ask.rows]]
    level = level_name(ask, scope.grid.level + 1)
    aside = ask.t(f"ranking.by_{held.by}", level=level, n=len(held.rows))
    if beside:
        aside = ask.t(f"ranking.beside_{held.by}", level=level, n=len(held.rows))
    rows = html.Div([*shown, *_left_over(ask, held, lights)], className="rows")
    return titled(ask, "panel.ranking", *_own_place(ask), rows, aside=aside)


def _own_place(ask: Ask) -> list[html.Div]:
    """The rank of the visitor's own grid among its peers, whose figures and names stay theirs."""
    scope, as_of = ask.view.scope, ask.view.as_of
    own = place_among_peers(ask.site, scope, as_of=as_of, before=as_of - scope.step_back)
    if own is None:
        return []
    named = {"name": grid_name(ask, scope.grid), "of": own.of}
    words = (
        ask.t("ranking.own_few", **named)
        if own.rank is None
        else ask.t("ranking.own_place", n=own.rank, **named)
    )
    return [html.Div(words, className="row-more own-place")]


def _left_over(ask: Ask, held: Ranking, lights: Open) -> list[html.Div]:
    """What is in none of the lines above: further grids, cases 未落格, cases of grids that moved away."""
    words = []
    if len(held.rows) > ask.rows:
        words.append(ask.t("ranking.more", n=len(held.rows) - ask.rows))
    lost = lights["open"][UNLOCATED].n or 0
    if lost:
        words.append(ask.t("ranking.unlocated", n=count_text(lost)))
    lines = [html.Div(line, className="row-more") for line in words]
    return [*lines, *_elsewhere(ask, held, lights)]


def _peers(ask: Ask, held: Ranking, lights: Open, widest: float) -> list[html.A]:
    """The grids side by side, in the order of the hierarchy."""
    rows = {row.code: row for row in held.rows}
    grids = ask.view.scope.tree.children(ask.view.scope.grid)
    return [_peer(ask, held, rows[grid.code], lights, widest) for grid in grids]


def _peer(ask: Ask, held: Ranking, row: Ranked, lights: Open, widest: float) -> html.A:
    """One grid: name, rank, overdue large, what it is ranked by, its open cases light by light."""
    name = grid_name(ask, ask.view.scope.tree.by_code[row.code])
    counts = {key: lights[key][row.code].n or 0 for key in ("open", *LIGHTS)}
    late = count_text(counts["overdue"])
    first, second = _told(ask, held, row)
    told = "ranking.on_time" if held.by == "rate" else "ranking.tail"
    return html.A(
        [
            html.Div(name, className="peer-name rank-name", title=name),
            html.Div(_place(ask, row), className="peer-small is-muted"),
            html.Div(light(ask, "overdue"), className="" if counts["overdue"] else "is-quiet"),
            html.Div(late, className=f"peer-figure {length_class(late)}"),
            html.Div(ask.t(told), className="peer-small is-muted"),
            html.Div(first, className="peer-second" + ("" if held.by == "rate" else " is-words")),
            html.Div(second, className="peer-small is-muted"),
            html.Div(bars([(k, counts[k] / widest) for k in LIGHTS]), className="row-bars"),
            html.Div(_counts(ask, held, row, lights), className="peer-lines"),
        ],
        href=ask.view.to_grid(row.code),
        className="peer" + (" is-late" if counts["overdue"] else ""),
    )


def _place(ask: Ask, row: Ranked) -> str:
    """The rank in words and how far it moved, or why there is none."""
    if row.rank is None:
        return ask.t("ranking.few")
    return f"{ask.t('ranking.place', n=row.rank)} {_moved(row)}".rstrip()


def _counts(ask: Ask, held: Ranking, row: Ranked, lights: Open) -> list[html.Div]:
    """The other lights and what all add up to; cases without deadline only where one of the grids has any."""
    rare = any(lights["no_deadline"][one.code].n for one in held.rows)
    shown = [key for key in LIGHTS if key != "overdue" and (rare or key != "no_deadline")]
    lines = [(light(ask, key), lights[key][row.code].n) for key in shown]
    lines.append((html.Span(ask.t("ranking.open")), lights["open"][row.code].n))
    return [html.Div([what, html.B(count_text(n))], className="peer-line") for what, n in lines]


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


def _row(ask: Ask, held: Ranking, row: Ranked, lights: Open, widest: float) -> html.Element:
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
    content = [str(row.rank), html.Span(_moved(row), className="rank-moved")]
    return html.Span(content, className="rank", title=ask.t("ranking.of", n=held.ranked))


def _moved(row: Ranked) -> str:
    """How many places it climbed or fell since the period before; nothing when it stays."""
    return f"{'↑' if row.climbed > 0 else '↓'}{abs(row.climbed)}" if row.climbed else ""


def _note(ask: Ask, held: Ranking, row: Ranked) -> html.Span:
    first, second = _told(ask, held, row)
    if not second:
        return html.Span(first, className="is-muted")
    muted = "" if held.by == "tail" and not row.rate.few else "is-muted"
    return html.Span([first, html.Span(f" {second}", className=muted)])


def _told(ask: Ask, held: Ranking, row: Ranked) -> tuple[str, str]:
    """What ranks it, and what stands beside that; of few cases the counts come first."""
    rate = row.rate
    if not row.accepted.n and not rate.d:
        return ask.t("ranking.no_cases"), ""
    counts = f"{count_text(rate.n)}/{count_text(rate.d)}"
    if rate.few:
        return counts, percent_text(rate, 1)
    if held.by == "tail":
        named = zip(TAIL, row.tail, strict=True)
        words = [ask.t(f"ranking.{key}", n=count_text(n)) for key, n in named if n]
        return " ".join(words) or ask.t("ranking.clean"), counts
    return percent_text(rate, 1), counts


RANKING = Panel("ranking", draw)
