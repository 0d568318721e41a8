"""Large answers of PostgreSQL as arrays, without a Python object for each value: it writes them as CSV.

Not so on SQLite: what reads it as arrow tables (ADBC) brings an SQLite of its own, and two of them in one
process undo each other's locks on a file, so that what was committed is lost.
"""

import io

import numpy as np
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import Connection, Float, Select, Text
from sqlalchemy.types import TypeEngine

from data.columns import arrays_of


def read_blocks(connection: Connection, statement: Select) -> dict[str, np.ndarray]:
    """The answer of numbers and words: int64, or floats with NaN for null; words as objects."""
    written = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
    block = io.BytesIO()
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY ({written}) TO STDOUT (FORMAT csv)") as copy:
        for part in copy:
            block.write(part)
    kinds = {column.name: _kind(column.type) for column in statement.selected_columns}
    if not block.tell():
        return no_rows(statement)
    block.seek(0)
    table = csv.read_csv(
        block,
        csv.ReadOptions(column_names=list(kinds)),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=kinds,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return arrays_of(table)


def no_rows(statement: Select) -> dict[str, np.ndarray]:
    """An answer without rows: what is a word elsewhere is an object, all else a number."""
    kinds = {c.name: isinstance(c.type, Text) for c in statement.selected_columns}
    return {name: np.zeros(0, object if words else np.int64) for name, words in kinds.items()}


def _kind(held: TypeEngine[object]) -> pa.DataType:
    if isinstance(held, Text):
        return pa.string()
    return pa.float64() if isinstance(held, Float) else pa.int64()
