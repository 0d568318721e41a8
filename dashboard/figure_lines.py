"""Figures as lines: label, value, n/d, change against the period before, target."""

from collections.abc import Sequence
from typing import Any

from dashboard import html
from dashboard.drawing import basis_of, change, value_of
from dashboard.panel import Ask
from data.counters import Counter
from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY, Metric


def figure_lines(ask: Ask, keys: Sequence[str], *, every: bool = True) -> list[html.Div]:
    """A line per metric; unless `every`, only those of which the site knows anything."""
    scope, as_of = ask.view.scope, ask.view.as_of
    metrics = [BY_KEY[key] for key in keys]
    now = measure(ask.site, metrics, scope, as_of=as_of)
    before = measure(ask.site, metrics, scope.previous(), as_of=as_of - scope.step_back)
    return [
        _line(ask, metric, now.total(metric.key), before.total(metric.key))
        for metric in metrics
        if every or _known(now.total(metric.key))
    ]


def _known(figure: Figure) -> bool:
    return bool(figure.n or figure.d or figure.hidden)


def _line(ask: Ask, metric: Metric, figure: Figure, before: Figure) -> html.Div:
    missed = metric.target is not None and figure.value is not None and not figure.few
    if missed and metric.target is not None and figure.value is not None:
        up = metric.better == "up"
        missed = figure.value < metric.target if up else figure.value > metric.target
    target = "" if metric.target is None else ask.t("rates.target", target=f"{metric.target:g}")
    return html.Div(
        [
            html.A(
                metric.label.in_language(ask.language),
                href=ask.view.link(explain=metric.key, list=None, case=None),
                className="quality-label",
            ),
            *_figure(ask, metric, figure),
            change(ask, metric, figure, before, ""),
            html.Span(
                ["■ " if missed else "", target],
                className="quality-target" + (" is-missed" if missed else ""),
            ),
        ],
        className="quality-row",
    )


def _figure(ask: Ask, metric: Metric, figure: Figure) -> list[Any]:
    """The figure, a way to its cases where cases are what it counts, and n/d; of few cases n/d first."""
    shown, basis = value_of(ask, metric, figure), basis_of(ask, metric, figure)
    few = metric.is_rate and figure.few and figure.value is not None
    first, second = (basis, shown) if few else (shown, basis)
    counted = metric.bottom or metric.top
    if isinstance(counted, Counter):
        href = ask.view.to_list(metric.key, metric.telling_part)
        value: Any = html.A(first, href=href, className="quality-value")
    else:
        value = html.Span(first, className="quality-value")
    return [value, html.Span(second, className="quality-basis")]
