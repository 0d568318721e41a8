"""Finds persons by name, by number, or by tags, age, household and last visit; always inside an area.

A page begins after the last person of the page before (no counting, no skipping): the caller keeps an
id, never a name. What is given is masked. An id outside the area is answered as one that there is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from data.encryption import Keyring
from data.population_tables import building, house, household, person_secret, tag, visit
from data.population_tables import person as p
from data.rekey import column_name
from queries.area import Area
from queries.masking import mask_address, mask_name
from queries.person_pick import Ask, Wanted, pick_persons
from queries.reading import cleaned, read_digits
from queries.site import Site

__all__ = ["Wanted", "find_by_number", "find_persons"]

PAGE = 50
OPEN_TAGS = 0
"""Sensitivity of the tags that anybody may ask for who may ask for persons."""


class UnknownTag(ValueError):
    """There is no such tag, or it may not be asked for: which of the two is not said."""


@dataclass(frozen=True)
class PersonLine:
    """One person of a list, masked. last_visit: day number; None = never."""

    person_id: int
    name: str
    sex: str
    age: int
    household: str
    address: str
    grid_code: str | None
    last_visit: int | None


@dataclass(frozen=True)
class PersonPage:
    """Some persons; `more` is the id to go on after, None at the end."""

    rows: tuple[PersonLine, ...]
    more: int | None


def find_persons(
    site: Site,
    area: Area,
    wanted: Wanted,
    *,
    as_of: int,
    after: int | None = None,
    limit: int = PAGE,
    sensitivity: int = OPEN_TAGS,
) -> PersonPage:
    """A page of persons. sensitivity: up to which tags may be asked for; raises UnknownTag beyond."""
    tags = _tag_ids(site, wanted.tags, sensitivity)
    if not area.everything and not area.codes:
        return PersonPage((), None)
    ask = Ask(wanted, tags, site.today(as_of))
    with site.population.connect() as connection:
        found = pick_persons(connection, site, area, ask, after, limit + 1)
        rows = _lines(connection, found[:limit], ask)
    return PersonPage(rows, found[limit - 1] if len(found) > limit else None)


def find_by_number(
    site: Site, area: Area, number: str, keyring: Keyring, *, as_of: int
) -> PersonPage:
    """The persons with exactly this identity or telephone number, if in the area."""
    read = read_digits(cleaned(number))
    plain = "".join(sign for sign in read if sign.isascii() and sign.isalnum())
    hashes = {name: keyring.find(plain, column_name(name)) for name in ("identity", "phone")}
    s = person_secret.c
    same = or_(s.identity_hash.in_(hashes["identity"]), s.phone_hash.in_(hashes["phone"]))
    statement = select(p.c.person_id).join(person_secret, s.person_id == p.c.person_id)
    statement = statement.where(same, area.condition(p.c.grid_code)).order_by(p.c.person_id)
    ask = Ask(Wanted(), (), site.today(as_of))
    with site.population.connect() as connection:
        found = list(connection.execute(statement.limit(PAGE)).scalars()) if plain else []
        return PersonPage(_lines(connection, found, ask), None)


def _tag_ids(site: Site, codes: Sequence[str], sensitivity: int) -> tuple[int, ...]:
    def read() -> dict[str, tuple[int, int]]:
        statement = select(tag.c.code, tag.c.tag_id, tag.c.sensitivity)
        statement = statement.where(tag.c.subject == "person")
        with site.population.connect() as connection:
            return {
                row.code: (row.tag_id, row.sensitivity) for row in connection.execute(statement)
            }

    known = site.keep("person tags", site.population_version(), read) if codes else {}
    for code in codes:
        if code not in known or known[code][1] > sensitivity:
            raise UnknownTag(code)
    return tuple(dict.fromkeys(known[code][0] for code in codes))


def _lines(connection: Connection, ids: Sequence[int], ask: Ask) -> tuple[PersonLine, ...]:
    if not ids:
        return ()
    last = (
        select(func.max(visit.c.day))
        .where(visit.c.subject == "household", visit.c.subject_id == p.c.household_id)
        .where(visit.c.day <= ask.today)
        .scalar_subquery()
    )
    h = household
    statement = (
        select(p, h.c.kind, building.c.address, last.label("last_visit"))
        .outerjoin(h, h.c.household_id == p.c.household_id)
        .outerjoin(house, house.c.house_id == h.c.house_id)
        .outerjoin(building, building.c.building_id == house.c.building_id)
        .where(p.c.person_id.in_(ids))
    )
    rows = {row.person_id: row for row in connection.execute(statement)}
    return tuple(_line(rows[one], ask.year) for one in ids if one in rows)


def _line(row: Any, year: int) -> PersonLine:
    return PersonLine(
        person_id=row.person_id,
        name=mask_name(row.name or ""),
        sex=row.sex,
        age=year - row.birth_year,
        household=row.kind or "",
        address=mask_address(row.address or ""),
        grid_code=row.grid_code,
        last_visit=row.last_visit,
    )
