"""Lines of cases: the list behind a figure, with the way to each case."""

from typing import Any
from urllib.parse import quote

from dashboard import html
from dashboard.drawing import empty, light
from dashboard.export import address_of, may_be_taken
from dashboard.panel import Ask, Panel
from dashboard.panels.access import BROKEN_DOWN, access_chip, broken_down
from dashboard.panels.known import moment_words
from dashboard.panels.zoning import zoning_words
from dashboard.wording import item_name, marks, period_text, place_of, remaining
from data.counters import PARKED_LONG_SECONDS
from queries.approvals import Approval, approvals
from queries.case_rows import CaseRow
from queries.cases import CaseList, behind
from queries.definitions import in_force
from queries.metrics import BY_KEY, Metric, Part
from queries.seen_cases import is_inspection

QUEUE = "supervision_queue"
PARTS: tuple[Part, ...] = ("rest", "top", "bottom")


def case_lines(
    ask: Ask, rows: tuple[CaseRow, ...], granted: dict[str, Approval] | None = None
) -> html.Div:
    """Light, title, remaining time, place, handler, badges; with `granted` why it may take longer."""
    departments = ask.site.departments()
    return html.Div(
        [
            html.A(
                [
                    html.Div(
                        [
                            light(ask, row.light),
                            html.Span(remaining(ask, row), className="case-remaining"),
                        ],
                        className="case-line",
                    ),
                    html.Div(row.title, className="case-title"),
                    html.Div(
                        [
                            html.Span(place_of(ask, row.grid_id)),
                            html.Span(item_name(ask, departments, row.department_id)),
                            *marks(ask, row),
                        ],
                        className="case-line is-muted",
                    ),
                    *_approval(ask, row, granted),
                ],
                href=ask.view.link(case=row.code),
                className=f"case case-{row.light}",
                id=_key(row),
            )
            for row in rows
        ],
        className="case-rows",
    )


def _approval(ask: Ask, row: CaseRow, granted: dict[str, Approval] | None) -> list[html.Div]:
    """Days since it was granted, by whom, why, both deadlines, and whether somebody looked at it."""
    approval = (granted or {}).get(row.code)
    if approval is None:
        return []
    days = (ask.view.as_of - approval.at) // 86_400
    words = [ask.t(f"queue.{approval.kind}", days=days)]
    if approval.role:
        words.append(ask.t("queue.by", role=ask.word("role", approval.role)))
    words.append(approval.reason or "")
    if row.original_deadline is not None and row.effective_deadline is not None:
        original, effective = (
            ask.time(at) for at in (row.original_deadline, row.effective_deadline)
        )
        words.append(ask.t("queue.deadlines", original=original, effective=effective))
    marks = [ask.t("queue.supervised" if row.supervised else "queue.not_supervised")]
    if row.hung_since is not None and ask.view.as_of - row.hung_since >= PARKED_LONG_SECONDS:
        marks.append(ask.t("queue.backlog"))
    return [
        html.Div(
            [
                html.Span(" · ".join(word for word in words if word)),
                *(html.Span(mark, className="badge") for mark in marks),
            ],
            className="case-line is-muted",
        )
    ]


def _key(row: CaseRow) -> str:
    """A name by which the line outlasts a refresh; Dash forbids dots and braces in it."""
    return "case-" + quote(row.code, safe="").replace(".", "%2E")


def behind_figure(ask: Ask, metric: Metric, part: Part) -> list[Any]:
    """A page of the cases that a figure is made of; their number is the figure."""
    view = ask.view
    metric = in_force(ask.facts.definitions, metric, view.list_scope.last_day)
    held = behind(
        ask.site,
        metric,
        part,
        view.list_scope,
        as_of=view.as_of,
        page=view.page,
        turn=view.turn,
    )
    content: list[Any] = [
        html.Div(
            [
                html.H2(metric.label.in_language(ask.language), className="panel-title"),
                html.Div(
                    ask.t("list.total", n=f"{held.total:,}"), className="panel-aside list-total"
                ),
                *_file(ask, metric, part),
            ],
            className="panel-head",
        )
    ]
    if metric.is_rate:
        content.append(
            html.Div(
                [*(_part(ask, metric, p, part) for p in PARTS), *_why(ask, metric)],
                className="choices",
            )
        )
    if metric.weighed:
        label = metric.label.in_language(ask.language)
        content.append(html.Div(ask.t("list.in_part", definition=label), className="is-muted"))
    if metric.clock != "stock":
        content.append(html.Div(period_text(view.list_scope), className="is-muted"))
    if view.scope.zoning == "now":
        content.append(html.Div(zoning_words(ask), className="is-muted"))
    if view.known is not None:
        content.append(html.Div(moment_words(ask), className="is-muted"))
    if is_inspection(ask.site, view.list_scope):
        content.append(html.Div(ask.t("list.inspected"), className="is-muted"))
    if not held.rows:
        content.append(empty(ask, "list.none"))
        return content
    content += broken_down(ask, metric, part)
    granted = None
    if metric.key == QUEUE:
        granted = approvals(ask.site, [row.code for row in held.rows], as_of=view.as_of)
    content.append(case_lines(ask, held.rows, granted))
    if held.pages > 1:
        content.append(_pages(ask, held))
    return content


def _file(ask: Ask, metric: Metric, part: Part) -> list[html.A]:
    """The list as a file, where lists may be taken along (domain.md §5.3).

    Where people sign in it is a page first, which asks what for.
    """
    if ask.screen != "tablet" or not may_be_taken(ask.site, ask.view):
        return []
    if ask.visitor is not None:
        href = address_of(ask.view, metric, part)
        return [html.A(ask.t("export.take"), href=href, className="choice")]
    return [
        html.A(
            ask.t(key),
            href=address_of(ask.view, metric, part, ending),
            download="",
            className="choice",
        )
        for key, ending in (("export.open", "csv"), ("export.open_xlsx", "xlsx"))
    ]


def _why(ask: Ask, metric: Metric) -> list[html.A]:
    """From the figure that the access list explains, the way to it."""
    return [access_chip(ask)] if metric.key == BROKEN_DOWN and ask.screen != "wall" else []


def _part(ask: Ask, metric: Metric, part: Part, chosen: Part) -> html.A:
    return html.A(
        ask.t(f"list.{part}"),
        href=ask.view.link(list=metric.key if part == "top" else f"{metric.key}.{part}", page=None),
        className="choice" + (" is-chosen" if part == chosen else ""),
    )


def _pages(ask: Ask, held: CaseList) -> html.Div:
    def step(to: int, key: str, **neighbour: str) -> html.A | html.Span:
        if not 1 <= to <= held.pages:
            return html.Span(ask.t(key), className="choice is-muted")
        href = ask.view.link(page=str(to), **neighbour) if to > 1 else ask.view.link(page=None)
        return html.A(ask.t(key), href=href, className="choice")

    first, last = held.rows[0].code, held.rows[-1].code
    words = ask.t("list.page", page=held.page, pages=held.pages)
    return html.Div(
        [
            step(held.page - 1, "list.back", before=first),
            html.Span(words),
            step(held.page + 1, "list.on", after=last),
        ],
        className="choices pages",
    )


def draw_urgent(ask: Ask) -> list[Any]:
    """The list that a lamp or a figure opened; overdue cases until one is chosen."""
    metric, part = ask.view.listed, ask.view.listed_part
    return behind_figure(ask, metric or BY_KEY["overdue"], part)


URGENT = Panel("urgent", draw_urgent, kind="case_detail")
