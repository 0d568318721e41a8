"""What is unfolded over a screen: a case with its timeline, a reconciliation, a definition, a list."""

from typing import Any

from dash import html

from dashboard.drawing import basis_of, fact_list, light, value_of
from dashboard.panel import Ask, Panel
from dashboard.panels.case_list import behind_figure
from dashboard.panels.reconcile import checks, reconciliation
from dashboard.panels.score import taken_apart
from dashboard.panels.time_account import time_account_of
from dashboard.text import text
from dashboard.wording import (
    badges,
    clocked,
    dotted,
    grid_name,
    item_name,
    period_text,
    remaining,
    span,
)
from queries.cases import CaseDetail, one_case
from queries.counters import CLOCK_WORDS
from queries.figures import bound_text, wilson
from queries.measure import measure
from queries.metrics import Metric


def draw(ask: Ask) -> Any:
    """The topmost of case, reconciliation, definition and list; nothing when none is asked for."""
    view = ask.view
    if view.case is not None:
        return _card(ask, _case(ask, view.case), view.link(case=None))
    if view.checked is not None and view.listed is None:
        return _card(ask, reconciliation(ask, view.checked), view.link(check=None))
    if view.scored is not None:
        return _card(ask, taken_apart(ask, view.scored), view.link(score=None))
    if view.explained is not None:
        return _card(ask, _definition(ask, view.explained), view.link(explain=None))
    if view.listed is not None and ask.screen != "tablet":
        return _card(ask, behind_figure(ask, view.listed, view.listed_part), view.folded())
    return None


def _card(ask: Ask, content: list[Any], back: str) -> html.Div:
    close = html.A(ask.t("sheet.close"), href=back, className="sheet-close")
    return html.Div([close, *content], className="sheet-card")


def _definition(ask: Ask, metric: Metric) -> list[Any]:
    """The figure's definition: formula, cohort, exclusions, source, as-of."""
    other = "zh" if ask.language == "en" else "en"
    figure = measure(ask.site, [metric], ask.view.scope, as_of=ask.view.as_of).total(metric.key)
    facts = [
        ("formula", metric.formula.in_language(ask.language)),
        ("cohort", CLOCK_WORDS[metric.clock].in_language(ask.language)),
        ("exclusions", metric.exclusions.in_language(ask.language)),
        ("period", period_text(ask.view.scope)),
        ("where", grid_name(ask, ask.view.scope.grid)),
        ("target", "—" if metric.target is None else f"{metric.target:g}"),
        ("source", metric.rests_on.in_language(ask.language)),
        ("as_of", ask.time(ask.view.as_of, "%Y-%m-%d %H:%M:%S")),
    ]
    interval = wilson(figure) if metric.is_rate else None
    if interval is not None:
        low, high = (bound_text(end) for end in interval)
        facts.append(("interval", f"{low.removesuffix(' %')} – {high}"))
    if metric.note is not None:
        facts.insert(3, ("note", metric.note.in_language(ask.language)))
    return [
        html.H2(metric.label.in_language(ask.language), className="panel-title"),
        html.Div(
            f"{metric.label.in_language(other)} · {metric.kpi} · {metric.key}", className="is-muted"
        ),
        html.Div(value_of(ask, metric, figure), className="tile-value"),
        html.Div(basis_of(ask, metric, figure), className="tile-basis"),
        fact_list(ask, "define", facts),
        *checks(ask, metric),
    ]


def _case(ask: Ask, code: str) -> list[Any]:
    held = one_case(ask.site, code, ask.view.scope, as_of=ask.view.as_of)
    if held is None:
        return [html.H2(ask.t("case.unknown")), html.P(ask.t("case.unknown_what", code=code[:60]))]
    row = held.row
    tree = ask.view.scope.tree
    place = " › ".join(grid_name(ask, tree.by_id[i]) for i in held.path_ids if i in tree.by_id)
    flags = [ask.word("flag", flag) for flag in (held.flags or "").split(",") if flag]
    facts = [
        ("code", row.code),
        ("place", place or ask.t("grid.unlocated")),
        ("address", held.address_masked or row.road or "—"),
        ("category", item_name(ask, ask.site.categories(), row.category_id)),
        ("source", item_name(ask, ask.site.sources(), row.source_id)),
        ("department", item_name(ask, ask.site.departments(), row.department_id)),
        ("original", _at(ask, row.original_deadline)),
        ("effective", _at(ask, row.effective_deadline)),
        ("handling", _handling(ask, held)),
        ("paused", clocked(ask, held.paused_seconds, "natural") if held.paused_seconds else "—"),
        (
            "satisfaction",
            "—" if held.satisfaction is None else ask.t(f"satisfaction.{held.satisfaction}"),
        ),
    ]
    if flags:
        facts.append(("flags", "；".join(flags)))
    return [
        html.Div([light(ask, row.light), html.Span(remaining(ask, row))], className="case-line"),
        html.H2(row.title, className="panel-title case-head"),
        html.Div([html.Span(words, className="badge") for words in badges(row, ask)]),
        fact_list(ask, "case", facts),
        *time_account_of(ask, code),
        html.H3(ask.t("case.timeline")),
        _timeline(ask, held),
    ]


def _handling(ask: Ask, held: CaseDetail) -> Any:
    """How long a closed case took, on every clock that was running."""
    told = ((held.handling_seconds, "natural"), (held.work_seconds, "working"))
    return dotted([clocked(ask, n, clock) for n, clock in told if n is not None]) or "—"


def _timeline(ask: Ask, held: CaseDetail) -> html.Ol:
    steps = []
    before = None
    for event in held.events:
        who = [ask.word("role", event.actor_role or "")]
        if event.department_id is not None:
            who.append(item_name(ask, ask.site.departments(), event.department_id))
        note = event.note
        if event.type == "surveyed" and note:
            note = text(ask.language, f"satisfaction.{note}")
        after = "" if before is None else f"+{span(ask, event.at - before)}"
        until = "case.reply_due" if event.type == "supervised" else "case.deadline"
        deadline = ask.t(until, at=ask.time(event.deadline)) if event.deadline else ""
        details = " · ".join(part for part in (*who, note or "", deadline) if part)
        inferred = ask.t("case.inferred") if event.inferred else ""
        steps.append(
            html.Li(
                [
                    html.Span(ask.time(event.at, "%m-%d %H:%M"), className="step-time"),
                    html.Span(ask.t(f"event.{event.type}"), className="step-what"),
                    html.Span([after, " ", inferred], className="is-muted"),
                    html.Div(details, className="is-muted"),
                ],
                className=f"step step-{event.type}",
            )
        )
        before = event.at
    return html.Ol(steps, className="timeline")


def _at(ask: Ask, at: int | None) -> str:
    return "—" if at is None else ask.time(at, "%Y-%m-%d %H:%M")


SHEET = Panel("sheet", draw)
