"""Whole numbers out of SQLite, all of a row as one text that numpy takes apart.

The driver makes a Python object of every value that it hands over. Of the fifty columns that tiles look at
this takes longer than finding them; so SQLite writes each number as one character or more (`char`), which
it does faster than anything else that brings many numbers together.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Text,
    cast,
    func,
    literal_column,
)

HIGHEST = 0x10FFFF
"""The last character there is: the highest part of a number that is missing."""
ODD = 0xFFFD
"""What SQLite writes for a number that no character has."""
BELOW = 1 << 39
"""What is added to durations: those of cases that were closed before they were reported are below zero."""
ARGUMENTS = 100
"""As many parts SQLite writes at once."""
ROWS = 8000
"""As many rows are taken apart at once."""


class Part(NamedTuple):
    """A column whose characters begin at `place` of a text; they hold its bits from `shifts` on, lowest first."""

    column: Column[Any]
    text: int
    place: int
    shifts: tuple[int, ...]


def read_packed(connection: Connection, statement: Select) -> dict[str, np.ndarray] | None:
    """The answer as `data.bulk.read_arrays` gives it, None where other ways have to be gone.

    That is where other than plain columns are asked for, or a number is none that characters hold: one
    below zero where none is expected, one beyond what they have bits for, or one of the few that look like ODD.
    """
    columns = tuple(c for c in statement.selected_columns if isinstance(c, Column))
    plain = all(isinstance(column.type, (Integer, Text)) for column in columns)
    if len(columns) < len(statement.selected_columns) or not plain:
        return None
    numbers = tuple(c for c in columns if isinstance(c.type, Integer))
    words = [c for c in columns if isinstance(c.type, Text)]
    if not numbers:
        return None
    texts, parts = _packed(numbers)
    result = connection.execute(statement.with_only_columns(*texts, *words))
    found: dict[str, list[np.ndarray]] = {column.name: [] for column in columns}
    # The driver's own rows, since SQLAlchemy's cost as much again; few enough to stay close to the processor.
    while rows := result.cursor.fetchmany(ROWS):
        given = list(zip(*rows, strict=True))
        held = [_characters(text) for text in given[: len(texts)]]
        for part in parts:
            values = _numbers(held[part.text], part)
            if values is None:
                result.close()
                return None
            found[part.column.name].append(values)
        for column, told in zip(words, given[len(texts) :], strict=True):
            found[column.name].append(np.array(told, object))
    result.close()
    return {column.name: _joined(found[column.name], column) for column in columns}


@cache
def _packed(
    columns: Sequence[Column[Any]],
) -> tuple[tuple[ColumnElement[bytes], ...], tuple[Part, ...]]:
    """What writes all columns of a row, and where each is found in it."""
    texts: list[list[ColumnElement[int]]] = [[]]
    parts = []
    for column in columns:
        shifts = _shifts(column)
        if len(texts[-1]) + len(shifts) > ARGUMENTS:
            texts.append([])
        parts.append(Part(column, len(texts) - 1, len(texts[-1]), shifts))
        texts[-1] += _written(column, shifts)
    return tuple(cast(func.char(*text), LargeBinary) for text in texts), tuple(parts)


def _shifts(column: Column[Any]) -> tuple[int, ...]:
    if isinstance(column.type, SmallInteger):
        return (0,)
    if isinstance(column.type, BigInteger):
        # FOREVER is longer than any instant, and stands only where something always does.
        return (0, 20) if column.nullable else (0, 20, 40)
    return (0, 16)


def _is_moved(column: Column[Any]) -> bool:
    # To look for it at instants, too, would make all take a fifth longer.
    is_large = isinstance(column.type, BigInteger) and bool(column.nullable)
    return is_large and column.name.endswith("_seconds")


def _written(column: Column[Any], shifts: tuple[int, ...]) -> Iterator[ColumnElement[int]]:
    """The parts of a number, from its lowest bits on."""
    held: ColumnElement[int] = column
    if column.nullable:
        if _is_moved(column):
            held = column.op("+")(literal_column(str(BELOW)))
        held = func.ifnull(held, literal_column(str(HIGHEST << shifts[-1])))
    for shift, end in zip(shifts, (*shifts[1:], None), strict=True):
        part = held.op(">>")(literal_column(str(shift))) if shift else held
        if end is not None:
            part = part.op("&")(literal_column(str((1 << (end - shift)) - 1)))
        yield part


def _characters(texts: Sequence[bytes]) -> np.ndarray:
    """A row of numbers for each text; all have as many characters."""
    # Some numbers are those of halves of characters, which a text would not hold.
    told = b"".join(texts).decode("utf-8", "surrogatepass")
    codes = np.frombuffer(told.encode("utf-32-le", "surrogatepass"), "<u4")
    return codes.reshape(len(texts), -1)


def _joined(parts: Sequence[np.ndarray], column: Column[Any]) -> np.ndarray:
    if not parts:
        return np.zeros(0, object if isinstance(column.type, Text) else np.int64)
    return np.concatenate(parts)


def _numbers(characters: np.ndarray, part: Part) -> np.ndarray | None:
    """A column put together again, with NaN for null; None where a number is not all in it."""
    highest = characters[:, part.place + len(part.shifts) - 1]
    if (highest == ODD).any():
        return None
    values = highest.astype(np.int64)
    for place in reversed(range(len(part.shifts) - 1)):
        values <<= part.shifts[place + 1] - part.shifts[place]
        values |= characters[:, part.place + place]
    if _is_moved(part.column):
        values -= BELOW
    if not part.column.nullable:
        return values
    missing = highest == HIGHEST
    return np.where(missing, np.nan, values) if missing.any() else values
