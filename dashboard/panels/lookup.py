"""人房企: persons, addresses and companies of the visitor's own area, found and shown masked."""

from typing import Any

from dashboard import html
from dashboard.drawing import empty
from dashboard.looked import AGES, HOMES, UNSEEN, Looked
from dashboard.panel import Ask
from dashboard.panels.find import Input
from dashboard.panels.home_totals import home_totals
from dashboard.panels.lookup_cards import building_card, house_card, person_page
from dashboard.sight import Sight, sight_of
from dashboard.view import LONGEST_FIND
from dashboard.wording import place_of
from data.days import day_of
from queries.lookup import BuildingLine, EntityLine, find_buildings, find_entities
from queries.person_lookup import (
    PersonLine,
    PersonPage,
    UnknownTag,
    common_tags,
    find_by_number,
    find_persons,
)
from queries.reading import read_digits

MOST_FOUND = 8
"""Lines of each kind while somebody types."""
FEWEST_DIGITS = 7


def lookup_sheet(ask: Ask, looked: Looked) -> list[Any]:
    """The search with what it found, or the card of one record."""
    sight = sight_of(ask)
    if sight.is_blind:
        return [_title(ask), *home_totals(ask)]
    if looked.kind == "person":
        return person_page(ask, sight, looked.item)
    if looked.kind == "building":
        return building_card(ask, sight, looked.item)
    if looked.kind == "house":
        return house_card(ask, sight, looked.item)
    return [
        _title(ask),
        _search_box(ask),
        _conditions(ask, sight, looked),
        *_found(ask, sight, looked),
    ]


def lookup_link(ask: Ask) -> list[Any]:
    """The way to the search, for whoever may look something up."""
    if ask.screen == "wall" or sight_of(ask).is_blind:
        return []
    return [html.A(ask.t("lookup.open"), href=ask.view.link(people="find"), className="choice")]


def _title(ask: Ask) -> html.H2:
    return html.H2(ask.t("lookup.title"), className="panel-title case-head")


def _search_box(ask: Ask) -> Input:
    label = ask.t("lookup.search")
    return Input(
        id="people-text",
        type="search",
        placeholder=label,
        title=label,
        maxLength=LONGEST_FIND,
        autoComplete="off",
        className="find-text people-text",
    )


def _conditions(ask: Ask, sight: Sight, looked: Looked) -> html.Div:
    """What persons must be, to be switched on and off; open tags that are carried most among them."""
    words = [(one, ask.t(f"lookup.{one}")) for one in (*AGES, *HOMES, *UNSEEN)]
    if sight.persons.everything or sight.persons.codes:
        tags = common_tags(ask.site, sight.sensitivity, looked.conditions, duties=sight.duties)
        words += [(code, name.in_language(ask.language)) for code, name in tags]
    chips = [
        html.A(
            name,
            href=ask.view.link(people=str(looked.toggled(one))),
            className="choice" + (" is-chosen" if one in looked.conditions else ""),
        )
        for one, name in words
    ]
    return html.Div(chips, className="choices people-conditions")


def _found(ask: Ask, sight: Sight, looked: Looked) -> list[Any]:
    typed = ask.view.typed
    if looked.kind == "list":
        return _persons(ask, sight, looked, typed)
    if not typed:
        return [empty(ask, "lookup.hint")]
    if sum(sign.isdigit() for sign in read_digits(typed)) >= FEWEST_DIGITS:
        by_number = find_by_number(
            ask.site, sight.persons, typed, ask.site.keyring, as_of=ask.view.as_of
        )
        if by_number.rows:
            return [*_group(ask, "persons", [_person(ask, row) for row in by_number.rows])]
    persons = find_persons(
        ask.site, sight.persons, looked.wanted(typed), as_of=ask.view.as_of, limit=MOST_FOUND
    )
    buildings = find_buildings(ask.site, sight.houses, typed, limit=MOST_FOUND)
    entities = find_entities(ask.site, sight.entities, typed, limit=MOST_FOUND)
    groups = [
        *_group(ask, "persons", [_person(ask, row) for row in persons.rows]),
        *_group(ask, "buildings", [_building(ask, row) for row in buildings.rows]),
        *_group(ask, "entities", [_entity(ask, row) for row in entities.rows]),
    ]
    return groups or [empty(ask, "lookup.none")]


def _persons(ask: Ask, sight: Sight, looked: Looked, typed: str) -> list[Any]:
    try:
        page = find_persons(
            ask.site,
            sight.persons,
            looked.wanted(typed),
            as_of=ask.view.as_of,
            after=looked.after,
            sensitivity=sight.sensitivity,
            duties=sight.duties,
        )
    except UnknownTag:
        page = PersonPage((), None)
    if not page.rows:
        return [empty(ask, "lookup.none")]
    lines = _group(ask, "persons", [_person(ask, row) for row in page.rows])
    if page.more is not None:
        more = str(looked._replace(after=page.more))
        lines.append(
            html.A(ask.t("lookup.more"), href=ask.view.link(people=more), className="choice")
        )
    return lines


def _group(ask: Ask, name: str, lines: list[Any]) -> list[Any]:
    if not lines:
        return []
    return [html.H3(ask.t(f"lookup.{name}")), html.Div(lines, className="looked-lines")]


def _person(ask: Ask, row: PersonLine) -> html.Element:
    seen = "lookup.never_seen" if row.last_visit is None else "lookup.seen"
    day = "" if row.last_visit is None else str(day_of(row.last_visit))
    told = [
        ask.word("sex", row.sex),
        ask.t("lookup.age", n=row.age),
        ask.word("household", row.household),
    ]
    return _line(
        [html.B(row.name), *(html.Span(one) for one in told if one)],
        [row.address or ask.t("lookup.no_address"), ask.t(seen, day=day)],
        ask.view.link(people=str(Looked("person", item=row.person_id))),
    )


def _building(ask: Ask, row: BuildingLine) -> html.Element:
    grid = ask.view.scope.tree.by_code.get(row.grid_code or "")
    return _line(
        [html.B(row.address), html.Span(ask.t("lookup.houses_n", n=row.houses))],
        [place_of(ask, grid.grid_id if grid else None)],
        ask.view.link(people=str(Looked("building", item=row.building_id))),
    )


def _entity(ask: Ask, row: EntityLine) -> html.Element:
    told = [row.kind and ask.word("entities", row.kind), row.industry, row.risk]
    return _line(
        [html.B(row.name), *(html.Span(one) for one in told if one)],
        [row.code, row.address or ask.t("lookup.no_address")],
        None,
    )


def _line(head: list[Any], below: list[str], href: str | None) -> html.Element:
    content = [
        html.Span(head, className="find-name"),
        html.Span([html.Span(one) for one in below], className="find-name is-muted"),
    ]
    if href is None:
        return html.Div(content, className="looked-line")
    return html.A(content, href=href, className="looked-line")
