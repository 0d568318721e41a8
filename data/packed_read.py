"""Whole numbers out of SQLite, all of a row as one text that numpy takes apart.

The driver makes a Python object of every value that it hands over. Of the fifty columns that tiles look at
this takes longer than finding them; so SQLite puts the numbers side by side as bits, and prints those.
"""

import binascii
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    SmallInteger,
    Text,
    func,
    literal_column,
)

WORD = 8
"""Bytes of SQLite's whole numbers."""


def read_packed(connection: Connection, statement: Select) -> dict[str, np.ndarray] | None:
    """The answer as `data.bulk.read_arrays` gives it; None where other than plain columns are asked for.

    Numbers must be such as other engines take for their column; of each size the smallest is null.
    """
    columns = tuple(c for c in statement.selected_columns if isinstance(c, Column))
    plain = all(isinstance(column.type, (Integer, Text)) for column in columns)
    if len(columns) < len(statement.selected_columns) or not plain:
        return None
    numbers = tuple(c for c in columns if isinstance(c.type, Integer))
    words = [c for c in columns if isinstance(c.type, Text)]
    if not numbers:
        return None
    packed, kind = _packed(numbers)
    result = connection.execute(statement.with_only_columns(packed, *words))
    rows = result.cursor.fetchall()  # as the driver has them: SQLAlchemy's rows cost as much again
    result.close()
    texts, *others = zip(*rows, strict=True) if rows else [()] * (1 + len(words))
    held = np.frombuffer(binascii.unhexlify("".join(texts)), kind)
    found = {c.name: _numbers(held[c.name], c) for c in numbers}
    found |= {c.name: np.array(v, object) for c, v in zip(words, others, strict=True)}
    return {c.name: found[c.name] for c in columns}


@cache
def _packed(columns: Sequence[Column[Any]]) -> tuple[ColumnElement[str], np.dtype]:
    """What prints all columns of a row, and how its bytes are laid out."""
    printed: list[ColumnElement[int]] = []
    layout: list[tuple[str, str]] = []
    for group in _words_of(sorted(columns, key=_size, reverse=True)):
        left, parts = WORD, []
        for column in group:
            left -= _size(column)
            parts.append(_bits(column).op("<<")(literal_column(str(8 * left))))
            layout.append((column.name, f">i{_size(column)}"))
        printed.append(reduce(lambda one, other: one.op("|")(other), parts))
        if left:
            layout.append((f"unused {len(printed)}", f"V{left}"))
    form: ColumnElement[str] = literal_column(f"'{'%016x' * len(printed)}'")
    return func.printf(form, *printed), np.dtype(layout)


def _words_of(columns: Sequence[Column[Any]]) -> Iterator[list[Column[Any]]]:
    """The columns in groups that fill one of SQLite's numbers each."""
    group: list[Column[Any]] = []
    for column in columns:
        if sum(map(_size, group)) + _size(column) > WORD:
            yield group
            group = []
        group.append(column)
    yield group


def _size(column: Column[Any]) -> int:
    if isinstance(column.type, SmallInteger):
        return 2
    return WORD if isinstance(column.type, BigInteger) else 4


def _lowest(column: Column[Any]) -> int:
    return int(-(2 ** (8 * _size(column) - 1)))


def _bits(column: Column[Any]) -> ColumnElement[int]:
    """The number's own bits and no others, which a negative one has."""
    held: ColumnElement[int] = column
    if column.nullable:
        held = func.ifnull(column, literal_column(str(_lowest(column))))
    if _size(column) == WORD:
        return held
    return held.op("&")(literal_column(str(2 ** (8 * _size(column)) - 1)))


def _numbers(held: np.ndarray, column: Column[Any]) -> np.ndarray:
    missing = held == _lowest(column) if column.nullable else np.zeros((), bool)
    if not missing.any():
        return held.astype(np.int64)
    return np.where(missing, np.nan, held.astype(np.float64))
