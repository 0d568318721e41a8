"""People, houses and companies of the grid: totals and make-up, never a record."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, empty, number, titled
from dashboard.panel import Ask, Panel
from dashboard.panels.lookup import lookup_link
from queries.measure import kind_of, measure
from queries.metrics import BY_KEY
from queries.people import make_up, open_tags
from queries.register import basis

TOTALS = ("population", "households", "houses", "legal_entities")


def draw(ask: Ask) -> list[Any]:
    """Totals; ages, residence and entities where there is a register."""
    open_ones = [key for key in TOTALS if ask.may(kind_of(BY_KEY[key]))]
    if not open_ones:
        return titled(ask, "panel.people", empty(ask, "state.closed"))
    scope = replace(ask.view.scope, source=None, category=None, department=None)
    answer = measure(ask.site, [BY_KEY[k] for k in open_ones], scope, as_of=ask.view.as_of)
    people = "population" in open_ones
    registered = basis(ask.site) == "register"
    tiles = [
        html.Div(
            [
                html.A(
                    BY_KEY[key].label.in_language(ask.language),
                    href=ask.view.link(explain=key),
                    className="tile-label",
                ),
                html.Div(number(ask, answer.total(key).n), className="tile-value"),
            ],
            className="tile",
        )
        for key in open_ones
        if registered or key != "houses"
    ]
    parts: list[Any] = [html.Div(tiles, className="tiles"), *lookup_link(ask)]
    held = make_up(ask.site, scope, ask.view.as_of)
    groups: list[tuple[str, Mapping[str, int | None]]] = []
    if "legal_entities" in open_ones:
        groups = [("entities", _by_size(held.entities))]
    if registered and people:
        groups = [("ages", held.ages), ("residence", _by_size(held.residence)), *groups]
    parts += [_group(ask, name, cells) for name, cells in groups if any(cells.values())]
    if not people:
        parts.append(empty(ask, "people.closed"))
    if ask.screen == "tablet" and registered and people:
        parts.append(_tags(ask, scope))
    aside = ask.t("people.register" if registered else "people.area")
    return titled(ask, "panel.people", *parts, aside=aside)


def _by_size(cells: Mapping[str, int | None]) -> dict[str, int | None]:
    return dict(sorted(cells.items(), key=lambda cell: -(cell[1] or 0)))


def _group(ask: Ask, name: str, cells: Mapping[str, int | None]) -> html.Div:
    widest = max((n or 0 for n in cells.values()), default=0) or 1
    rows = [
        bar_row(
            ask.word(name, key),
            [("data", (n or 0) / widest)],
            "<5" if n is None else f"{n:,}",
            None,
        )
        for key, n in cells.items()
    ]
    return html.Div([html.H3(ask.t(f"people.{name}")), *rows], className="rows group")


def _tags(ask: Ask, scope: Any) -> html.Div:
    chips = [
        html.Span(
            [words.in_language(ask.language), html.B("<5" if n is None else f"{n:,}")],
            className="chip",
        )
        for words, _, n in open_tags(ask.site, scope)
    ]
    return html.Div(
        [html.H3(ask.t("people.tags")), html.Div(chips, className="chips")], className="group"
    )


PEOPLE = Panel("people", draw, kind="")
"""Of several kinds of data: which of them are open it asks itself."""
