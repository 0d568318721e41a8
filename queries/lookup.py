"""Finds addresses, houses and companies, and what belongs to an address; always inside an area.

Any piece of an address is found by reading all buildings, some twenty houses each: the same on every
engine, without an extension (docs/scale.md has what that takes). An id outside the area is answered as
one that there is not.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select

from data.addresses import plain_address
from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from data.counters import AS_OF
from data.load.uscc import is_uscc
from data.population_tables import building as b
from data.population_tables import house, legal_entity
from data.population_tables import household as h
from data.population_tables import person as p
from queries.area import Area
from queries.case_rows import CaseRow, joined, read_rows
from queries.masking import mask_address, mask_name
from queries.paths import below
from queries.reading import cleaned
from queries.scope import Scope
from queries.site import Site

PAGE = 50
MOST_PERSONS = 500


@dataclass(frozen=True)
class BuildingLine:
    """An address with the number of its houses that are known."""

    building_id: int
    address: str
    grid_code: str | None
    houses: int


@dataclass(frozen=True)
class HouseLine:
    """A house of a building. verified_day: day number; people: how many are registered there."""

    house_id: int
    room: str
    usage: str
    heritage: bool
    built_year: int | None
    verified_day: int | None
    people: int


@dataclass(frozen=True)
class Resident:
    """Who is registered in a house, masked."""

    person_id: int
    name: str
    sex: str
    age: int
    household: str


@dataclass(frozen=True)
class EntityLine:
    """A company, shop or public body; these are public records (统一社会信用代码)."""

    entity_id: int
    code: str
    name: str
    kind: str
    industry: str | None
    address: str | None
    grid_code: str | None
    risk: str | None
    verified_day: int | None


@dataclass(frozen=True)
class Page:
    """Some lines; `more` is the id to go on after, None at the end."""

    rows: tuple[Any, ...]
    more: int | None


def find_buildings(site: Site, area: Area, text: str, *, after: int = 0, limit: int = PAGE) -> Page:
    """Buildings whose address holds every word of the text; with a room or door, the building of it."""
    words = [plain for plain in map(plain_address, text.split()) if plain]
    if not words or _is_empty(area):
        return Page((), None)
    page = _buildings(site, area, _holds_all(words), after, limit)
    if page.rows or after:
        return page
    code = _building_of_code(site, area, cleaned(text).strip())
    if code is not None:
        return _buildings(site, area, b.c.building_id == code, after, limit)
    shorter = plain_address(mask_address(text))
    if shorter and shorter != "".join(words):
        return _buildings(site, area, _holds_all([shorter]), after, limit)
    return page


def building_line(site: Site, area: Area, building_id: int) -> BuildingLine | None:
    """A building by id; None for one that is not in the area."""
    rows = _buildings(site, area, b.c.building_id == building_id, 0, 1).rows
    return rows[0] if rows else None


def house_line(site: Site, area: Area, house_id: int) -> tuple[str, int | None, HouseLine] | None:
    """Address to the building, the building's id, and the house; None for one that is not in the area."""
    statement = (
        select(house, b.c.address, _people_of_house().label("people"))
        .outerjoin(b, b.c.building_id == house.c.building_id)
        .where(house.c.house_id == house_id, area.condition(house.c.grid_code))
    )
    with site.population.connect() as connection:
        row = connection.execute(statement).first()
    return None if row is None else (row.address or "", row.building_id, _house(row))


def houses_of(site: Site, area: Area, building_id: int) -> tuple[HouseLine, ...] | None:
    """The houses of a building by room; None for a building that is not in the area."""
    statement = select(house, _people_of_house().label("people")).where(
        house.c.building_id == building_id, area.condition(house.c.grid_code)
    )
    with site.population.connect() as connection:
        at = connection.execute(select(b.c.grid_code).where(b.c.building_id == building_id)).first()
        if at is None or not area.holds(at.grid_code):
            return None
        rows = connection.execute(statement.order_by(house.c.room, house.c.house_id)).all()
    return tuple(map(_house, rows))


def _people_of_house() -> ScalarSelect[int]:
    tables = h.join(p, p.c.household_id == h.c.household_id)
    counted = select(func.count()).select_from(tables).where(h.c.house_id == house.c.house_id)
    return counted.scalar_subquery()


def _house(row: Any) -> HouseLine:
    return HouseLine(
        row.house_id,
        row.room or "",
        row.usage,
        bool(row.heritage),
        row.built_year,
        row.verified_day,
        row.people,
    )


