"""The cards of a person, a building and a house: masked, with the way from an address to its cases."""

from typing import Any

from dashboard import html
from dashboard.drawing import empty, fact_list
from dashboard.looked import Looked
from dashboard.panel import Ask
from dashboard.sight import Sight
from dashboard.wording import grid_name
from data.days import day_of
from queries.area import NOTHING
from queries.case_rows import CaseRow
from queries.exclusive import grid_file
from queries.lookup import HouseLine, building_line, cases_at, house_line, houses_of, residents_of
from queries.person_lookup import PersonLine, person_card

MOST_CASES = 10


def missing(ask: Ask) -> list[Any]:
    """There is no such record, or it may not be seen: which of the two is not said."""
    return [empty(ask, "lookup.missing")]


def person_page(ask: Ask, sight: Sight, person_id: int) -> list[Any]:
    """What is on record of a person, masked."""
    card = person_card(
        ask.site,
        sight.persons,
        person_id,
        ask.site.keyring,
        as_of=ask.view.as_of,
        sensitivity=sight.sensitivity,
        duties=sight.duties,
    )
    if card is None:
        return missing(ask)
    line = card.line
    facts = [
        ("sex", ask.word("sex", line.sex)),
        ("age", ask.t("lookup.age", n=line.age)),
        ("residence", ask.word("residence", card.residence)),
        ("household", ask.word("household", line.household) or "—"),
        (
            "address",
            _opened(ask, sight, line, "address", _to_house(ask, line.address, card.house_id)),
        ),
        ("phone", _opened(ask, sight, line, "phone", card.phone)),
        ("identity", _opened(ask, sight, line, "identity", card.identity)),
        ("last_visit", _day(line.last_visit)),
        ("verified", _day(card.verified_day)),
        *_grid_facts(ask, line.grid_code),
    ]
    tags = [html.Span(name.in_language(ask.language), className="chip") for name, _ in card.tags]
    return [
        html.Div(
            [
                html.H2(line.name, className="panel-title case-head"),
                *_ways(ask, sight, line, "name"),
            ],
            className="opened",
        ),
        html.Div(fact_list(ask, "lookup_card", facts), className="card-facts"),
        html.H3(ask.t("lookup.tags")),
        html.Div(tags, className="chips") if tags else empty(ask, "lookup.no_tags"),
    ]


def _opened(ask: Ask, sight: Sight, line: PersonLine, part: str, shown: Any) -> Any:
    """A masked part with the ways to see it in plain or to call it; a dash where none is known."""
    return html.Span([shown, *_ways(ask, sight, line, part)], className="opened") if shown else "—"


def _ways(ask: Ask, sight: Sight, line: PersonLine, part: str) -> list[html.A]:
    """Links to pages of their own: what is drawn here is kept for all who see the same."""
    ways = []
    if sight.unmasked.holds(line.grid_code):
        where = f"/unmask/{line.person_id}/{part}?lang={ask.language}"
        ways.append(html.A(ask.t("unmask.open"), href=where, className="choice"))
    if part == "phone" and sight.called.holds(line.grid_code):
        where = f"/call/{line.person_id}"
        ways.append(html.A(ask.t("unmask.call"), href=where, className="choice"))
    return ways


def building_card(ask: Ask, sight: Sight, building_id: int) -> list[Any]:
    """A building: its houses, and the cases that were reported there."""
    line = building_line(ask.site, sight.houses, building_id)
    houses = houses_of(ask.site, sight.houses, building_id)
    if line is None or houses is None:
        return missing(ask)
    cases = cases_at(
        ask.site, sight.houses, building_id, ask.view.scope, as_of=ask.view.as_of, limit=MOST_CASES
    )
    rooms = [_room(ask, one, told=sight.persons != NOTHING) for one in houses]
    return [
        html.H2(line.address, className="panel-title case-head"),
        html.Div(
            fact_list(ask, "lookup_card", _grid_facts(ask, line.grid_code)), className="card-facts"
        ),
        html.H3(ask.t("lookup.houses")),
        html.Div(rooms, className="looked-lines is-rooms") if rooms else empty(ask, "lookup.none"),
        *_cases(ask, cases),
    ]


