"""Writes and reads whole frames fast; the one place where the two engines' dialects differ."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from sqlalchemy import Connection, Integer, Select, Table, text

CHUNK = 50_000


def insert(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Append the rows; columns that the frame lacks stay at their default."""
    names = [column.name for column in table.columns if column.name in rows.columns]
    if rows.empty:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table.name, names, _tuples(rows, names))
        return
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"
    cursor = connection.connection.cursor()
    cursor.executemany(statement, list(_tuples(rows, names)))


def _copy(
    connection: Connection, table: str, names: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


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


def delete_cases(connection: Connection, table: Table, ids: Sequence[int]) -> None:
    """Remove the rows of these cases from a table that can be rebuilt."""
    for start in range(0, len(ids), 500):
        part = ",".join(str(int(i)) for i in ids[start : start + 500])
        connection.execute(text(f"DELETE FROM {table.name} WHERE case_id IN ({part})"))


def analyse(connection: Connection) -> None:
    """Refresh the engine's statistics: after a large load it plans badly without them."""
    connection.execute(text("ANALYZE"))
