"""Cities of any number of cases to measure on: the demo city at its whole size, its cases multiplied.

Built once and kept: in var/benchmarks as SQLite files, as databases `grid_bench_…` of a PostgreSQL
server, or copied from SQLite to ClickHouse. Grids, people and work besides cases are those of the demo city.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.copies import multiply
from benchmarks.serving import CannotRun
from data.case_tables import site_setting
from data.copy.__main__ import copy
from data.databases import open_database
from data.days import epoch_of
from data.demo.build import build_demo
from data.demo.stores import Build, build_of, sqlite_file
from data.demo.workplace import UNSAFE_BUT_FAST, remove_sqlite
from data.dialect import CLICKHOUSE, EMBEDDED, is_sqlite
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError, first_line
from data.settings import project_folder
from data.stored_settings import read_setting, write_setting
from data.tiles.build import make_first

NOW = epoch_of("2026-11-20T14:05", "Asia/Shanghai")
"""Every large city stands at this instant, so that a run can be repeated."""
SEED = 17
FORMAT = 3
MARK = "large_city"
PREFIX = "grid_bench_"
ENGINES = ("sqlite", "postgresql", "clickhouse")

STATE_BYTES, LOG_BYTES = 2_700, 650
"""Bytes of disk per case in SQLite: states, paths, indexes and tiles; events and surveys (measured)."""
SPARE = 1.2
"""Sorting for an index needs room besides."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class LargeCity:
    """Where a city is, and the one it was made from; `built_seconds` is 0 if it was there already."""

    cases: int
    case_url: str
    population_url: str
    own_url: str
    built_seconds: float = 0.0

    @property
    def engine(self) -> str:
        """Which of ENGINES holds it."""
        name = make_url(self.case_url).get_backend_name()
        return "clickhouse" if name in (CLICKHOUSE, EMBEDDED) else name

    def file_bytes(self) -> int | None:
        """Size of the case database; None on a server."""
        file = sqlite_file(self.case_url)
        return None if file is None else file.stat().st_size


@dataclass(frozen=True)
class Place:
    """Which city, on what, and where what is built is kept; `size` is that of the demo city."""

    cases: int
    engine: str = "sqlite"
    url: str | None = None
    with_log: bool = False
    size: str = "full"
    folder: Path = project_folder() / "var" / "benchmarks"

    @property
    def name(self) -> str:
        """What the city is kept under."""
        small = "" if self.size == "full" else f"{self.size}_"
        return f"{small}{self.cases}{'_log' if self.with_log else ''}"

    @property
    def mark(self) -> dict[str, object]:
        """What a finished city says of itself."""
        return {"cases": self.cases, "log": self.with_log, "size": self.size, "format": FORMAT}


def large_city(place: Place, tell: Tell = lambda _: None) -> LargeCity:
    """The city, built if it is not there yet; `tell` hears of each step. Raises CannotRun."""
    if place.engine == "sqlite":
        return _on_sqlite(place, tell)
    if place.engine == "clickhouse":
        return _on_clickhouse(place, tell)
    if not place.url:
        raise CannotRun(
            "PostgreSQL is measured on a server of yours: --url postgresql://USER:PASSWORD@HOST/NAME "
            f"with a user that may create databases (they are called {PREFIX}…)."
        )
    return _on_postgresql(place, place.url, tell)


