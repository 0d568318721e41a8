"""Writes and reads whole frames fast; the one place where the two engines' dialects differ."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    Table,
    Text,
    func,
    select,
    text,
)

from data.columns import (
    Column,
    arrays_of,
    arrow_of,
    csv_block,
    plain_values,
    series_of,
    split_constant,
    uncollected,
)
from data.csv_read import no_rows, read_blocks
from data.dialect import is_clickhouse, is_postgresql, is_sqlite, read_arrow, write_arrow
from data.packed_read import read_packed
from data.past_tables import KNOWN

ASKED = 500
"""Keys asked for at once where they are no range: what every engine takes."""
AS_THEY_ARE = (Integer, Text, Float)
"""Types of which the driver's values are what is wanted."""


def insert(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Append the rows; columns that the frame lacks stay at their default."""
    names = [column.name for column in table.columns if column.name in rows.columns]
    if not rows.empty:
        append(connection, table.name, {name: rows[name] for name in names})


def insert_arrays(connection: Connection, table: str, rows: dict[str, np.ndarray]) -> None:
    """Append rows given as one array of whole numbers a column."""
    if rows and len(next(iter(rows.values()))):
        append(connection, table, rows)


def append(connection: Connection, table: str, columns: Mapping[str, Column]) -> None:
    """Append rows given as columns of one length that is not nought."""
    if is_clickhouse(connection):
        write_arrow(connection, table, arrow_of(columns))
        return
    if is_postgresql(connection):
        _copy(connection.connection.cursor(), table, columns)
        return
    _insert_many(connection, table, columns)


def _insert_many(
    connection: Connection, table: str, columns: Mapping[str, Column], on_conflict: str = ""
) -> None:
    constant, others = split_constant(columns)
    if not others:
        name, column = next(iter(columns.items()))
        constant.pop(name)
        others = {name: plain_values(column)}
    told = ["NULL" if value is None else str(value) for value in constant.values()]
    names, marks = ", ".join([*others, *constant]), ", ".join(["?"] * len(others) + told)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) {on_conflict}"
    # One tuple serves for all rows as long as nobody keeps it.
    rows: Any = zip(*others.values(), strict=True)
    connection.connection.cursor().executemany(statement, rows)


def _copy(cursor: Any, table: str, columns: Mapping[str, Column]) -> None:
    block = csv_block(columns)
    into = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    if block is not None:
        with cursor.copy(f"{into} (FORMAT csv)") as copy:
            copy.write(block)
        return
    with cursor.copy(into) as copy:
        for row in zip(*map(plain_values, columns.values()), strict=True):
            copy.write_row(row)


def read(connection: Connection, statement: Select) -> pd.DataFrame:
    """The answer as a frame; integer columns with gaps are Int64, not float."""
    columns = statement.selected_columns
    frame = {
        column.name: series_of(values, whole=isinstance(column.type, Integer))
        for column, values in zip(columns, _fetched(connection, statement), strict=True)
    }
    return pd.DataFrame(frame)


def _fetched(connection: Connection, statement: Select) -> Sequence[Sequence[Any]]:
    """The answer column by column, straight from the driver where no type needs more."""
    columns = statement.selected_columns
    result = connection.execute(statement)
    with uncollected():
        if result.cursor is not None and all(isinstance(c.type, AS_THEY_ARE) for c in columns):
            rows = result.cursor.fetchall()
            result.close()
        else:
            rows = result.fetchall()
        return list(zip(*rows, strict=True)) if rows else [()] * len(columns)


def read_for(
    connection: Connection,
    statement: Select,
    column: ColumnElement[Any],
    keys: Sequence[Any],
) -> pd.DataFrame:
    """Read the rows whose column is among the keys; many keys are asked for in portions."""
    conditions = among(connection, column, keys)
    parts = [read(connection, statement.where(condition)) for condition in conditions]
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled, ignore_index=True) if len(filled) > 1 else (filled or parts)[0]


def read_arrays_for(
    connection: Connection, statement: Select, column: ColumnElement[Any], keys: Sequence[Any]
) -> dict[str, np.ndarray]:
    """`read_for` by way of `read_arrays`, for many columns of whole numbers and words."""
    conditions = among(connection, column, keys)
    parts = [read_arrays(connection, statement.where(condition)) for condition in conditions]
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def among(
    connection: Connection, column: ColumnElement[Any], keys: Sequence[Any]
) -> Iterator[ColumnElement[bool]]:
    """Conditions that together pick the rows whose column is among the keys, at least one.

    Numbers without gaps are a range, which engines read in one go. SQLite takes the others as one
    parameter: five hundred of them take SQLAlchemy longer than the rows take to be found.
    """
    if len(keys) > 1 and all(isinstance(key, int | np.integer) for key in (keys[0], keys[-1])):
        low, high = int(min(keys)), int(max(keys))
        if high - low < len(keys) and len(set(keys)) == high - low + 1:
            yield column.between(low, high)
            return
    if is_sqlite(connection):
        told = json.dumps(np.asarray(keys).tolist(), ensure_ascii=False)
        listed = func.json_each(told).table_valued("value")
        yield column.in_(select(listed.c.value))
        return
    for first in range(0, max(len(keys), 1), ASKED):
        yield column.in_(keys[first : first + ASKED])


def read_arrays(connection: Connection, statement: Select) -> dict[str, np.ndarray]:
    """The answer of whole numbers and words as one array a column, by name; words as objects.

    Numbers are int64, or floats with NaN for null where some are; up to 2**53 they stay exact.
    """
    # What a moment's tables are is said to statements that are executed, not to those that are copied.
    is_now = connection.get_execution_options().get(KNOWN) is None
    if is_postgresql(connection) and is_now:
        return read_blocks(connection, statement)
    if is_clickhouse(connection) and is_now:
        if not (batches := list(read_arrow(connection, statement))):
            return no_rows(statement)
        names = [column.name for column in statement.selected_columns]
        return arrays_of(pa.Table.from_batches(batches).rename_columns(names))
    if is_sqlite(connection) and (found := read_packed(connection, statement)) is not None:
        return found
    return {
        column.name: np.array(values, object if isinstance(column.type, Text) else np.float64)
        for column, values in zip(
            statement.selected_columns, _fetched(connection, statement), strict=True
        )
    }


def add_up(
    connection: Connection,
    table: Table,
    keys: Sequence[str],
    rows: dict[str, np.ndarray],
    *,
    prefix: str = "",
) -> None:
    """Add each row's amounts to what the table holds under its keys; a new key begins with them.

    rows: one array of whole numbers per column of the table, at most one row for each key. prefix: of
    the name of a copy of the table that is written to instead.
    """
    target = prefix + table.name
    names = [column.name for column in table.columns]
    added = [name for name in names if name not in keys and rows[name].any()]
    sums = ", ".join(f"{name} = {target}.{name} + excluded.{name}" for name in added)
    on_conflict = f"ON CONFLICT ({', '.join(keys)}) DO " + (
        f"UPDATE SET {sums}" if sums else "NOTHING"
    )
    if not len(rows[names[0]]):
        return
    if is_clickhouse(connection):  # rows of one key add up by themselves
        append(connection, target, {name: rows[name] for name in names})
        return
    if is_postgresql(connection):
        columns, staged = ", ".join(names), f"staged_{target}"
        connection.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS {staged} (LIKE {table.name})"))
        connection.execute(text(f"TRUNCATE {staged}"))
        cursor = connection.connection.cursor()
        _copy(cursor, staged, {name: rows[name] for name in names})
        # In the order of the key, so that two writers never wait for each other in a circle.
        order = ", ".join(keys)
        connection.execute(
            text(
                f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {staged} "
                f"ORDER BY {order} {on_conflict}"
            )
        )
        return
    _insert_many(connection, target, {name: rows[name] for name in names}, on_conflict)


def delete_rows(connection: Connection, table: Table, keys: Mapping[str, Sequence[int]]) -> None:
    """Remove the rows with these keys: a list for each column, one place a row."""
    mark = "?" if is_sqlite(connection) else "%s"
    where = " AND ".join(f"{name} = {mark}" for name in keys)
    rows = list(zip(*keys.values(), strict=True))
    if rows:  # SQLAlchemy takes longer over each than the engine does
        statement = f"DELETE FROM {table.name} WHERE {where}"
        connection.connection.cursor().executemany(statement, rows)


def analyse(connection: Connection) -> None:
    """Refresh the engine's statistics: after a large load it plans badly without them."""
    connection.execute(text("ANALYZE"))
