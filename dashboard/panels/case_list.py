"""Lines of cases: the list behind a figure, with the way to each case."""

from typing import Any
from urllib.parse import quote

from dash import html

from dashboard.drawing import empty, light
from dashboard.panel import Ask, Panel
from dashboard.wording import badges, item_name, period_text, place_of, remaining
from queries.cases import CaseRow, Part, behind
from queries.metrics import BY_KEY, Metric

PARTS: tuple[Part, ...] = ("rest", "top", "bottom")


def case_lines(ask: Ask, rows: tuple[CaseRow, ...]) -> html.Div:
    """Light, title, remaining time, place, handler and badges of each case."""
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
                            *(html.Span(words, className="badge") for words in badges(row, ask)),
                        ],
                        className="case-line is-muted",
                    ),
                ],
                href=ask.view.link(case=row.code),
                className=f"case case-{row.light}",
                id=_key(row),
            )
            for row in rows
        ],
        className="case-rows",
    )


def _key(row: CaseRow) -> str:
    """A name by which the line outlasts a refresh; Dash forbids dots and braces in it."""
    return "case-" + quote(row.code, safe="").replace(".", "%2E")


def behind_figure(ask: Ask, metric: Metric, part: Part) -> list[Any]:
    """A page of the cases that a figure is made of; their number is the figure."""
    view = ask.view
    held = behind(ask.site, metric, part, view.list_scope, as_of=view.as_of, page=view.page)
    content: list[Any] = [
        html.Div(
            [
                html.H2(metric.label.in_language(ask.language), className="panel-title"),
                html.Div(ask.t("list.total", n=f"{held.total:,}"), className="panel-aside"),
            ],
            className="panel-head",
        )
    ]
    if metric.is_rate:
        content.append(
            html.Div(
                [_part(ask, metric, p, part) for p in PARTS],
                className="choices",
            )
        )
    if metric.clock != "stock":
        content.append(html.Div(period_text(view.list_scope), className="is-muted"))
    if not held.rows:
        content.append(empty(ask, "list.none"))
        return content
    content.append(case_lines(ask, held.rows))
    if held.pages > 1:
        content.append(_pages(ask, held.page, held.pages))
    return content


def _part(ask: Ask, metric: Metric, part: Part, chosen: Part) -> html.A:
    return html.A(
        ask.t(f"list.{part}"),
        href=ask.view.link(list=metric.key if part == "top" else f"{metric.key}.{part}", page=None),
        className="choice" + (" is-chosen" if part == chosen else ""),
    )


def _pages(ask: Ask, page: int, pages: int) -> html.Div:
    def step(to: int, key: str) -> html.A | html.Span:
        if not 1 <= to <= pages:
            return html.Span(ask.t(key), className="choice is-muted")
        return html.A(ask.t(key), href=ask.view.link(page=str(to)), className="choice")

    words = ask.t("list.page", page=page, pages=pages)
    return html.Div(
        [step(page - 1, "list.back"), html.Span(words), step(page + 1, "list.on")],
        className="choices pages",
    )


def draw_urgent(ask: Ask) -> list[Any]:
    """The list that a lamp or a figure opened; overdue cases until one is chosen."""
    metric, part = ask.view.listed, ask.view.listed_part
    return behind_figure(ask, metric or BY_KEY["overdue"], part)


URGENT = Panel("urgent", draw_urgent)