@contextmanager
def scratch(city: LargeCity) -> Iterator[str]:
    """The address of a copy of the city's case database, to be written to; removed at the end."""
    if city.engine == "clickhouse":
        raise CannotRun("ClickHouse is read from: what is written goes into one of the others.")
    if city.engine == "sqlite":
        file = _checkpointed(city.case_url)
        copied = file.with_name("scratch_" + file.name)
        remove_sqlite(copied)
        try:
            shutil.copyfile(file, copied)
            yield _address(copied)
        finally:
            remove_sqlite(copied)
        return
    url = make_url(city.case_url)
    name = f"{PREFIX}scratch"
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as server:
        server.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        server.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"'))
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            # After an error a connection may still be open, and must not hide what went wrong.
            server.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def progress(started: float) -> Tell:
    """Prints each step with the seconds since `started` (time.monotonic), for people who wait."""

    def tell(step: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {step}", file=sys.stderr, flush=True)

    return tell


def _on_sqlite(place: Place, tell: Tell) -> LargeCity:
    folder = place.folder
    own = _address(folder / f"city_{place.size}.sqlite")
    people = _address(folder / f"people_{place.size}.sqlite")
    file = folder / f"case_{place.name}.sqlite"
    if file.exists() and _holds(_address(file), place):
        return LargeCity(place.cases, _address(file), people, own)
    started = time.monotonic()
    _check_room(place)
    folder.mkdir(parents=True, exist_ok=True)
    _build_own(own, people, place, tell)
    fresh = file.with_name(file.name + ".building")
    remove_sqlite(fresh)
    shutil.copyfile(_checkpointed(own), fresh)
    engine = engine_for(_address(fresh), CASE, writable=True)
    try:
        with engine.connect() as connection:
            for setting in ("journal_mode = DELETE", *UNSAFE_BUT_FAST):
                connection.exec_driver_sql(f"PRAGMA {setting}")
            _fill(connection, place, tell)
    except BaseException:
        engine.dispose()
        remove_sqlite(fresh)
        raise
    engine.dispose()
    remove_sqlite(file)
    fresh.replace(file)
    return LargeCity(place.cases, _address(file), people, own, round(time.monotonic() - started, 1))


def _on_clickhouse(place: Place, tell: Tell) -> LargeCity:
    """A copy of the city on SQLite: on a server (an empty database of its own), or inside this process."""
    city = _on_sqlite(place, tell)
    folder = place.folder / f"clickhouse_{place.name}"
    address = place.url or f"{EMBEDDED}://{folder}"
    try:
        if (place.url or folder.exists()) and _holds(address, place):
            return replace(city, case_url=address, built_seconds=0.0)
        started = time.monotonic()
        if not place.url:
            shutil.rmtree(folder, ignore_errors=True)
        tell("the copy on ClickHouse")
        if copy(city.case_url, address):
            raise CannotRun("what came to ClickHouse is not what the city holds.")
    except SetupError as error:
        raise CannotRun(str(error)) from error
    took = round(city.built_seconds + time.monotonic() - started, 1)
    return replace(city, case_url=address, built_seconds=took)


def _on_postgresql(place: Place, url: str, tell: Tell) -> LargeCity:
    def address(name: str) -> str:
        held = make_url(url).set(drivername="postgresql+psycopg", database=PREFIX + name)
        return held.render_as_string(hide_password=False)

    own, people = (address(f"{what}_{place.size}") for what in ("city", "people"))
    target = address(place.name)
    admin = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    try:
        with admin.connect() as server:
            known = set(server.execute(text("SELECT datname FROM pg_database")).scalars())
            if PREFIX + place.name in known and _holds(target, place):
                return LargeCity(place.cases, target, people, own)
            started = time.monotonic()
            for held in (own, people):
                if make_url(held).database not in known:
                    _create(server, held)
            _build_own(own, people, place, tell)
            server.execute(text(f'DROP DATABASE IF EXISTS "{PREFIX}{place.name}"'))
            _create(server, target, like=make_url(own).database)
    except SQLAlchemyError as error:
        reason = first_line(error.__cause__ or error)
        raise CannotRun(f"--url: the server does not do what is needed ({reason}).") from error
    finally:
        admin.dispose()
    engine = engine_for(target, CASE, writable=True)
    with engine.connect() as connection:
        _fill(connection, place, tell)
    engine.dispose()
    return LargeCity(place.cases, target, people, own, round(time.monotonic() - started, 1))


def _create(server: Connection, address: str, *, like: str | None = None) -> None:
    template = f' TEMPLATE "{like}"' if like else ""
    server.execute(text(f'CREATE DATABASE "{make_url(address).database}"{template}'))


def _build_own(own: str, people: str, place: Place, tell: Tell) -> None:
    """The demo city itself, whose cases are multiplied; built once."""
    wanted = Build(place.size, SEED, NOW)
    try:
        if build_of(own, CASE) == wanted == build_of(people, POPULATION):
            open_database(own, CASE).dispose()
            return
    except SetupError:
        tell("the demo city is of an older program")
    tell("the demo city")
    place.folder.mkdir(parents=True, exist_ok=True)
    plan = place.folder / "plan.sqlite"
    build_demo(own, people, size=place.size, seed=SEED, now=NOW, plan_path=plan)


def _fill(connection: Connection, place: Place, tell: Tell) -> None:
    multiply(connection, place.cases, with_log=place.with_log, tell=tell)
    zone = str(read_setting(connection, site_setting, "zone"))
    tell("tiles, as a load of so many cases makes them")
    if is_sqlite(connection):  # helpers read while this process writes
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    make_first(connection, zone, NOW, committed=True, between=connection.commit)
    write_setting(connection, site_setting, MARK, place.mark)
    connection.commit()


def _holds(address: str, place: Place) -> bool:
    """Whether a database is this city, finished and of this program's tables."""
    try:
        engine: Engine = open_database(address, CASE)
        with engine.connect() as connection:
            held = read_setting(connection, site_setting, MARK)
        engine.dispose()
    except SetupError:
        return False
    return bool(held == place.mark)


def _check_room(place: Place) -> None:
    per_case = STATE_BYTES + (LOG_BYTES if place.with_log else 0)
    needed = int(place.cases * per_case * SPARE)
    there = next(f for f in (place.folder, *place.folder.parents) if f.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise CannotRun(
            f"{place.cases:,} cases need about {needed / 1e9:.1f} GB in {place.folder}, where "
            f"{free / 1e9:.1f} GB are free: ask for fewer --cases, or remove old cities there."
        )


def _checkpointed(address: str) -> Path:
    """The SQLite file, with everything in it that its log may still have held."""
    engine = engine_for(address, CASE, writable=True)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    file = sqlite_file(address)
    if file is None:
        raise ValueError(f"{address} is no file")
    return file


def _address(file: Path) -> str:
    return f"sqlite:///{file}"
