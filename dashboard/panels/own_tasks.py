"""A grid worker's phone: my tasks by due time, and the homes I have to call at (domain.md §6, screens.md §4)."""

from typing import Any

from dashboard import html
from dashboard.drawing import SHAPES, empty, fact_list, titled
from dashboard.looked import Looked
from dashboard.panel import Ask, Panel
from dashboard.panels.case_list import case_lines
from dashboard.panels.score import part_line, short
from data.days import day_of
from queries.area import Area
from queries.due_visits import MOST as MOST_VISITS
from queries.due_visits import DueVisit, due_visits
from queries.person_lookup import person_card
from queries.person_roles import ROLES
from queries.person_scores import person_scores
from queries.tasks import MOST as MOST_TASKS
from queries.tasks import own_tasks

COUNTED = ("overdue", "due_soon", "hung")


def is_shown(ask: Ask) -> bool:
    """Whether the visitor is somebody with tasks of their own."""
    sight = ask.site.sight
    return sight is not None and bool(sight.tasks("case_detail"))


def draw(ask: Ask) -> Any:
    """Tasks, most urgent first, with how many are late; nothing for whom has none by their role."""
    if not is_shown(ask):
        return _own_scores(ask) or html.Div(className="not-here")
    rows = own_tasks(ask.site, ask.view.scope, as_of=ask.view.as_of)
    lights = [row.light for row in rows[:MOST_TASKS]]
    # Where more are owed than were read, so may more be of each light.
    more = "+" if len(rows) > MOST_TASKS else ""
    counts = [
        html.Span(f"{SHAPES[light]} {lights.count(light)}{more}", className=f"light-{light}")
        for light in COUNTED
        if light in lights
    ]
    listed = case_lines(ask, rows[:MOST_TASKS]) if rows else empty(ask, "tasks.none")
    aside = ask.t("tasks.open", n=_number(len(rows), MOST_TASKS))
    return [
        *titled(ask, "panel.tasks", html.Div(counts, className="case-line"), listed, aside=aside),
        *_visits(ask),
        *_own_scores(ask),
    ]


def _own_scores(ask: Ask) -> list[Any]:
    """The scores of the visitor's own posts and of nobody else's, with the parts they are made of."""
    sight, view = ask.site.sight, ask.view
    parts: list[Any] = []
    for post in () if sight is None else sight.own_score_posts:
        for role in ROLES.values():
            # Made of everybody's steps, told of one.
            scores = person_scores(ask.site.whole, role.key, view.scope, as_of=view.as_of)
            if post in scores:
                one = role.one.in_language(ask.language)
                parts.append(html.H3([f"{one} {post} ", html.B(short(ask, scores[post]))]))
                lines = [part_line(ask, part) for part in scores[post].parts]
                parts.append(html.Div(lines, className="score-parts"))
    return parts


def _visits(ask: Ask) -> list[Any]:
    due = due_visits(ask.site)
    lines = [_visit(ask, one) for one in due[:MOST_VISITS]]
    shown = html.Div(lines, className="looked-lines") if lines else empty(ask, "tasks.no_visits")
    return [html.H3(ask.t("tasks.visits", n=_number(len(due), MOST_VISITS))), shown]


def _number(found: int, most: int) -> str:
    """`12`, and `100+` where more were found than are listed."""
    return str(found) if found <= most else f"{most}+"


def _visit(ask: Ask, one: DueVisit) -> html.Div:
    day = "" if one.last_visit is None else str(day_of(one.last_visit))
    seen = "lookup.never_seen" if one.last_visit is None else "lookup.seen"
    names = [
        html.A(
            name,
            href=ask.view.link(people=str(Looked("person", item=person_id))),
            className="choice",
        )
        for person_id, name in one.people
    ]
    return html.Div(
        [
            html.Div(
                [
                    html.B(one.address or ask.t("lookup.no_address")),
                    html.Span(ask.word("household", one.kind)),
                ],
                className="find-name",
            ),
            html.Div([*names, html.Span(ask.t(seen, day=day))], className="find-name is-muted"),
        ],
        className="looked-line",
    )


def visited_person(ask: Ask, person_id: int) -> list[Any]:
    """The record of a person of a visit that is due, masked; of anybody else none."""
    homes = due_visits(ask.site)
    home = next((one for one in homes if person_id in dict(one.people)), None)
    area = Area() if home is None else Area(frozenset((home.grid_code,)))
    card = person_card(ask.site, area, person_id, ask.site.keyring, as_of=ask.site.as_of())
    if card is None or home is None:
        return [empty(ask, "lookup.missing")]
    line = card.line
    facts = [
        ("sex", ask.word("sex", line.sex)),
        ("age", ask.t("lookup.age", n=line.age)),
        ("household", ask.word("household", line.household) or "—"),
        ("address", home.address or "—"),
        ("phone", card.phone or "—"),
        ("last_visit", "—" if home.last_visit is None else str(day_of(home.last_visit))),
    ]
    return [
        html.H2(line.name, className="panel-title case-head"),
        html.Div(fact_list(ask, "lookup_card", facts), className="card-facts"),
    ]


TASKS = Panel("tasks", draw, kind="")
"""Of whom a post of the site is on record; what may be seen of a task is asked case by case."""
