"""Counts of the register by leaf grid, kept ready: what a screen shows of millions is read from thousands.

Whoever changes the register counts up its version here, in the same transaction; who does it otherwise
finds his screens as right and slower. `python -m data.population_tiles` holds
them against the register, `--heal` makes them anew.
"""

import argparse
import sys
import time
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
)

from data.databases import open_database
from data.engines import POPULATION, steady
from data.errors import SetupError
from data.population_tables import (
    house,
    household,
    legal_entity,
    person,
    population_setting,
    population_tile,
    population_version,
    tag_assignment,
)
from data.settings import read_settings
from data.stored_settings import read_setting, write_setting
from data.versions import bump, version_of

PART = "population"
MADE_FOR = "tiles_of_version"


class Attribute(NamedTuple):
    """By what records are counted. Ages are counted by year of birth: how old that is depends on the day."""

    code: ColumnElement[str]
    by: ColumnElement


ATTRIBUTES = {
    "birth_year": Attribute(person.c.grid_code, person.c.birth_year),
    "sex": Attribute(person.c.grid_code, person.c.sex),
    "residence": Attribute(person.c.grid_code, person.c.residence_kind),
    "tag": Attribute(tag_assignment.c.grid_code, tag_assignment.c.tag_id),
    "household": Attribute(household.c.grid_code, household.c.kind),
    "usage": Attribute(house.c.grid_code, house.c.usage),
    "entity": Attribute(legal_entity.c.grid_code, legal_entity.c.kind),
}


def bump_population(
    connection: Connection, now: int, changed: Collection[str] = tuple(ATTRIBUTES)
) -> None:
    """Count up the version of the population and count anew what the transaction changed of it.

    Tiles that were not those of the version before are all made anew: somebody wrote without telling.
    """
    before = version_of(connection, PART, population_version)
    names = changed if made_for(connection) == before else tuple(ATTRIBUTES)
    bump(connection, PART, now, population_version)
    _renew(connection, names)
    write_setting(connection, population_setting, MADE_FOR, before + 1)


def made_for(connection: Connection) -> int | None:
    """The version of the population that the tiles are of; of another one readers count for themselves."""
    held = read_setting(connection, population_setting, MADE_FOR)
    return None if held is None else int(held)


def _renew(connection: Connection, attributes: Collection[str]) -> None:
    t = population_tile.c
    for name in attributes:
        connection.execute(delete(population_tile).where(t.attribute == name))
        columns = [t.attribute, t.grid_code, t.value, t.n]
        label = literal(name).label("attribute")
        right = counted(name).subquery()
        statement = select(label, *right.c)
        connection.execute(insert(population_tile).from_select(columns, statement))


def counted(attribute: str) -> Select:
    """(leaf code, empty = 未落格; value; records), from the register itself."""
    by = ATTRIBUTES[attribute]
    code, value = func.coalesce(by.code, ""), cast(by.by, Text)
    columns = (code.label("grid_code"), value.label("value"), func.count().label("n"))
    return select(*columns).where(by.by.is_not(None)).group_by(code, value)


def differing(connection: Connection) -> dict[str, int]:
    """How many counts of an attribute are not what the register says, missing and odd ones among them."""
    t = population_tile.c
    found = {}
    for name in ATTRIBUTES:
        right = counted(name)
        held = select(t.grid_code, t.value, t.n).where(t.attribute == name)
        wrong = {
            (row[0], row[1])
            for one, other in ((right, held), (held, right))
            for row in connection.execute(one.except_(other))
        }
        if wrong:
            found[name] = len(wrong)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m data.population_tiles`; exit code 1 when something differed."""
    parser = argparse.ArgumentParser(prog="python -m data.population_tiles", description=__doc__)
    parser.add_argument("--heal", action="store_true", help="count anew what differs")
    options = parser.parse_args(arguments)
    try:
        engine = open_database(read_settings().population_database_url, POPULATION, writable=True)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    with engine.connect() as connection:
        steady(connection)
        found = differing(connection)
        stale = made_for(connection) != version_of(connection, PART, population_version)
    for name, number in found.items():
        print(f"{name}: {number:,} counts differ from the register")
    if stale:
        print("the counts are of another version of the register, so no screen reads them")
    if not found and not stale:
        print(f"{', '.join(ATTRIBUTES)}: as the register says")
    if (found or stale) and options.heal:
        with engine.begin() as connection:
            bump_population(connection, int(time.time()))
        print("counted anew")
    return 1 if found or stale else 0


if __name__ == "__main__":
    sys.exit(main())
