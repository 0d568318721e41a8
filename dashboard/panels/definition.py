"""A figure's definition: formula, version, cohort, exclusions, source, as-of."""

from typing import Any

from dashboard import html
from dashboard.drawing import basis_of, fact_list, value_of
from dashboard.panel import Ask
from dashboard.panels.known import moment_words
from dashboard.panels.reconcile import checks
from dashboard.panels.zoning import zoning_words
from dashboard.wording import grid_name, period_text
from data.days import day_of
from data.histograms import BOUND, UNIT
from queries.definitions import Version, computed_by, used
from queries.figures import bound_text, wilson
from queries.measure import measure
from queries.metrics import Metric
from queries.record_kinds import Register


def definition(ask: Ask, metric: Metric) -> list[Any]:
    """The figure's definition: formula, cohort, exclusions, source, as-of."""
    other = "zh" if ask.language == "en" else "en"
    of_records = isinstance(metric.top, Register)
    scope = ask.view.scope.unfiltered if of_records else ask.view.scope
    figure = measure(ask.site, [metric], scope, as_of=ask.view.as_of).total(metric.key)
    asked, metric = metric, computed_by(metric, figure.variant)
    facts = [
        ("formula", metric.formula.in_language(ask.language)),
        *_versions(ask, metric),
        ("cohort", metric.clock_words.in_language(ask.language)),
        ("exclusions", metric.exclusions.in_language(ask.language)),
        *([("note", metric.note.in_language(ask.language))] if metric.note else []),
        ("period", period_text(ask.view.scope)),
        ("where", grid_name(ask, ask.view.scope.grid)),
        ("zoning", zoning_words(ask)),
        ("target", _target(metric)),
        ("source", metric.rests_on.in_language(ask.language)),
        ("as_of", ask.time(ask.view.as_of, "%Y-%m-%d %H:%M:%S")),
        *([("known", moment_words(ask))] if ask.view.known is not None else []),
    ]
    if figure.about:
        bound = f"{100 * BOUND:.1f} %"
        facts.append(("about", ask.t("define.within", bound=bound, seconds=UNIT)))
    interval = wilson(figure) if metric.is_rate else None
    if interval is not None:
        low, high = (bound_text(end) for end in interval)
        facts.append(("interval", f"{low.removesuffix(' %')} – {high}"))
    return [
        html.H2(metric.label.in_language(ask.language), className="panel-title"),
        html.Div(
            f"{metric.label.in_language(other)} · {metric.kpi} · {metric.key}", className="is-muted"
        ),
        html.Div(value_of(ask, metric, figure), className="tile-value"),
        html.Div(basis_of(ask, metric, figure), className="tile-basis"),
        fact_list(ask, "define", facts),
        *checks(ask, asked),
    ]


def _target(metric: Metric) -> str:
    if metric.target is None:
        return "—"
    return f"{metric.target:g}" + (" %" if metric.is_rate else "")


def _versions(ask: Ask, metric: Metric) -> list[tuple[str, Any]]:
    """Which version of the definition was used, and the site's others with their first days."""
    found = used(ask.facts.definitions, metric, ask.view.scope.last_day)
    if found is None:
        return []
    label = found.variant.label.in_language(ask.language)
    version = found.version
    words = _since(ask, version) if version else ask.t("define.built_in", variant=label)
    facts: list[tuple[str, Any]] = [("version", words)]
    if found.others:
        facts.append(("others", [html.Div(_since(ask, one)) for one in found.others]))
    return facts


def _since(ask: Ask, version: Version) -> str:
    label = version.label.in_language(ask.language)
    return ask.t("define.since", variant=label, day=day_of(version.valid_from))
