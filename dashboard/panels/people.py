"""People, houses and companies of the grid: totals and make-up, never a record."""

from collections.abc import Sequence
from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, empty, titled, value_of
from dashboard.panel import Ask, Panel
from dashboard.panels.lookup import lookup_link
from dashboard.wording import closed_words
from queries.measure import kind_of, measure
from queries.metrics import BY_KEY
from queries.people import Cells, make_up
from queries.register import basis
from queries.rights import Depth, Right
from queries.scope import Scope
from queries.told_tags import TagCount, open_tags, sensitive_tags

STREET = Right(Depth.TOTALS, limit="level:street")
OWN_LINE = "own_line"
TOTALS = ("population", "households", "houses", "legal_entities")


def draw(ask: Ask) -> list[Any]:
    """Totals; ages, residence and entities where there is a register."""
    open_ones = [key for key in TOTALS if ask.may(kind_of(BY_KEY[key]))]
    if not open_ones:
        words = closed_words(ask, "population", ask.view.scope.grid)
        return titled(ask, "panel.people", html.Div(words, className="empty"))
    scope = ask.view.scope.unfiltered
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
                html.Div(value_of(ask, BY_KEY[key], answer.total(key)), className="tile-value"),
            ],
            className="tile",
        )
        for key in open_ones
        if registered or key != "houses"
    ]
    parts: list[Any] = [html.Div(tiles, className="tiles"), *lookup_link(ask)]
    held = make_up(ask.site, scope)
    groups: list[tuple[str, Cells]] = []
    if "legal_entities" in open_ones:
        groups = [("entities", _by_size(held.entities))]
    if registered and people:
        groups = [("ages", held.ages), ("residence", _by_size(held.residence)), *groups]
    parts += [_group(ask, name, cells) for name, cells in groups if cells]
    if not held.is_ready:
        parts.append(empty(ask, "people.preparing"))
    elif ask.screen == "tablet" and any(
        one.is_hidden for _, told in groups for one in told.values()
    ):
        parts.append(html.Div(ask.t("people.hidden"), className="is-muted"))
    if not people:
        words = closed_words(ask, "population", scope.grid)
        parts.append(html.Div(words, className="empty"))
    if ask.screen == "tablet" and registered and people and held.is_ready:
        parts.append(_tags(ask, "tags", open_tags(ask.site, scope)))
    if registered and held.is_ready:
        parts += _sensitive(ask, scope)
    aside = ask.t("people.register" if registered else "people.area")
    return titled(ask, "panel.people", *parts, aside=aside)


def _by_size(cells: Cells) -> Cells:
    """The largest first; those that are not told stay in their own order."""
    return dict(sorted(cells.items(), key=lambda cell: -(cell[1].value or 0)))


def _group(ask: Ask, name: str, cells: Cells) -> html.Div:
    widest = max((one.value or 0 for one in cells.values()), default=0) or 1
    rows = [
        bar_row(ask.word(name, key), [("data", (one.value or 0) / widest)], one.text, None)
        for key, one in cells.items()
    ]
    return html.Div([html.H3(ask.t(f"people.{name}")), *rows], className="rows group")


def _sensitive(ask: Ask, scope: Scope) -> list[html.Div]:
    """Totals of sensitive tags, down to the street: all of them, or a department's own line."""
    sight, tree = ask.site.sight, scope.tree
    if sight is None:
        return []
    right = ask.site.right("sensitive_tags", tree, scope.grid)
    if right.depth != Depth.TOTALS or scope.grid.level > sight.deepest(STREET, tree):
        return []
    owners: list[str | None] = [None]
    if right.limit == OWN_LINE:
        known = ask.site.departments()
        owners = [known[code].name.zh for code in sight.visitor.departments if code in known]
    tags: list[TagCount] = []
    for owner in owners:
        of_one = sensitive_tags(ask.site, scope, owner)
        if of_one is None:
            return [_tags(ask, "sensitive", None)]
        tags += of_one
    return [_tags(ask, "sensitive", tags)] if tags else []


def _tags(ask: Ask, title: str, tags: Sequence[TagCount] | None) -> html.Div:
    """Tags and how many carry each; None while it is being prepared which may be told."""
    if tags is None or (tags and all(one.shown.is_hidden for one in tags)):
        why = "too_few" if tags and all(one.is_ready for one in tags) else "preparing"
        few = html.Div(ask.t(f"people.{why}"), className="is-muted")
        return html.Div([html.H3(ask.t(f"people.{title}")), few], className="group")
    chips = [
        html.Span(
            [one.name.in_language(ask.language), html.B(one.shown.text)],
            className="chip",
        )
        for one in tags
    ]
    return html.Div(
        [html.H3(ask.t(f"people.{title}")), html.Div(chips, className="chips")], className="group"
    )


PEOPLE = Panel("people", draw, kind="")
"""Of several kinds of data: which of them are open it asks itself."""
