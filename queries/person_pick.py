"""Which persons are looked for, and in which order of an index they are found soonest.

A page begins after the last person of the page before, and reads no further than it is full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select, tuple_

from data.days import day_of
from data.population_tables import household as h
from data.population_tables import person as p
from data.population_tables import tag_assignment as t
from data.population_tables import visit as v
from queries.area import Area
from queries.reading import cleaned
from queries.site import Site

LAST_SIGN = "\U0010ffff"
FIRST_AGE, LAST_AGE = 0, 150

Columns = tuple[ColumnElement[Any], ...]
Place = tuple[Any, ...]


@dataclass(frozen=True)
class Wanted:
    """What persons are looked for; all of it must hold.

    name: what it begins with. tags: codes. at_least: years of age. household: its kind (独居, 空巢).
    not_visited: days without 走访.
    """

    name: str = ""
    tags: tuple[str, ...] = ()
    at_least: int | None = None
    household: str = ""
    not_visited: int | None = None


@dataclass(frozen=True)
class Ask:
    """Wanted, with the tags' ids and the day number of today."""

    wanted: Wanted
    tags: tuple[int, ...]
    today: int

    @property
    def year(self) -> int:
        """This year: ages are counted by years of birth."""
        return day_of(self.today).year

    @property
    def born_until(self) -> int | None:
        """The last year of birth that is old enough."""
        age = self.wanted.at_least
        return None if age is None else self.year - min(max(age, FIRST_AGE), LAST_AGE)


@dataclass(frozen=True)
class _Start:
    """The person that the page before ended with."""

    person_id: int
    grid_code: str | None
    household_id: int
    birth_year: int
    name: str | None


def pick_persons(
    connection: Connection, site: Site, area: Area, ask: Ask, after: int | None, limit: int
) -> list[int]:
    """Ids of the persons of a page, in its order; none after a person who is not in the area."""
    start = _start(connection, area, after)
    if after is not None and start is None:
        return []
    if ask.wanted.name:
        return _by_name(connection, area, ask, start, limit)
    columns, statement = _driver(site, ask)
    at: Place | None = None
    if start is not None:
        known = {
            "person_id": start.person_id,
            "subject_id": start.person_id,
            "grid_code": start.grid_code,
            "household_id": start.household_id,
            "birth_year": start.birth_year,
        }
        at = tuple(known[str(column.key)] for column in columns)
    return _in_order(connection, area, statement, columns, at, limit)


def _driver(site: Site, ask: Ask) -> tuple[Columns, Select[Any]]:
    """The columns of the index that holds the fewest to look at, and the ids to read by it."""
    carried = sizes(site) if ask.tags or ask.wanted.household else {}
    rarest = min(ask.tags, key=lambda one: carried.get(one, 0), default=None)
    kind = ask.wanted.household
    if rarest is not None and (not kind or carried.get(rarest, 0) <= carried.get(kind, 0)):
        columns: Columns = (t.c.grid_code, t.c.subject_id)
        statement = select(t.c.subject_id).where(t.c.tag_id == rarest)
        return columns, statement.where(*_of_tagged(ask, rarest))
    statement = select(p.c.person_id).where(*_of_person(ask))
    if kind:
        columns = (h.c.grid_code, h.c.household_id, p.c.person_id)
        joined = statement.join(h, h.c.household_id == p.c.household_id)
        return columns, joined.where(h.c.kind == kind)
    return (p.c.grid_code, p.c.birth_year, p.c.person_id), statement


def sizes(site: Site) -> Mapping[int | str, int]:
    """How many persons carry each tag (by id) and how many households are of each kind (by kind)."""

    def read() -> dict[int | str, int]:
        tags = select(t.c.tag_id, func.count()).group_by(t.c.tag_id)
        kinds = select(h.c.kind, func.count()).group_by(h.c.kind)
        with site.population.connect() as connection:
            return {key: n for one in (tags, kinds) for key, n in connection.execute(one)}

    return site.keep("tag sizes", site.population_version(), read)


