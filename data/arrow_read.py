"""Large answers as arrays, without a Python object for each value.

SQLite is read by ADBC, three times as fast as by its driver, on a connection of its own: so only where
the caller's has nothing uncommitted. PostgreSQL writes the answer as CSV.
"""

import io

import adbc_driver_sqlite.dbapi as adbc
import numpy as np
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, Select, Text, func

NONE = ""
"""Stands for a missing word on the way: ADBC takes a column that begins with nulls for numbers."""


def can_read(connection: Connection) -> bool:
    """Whether `read_arrow` sees what the connection sees."""
    if connection.dialect.name == "postgresql":
        return True
    held = connection.connection.dbapi_connection
    return connection.dialect.name == "sqlite" and not getattr(held, "in_transaction", True)


def read_arrow(connection: Connection, statement: Select) -> dict[str, np.ndarray]:
    """The answer of whole numbers and words: int64, or floats with NaN for null; words as objects."""
    words = {column.name for column in statement.selected_columns if isinstance(column.type, Text)}
    asked = statement.with_only_columns(
        *(
            func.coalesce(column, NONE).label(column.name) if column.name in words else column
            for column in statement.selected_columns
        ),
        maintain_column_froms=True,
    )
    written = asked.compile(connection.engine, compile_kwargs={"literal_binds": True})
    read = _from_sqlite if connection.dialect.name == "sqlite" else _from_postgresql
    table = read(connection, str(written), asked)
    return {
        name: _word_array(column) if name in words else column.to_numpy()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _from_sqlite(connection: Connection, statement: str, _asked: Select) -> pa.Table:
    file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    with adbc.connect(file, autocommit=True) as opened, opened.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetch_arrow_table()


def _from_postgresql(connection: Connection, statement: str, asked: Select) -> pa.Table:
    block = io.BytesIO()
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        for part in copy:
            block.write(part)
    names = [column.name for column in asked.selected_columns]
    kinds = {
        column.name: pa.string() if isinstance(column.type, Text) else pa.int64()
        for column in asked.selected_columns
    }
    if not block.tell():
        return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
    block.seek(0)
    return csv.read_csv(
        block,
        csv.ReadOptions(column_names=names),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=False),
    )


def _word_array(column: pa.ChunkedArray) -> np.ndarray:
    words = np.array(column.to_pandas(), dtype=object)
    words[words == NONE] = None
    return words
