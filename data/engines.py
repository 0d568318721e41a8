"""Makes SQLAlchemy engines for the two databases; knows how to reach them, not their contents."""

import sqlite3
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from data.dialect import CLICKHOUSE, EMBEDDED, clickhouse_engine, is_clickhouse, is_sqlite, steady
from data.errors import SetupError
from data.settings import project_folder

__all__ = ["CASE", "POPULATION", "SOURCE", "TARGET", "VARIABLE", "engine_for", "steady"]

CASE = "case"
POPULATION = "population"
APP = "app"
SOURCE, TARGET = "source", "target"
VARIABLE = {
    CASE: "CASE_DATABASE_URL",
    POPULATION: "POPULATION_DATABASE_URL",
    APP: "APP_DATABASE_URL",
    SOURCE: "FROM",
    TARGET: "TO",
}
"""Where an address was given: in the environment, or on the command line of data.copy."""


ALWAYS = "-c timezone=UTC -c jit=off"
"""What PostgreSQL is told on every connection: it would compile statements for longer than they take."""
READING = "-c statement_timeout=30000 -c default_transaction_read_only=on"
ASKING = "-c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
"""Of those that ask many small questions at once: helpers take longer to begin than an index to be searched,
and its planner, told that they are there and that a disk turns, goes through whole tables."""


def engine_for(address: str, kind: str, *, writable: bool = False) -> Engine:
    """Make an engine without looking at what the database holds (migrations start here)."""
    url = _parse(address, kind)
    backend = url.drivername.partition("+")[0]
    if backend == "sqlite":
        return _sqlite_engine(url, kind, writable)
    if backend == "postgresql":
        return _postgresql_engine(url, kind, writable)
    if backend in (CLICKHOUSE, EMBEDDED):
        return _clickhouse_engine(address, backend, kind, writable)
    raise SetupError(
        f"{VARIABLE[kind]}: {backend!r} databases are not supported; "
        "use sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME or clickhousedb://USER:PASSWORD@HOST:8123/NAME."
    )


def address_of(connection: Connection) -> str | None:
    """The address by which another process reaches the same database; None on ClickHouse."""
    if is_clickhouse(connection):
        return None
    if not is_sqlite(connection):
        return connection.engine.url.render_as_string(hide_password=False)
    files = connection.exec_driver_sql("PRAGMA database_list")
    return next(f"sqlite:///{row[2]}" for row in files if row[1] == "main")


def _parse(address: str, kind: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # The address is not repeated: it may hold a password in an unexpected place.
        raise SetupError(
            f"{VARIABLE[kind]} is not a database address; "
            "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
        ) from None
    backend, _, driver = url.drivername.partition("+")
    if backend != "postgresql":
        return url
    if driver not in ("", "psycopg"):
        raise SetupError(
            f"{VARIABLE[kind]} asks for the driver {driver!r}; write "
            "postgresql://USER:PASSWORD@HOST/NAME, which uses psycopg."
        )
    return url.set(drivername="postgresql+psycopg")


def _sqlite_engine(url: URL, kind: str, writable: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SetupError(f"{VARIABLE[kind]} must name a file: sqlite:///FILE.")
    path = project_folder() / url.database
    if not writable and not path.exists():
        raise SetupError(
            f"{VARIABLE[kind]}: there is no file {path}. Build the demo city with "
            "`python -m data.demo`, load your own with `python -m data.load`, or correct the address."
        )
    path.parent.mkdir(parents=True, exist_ok=True)

    def connect() -> sqlite3.Connection:
        mode = "rwc" if writable else "ro"
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}", uri=True, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=16)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA cache_size = -65536")
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 20000")  # measured: docs/scale.md
        else:
            connection.execute("PRAGMA query_only = ON")

    return engine


def _clickhouse_engine(address: str, backend: str, kind: str, writable: bool) -> Engine:
    if kind == POPULATION:
        raise SetupError(
            f"{VARIABLE[kind]}: the population database stays on SQLite or PostgreSQL; ClickHouse holds cases."
        )
    if backend == EMBEDDED and find_spec(EMBEDDED) is None:
        raise SetupError(f"{VARIABLE[kind]}: {EMBEDDED} addresses need `pip install {EMBEDDED}`.")
    return clickhouse_engine(address, writable=writable)


def _postgresql_engine(url: URL, kind: str, writable: bool) -> Engine:
    options = ALWAYS if writable else f"{ALWAYS} {READING}"
    if not writable and kind not in (SOURCE, TARGET):
        options += f" {ASKING}"
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=8,
        connect_args={"options": options, "connect_timeout": 5},
    )