def residents_of(site: Site, area: Area, house_id: int, year: int) -> tuple[Resident, ...] | None:
    """Who is registered in a house, household by household; None for a house not in the area."""
    statement = (
        select(p.c.person_id, p.c.name, p.c.sex, p.c.birth_year, p.c.grid_code, h.c.kind)
        .join(h, h.c.household_id == p.c.household_id)
        .where(h.c.house_id == house_id, area.condition(p.c.grid_code))
        .order_by(h.c.household_id, p.c.birth_year, p.c.person_id)
        .limit(MOST_PERSONS)
    )
    with site.population.connect() as connection:
        at = connection.execute(
            select(house.c.grid_code).where(house.c.house_id == house_id)
        ).first()
        if at is None or not area.holds(at.grid_code):
            return None
        rows = connection.execute(statement).all()
    return tuple(
        Resident(x.person_id, mask_name(x.name or ""), x.sex, year - x.birth_year, x.kind)
        for x in rows
    )


def cases_at(
    site: Site, area: Area, building_id: int, scope: Scope, *, as_of: int, limit: int = PAGE
) -> tuple[CaseRow, ...]:
    """The cases reported at a building's address, newest first, as they stood at `as_of`.

    By address within the building's grid in the scope's hierarchy; of a building in no grid of it, none.
    """
    with site.population.connect() as connection:
        at = connection.execute(select(b).where(b.c.building_id == building_id)).first()
    grid = scope.tree.by_code.get(at.grid_code) if at is not None and at.grid_code else None
    if at is None or grid is None or not area.holds(at.grid_code):
        return ()
    of_grid = joined(scope.at(grid))
    picked = select(d.c.case_id, d.c.valid_from).select_from(of_grid)
    picked = picked.where(*below(scope.at(grid)), r.c.address_masked == at.address)
    picked = picked.where(d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF)
    order = (d.c.reported_at.desc(), d.c.case_id.desc())
    return read_rows(site, picked, order, scope, as_of, limit, 0)


def find_entities(site: Site, area: Area, text: str, *, after: int = 0, limit: int = PAGE) -> Page:
    """Companies by exact code, else those whose name or address holds every word of the text."""
    e = legal_entity.c
    words = [plain for plain in map(plain_address, text.split()) if plain]
    if not words or _is_empty(area):
        return Page((), None)
    code = "".join(words).upper()
    if is_uscc(code):
        wanted: ColumnElement[bool] = e.code == code
    else:
        wanted = and_(
            *(
                or_(
                    e.name.icontains(word, autoescape=True),
                    e.address.icontains(word, autoescape=True),
                )
                for word in words
            )
        )
    statement = select(legal_entity).where(wanted, area.condition(e.grid_code))
    statement = statement.where(e.entity_id > after).order_by(e.entity_id).limit(limit + 1)
    with site.population.connect() as connection:
        rows = connection.execute(statement).all()
    lines = tuple(
        EntityLine(
            x.entity_id,
            x.code,
            x.name,
            x.kind,
            x.industry,
            x.address,
            x.grid_code,
            x.risk,
            x.verified_day,
        )
        for x in rows[:limit]
    )
    return Page(lines, lines[-1].entity_id if len(rows) > limit else None)


def _buildings(site: Site, area: Area, wanted: ColumnElement[bool], after: int, limit: int) -> Page:
    houses = select(func.count()).where(house.c.building_id == b.c.building_id).scalar_subquery()
    statement = select(b.c.building_id, b.c.address, b.c.grid_code, houses.label("houses"))
    statement = statement.where(wanted, area.condition(b.c.grid_code))
    if after:
        statement = statement.where(b.c.building_id > after)
    statement = statement.order_by(b.c.building_id).limit(limit + 1)
    with site.population.connect() as connection:
        rows = connection.execute(statement).all()
    lines = tuple(BuildingLine(*row) for row in rows[:limit])
    return Page(lines, lines[-1].building_id if len(rows) > limit else None)


def _holds_all(words: list[str]) -> ColumnElement[bool]:
    return and_(*(b.c.plain.contains(word, autoescape=True) for word in words))


def _building_of_code(site: Site, area: Area, code: str) -> int | None:
    """The building of a house by its standard address code."""
    statement = select(house.c.building_id).where(
        house.c.address_code == code, area.condition(house.c.grid_code)
    )
    with site.population.connect() as connection:
        return connection.execute(statement).scalar()


def _is_empty(area: Area) -> bool:
    return not area.everything and not area.codes
