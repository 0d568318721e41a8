"""The card of one grid: its size, who heads it and how to reach them, what is told of a 专属网格 (A7)."""

import re
from typing import Any

from dashboard import html
from dashboard.drawing import fact_list
from dashboard.panel import Ask
from dashboard.panels.supervise import supervise
from dashboard.wording import closed_words, grid_name, span
from data.grids import Grid
from queries.exclusive import (
    LEAST_KM2,
    LEAST_PEOPLE,
    Exclusive,
    GridFile,
    Post,
    Rating,
    grid_file,
)
from queries.figures import Figure, count_text, percent, percent_text
from queries.protected import SMALLEST
from queries.shown_counts import is_protected, shown_at, totals

Facts = list[tuple[str, Any]]
MOST_STARS = 5
OF_PEOPLE = ("households", "residents", "people", "size")
"""Facts that tell how many live there."""

OF_STAFF = ("people", "size")
"""Of a 专属网格: how many work there."""


def grid_card(ask: Ask, grid: Grid) -> list[Any]:
    """What is on record of a grid; a wall, which visitors see, names no persons."""
    held = grid_file(ask.site, grid.grid_id, as_of=ask.view.as_of)
    tree = ask.view.scope.tree
    way = [tree.name_en if ask.language == "en" else tree.name]
    way += [grid_name(ask, step) for step in ask.site.way(tree, grid)[:-1]]
    facts: Facts = [("code", grid.code), ("place", " › ".join(way))]
    facts += _ordinary(ask, held) if held.exclusive is None else _exclusive(ask, held)
    right = ask.site.right("population", tree, grid)
    if not right.depth or (ask.site.sight and grid.level > ask.site.sight.deepest(right, tree)):
        # Of company staff alone the number may be open (domain.md §5.3).
        staff = ask.site.sight is not None and ask.site.sight.counts_staff(tree, grid)
        told = OF_STAFF if staff and held.exclusive is not None else ()
        facts = [(key, words) for key, words in facts if key not in OF_PEOPLE or key in told]
        if not told:
            facts.append(("people", closed_words(ask, "population", grid)))
    facts = [_guarded(ask, grid, *fact) for fact in facts]
    facts += [(rating.kind, _rating(ask, rating)) for rating in held.ratings]
    return [
        html.H2(grid_name(ask, grid), className="panel-title case-head"),
        html.Div(grid.kind, className="is-muted"),
        *supervise(ask, hierarchy=tree.code, grid=grid.code),
        html.Div(fact_list(ask, "grid_card", facts), className="card-facts"),
        *_posts(ask, held),
    ]


def _ordinary(ask: Ask, held: GridFile) -> Facts:
    return [
        ("households", _people(held.households)),
        ("residents", _people(held.residents)),
        ("area", _area(ask, held.area_km2)),
    ]


def _people(n: int | None) -> str:
    """A number that the grid's own file tells; a small one points at persons there too."""
    return f"<{SMALLEST}" if n is not None and 0 < n < SMALLEST else count_text(n)


def _guarded(ask: Ask, grid: Grid, key: str, words: Any) -> tuple[str, Any]:
    """A fact, but not the number of residents where the register's is not told: it may be the same."""
    kind = {"households": "households", "residents": "persons"}.get(key)
    if kind is None or not is_protected(ask.site, kind):
        return key, words
    told = shown_at(ask.site, totals(ask.site, kind), kind, ask.view.scope.tree, grid)
    return key, told.text if told.is_hidden else words


def _exclusive(ask: Ask, held: GridFile) -> Facts:
    told = held.exclusive
    assert told is not None
    people = "—" if told.people is None else ask.t("grid_card.persons", n=_people(told.people))
    civil = ask.t("grid_card.yes" if told.head_is_civil_servant else "grid_card.no")
    return [
        ("type", told.type.in_language(ask.language)),
        ("people", people),
        ("area", _area(ask, told.area_km2)),
        ("size", _size(ask, told)),
        ("head", _head(ask, held.head)),
        ("civil", civil if told.head_is_civil_servant else _marked(civil)),
        ("informants", _informants(ask, told)),
        ("reported", _reported(ask, told.reported_at, held.report_days)),
        ("risk", "—" if told.risk is None else ask.word("risk", told.risk)),
        ("subject", told.subject_org or "—"),
        ("territorial", told.territorial_org or "—"),
        ("supervising", told.supervising_dept or "—"),
        ("linked", _linked(ask, told.linked_grid_id)),
    ]


