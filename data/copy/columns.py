"""Rows of any table of the two databases, column by column: out of one engine and into another."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Integer, Select, Table

from data import bulk
from data.columns import Column

Columns = Mapping[str, np.ndarray]
"""By name: whole numbers as int64, or floats with NaN for null; words and all else as objects."""


def is_plain(table: Table) -> bool:
    """Whether a table holds numbers and words only, which need nothing done to them."""
    return all(isinstance(column.type, bulk.AS_THEY_ARE) for column in table.columns)


def read_columns(connection: Connection, table: Table, statement: Select[Any]) -> Columns:
    """The answer to a statement that asks for all columns of a table."""
    if is_plain(table):
        return bulk.read_arrays(connection, statement)
    return as_columns(table, connection.execute(statement).all())


def as_columns(table: Table, rows: Sequence[Sequence[Any]]) -> Columns:
    """Rows of all columns of a table."""
    held = zip(*rows, strict=True) if rows else [()] * len(table.columns)
    return {c.name: _objects(values) for c, values in zip(table.columns, held, strict=True)}


def number_of(columns: Columns) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values())))


def write_columns(connection: Connection, table: Table, columns: Columns) -> None:
    """Append rows, at least one, to a table of another engine."""
    bulk.append(connection, table.name, _bound(connection, table, columns))


def _bound(connection: Connection, table: Table, columns: Columns) -> dict[str, Column]:
    """The columns as the target's driver takes them."""
    bound: dict[str, Column] = {}
    for column in table.columns:
        values = columns[column.name]
        if isinstance(column.type, Integer):
            # Whole numbers among which some are missing came as floats.
            whole = values.dtype.kind in "iu"
            bound[column.name] = values if whole else pd.Series(values, dtype="Int64")
        elif isinstance(column.type, bulk.AS_THEY_ARE):
            bound[column.name] = values
        else:
            dialect = connection.dialect
            process = column.type.dialect_impl(dialect).bind_processor(dialect)
            told = values if process is None else _objects([process(value) for value in values])
            bound[column.name] = told
    return bound


def _objects(values: Sequence[Any]) -> np.ndarray:
    """Values one by one, also where they are lists."""
    held = np.empty(len(values), object)
    held[:] = values
    return held
