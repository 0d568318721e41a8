"""The rows of a text file: many plain lines at a time by arrow, all others by the csv module."""

import csv
import gzip
import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from data.errors import InputError

STRAY = re.compile(r"[\udc80-\udcff]")
"""What bytes that are not UTF-8 are read as."""


class Malformed(NamedTuple):
    """A row that does not have the header's number of fields."""

    row: int
    fields: list[str]
    reason: str


class Portion(NamedTuple):
    """Some rows; the index of the frame is the row number in the file, the header being row 1."""

    frame: pd.DataFrame
    malformed: list[Malformed]


NOTHING = "\0"
"""A character that some exports are full of and no text means; it is passed over."""


class Lines:
    """The lines of a file, to be taken many at a time or one by one; `given` counts them."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.given = lines, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.given += 1
        return line.replace(NOTHING, "")

    def take(self, number: int) -> list[str]:
        """The next lines, at most so many."""
        lines = list(itertools.islice(self._lines, number))
        self.given += len(lines)
        if NOTHING in "".join(lines):
            return [line.replace(NOTHING, "") for line in lines]
        return lines

    def put_back(self, lines: list[str]) -> None:
        """Have these lines, which were taken last, come again."""
        self.given -= len(lines)
        self._lines = itertools.chain(lines, self._lines)


def portion_of(part: list[tuple[int, list[str]]], columns: list[str]) -> Portion:
    """Rows with their numbers as a frame; those of another width or with stray bytes apart, blank ones nowhere."""
    width = len(columns)
    filled = [(n, r) for n, r in part if any(cell.strip() for cell in r)]
    good = [(n, r) for n, r in filled if len(r) == width and not _is_stray(r)]
    bad = [_malformed(n, r, width) for n, r in filled if len(r) != width or _is_stray(r)]
    frame = pd.DataFrame(
        [r for _, r in good],
        columns=columns,
        index=pd.Index([n for n, _ in good], name="row"),
        dtype="str",
    )
    return Portion(frame, bad)


def read_plain(
    lines: list[str], before: int, columns: list[str], delimiter: str
) -> pd.DataFrame | None:
    """Lines of which each is a whole row, five times as fast as by the csv module.

    None where they are not so plain: quotation marks, another number of fields, blank rows, stray bytes.
    """
    text = "".join(lines)
    # A mark of the byte order, in front of the first cell, would be passed over.
    if '"' in text or len(columns) < 2 or text.startswith("\ufeff"):
        return None
    if not text.isascii() and STRAY.search(text):
        return None
    try:
        read = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            arrow_csv.ReadOptions(column_names=columns, use_threads=False),
            arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    frame = read.to_pandas()
    if len(frame) != len(lines) or _any_blank(frame):
        return None
    frame.index = pd.RangeIndex(before + 1, before + 1 + len(frame), name="row")
    return frame


def _any_blank(frame: pd.DataFrame) -> bool:
    """Whether a row holds nothing but blanks."""
    left = frame
    for column in frame.columns:
        left = left[left[column].str.strip() == ""]
        if left.empty:
            return False
    return True


@dataclass
class Place:
    """The row of a file that was read last."""

    row: int = 0


@contextmanager
def told_where(file: str) -> Iterator[Place]:
    """Make what the csv module or gzip complain of a message with the row."""
    place = Place()
    try:
        yield place
    except csv.Error as error:
        raise InputError(
            f"{file}, after row {place.row}: {error}; look for a quotation mark that "
            "is opened and not closed."
        ) from None
    except (EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{file} is cut off or damaged ({error}).") from None


def _is_stray(fields: list[str]) -> bool:
    text = "".join(fields)
    return not text.isascii() and STRAY.search(text) is not None


def _malformed(row: int, fields: list[str], width: int) -> Malformed:
    if len(fields) != width:
        return Malformed(row, fields, "the row has more or fewer fields than the header")
    return Malformed(row, fields, "the row holds bytes that are not UTF-8")
