"""Writes and reads whole frames fast."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Integer, Select, Table, Text, text

from data.dialect import is_clickhouse, is_postgresql, write_rows

CHUNK = 50_000


def insert(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Append the rows; columns that the frame lacks stay at their default."""
    names = [column.name for column in table.columns if column.name in rows.columns]
    if rows.empty:
        return
    write_rows(connection, table.name, names, _tuples(rows, names))


def _tuples(rows: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
    columns = []
    for name in names:
        column = rows[name]
        if column.isna().any():
            columns.append(column.astype(object).where(column.notna(), None).tolist())
        else:
            columns.append(column.tolist())
    return zip(*columns, strict=True)


def read(connection: Connection, statement: Select) -> pd.DataFrame:
    """The answer as a frame; integer columns with gaps are Int64, not float."""
    rows = connection.execute(statement).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(statement.selected_columns)
    frame = {
        column.name: _series(values, isinstance(column.type, Integer))
        for column, values in zip(statement.selected_columns, columns, strict=True)
    }
    return pd.DataFrame(frame)


def _series(values: Sequence[object], whole: bool) -> pd.Series:
    if not whole:
        return pd.Series(values, dtype=object)
    gaps = any(value is None for value in values)
    return pd.Series(values, dtype="Int64" if gaps else "int64")


def read_arrays(connection: Connection, statement: Select) -> dict[str, np.ndarray]:
    """The answer as one array a column, by name: numbers as floats with NaN for null, words as objects.

    About eight times as fast as `read`; whole numbers up to 2**53 stay exact.
    """
    rows = connection.execute(statement).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(statement.selected_columns)
    return {
        column.name: np.array(values, object if isinstance(column.type, Text) else np.float64)
        for column, values in zip(statement.selected_columns, columns, strict=True)
    }


def insert_arrays(connection: Connection, table: str, rows: dict[str, np.ndarray]) -> None:
    """Append rows given as one array of whole numbers a column."""
    tuples = zip(*(column.tolist() for column in rows.values()), strict=True)
    write_rows(connection, table, list(rows), tuples)


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
    tuples = zip(*(rows[name].tolist() for name in names), strict=True)
    sums = ", ".join(
        f"{name} = {target}.{name} + excluded.{name}" for name in names if name not in keys
    )
    on_conflict = f"ON CONFLICT ({', '.join(keys)}) DO " + (
        f"UPDATE SET {sums}" if sums else "NOTHING"
    )
    columns = ", ".join(names)
    if is_clickhouse(connection):
        write_rows(connection, target, names, tuples)  # rows of one key add up by themselves
        return
    if is_postgresql(connection):
        staged = f"staged_{target}"
        connection.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS {staged} (LIKE {table.name})"))
        connection.execute(text(f"TRUNCATE {staged}"))
        write_rows(connection, staged, names, tuples)
        # In the order of the key, so that two writers never wait for each other in a circle.
        order = ", ".join(keys)
        connection.execute(
            text(
                f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {staged} "
                f"ORDER BY {order} {on_conflict}"
            )
        )
        return
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {target} ({columns}) VALUES ({marks}) {on_conflict}"
    connection.connection.cursor().executemany(statement, list(tuples))


def delete_cases(connection: Connection, table: Table, ids: Sequence[int]) -> None:
    """Remove the rows of these cases from a table that can be rebuilt."""
    for start in range(0, len(ids), 500):
        part = ",".join(str(int(i)) for i in ids[start : start + 500])
        connection.execute(text(f"DELETE FROM {table.name} WHERE case_id IN ({part})"))


def analyse(connection: Connection) -> None:
    """Refresh the engine's statistics: after a large load it plans badly without them."""
    connection.execute(text("ANALYZE"))
