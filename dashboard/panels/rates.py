"""The rates of the period, each with numerator, denominator and change against the period before."""

from typing import Any

from dashboard import html
from dashboard.drawing import tile, titled
from dashboard.panel import Ask, Panel
from dashboard.wording import against, period_text
from queries.figures import Figure, count_text, percent_text
from queries.measure import Measurement, measure
from queries.metrics import BY_KEY, Metric

SHOWN = (
    "on_time_rate",
    "satisfaction",
    "closure_rate",
    "closure_rate_simple",
    "on_time_rate_original",
    "handling_median",
)
LOW_COVERAGE = 30
SIMPLE = "simple"
"""Variant of the closure rate that is the metric `closure_rate_simple`."""


def draw(ask: Ask) -> list[Any]:
    """On-time, satisfaction with its survey coverage, both closure rates, handling time."""
    now, before = compared(ask)
    words = against(ask)
    wall = ask.screen == "wall"
    tiles = [
        tile(
            ask,
            BY_KEY[key],
            now.total(key),
            before=before.total(key),
            against="" if wall else words,
            under=under(ask, key, now),
        )
        for key in _told_apart(now)
    ]
    days = period_text(ask.view.scope)
    aside = (
        f"{days}，{words}"
        if wall and ask.language == "zh"
        else f"{days}, {words}"
        if wall
        else days
    )
    return titled(ask, "panel.rates", html.Div(tiles, className="tiles"), aside=aside)


def _told_apart(now: Measurement) -> list[str]:
    """Figures without those that a site's own definition makes the same as one shown already."""
    simple = now.total("closure_rate").variant == SIMPLE
    return [key for key in SHOWN if not (simple and key == "closure_rate_simple")]


def compared(ask: Ask) -> tuple[Measurement, Measurement]:
    """The rates now, and of the days before as they stood at the same distance from their end."""
    metrics: list[Metric] = [BY_KEY[key] for key in (*SHOWN, "survey_coverage", "handling_p90")]
    scope, as_of = ask.view.scope, ask.view.as_of
    earlier = as_of - scope.step_back
    return (
        measure(ask.site, metrics, scope, as_of=as_of),
        measure(ask.site, metrics, scope.previous(), as_of=earlier),
    )


def under(ask: Ask, key: str, now: Measurement) -> Any:
    """What must stand beside a figure for it to be read fairly."""
    if key == "satisfaction":
        return coverage(ask, now.total("survey_coverage"))
    if key == "handling_median":
        p90 = now.total("handling_p90")
        if p90.value is None:
            return ask.t("rates.p90_of_few")
        return ask.t("rates.p90", hours=f"{'≈' if p90.about else ''}{p90.value:,.1f}")
    target = BY_KEY[key].target
    return None if target is None else ask.t("rates.target", target=f"{target:g}")


def coverage(ask: Ask, figure: Figure) -> html.Span:
    """Survey coverage in words, of few cases counts first; amber below 30 %."""
    if not figure.d:
        return html.Span(ask.t("rates.no_survey"), className="coverage is-low")
    low = figure.value is not None and figure.value < LOW_COVERAGE
    few = "_few" if figure.few else ""
    share = ask.t(f"rates.coverage{few}", share=percent_text(figure, 1))
    counts = ask.t(f"rates.coverage_of{few}", n=count_text(figure.n), d=count_text(figure.d))
    words = (counts, share) if figure.few else (share, counts)
    return html.Span(
        [html.Span(words[0]), " ", html.Span(words[1])],
        className="coverage" + (" is-low" if low else ""),
    )


RATES = Panel("rates", draw)
