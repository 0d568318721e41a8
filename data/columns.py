"""Columns of frames as drivers take them: lists of plain values, or one block of CSV for COPY.

Everything here works on whole columns: a tuple built value by value costs more than the engine does.
"""

import gc
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

Column: TypeAlias = "pd.Series[Any] | np.ndarray"
Values = tuple[np.ndarray, np.ndarray | None]
"""Values, and where they are missing; None where nothing is."""


def _parts(column: Column) -> Values:
    array: Any = column.array if isinstance(column, pd.Series) else column
    if isinstance(array, pd.arrays.IntegerArray | pd.arrays.BooleanArray):
        missing = np.asarray(array.isna())
        return array.to_numpy(np.int64, na_value=0), missing if missing.any() else None
    if isinstance(array.dtype, pd.StringDtype):
        missing = np.asarray(array.isna())
        return array.to_numpy(object, na_value=None), missing if missing.any() else None
    values = np.asarray(array)
    if values.dtype.kind in "iub":
        return values, None
    missing = np.asarray(pd.isna(values))
    return values, missing if missing.any() else None


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of garbage away: it looks through rows all the while that a driver makes them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def plain_values(column: Column) -> list[Any]:
    """The column as Python values, None for what is missing."""
    return _listed(_parts(column))


def _listed(parts: Values) -> list[Any]:
    values, missing = parts
    listed: list[Any] = values.tolist()
    if missing is not None:
        for row in np.flatnonzero(missing).tolist():
            listed[row] = None
    return listed


def split_constant(
    columns: Mapping[str, Column],
) -> tuple[dict[str, int | None], dict[str, list[Any]]]:
    """Columns that are the same whole number, or missing, in every row; and the others as lists.

    Of the seventy columns of a state half say the same for thousands of cases on end.
    """
    constant: dict[str, int | None] = {}
    others: dict[str, list[Any]] = {}
    for name, column in columns.items():
        values, missing = _parts(column)
        if missing is not None and missing.all():
            constant[name] = None
        elif missing is None and values.dtype.kind in "iub" and (values == values[0]).all():
            constant[name] = int(values[0])
        else:
            others[name] = _listed((values, missing))
    return constant, others


def csv_block(columns: Mapping[str, Column]) -> bytes | None:
    """The rows as CSV without a header: nothing between commas is missing, "" is an empty text.

    None for columns that CSV cannot carry, such as bytes.
    """
    try:
        table = arrow_of(columns)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    if not all(map(_is_plain, table.schema.types)):
        return None
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return sink.getvalue()


def arrow_of(columns: Mapping[str, Column]) -> pa.Table:
    """The columns as a table of arrow's; raises what arrow raises for words among numbers."""
    arrays = []
    for values, missing in map(_parts, columns.values()):
        plain = values.astype(np.int8) if values.dtype == bool else values
        # Where no word is there it does not show that words are meant.
        is_empty = plain.dtype == object and missing is not None and missing.all()
        kind = pa.string() if is_empty else None
        arrays.append(pa.array(plain, kind, mask=missing, from_pandas=True))
    return pa.Table.from_arrays(arrays, names=list(columns))


def arrays_of(table: pa.Table) -> dict[str, np.ndarray]:
    """A table of arrow's as int64, or floats with NaN for null; words as objects."""
    return {
        name: _array_of(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def _array_of(column: pa.ChunkedArray) -> np.ndarray:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.asarray(column.to_numpy(), object)
    values = column.to_numpy()
    return values if values.dtype.kind == "f" else values.astype(np.int64, copy=False)


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    is_text = types.is_string(kind) or types.is_large_string(kind)
    return is_text or types.is_integer(kind) or types.is_floating(kind) or types.is_null(kind)


def frame_of(columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Arrays as a frame that keeps them as they are: words would else be copied into a type of their own."""
    held = {
        name: pd.Series(values, dtype=values.dtype, copy=False) for name, values in columns.items()
    }
    return pd.DataFrame(held, copy=False)


def renewed(
    columns: Mapping[str, np.ndarray], key: str, fresh: Mapping[str, np.ndarray] | None, ids: Any
) -> dict[str, np.ndarray]:
    """The rows without those whose key is among the ids, and instead what was read of these anew."""
    stay = ~np.isin(columns[key], ids)
    kept = {name: values[stay] for name, values in columns.items()}
    if fresh is None:
        return kept
    return {name: np.concatenate([values, fresh[name]]) for name, values in kept.items()}


def series_of(values: Sequence[object], *, whole: bool) -> pd.Series:
    """What a driver gave as a column: whole numbers int64, or Int64 where some are missing."""
    if not whole:
        return pd.Series(values, dtype=object)
    try:
        return pd.Series(np.array(values, np.int64))
    except TypeError:
        return pd.Series(values, dtype="Int64")