def _room(ask: Ask, one: HouseLine, *, told: bool) -> html.A:
    """A house of a building; how many live there is for those who may see persons."""
    below = ask.t("lookup.people_n", n=one.people) if told else ""
    return html.A(
        [
            html.Span(
                [html.B(one.room or "—"), ask.word("usage", one.usage)], className="find-name"
            ),
            html.Span(below, className="find-name is-muted"),
        ],
        href=ask.view.link(people=str(Looked("house", item=one.house_id))),
        className="looked-line",
    )


def house_card(ask: Ask, sight: Sight, house_id: int) -> list[Any]:
    """A house: what it is, and who is registered there as far as persons may be seen."""
    line = house_line(ask.site, sight.houses, house_id)
    if line is None:
        return missing(ask)
    address, building_id, one = line
    facts = [
        (
            "building",
            _to(ask, address, Looked("building", item=building_id)) if building_id else "—",
        ),
        ("usage", ask.word("usage", one.usage)),
        ("built", "—" if one.built_year is None else str(one.built_year)),
        ("heritage", ask.t("grid_card.yes" if one.heritage else "grid_card.no")),
        ("verified", _day(one.verified_day)),
    ]
    year = day_of(ask.site.today(ask.view.as_of)).year
    residents = residents_of(ask.site, sight.persons, house_id, year) or ()
    people = [
        html.A(
            [
                html.B(who.name),
                html.Span(ask.word("sex", who.sex)),
                html.Span(ask.t("lookup.age", n=who.age)),
                html.Span(ask.word("household", who.household)),
            ],
            href=ask.view.link(people=str(Looked("person", item=who.person_id))),
            className="looked-line find-name",
        )
        for who in residents
    ]
    return [
        html.H2(f"{address} {one.room}", className="panel-title case-head"),
        html.Div(fact_list(ask, "lookup_card", facts), className="card-facts"),
        html.H3(ask.t("lookup.persons")),
        html.Div(people, className="looked-lines") if people else empty(ask, "lookup.nobody"),
    ]


def _cases(ask: Ask, cases: tuple[CaseRow, ...]) -> list[Any]:
    lines = [
        html.A(
            [
                html.Span(html.B(row.title), className="find-name"),
                html.Span(
                    [html.Span(ask.t(f"light.{row.light}")), html.Span(ask.time(row.reported_at))],
                    className="find-name is-muted",
                ),
            ],
            href=ask.view.link(case=row.code),
            className="looked-line",
        )
        for row in cases
    ]
    held = html.Div(lines, className="looked-lines") if lines else empty(ask, "lookup.no_cases")
    return [html.H3(ask.t("lookup.cases")), held]


def _grid_facts(ask: Ask, code: str | None) -> list[tuple[str, Any]]:
    """The grid with the way to its card, and who heads it."""
    grid = ask.view.scope.tree.by_code.get(code or "")
    if grid is None:
        return [("grid", ask.t("grid.unlocated"))]
    way = html.A(
        grid_name(ask, grid), href=ask.view.link(about=grid.code, people=None), className="choice"
    )
    head = grid_file(ask.site, grid.grid_id, as_of=ask.view.as_of).head
    return [("grid", way), ("head", head.name if head is not None and head.name else "—")]


def _to_house(ask: Ask, address: str, house_id: int | None) -> Any:
    if house_id is None:
        return address or "—"
    return _to(ask, address or "—", Looked("house", item=house_id))


def _to(ask: Ask, words: str, looked: Looked) -> html.A:
    return html.A(words, href=ask.view.link(people=str(looked)), className="choice")


def _day(number: int | None) -> str:
    return "—" if number is None else str(day_of(number))
