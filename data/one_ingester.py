"""Whoever changes cases does it alone: a second ingester is refused, and told who is at work.

The system keeps the lock, not a row: it ends with the process that holds it, however that ends.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from data.dialect import is_postgresql, is_sqlite
from data.errors import SetupError

KEY = 20_261_129
"""Number of the lock in PostgreSQL, where each database has locks of its own."""
PATIENCE_SECONDS = 15.0
TRY_EVERY = 0.05
HOLDER = text(
    "SELECT activity.application_name, activity.pid FROM pg_locks AS held "
    "JOIN pg_stat_activity AS activity ON activity.pid = held.pid "
    "JOIN pg_database ON pg_database.oid = held.database "
    "WHERE held.locktype = 'advisory' AND held.granted AND held.objid = :key "
    "AND pg_database.datname = current_database()"
)


class AnotherIngester(SetupError):
    """Somebody else is changing cases."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another program is changing the cases of this database: {holder}. One at a time may: wait until "
            "it ends, or stop it."
        )


@contextmanager
def only_ingester(engine: Engine, program: str) -> Iterator[None]:
    """Be the only one that changes cases; raises AnotherIngester, naming who is at work, at once.

    program: what the holder is called in the other's message, e.g. `data.load`. Engines other than SQLite
    and PostgreSQL have no such lock.
    """
    if is_sqlite(engine):
        with engine.connect() as connection:
            databases = connection.exec_driver_sql("PRAGMA database_list")
            file = Path(next(row[2] for row in databases if row[1] == "main"))
        with only_writer_of(file, program):
            yield
    elif is_postgresql(engine):
        with _only_session(engine, _holding(program)):
            yield
    else:
        yield


@contextmanager
def alone(engine: Engine, program: str) -> Iterator[None]:
    """`only_ingester` for who changes little at a time: waits until whoever is at work gives way.

    Raises AnotherIngester when that takes longer.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(only_ingester(engine, program))
                break
            except AnotherIngester:
                if time.monotonic() > end:
                    raise
                time.sleep(TRY_EVERY)
        yield


@contextmanager
def only_writer_of(database: Path, program: str) -> Iterator[None]:
    """`only_ingester` for an SQLite file, which need not be there yet."""
    path = database.with_name(database.name + ".ingester")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AnotherIngester(file.read().strip() or "unknown") from None
        file.truncate(0)
        file.write(f"{_holding(program)}, since {time.strftime('%Y-%m-%d %H:%M:%S %z')}\n")
        file.flush()
        yield


def _holding(program: str) -> str:
    return f"{program}, process {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _only_session(engine: Engine, holder: str) -> Iterator[None]:
    with engine.connect() as connection:
        # The name goes with the connection, which is thrown away: no other use of it may bear it.
        connection.detach()
        connection.execute(
            text("SELECT set_config('application_name', :name, false)"), {"name": holder[:63]}
        )
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}).scalar():
            raise AnotherIngester(_holder(connection))
        connection.commit()
        yield


def _holder(connection: Connection) -> str:
    found = connection.execute(HOLDER, {"key": KEY}).first()
    if found is None:
        return "it ended just now, so try again"
    # Users without rights on others' sessions are not told their names.
    return found.application_name or f"process {found.pid} of the database server"