def _start(connection: Connection, area: Area, after: int | None) -> _Start | None:
    if after is None:
        return None
    columns = (p.c.person_id, p.c.grid_code, p.c.household_id, p.c.birth_year, p.c.name)
    row = connection.execute(select(*columns).where(p.c.person_id == after)).first()
    return _Start(*row) if row is not None and area.holds(row.grid_code) else None


def _in_order(
    connection: Connection,
    area: Area,
    statement: Select[Any],
    columns: Columns,
    at: Place | None,
    limit: int,
) -> list[int]:
    """Ids in the order of the columns, the first of which is the grid's code; in no grid comes last."""
    code, rest = columns[0], columns[1:]
    found: list[int] = []

    def take(inside: ColumnElement[bool], order: Columns, beyond: Place | None) -> bool:
        one = statement.where(inside).order_by(*order).limit(limit - len(found))
        if beyond is not None:
            one = one.where(tuple_(*order) > tuple_(*beyond))
        found.extend(connection.execute(one).scalars())
        return len(found) >= limit

    if at is None or at[0] is not None:
        stretches = [None] if area.everything else area.stretches(at[0] if at else None)
        for codes in stretches:
            if take(code.is_not(None) if codes is None else code.in_(codes), columns, at):
                return found
        at = None
    if area.everything:
        take(code.is_(None), rest, at and at[1:])
    return found


def _by_name(
    connection: Connection, area: Area, ask: Ask, start: _Start | None, limit: int
) -> list[int]:
    name = "".join(cleaned(ask.wanted.name).split())
    if not name:
        return []
    statement = select(p.c.person_id).where(p.c.name >= name, p.c.name < name + LAST_SIGN)
    statement = statement.where(area.condition(p.c.grid_code), *_of_person(ask))
    if ask.wanted.household:
        statement = statement.where(_is_household(ask, p.c.household_id))
    if start is not None:
        beyond = tuple_(p.c.name, p.c.person_id) > tuple_(start.name or "", start.person_id)
        statement = statement.where(beyond)
    statement = statement.order_by(p.c.name, p.c.person_id).limit(limit)
    return list(connection.execute(statement).scalars())


def _of_person(ask: Ask) -> list[ColumnElement[bool]]:
    """The conditions but that on the kind of household, where `person` is read anyway."""
    found = [_carries(p.c.person_id, one) for one in ask.tags]
    return found + _aged(ask)


def _aged(ask: Ask) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if ask.born_until is not None:
        found.append(p.c.birth_year <= ask.born_until)
    if ask.wanted.not_visited is not None:
        found.append(_unvisited(ask, p.c.household_id))
    return found


def _of_tagged(ask: Ask, driver: int) -> list[ColumnElement[bool]]:
    """The conditions where a tag's assignments are read: the person is looked up for what is left."""
    found = [_carries(t.c.subject_id, one) for one in ask.tags if one != driver]
    own = _aged(ask)
    if ask.wanted.household:
        own.append(_is_household(ask, p.c.household_id))
    if own:
        found.append(exists().where(and_(p.c.person_id == t.c.subject_id, *own)))
    return found


def _carries(person_id: ColumnElement[int], tag_id: int) -> ColumnElement[bool]:
    other = t.alias()
    return exists().where(other.c.tag_id == tag_id, other.c.subject_id == person_id)


def _unvisited(ask: Ask, household_id: ColumnElement[int]) -> ColumnElement[bool]:
    since = ask.today - (ask.wanted.not_visited or 0)
    home = and_(v.c.subject == "household", v.c.subject_id == household_id)
    return ~exists().where(home, v.c.day > since, v.c.day <= ask.today)


def _is_household(ask: Ask, household_id: ColumnElement[int]) -> ColumnElement[bool]:
    other = h.alias()
    same = other.c.household_id == household_id
    return exists().where(same, other.c.kind == ask.wanted.household)