def _marked(words: str) -> html.Span:
    return html.Span(words, className="badge is-off-list")


def _area(ask: Ask, km2: float | None) -> str:
    return "—" if km2 is None else ask.t("grid_card.km2", n=f"{km2:.2f}")


def _size(ask: Ask, told: Exclusive) -> Any:
    """Which criterion makes it large enough; that neither does is marked."""
    least = {"people": count_text(LEAST_PEOPLE), "area": f"{LEAST_KM2:g}"}
    if told.by_people or told.by_area:
        key = "both" if told.by_people and told.by_area else "people" if told.by_people else "area"
        return ask.t(f"grid_card.by_{key}", **least)
    if told.people is None or told.area_km2 is None:
        return _marked(ask.t("grid_card.by_unknown"))
    return _marked(ask.t("grid_card.by_none", **least))


def _head(ask: Ask, head: Post | None) -> Any:
    if ask.screen == "wall":
        return ask.t("grid_card.hidden")
    return "—" if head is None else _person(ask, head)


def _person(ask: Ask, post: Post) -> html.Span:
    """A name with its telephone to tap; a vacant post and a missing number are marked."""
    if post.name is None:
        return _marked(ask.t("grid_card.vacant"))
    number = re.sub("[^0-9+]", "", post.phone or "")
    if not number:
        return html.Span([post.name, " ", _marked(ask.t("grid_card.no_phone"))])
    call = html.A(f"☎ {post.phone}", href=f"tel:{number}", className="choice call")
    return html.Span([post.name, " ", call])


def _informants(ask: Ask, told: Exclusive) -> str:
    share = Figure(told.informants, told.units, percent(told.informants, told.units))
    counts = {"n": count_text(told.informants), "d": count_text(told.units)}
    return ask.t("grid_card.units", **counts, share=percent_text(share))


def _reported(ask: Ask, at: int | None, days: int) -> Any:
    if at is None:
        return _marked(ask.t("grid_card.never"))
    age = ask.view.as_of - at
    when = ask.time(at, "%Y-%m-%d %H:%M")
    words = ask.t("grid_card.ago", at=when, span=span(ask, age))
    if age <= days * 86_400:
        return words
    return html.Span([words, " ", _marked(ask.t("grid_card.silent", days=days))])


def _linked(ask: Ask, grid_id: int | None) -> Any:
    """The card of the linked grid, in this hierarchy if it is part of it, else in the first that has it."""
    here = ask.view.scope.tree
    others = [ask.site.tree(code) for code, _ in ask.site.hierarchies()]
    for tree in (here, *others):
        grid = tree.by_id.get(grid_id) if tree is not None and grid_id is not None else None
        if tree is not None and grid is not None and ask.site.sees(tree, grid):
            href = ask.view.to_place(tree, grid, about=True)
            return html.A(f"{grid_name(ask, grid)} ›", href=href, className="choice")
    return "—"


def _rating(ask: Ask, rating: Rating) -> str:
    if rating.kind == "flag":
        words = ask.t("grid_card.held" if rating.level else "grid_card.lost", period=rating.period)
    else:
        marks = "★" * rating.level + "☆" * (MOST_STARS - rating.level)
        words = ask.t("grid_card.stars", marks=marks, period=rating.period)
        if rating.level_before not in (None, rating.level):
            words += ask.t("grid_card.before", n=rating.level_before)
    return words + (
        ask.t("grid_card.because", indicator=rating.indicator) if rating.indicator else ""
    )


def _posts(ask: Ask, held: GridFile) -> list[Any]:
    """All posts but the head that an exclusive grid's facts have named."""
    named = held.head if held.exclusive is not None else None
    posts = [post for post in held.posts if post is not named]
    if named is not None and not posts:
        return []
    title = html.H3(ask.t("grid_card.posts"))
    if ask.screen == "wall" or not posts:
        key = "grid_card.hidden" if ask.screen == "wall" else "grid_card.no_posts"
        return [title, html.Div(ask.t(key), className="is-muted")]
    lines = [
        html.Div(
            [
                html.Span(post.label.in_language(ask.language), className="is-muted"),
                _person(ask, post),
            ],
            className="post",
        )
        for post in posts
    ]
    return [title, html.Div(lines, className="posts")]
