"""What a first load does otherwise: it asks after no known cases, and makes the indexes at its end.

Where it stands is kept in the database, in the transaction of each portion: when a load is broken off, by
kill -9 too, the next one of the same file goes on at the portion after the last one that was committed.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Index, delete, select
from sqlalchemy.exc import SQLAlchemyError

from data.case_tables import case_derived, case_path, case_record, site_setting
from data.ingest import First
from data.load.text_tables import TextTable
from data.repeats import all_places
from data.stored_settings import read_setting, write_setting

KEY = "load_progress"
LARGE = 50_000
"""Rows from which on the indexes are made after the cases: for fewer it takes no time either way."""
MOST = 5_000_000
"""Rows of which the places are kept in memory, to see which cases are repeats."""


@dataclass(frozen=True)
class Progress:
    """How far a load of a file is: rows up to `row` are in the database. first: all of them were new."""

    file: list[object]
    row: int
    first: bool

    def write(self, connection: Connection, row: int) -> None:
        """Keep how far the load is, in the caller's transaction."""
        told = {"file": self.file, "row": row, "first": self.first}
        write_setting(connection, site_setting, KEY, told)


def begin(connection: Connection, table: TextTable, told: object) -> Progress:
    """Where the load of a file begins: at its first row, or where an earlier load of it broke off.

    told: what else the load goes by; of another one nothing is continued.
    """
    found = table.path.stat()
    by = hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()
    file = [table.path.name, found.st_size, found.st_mtime_ns, by]
    held = read_setting(connection, site_setting, KEY)
    if held and held["file"] == file:
        return Progress(file, held["row"], held["first"])
    known = connection.execute(select(case_record.c.case_id).limit(1)).first()
    return Progress(file, 0, known is None)


def prepare(connection: Connection, rows: int) -> First:
    """Take the indexes away, where there are many rows to come."""
    if rows < LARGE:
        return First(None)
    for index in _indexes(rows):
        index.drop(connection, checkfirst=True)
    return First(all_places(connection) if rows <= MOST else None)


@contextmanager
def indexes_at_last(connection: Connection) -> Iterator[None]:
    """Make the indexes that are not there after a load that ended with an error, as far as it goes."""
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):
            connection.rollback()
            for index in _indexes(0):
                index.create(connection, checkfirst=True)
            connection.commit()
        raise


def end(connection: Connection) -> None:
    """Make the indexes that are not there; no load is under way any more."""
    for index in _indexes(0):
        index.create(connection, checkfirst=True)
    connection.execute(delete(site_setting).where(site_setting.c.key == KEY))


def _indexes(rows: int) -> list[Index]:
    tables = (case_record, case_path, case_derived)
    found = [index for table in tables for index in table.indexes]
    by_day = "ix_case_derived_reported_day"  # repeats are looked up by it
    return [index for index in found if rows <= MOST or index.name != by_day]
