"""Where a database is built: an SQLite file under a temporary name, or the server itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from data.demo.stores import METADATA, sqlite_file
from data.engines import engine_for
from data.errors import SetupError
from data.migrate import migrate

UNSAFE_BUT_FAST = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000")
"""For a file nobody else sees: should the build break off, it is thrown away."""


@dataclass(frozen=True)
class Workplace:
    """A migrated database under construction, written through one connection."""

    connection: Connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction on the one connection."""
        with self.connection.begin():
            yield self.connection


@contextmanager
def workplace(address: str, kind: str) -> Iterator[Workplace]:
    """Open a place to build in; an SQLite file takes its real name only when all went well."""
    file = sqlite_file(address)
    fresh = file.with_name(file.name + ".building") if file else None
    if fresh:
        remove_sqlite(fresh)
    engine = engine_for(f"sqlite:///{fresh}" if fresh else address, kind, writable=True)
    finished = False
    try:
        migrate(engine, kind)
        with engine.connect() as connection:
            if fresh:
                _hurry(connection)
                _set_indexes(connection, kind, wanted=False)
            yield Workplace(connection)
            if fresh:
                _set_indexes(connection, kind, wanted=True)
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        finished = True
    finally:
        engine.dispose()
        if fresh and not finished:
            remove_sqlite(fresh)
    if file and fresh:
        remove_sqlite(file)
        fresh.replace(file)


def _hurry(connection: Connection) -> None:
    for setting in ("journal_mode = DELETE", *UNSAFE_BUT_FAST):
        connection.exec_driver_sql(f"PRAGMA {setting}")
    connection.commit()


def _set_indexes(connection: Connection, kind: str, *, wanted: bool) -> None:
    """Drop the indexes before the rows come and make them after: sorting once is faster."""
    with connection.begin():
        for table in METADATA[kind].sorted_tables:
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                if wanted:
                    index.create(connection)
                else:
                    index.drop(connection)


def remove_sqlite(file: Path) -> None:
    """Remove an SQLite file and what SQLite keeps beside it: an old log must not meet a new file."""
    for name in (file.name, file.name + "-wal", file.name + "-shm"):
        try:
            file.with_name(name).unlink(missing_ok=True)
        except PermissionError:
            raise SetupError(f"{file} is in use: stop the program that has it open.") from None
