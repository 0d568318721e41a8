"""Accepted and closed by day, with the period before as a faint line; each day leads to its cases."""

from datetime import date
from typing import Any

from dash_svg import Path, Svg

from dashboard import html
from dashboard.drawing import empty, titled
from dashboard.panel import Ask, Panel
from data.days import day_of
from queries.measure import measure
from queries.metrics import BY_KEY

SHOWN = ("accepted", "closed")
SHORTEST = 7
LONGEST = 400
WIDTH, HEIGHT = 1000, 300


def draw(ask: Ask) -> list[Any]:
    """Lines for the whole days of the period (a week at least), axis in round numbers."""
    scope = ask.view.scope
    if scope.days > LONGEST:
        return titled(ask, "panel.trend", empty(ask, "trend.too_long"))
    last = min(scope.last_day, ask.site.today(ask.view.as_of) - 1)
    scope = scope.on(min(scope.first_day, last - SHORTEST + 1), last)
    metrics = [BY_KEY[key] for key in SHOWN]
    now = measure(ask.site, metrics, scope, "day", as_of=ask.view.as_of).figures
    earlier = measure(ask.site, metrics[:1], scope.previous(), "day", as_of=ask.view.as_of).figures[
        "accepted"
    ]
    series = {key: [f.n or 0 for f in now[key].values()] for key in SHOWN}
    series["before"] = [f.n or 0 for f in earlier.values()]
    top = _round_up(max(max(values) for values in series.values()))
    lines = Svg(
        [
            Path(d=_line(series[key], top), className=f"line line-{key}")
            for key in ("before", *SHOWN)
        ],
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        className="plot-lines",
    )
    scale = [html.Span(f"{round(top * share):,}") for share in (1, 0.5, 0)]
    days = list(now["accepted"])
    plot = html.Div(
        [lines, html.Div(_columns(ask, days, series), className="plot-days")], className="plot"
    )
    legend = [
        html.Span(ask.t(f"trend.{key}"), className=f"key key-{key}") for key in (*SHOWN, "before")
    ]
    chart = html.Div(
        [
            html.Div(scale, className="plot-scale"),
            plot,
            html.Div(_dates(days), className="plot-dates"),
        ],
        className="chart",
    )
    return titled(ask, "panel.trend", chart, aside=html.Span(legend, className="keys"))


def _columns(ask: Ask, days: list[Any], series: dict[str, list[float]]) -> list[html.A]:
    """An invisible column per day: its figures on touch, its cases on a tap."""
    # A link is the same for all days but for the day itself, and there are hundreds.
    first = str(day_of(days[0]))
    before, after = ask.view.to_list("accepted", day=days[0]).rsplit(f"on={first}", 1)
    names = [(ask.t(f"trend.{key}"), series[key]) for key in SHOWN]
    dates = (str(day_of(day)) for day in days)
    return [
        html.A(
            href=f"{before}on={date}{after}",
            title=f"{date}  " + "  ".join(f"{name} {held[i]:,.0f}" for name, held in names),
        )
        for i, date in enumerate(dates)
    ]


def _dates(days: list[Any]) -> list[html.Span]:
    step = max(1, (len(days) - 1) // 4)
    shown: list[date] = [day_of(day) for day in days[::step]]
    return [html.Span(f"{day:%m-%d}") for day in shown]


def _line(values: list[float], top: float) -> str:
    step = WIDTH / max(len(values) - 1, 1)
    points = [f"{i * step:.1f} {HEIGHT - HEIGHT * v / top:.1f}" for i, v in enumerate(values)]
    return "M" + "L".join(points)


def _round_up(value: float) -> float:
    """The next 2, 4 or 10 times a power of ten: its half is a whole number."""
    step = 1.0
    while step * 10 < value:
        step *= 10
    return next(step * factor for factor in (2, 4, 10) if step * factor >= value)


TREND = Panel("trend", draw)
