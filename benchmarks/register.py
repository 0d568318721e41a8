"""A register of S0's size to look people up in: 3.5 million persons, 4.9 million tags, 333 micro-grids.

Made by numpy, the same for the same numbers; built once and kept in var/benchmarks. Names, addresses
and tags are drawn as the demo's are; companies and visits stand in the same proportion.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from benchmarks.register_rows import fill_register
from data import bulk
from data.case_tables import site_setting
from data.databases import open_database
from data.demo.workplace import UNSAFE_BUT_FAST, remove_sqlite
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.migrate import migrate
from data.population_tables import (
    building,
    house,
    household,
    legal_entity,
    person,
    population_metadata,
    population_setting,
    tag_assignment,
    visit,
)
from data.settings import project_folder
from data.stored_settings import read_setting, write_setting

FORMAT = 2
MARK = "benchmark_register"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Register:
    """Where it is; `records` in all tables; `built_seconds` is 0 if it was there already."""

    case_url: str
    population_url: str
    people: int
    built_seconds: float = 0.0

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return register_folder(self.people)


def register_folder(people: int) -> Path:
    """Where a register of so many persons is kept."""
    return project_folder() / "var" / "benchmarks" / f"register_{people}"


def make_register(people: int, tell: Tell) -> Register:
    """The register, built if it is not there yet or is of an older program."""
    folder = register_folder(people)
    urls = [f"sqlite:///{folder}/{kind}.sqlite" for kind in (CASE, POPULATION)]
    register = Register(urls[0], urls[1], people)
    if _stands(register):
        return register
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    for kind in (CASE, POPULATION):
        remove_sqlite(folder / f"{kind}.sqlite")
    _write_case(urls[0])
    engine = engine_for(urls[1], POPULATION, writable=True)
    migrate(engine, POPULATION)
    with engine.connect() as connection:
        for setting in ("journal_mode = DELETE", *UNSAFE_BUT_FAST):
            connection.exec_driver_sql(f"PRAGMA {setting}")
        connection.commit()
        with connection.begin():
            for table in population_metadata.sorted_tables:
                for index in table.indexes:
                    index.drop(connection)
            fill_register(connection, people, tell)
        with connection.begin():
            tell("indexes")
            for table in population_metadata.sorted_tables:
                for index in sorted(table.indexes, key=lambda one: str(one.name)):
                    index.create(connection)
            bulk.analyse(connection)
            write_setting(connection, population_setting, MARK, [FORMAT, people])
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    engine.dispose()
    return Register(urls[0], urls[1], people, round(time.monotonic() - began, 1))


def _stands(register: Register) -> bool:
    try:
        engine = open_database(register.population_url, POPULATION)
        with engine.connect() as connection:
            held = read_setting(connection, population_setting, MARK)
        engine.dispose()
        open_database(register.case_url, CASE).dispose()
    except SetupError:
        return False
    return bool(held == [FORMAT, register.people])


def _write_case(address: str) -> None:
    """A case database that says no more than where the site is."""
    engine = engine_for(address, CASE, writable=True)
    migrate(engine, CASE)
    with engine.begin() as connection:
        write_setting(connection, site_setting, "zone", "Asia/Shanghai")
        write_setting(connection, site_setting, "name", ["基准街道", "Benchmark street"])
    engine.dispose()


def records(connection: Connection) -> dict[str, int]:
    """Rows of each table that is looked into."""
    tables = (building, house, household, person, legal_entity, tag_assignment, visit)
    return {
        one.name: int(connection.execute(select(func.count()).select_from(one)).scalar_one())
        for one in tables
    }
