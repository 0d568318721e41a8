"""职责准入清单 on a screen: the list itself, and what of it the cases behind a figure fall under."""

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard import html
from dashboard.drawing import empty
from dashboard.panel import Ask
from dashboard.wording import item_name, period_text
from data.days import day_of
from queries.access import AccessItem, AccessUse, access_items, access_use, breakdown
from queries.figures import count_text, percent_text
from queries.metrics import Metric, Part

BROKEN_DOWN = "station_led_rate"
"""The figure whose cases are told by class and department (domain.md A5)."""

MOST_DEPARTMENTS = 8


def access_chip(ask: Ask) -> html.A:
    """The way to the list."""
    href = ask.view.link(access="class", case=None, explain=None)
    return html.A(ask.t("access.open"), href=href, className="choice")


def broken_down(ask: Ask, metric: Metric, part: Part) -> list[Any]:
    """Above the list of a figure: its cases by class and by department, each adding up to all."""
    if metric.key != BROKEN_DOWN:
        return []
    view = ask.view
    found = breakdown(ask.site, metric, part, view.list_scope, as_of=view.as_of)
    if not found.total:
        return []
    names = {item.class_code: item.class_name for item in access_items(ask.site).values()}
    classes = [
        (names[code].in_language(ask.language) if code else ask.t("access.not_on_list"), n)
        for code, n in found.by_class
    ]
    items = ask.site.departments()
    departments = [
        (item_name(ask, items, key) if key else ask.t("shares.nobody"), n)
        for key, n in found.by_department
    ]
    tables = [
        _sums(ask, "access.break_class", classes, found.total),
        _sums(ask, "access.break_department", _cut(ask, departments), found.total),
    ]
    content: list[Any] = [html.Div(tables, className="breakdown")]
    if found.off_list:
        words = ask.t("access.off_list_n", n=count_text(found.off_list))
        content.insert(0, html.Div(html.Span(words, className="badge is-off-list")))
    return content


def _cut(ask: Ask, lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The largest lines and one that sums up the others."""
    if len(lines) <= MOST_DEPARTMENTS + 1:
        return lines
    others = lines[MOST_DEPARTMENTS:]
    rest = ask.t("access.rest", n=len(others))
    return [*lines[:MOST_DEPARTMENTS], (rest, sum(n for _, n in others))]


def _sums(ask: Ask, title: str, lines: Sequence[tuple[str, int]], total: int) -> html.Div:
    rows = [
        html.Div(
            [
                html.Span(name, className="sum-name"),
                html.Span(
                    html.Span(style={"width": f"{100 * n / total:.2f}%"}), className="sum-bar"
                ),
                html.B(count_text(n)),
            ],
            className="sum",
        )
        for name, n in lines
    ]
    return html.Div([html.H3(ask.t(title)), *rows])


def access_list(ask: Ask) -> list[Any]:
    """The sheet: coverage at the head, then the items of the period by class or by batch."""
    view, scope = ask.view, ask.view.scope
    use = access_use(ask.site, scope, as_of=view.as_of)
    items = [
        item
        for item in access_items(ask.site).values()
        if item.holds(scope.first_day, scope.last_day) or use.counts.get(item.item_id)
    ]
    content: list[Any] = [
        html.Div(
            [
                html.H2(ask.t("access.title"), className="panel-title"),
                html.Div(ask.t("access.items", n=len(items)), className="panel-aside"),
            ],
            className="panel-head",
        ),
        html.Div(period_text(scope), className="is-muted"),
    ]
    if not items:
        return [*content, empty(ask, "access.none")]
    return [
        *content,
        _coverage(ask, use),
        html.Div([_grouping(ask, key) for key in ("class", "batch")], className="choices"),
        *(_group(ask, name, held, use) for name, held in _groups(ask, items)),
    ]


def _coverage(ask: Ask, use: AccessUse) -> html.Div:
    figure = use.coverage
    counts = f"{count_text(figure.n)} / {count_text(figure.d)}"
    marks = [html.Span(ask.t("access.uncovered", n=count_text(use.counts.get(None, 0))))]
    if use.off_list:
        words = ask.t("access.off_list_n", n=count_text(use.off_list))
        marks.append(html.Span(words, className="badge is-off-list"))
    return html.Div(
        [
            html.Div(ask.t("access.coverage"), className="is-muted"),
            html.Div(percent_text(figure), className="tile-value"),
            html.Div(counts, className="tile-basis"),
            html.Div(ask.t("access.coverage_what"), className="is-muted"),
            html.Div(marks, className="case-line"),
        ],
        className="tile" + (" is-few" if figure.few and figure.value is not None else ""),
    )


def _grouping(ask: Ask, key: str) -> html.A:
    chosen = " is-chosen" if ask.view.access == key else ""
    return html.A(
        ask.t(f"access.by_{key}"), href=ask.view.link(access=key), className=f"choice{chosen}"
    )


def _groups(ask: Ask, items: Iterable[AccessItem]) -> list[tuple[str, list[AccessItem]]]:
    """Items under the name of their class or batch, in the order of its code or number."""
    by_batch = ask.view.access == "batch"
    held: dict[str, list[AccessItem]] = {}
    for item in sorted(items, key=lambda item: item.batch if by_batch else item.class_code):
        name = item.class_name.in_language(ask.language)
        if by_batch:
            name = ask.t("access.batch", n=item.batch)
        held.setdefault(name, []).append(item)
    return list(held.items())


def _group(ask: Ask, name: str, items: list[AccessItem], use: AccessUse) -> html.Div:
    n = sum(use.counts.get(item.item_id, 0) for item in items)
    head = [
        html.H3(name),
        html.Span(ask.t("access.group", items=len(items), n=count_text(n)), className="is-muted"),
    ]
    lines = [_item(ask, item, use.counts.get(item.item_id, 0)) for item in items]
    return html.Div([html.Div(head, className="panel-head"), *lines], className="access-group")


def _item(ask: Ask, item: AccessItem, n: int) -> html.Div:
    departments = ask.site.departments()
    owner = ask.t("access.nobody")
    if item.department_id is not None:
        owner = item_name(ask, departments, item.department_id)
    if ask.view.access == "batch":
        other = item.class_name.in_language(ask.language)
    else:
        other = ask.t("access.batch", n=item.batch)
    days = [ask.t("access.since", day=day_of(item.first_day))]
    if item.last_day is not None:
        days.append(ask.t("access.until", day=day_of(item.last_day)))
    told = (owner, ask.t("access.led", level=ask.t(f"lead.{item.lead_level}")), other, *days)
    return html.Div(
        [
            html.Div(
                [
                    html.Span(item.code, className="access-code"),
                    html.Span(item.name.in_language(ask.language)),
                    html.B(count_text(n)),
                ],
                className="access-line",
            ),
            html.Div([html.Span(words) for words in told], className="case-line is-muted"),
        ],
        className="access-item",
    )
