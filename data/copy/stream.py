"""Brings tables over in the order of their keys, so many rows at a time, and reads them back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, func, or_, select
from sqlalchemy import tuple_ as row_of

from data.copy.digest import digest_of
from data.copy.progress import Progress, note_progress, read_progress
from data.dialect import is_clickhouse, write_rows
from data.errors import SetupError, first_line
from data.tiles.tables import KEYS, TILES

PORTION = 20_000
"""Rows that come at once; bounds the memory and what is done again after an interruption."""
Tell = Callable[[int], object]


def count_of(connection: Connection, table: Table) -> int:
    """Rows of a table that are brought over."""
    counted = select(func.count()).select_from(table).where(*_worth(table))
    return int(connection.execute(counted).scalar_one())


def bring(source: Connection, target: Engine, table: Table, tell: Tell) -> Progress:
    """Bring over what is missing of a table; each portion is committed with how far it has come."""
    with target.begin() as connection:
        held = read_progress(connection, table.name)
        if is_clickhouse(connection) and not held.done and count_of(connection, table) > held.rows:
            # A portion that was written and not noted is still there.
            connection.execute(table.delete().where(*_after(table, held.position) or [_any(table)]))
    tell(held.rows)
    if held.done:
        return held
    for rows in portions(source, table, held.position):
        now = held.and_then(_key(table, rows[-1]), len(rows), digest_of(table, rows))
        try:
            with target.begin() as connection:
                write_rows(
                    connection, table.name, table.columns.keys(), bound(connection, table, rows)
                )
                note_progress(connection, held, now)
        except connection.dialect.loaded_dbapi.Error as error:
            raise SetupError(f"TO: {table.name}: {first_line(error)}") from error
        held = now
        tell(len(rows))
    with target.begin() as connection:
        note_progress(connection, held, replace(held, done=True))
    return replace(held, done=True)


def read_back(connection: Connection, table: Table, tell: Tell = lambda n: None) -> tuple[int, int]:
    """Number and digest of the rows that a table holds."""
    number, digest = 0, 0
    for rows in portions(connection, table, None):
        number += len(rows)
        digest += digest_of(table, rows)
        tell(len(rows))
    return number, digest % 2**64


def portions(connection: Connection, table: Table, position: Any) -> Iterator[Sequence[Any]]:
    """The rows after a key (all of them after None) in the order of their keys, so many at a time."""
    while True:
        rows = connection.execute(_portion(table, position)).all()
        if rows:
            yield rows
        if len(rows) < PORTION:
            return
        position = _key(table, rows[-1])


def _key(table: Table, row: Any) -> list[Any]:
    return [row._mapping[column.name] for column in table.primary_key.columns]


def _portion(table: Table, position: Any) -> Select[Any]:
    keys = table.primary_key.columns
    statement = select(table).where(*_after(table, position), *_worth(table))
    return statement.order_by(*keys).limit(PORTION)


def _after(table: Table, position: Any) -> list[ColumnElement[bool]]:
    if position is None:
        return []
    keys = list(table.primary_key.columns)
    first = keys[0] >= position[0]  # by which every engine finds the place in its index
    return (
        [and_(first, row_of(*keys) > row_of(*position))]
        if len(keys) > 1
        else [keys[0] > position[0]]
    )


def _any(table: Table) -> ColumnElement[bool]:
    return next(iter(table.primary_key.columns)).is_not(None)


def _worth(table: Table) -> list[ColumnElement[bool]]:
    """A cell of a tile that has come to nothing is left out: not every engine keeps it."""
    if table not in TILES.values():
        return []
    return [or_(*(column != 0 for column in table.columns if column.name not in KEYS))]


def bound(connection: Connection, table: Table, rows: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows as the target's driver takes them."""
    made = [
        column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for column in table.columns
    ]
    columns = [
        values if process is None else [process(value) for value in values]
        for process, values in zip(made, zip(*rows, strict=True), strict=True)
    ]
    return zip(*columns, strict=True)
