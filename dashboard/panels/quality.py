"""How well cases are handled: one line per figure with n/d, change and target."""

from typing import Any

from dash import html

from dashboard.drawing import basis_of, change, titled, value_of
from dashboard.panel import Ask, Panel
from dashboard.wording import period_text
from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY, Metric

SHOWN = (
    "station_led_rate",
    "first_time_rate",
    "response_in_time",
    "solved_rate",
    "supervision_rate",
    "rework_rate",
    "return_rate",
    "extension_rate",
    "same_day_rate",
    "self_handled_rate",
    "work_median",
    "dispatch_median",
)


def draw(ask: Ask) -> list[Any]:
    """The figures of the period against the period before; label: definition, figure: its cases."""
    scope, as_of = ask.view.scope, ask.view.as_of
    metrics = [BY_KEY[key] for key in SHOWN]
    now = measure(ask.site, metrics, scope, as_of=as_of)
    before = measure(ask.site, metrics, scope.previous(), as_of=as_of - scope.days * 86_400)
    lines = [
        _line(ask, metric, now.total(metric.key), before.total(metric.key)) for metric in metrics
    ]
    return titled(
        ask, "panel.quality", html.Div(lines, className="quality-rows"), aside=period_text(scope)
    )


def _line(ask: Ask, metric: Metric, figure: Figure, before: Figure) -> html.Div:
    missed = (
        metric.target is not None
        and figure.value is not None
        and not figure.few
        and (
            figure.value < metric.target if metric.better == "up" else figure.value > metric.target
        )
    )
    target = "" if metric.target is None else ask.t("rates.target", target=f"{metric.target:g}")
    return html.Div(
        [
            html.A(
                metric.label.in_language(ask.language),
                href=ask.view.link(explain=metric.key, list=None, case=None),
                className="quality-label",
            ),
            html.A(
                value_of(ask, metric, figure),
                href=ask.view.to_list(metric.key, metric.telling_part),
                className="quality-value" + (" is-few" if figure.few else ""),
            ),
            html.Span(basis_of(ask, metric, figure), className="quality-basis"),
            change(ask, metric, figure, before, ""),
            html.Span(
                ["■ " if missed else "", target],
                className="quality-target" + (" is-missed" if missed else ""),
            ),
        ],
        className="quality-row",
    )


QUALITY = Panel("quality", draw)
