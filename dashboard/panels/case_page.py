"""A case on its page: facts, who has a part in it, the arithmetic of its limit, the timeline."""

from typing import Any

from dashboard import html
from dashboard.drawing import fact_list, light
from dashboard.panel import Ask
from dashboard.panels.supervise import supervise
from dashboard.panels.time_account import time_account_of
from dashboard.text import text
from dashboard.wording import clocked, dotted, grid_name, item_name, marks, remaining, span
from queries.case_parties import category_codes, parties, step_name
from queries.cases import CaseDetail, CaseEvent, one_case

ROAD_ONLY = "title_road"
"""The limit (queries.rights.LIMITS) of those who are told no more of a case: a wall's passers-by."""


def case_page(ask: Ask, code: str) -> list[Any]:
    """The sheet of one case as it stands at the view's instant."""
    held = one_case(ask.site, code, ask.view.scope, as_of=ask.view.as_of)
    if held is None:
        return [html.H2(ask.t("case.unknown")), html.P(ask.t("case.unknown_what", code=code[:60]))]
    row = held.row
    tree = ask.view.scope.tree
    steps = [tree.by_id[i] for i in held.path_ids if i in tree.by_id]
    place = " › ".join(grid_name(ask, step) for step in steps if ask.site.sees(tree, step))
    flags = [ask.word("flag", flag) for flag in (held.flags or "").split(",") if flag]
    facts = [
        ("code", row.code),
        ("place", place or ask.t("grid.unlocated")),
        ("address", held.address_masked or row.road or "—"),
        ("category", _category(ask, row.category_id)),
        ("source", item_name(ask, ask.site.sources(), row.source_id)),
        ("department", item_name(ask, ask.site.departments(), row.department_id)),
        *_parties(ask, code),
        ("original", _at(ask, row.original_deadline)),
        ("effective", _at(ask, row.effective_deadline)),
        ("handling", _handling(ask, held)),
        ("paused", clocked(ask, held.paused_seconds, "natural") if held.paused_seconds else "—"),
        (
            "satisfaction",
            "—" if held.satisfaction is None else ask.t(f"satisfaction.{held.satisfaction}"),
        ),
    ]
    right = ask.site.right("case_detail", tree, ask.view.scope.grid, ask.view.scope.department)
    if right.limit == ROAD_ONLY:
        return [
            html.Div(
                [light(ask, row.light), html.Span(remaining(ask, row))], className="case-line"
            ),
            html.H2(row.title, className="panel-title case-head"),
            fact_list(ask, "case", [("address", row.road or "—")]),
        ]
    if flags:
        facts.append(("flags", ask.t("between.clauses").join(flags)))
    return [
        html.Div([light(ask, row.light), html.Span(remaining(ask, row))], className="case-line"),
        html.H2(row.title, className="panel-title case-head"),
        html.Div(marks(ask, row), className="case-line"),
        *supervise(ask, case=row.code),
        fact_list(ask, "case", facts),
        *time_account_of(ask, code),
        html.H3(ask.t("case.timeline")),
        _timeline(ask, held),
    ]


def _category(ask: Ask, category_id: int) -> Any:
    """Its name, and the code it has in each version of the standard."""
    codes = category_codes(ask.site).get(category_id, ())
    return dotted([item_name(ask, ask.site.categories(), category_id), *codes])


def _parties(ask: Ask, code: str) -> list[tuple[str, Any]]:
    """一办三协同: who else has a part, by role."""
    if ask.screen == "wall":
        return []
    between = ask.t("between.names")
    return [
        (f"party_{role}", between.join(names)) for role, names in parties(ask.site, code).items()
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
                    html.Span(_step(ask, event), className="step-what"),
                    html.Span([after, " ", inferred], className="is-muted"),
                    *_odd(ask, event),
                    html.Div(details, className="is-muted"),
                ],
                className=f"step step-{event.type}",
            )
        )
        before = event.at
    return html.Ol(steps, className="timeline")


def _step(ask: Ask, event: CaseEvent) -> str:
    """What the site calls the step; a type that nobody knows is shown as it came."""
    named = ask.facts.steps.get(event.type)
    words = named.in_language(ask.language) if named else ask.word("event", event.type)
    return (
        words
        if event.step is None
        else f"{words} · {step_name(ask.site, event.step, ask.language)}"
    )


def _odd(ask: Ask, event: CaseEvent) -> list[html.Span]:
    """数据异常: why the step makes no sense where it came."""
    if event.odd is None:
        return []
    return [html.Span(f"⚠ {ask.t('odd.' + event.odd)}", className="badge is-odd")]


def _at(ask: Ask, at: int | None) -> str:
    return "—" if at is None else ask.time(at, "%Y-%m-%d %H:%M")
