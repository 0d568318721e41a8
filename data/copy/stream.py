"""Brings tables over in the order of their keys, so many rows at a time, and reads them back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, and_, func, or_, select
from sqlalchemy import tuple_ as row_of

from data.columns import arrays_of
from data.copy.columns import Columns, is_plain, number_of, read_columns, write_columns
from data.copy.digest import digest_of
from data.copy.progress import Progress, note_progress, read_progress
from data.dialect import is_clickhouse, read_arrow
from data.errors import SetupError, first_line
from data.tiles.tables import KEYS, TILES

PORTION = 50_000
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
        now = held.and_then(_last_key(table, rows), number_of(rows), digest_of(table, rows))
        try:
            with target.begin() as connection:
                write_columns(connection, table, rows)
                note_progress(connection, held, now)
        except connection.dialect.loaded_dbapi.Error as error:
            raise SetupError(f"TO: {table.name}: {first_line(error)}") from error
        tell(now.rows - held.rows)
        held = now
    with target.begin() as connection:
        note_progress(connection, held, replace(held, done=True))
    return replace(held, done=True)


def read_back(connection: Connection, table: Table, tell: Tell = lambda n: None) -> tuple[int, int]:
    """Number and digest of the rows that a table holds."""
    number, digest = 0, 0
    for rows in portions(connection, table, None):
        number += number_of(rows)
        digest += digest_of(table, rows)
        tell(number_of(rows))
    return number, digest % 2**64


def portions(connection: Connection, table: Table, position: Any) -> Iterator[Columns]:
    """The rows after a key (all of them after None) in the order of their keys, so many at a time."""
    if is_clickhouse(connection) and is_plain(table):
        yield from _streamed(connection, table, position)
        return
    while True:
        rows = read_columns(connection, table, _wanted(table, position).limit(PORTION))
        if number_of(rows):
            yield rows
        if number_of(rows) < PORTION:
            return
        position = _last_key(table, rows)


def _streamed(connection: Connection, table: Table, position: Any) -> Iterator[Columns]:
    """The same of ClickHouse, which finds no place by a key of several columns: it is asked once for all."""
    held: list[pa.RecordBatch] = []
    for batch in read_arrow(connection, _wanted(table, position)):
        held.append(batch)
        while (number := sum(len(one) for one in held)) >= PORTION:
            over = number - PORTION
            last = held.pop()
            yield arrays_of(pa.Table.from_batches([*held, last.slice(0, len(last) - over)]))
            held = [last.slice(len(last) - over)] if over else []
    if held:
        yield arrays_of(pa.Table.from_batches(held))


def _last_key(table: Table, rows: Columns) -> list[Any]:
    held = [rows[column.name][-1] for column in table.primary_key.columns]
    return [value.item() if hasattr(value, "item") else value for value in held]


def _wanted(table: Table, position: Any) -> Select[Any]:
    statement = select(table).where(*_after(table, position), *_worth(table))
    return statement.order_by(*table.primary_key.columns)


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
