"""Finds persons by name, by number, or by tags, age, household and last visit; always inside an area.

A page begins after the last person of the page before (no counting, no skipping): the caller keeps an
id, never a name. What is given is masked. An id outside the area is answered as one that there is not.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select, union

from data.encryption import CannotOpen, Keyring
from data.population_tables import (
    building,
    house,
    household,
    person_secret,
    tag,
    tag_assignment,
    visit,
)
from data.population_tables import person as p
from data.rekey import column_name
from queries.area import Area
from queries.masking import mask_address, mask_identity, mask_name, mask_phone
from queries.person_pick import Ask, Wanted, pick_persons, sizes
from queries.reading import cleaned, read_digits
from queries.site import Site
from queries.words import Words

__all__ = ["Wanted", "common_tags", "find_by_number", "find_persons", "is_person_in", "person_card"]

PAGE = 50
UNREADABLE = "?"
MOST_ALIKE = 500
"""Persons that may have given the same number, such as that of a home."""
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
class PersonCard:
    """One person, masked: what a list tells, with numbers, tags and when the record was verified.

    phone, identity: masked; "" where none is known. tags: (name, sensitivity), as far as may be seen.
    house_id: where the household lives.
    """

    line: PersonLine
    phone: str
    identity: str
    residence: str
    tags: tuple[tuple[Words, int], ...]
    verified_day: int | None
    house_id: int | None


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
    duties: Collection[str] = (),
) -> PersonPage:
    """A page of persons. sensitivity: up to which tags may be asked for, and of which classes (duties)
    all of them; raises UnknownTag beyond.
    """
    tags = _tag_ids(site, wanted.tags, sensitivity, duties)
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
    s = person_secret.c
    # Each by its own index: with OR between them all persons would be looked through.
    same = [
        select(s.person_id).where(column.in_(keyring.find(plain, column_name(name))))
        for name, column in (("identity", s.identity_hash), ("phone", s.phone_hash))
    ]
    ask = Ask(Wanted(), (), site.today(as_of))
    with site.population.connect() as connection:
        ids = list(connection.execute(union(*same)).scalars()) if plain else []
        statement = select(p.c.person_id).where(p.c.person_id.in_(sorted(ids)[:MOST_ALIKE]))
        statement = statement.where(area.condition(p.c.grid_code)).order_by(p.c.person_id)
        found = list(connection.execute(statement.limit(PAGE)).scalars()) if ids else []
        return PersonPage(_lines(connection, found, ask), None)


def person_card(
    site: Site,
    area: Area,
    person_id: int,
    keyring: Keyring,
    *,
    as_of: int,
    sensitivity: int = OPEN_TAGS,
    duties: Collection[str] = (),
) -> PersonCard | None:
    """A person by id, masked; None for one who is not in the area. A number that cannot be opened shows as `?`."""
    s = person_secret.c
    statement = (
        select(p, s.phone_sealed, s.identity_sealed, household.c.house_id)
        .select_from(p)
        .outerjoin(person_secret, s.person_id == p.c.person_id)
        .outerjoin(household, household.c.household_id == p.c.household_id)
        .where(p.c.person_id == person_id, area.condition(p.c.grid_code))
    )
    carried = (
        select(tag.c.name, tag.c.name_en, tag.c.sensitivity)
        .join(tag_assignment, tag_assignment.c.tag_id == tag.c.tag_id)
        .where(tag_assignment.c.subject_id == person_id, tag.c.subject == "person")
        .where(or_(tag.c.sensitivity <= sensitivity, tag.c.class_name.in_(sorted(duties))))
        .order_by(tag.c.tag_id)
    )
    with site.population.connect() as connection:
        row = connection.execute(statement).first()
        if row is None:
            return None
        lines = _lines(connection, [person_id], Ask(Wanted(), (), site.today(as_of)))
        tags = [(Words(x.name, x.name_en), x.sensitivity) for x in connection.execute(carried)]
    return PersonCard(
        line=lines[0],
        phone=_masked(keyring, row.phone_sealed, "phone", person_id, mask_phone),
        identity=_masked(keyring, row.identity_sealed, "identity", person_id, mask_identity),
        residence=row.residence_kind,
        tags=tuple(tags),
        verified_day=row.verified_day,
        house_id=row.house_id,
    )


def is_person_in(site: Site, area: Area, person_id: int) -> bool:
    """Whether there is such a person in the area."""
    statement = select(p.c.person_id).where(p.c.person_id == person_id)
    with site.population.connect() as connection:
        found = connection.execute(statement.where(area.condition(p.c.grid_code))).first()
    return found is not None


def _masked(
    keyring: Keyring,
    sealed: str | None,
    part: str,
    person_id: int,
    mask: Callable[[str], str],
) -> str:
    try:
        return mask(keyring.open(sealed, column_name(part), person_id)) if sealed else ""
    except CannotOpen:
        return UNREADABLE


def common_tags(
    site: Site,
    sensitivity: int,
    besides: Sequence[str] = (),
    limit: int = 12,
    duties: Collection[str] = (),
) -> list[tuple[str, Words]]:
    """Code and name of the tags of persons that may be asked for and are carried most, and those `besides`.

    Those of a duty are all among them.
    """
    known = {code: one for code, one in _tags(site).items() if _is_open(one, sensitivity, duties)}
    carried = sizes(site)
    most = sorted(known, key=lambda code: -carried.get(known[code].tag_id, 0))[:limit]
    most += [code for code, one in known.items() if one.class_name in duties and code not in most]
    most += [code for code in besides if code in known and code not in most]
    return [(code, known[code].name) for code in most]


class _Tag(NamedTuple):
    tag_id: int
    sensitivity: int
    name: Words
    class_name: str


def _is_open(one: _Tag, sensitivity: int, duties: Collection[str]) -> bool:
    return one.sensitivity <= sensitivity or one.class_name in duties


def _tags(site: Site) -> dict[str, _Tag]:
    def read() -> dict[str, _Tag]:
        with site.population.connect() as connection:
            rows = connection.execute(select(tag).where(tag.c.subject == "person")).all()
        return {
            x.code: _Tag(x.tag_id, x.sensitivity, Words(x.name, x.name_en), x.class_name)
            for x in rows
        }

    return site.keep("person tags", site.population_version(), read)


def _tag_ids(
    site: Site, codes: Sequence[str], sensitivity: int, duties: Collection[str]
) -> tuple[int, ...]:
    known = _tags(site) if codes else {}
    for code in codes:
        if code not in known or not _is_open(known[code], sensitivity, duties):
            raise UnknownTag(code)
    return tuple(dict.fromkeys(known[code].tag_id for code in codes))


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
