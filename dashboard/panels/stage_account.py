"""The stages of a case on its page: the limit of each, what counted, when it was due and how it went."""

from typing import Any

from dashboard import html
from dashboard.panel import Ask
from dashboard.wording import clocked, hours_span, span
from data.working_time import CLOCKS, HOUR
from queries.stage_account import StageAccount, StageLine


def stages_of(ask: Ask, held: StageAccount | None) -> list[Any]:
    """The section on a case's page; nothing for a case without limits of stages."""
    if held is None:
        return []
    note = ask.t("stages.basis" if held.is_basis else "stages.not_basis")
    return [
        html.H3(ask.t("stages.title")),
        html.Div(note, className="is-muted"),
        html.Table(html.Tbody([_row(ask, line) for line in held.lines]), className="account"),
    ]


def _row(ask: Ask, line: StageLine) -> html.Tr:
    held = line.span
    name = line.name.in_language(ask.language) if line.name else ask.t(f"stage.{held.key}")
    end = ask.t("stages.now") if held.ended is None else ask.time(held.ended)
    words = [name, _limit(ask, line), ask.t("stages.counted", span=_counted(ask, line))]
    if held.due is not None:
        words.append(ask.t("stages.due", at=ask.time(held.due)))
    return html.Tr(
        [
            html.Td(
                [html.Span(ask.time(held.begun)), " – ", html.Span(end)], className="account-when"
            ),
            html.Td(" · ".join(words)),
            html.Td(_outcome(ask, line), className="account-length"),
        ],
        className="is-now" if held.ended is None else "",
    )


def _limit(ask: Ask, line: StageLine) -> str:
    if line.amount is None:
        return ask.t("stages.untimed")
    if line.clock in CLOCKS:
        return ask.t(f"limit.{line.clock}", n=f"{line.amount:g}")
    return clocked(ask, line.amount * HOUR, "natural")


def _counted(ask: Ask, line: StageLine) -> str:
    return (hours_span if line.is_working else span)(ask, line.span.counted)


def _outcome(ask: Ask, line: StageLine) -> str:
    if line.span.due is None:
        return ""
    if line.span.is_late:
        return ask.t("stages.late")
    return "" if line.span.ended is None else ask.t("stages.in_time")
