"""Reads CSV, CSV.GZ and XLSX as text, in portions, whatever their encoding.

Nothing is guessed about types: '0306' stays '0306'. Plain lines are read by arrow, many at a time. All
others go through the csv module, because it hands over malformed rows, which are set aside instead of
ending the load.
"""

import csv
import difflib
import gzip
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook

from data.errors import InputError
from data.load.text_rows import (
    STRAY,
    Lines,
    Place,
    Portion,
    portion_of,
    read_plain,
    told_where,
)

PORTION = 20_000
EXACT = 1e15
"""Numbers from here on lose digits in a workbook: a code of 18 digits is not the code any more."""

STRAY_SHARE = 0.05
"""A file is UTF-8 with some bad bytes, not GB18030, when fewer of its non-ASCII letters are stray."""

_NON_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class TextTable:
    """A table file whose header has been read."""

    path: Path
    encoding: str
    delimiter: str
    columns: list[str]
    date_format: str

    def portions(self, size: int = PORTION) -> Iterator[Portion]:
        """All rows as text, in order; blank lines are passed over. `size`: lines of a portion."""
        if self.encoding == "workbook":
            rows = enumerate(_workbook_rows(self), 1)
            next(rows, None)
            while part := list(itertools.islice(rows, size)):
                yield portion_of(part, self.columns)
            return
        with _open_text(self) as stream, told_where(self.path.name) as place:
            lines = Lines(stream)
            header = next(csv.reader(lines, delimiter=self.delimiter), None)
            place.row = 1 if header is not None else 0
            while held := lines.take(size):
                frame = read_plain(held, place.row, self.columns, self.delimiter)
                if frame is None:
                    yield self._read_rows(held, lines, place)
                else:
                    place.row += len(frame)
                    yield Portion(frame, [])

    def _read_rows(self, held: list[str], lines: Lines, place: Place) -> Portion:
        """The rows that begin on these lines, by the csv module; the last may need lines after them."""
        lines.put_back(held)
        until = lines.given + len(held)
        part = []
        reader = csv.reader(lines, delimiter=self.delimiter)
        while lines.given < until and (row := next(reader, None)) is not None:
            place.row += 1
            part.append((place.row, row))
        return portion_of(part, self.columns)

    def need(self, wanted: dict[str, str | None]) -> None:
        """Raise InputError for the first wanted column that is missing; keys say who wants it."""
        for wanting, column in wanted.items():
            if column is None or column in self.columns:
                continue
            near = difflib.get_close_matches(column, self.columns, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise InputError(
                f"{self.path.name} has no column {column!r} (mapping: {wanting}).{hint} "
                f"Its columns are: {', '.join(self.columns)}."
            )


def open_table(path: Path, date_format: str = "%Y-%m-%d %H:%M:%S") -> TextTable:
    """Look at encoding, delimiter and header; dates of XLSX cells are spelt in `date_format`."""
    table = TextTable(path, _encoding(path), ",", [], date_format)
    if not _is_workbook(path):
        with _open_text(table) as stream:
            head = stream.readline()
        delimiter = max(",;\t", key=head.count)
        table = TextTable(path, table.encoding, delimiter, [], date_format)
    header = [cell.strip() for cell in _header(table)]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(f"{path.name} is empty: the first row must name the columns.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path.name}: the header names {twice[0]!r} twice; rename one of them.")
    return TextTable(path, table.encoding, table.delimiter, header, date_format)


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() in (".xlsx", ".xlsm", ".xls", ".ods")


def _header(table: TextTable) -> list[str]:
    if table.encoding == "workbook":
        return next(_workbook_rows(table), [])
    with _open_text(table) as stream, told_where(table.path.name):
        lines = (line.replace("\0", "") for line in stream)
        return next(csv.reader(lines, delimiter=table.delimiter), [])


def _workbook_rows(table: TextTable) -> Iterator[list[str]]:
    try:
        sheet = CalamineWorkbook.from_path(str(table.path)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise InputError(f"{table.path.name} cannot be read as a workbook ({error}).") from None
    width = next((len(_trimmed(row)) for row in rows), 0)
    for number, row in enumerate(rows, 1):
        rounded = [v for v in row if isinstance(v, float) and abs(v) >= EXACT]
        if rounded:
            raise InputError(
                f"{table.path.name}, row {number}: {rounded[0]:.0f} has more than 15 digits, so the "
                "workbook holds it rounded. Format that column as text and export it again."
            )
        yield [_cell(value, table.date_format) for value in row[:width]]


def _trimmed(row: list[object]) -> list[object]:
    while row and row[-1] == "":
        row = row[:-1]
    return row


def _cell(value: object, date_format: str) -> str:
    """A cell as its owner would type it: whole numbers without .0, dates in the mapping's format."""
    if isinstance(value, (datetime, date)):
        return value.strftime(date_format)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _open_bytes(path: Path) -> IO[bytes]:
    try:
        if path.suffix.lower() == ".gz":
            return io.BufferedReader(gzip.open(path, "rb"))
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None


def _open_text(table: TextTable) -> IO[str]:
    """The decoded file; bytes that are not UTF-8 become lone surrogates, which rows are tested for."""
    return io.TextIOWrapper(
        _open_bytes(table.path), table.encoding, errors="surrogateescape", newline=""
    )


def _encoding(path: Path) -> str:
    if _is_workbook(path):
        if not path.exists():
            raise InputError(f"There is no file {path}.")
        return "workbook"
    try:
        with _open_bytes(path) as stream:
            head = stream.read(4)
        if head.startswith(b"\xef\xbb\xbf"):
            return "utf-8-sig"
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        if _decodes(path, "utf-8"):
            return "utf-8"
        if _stray_share(path) < STRAY_SHARE:
            return "utf-8"
        if _decodes(path, "gb18030"):
            return "gb18030"
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise InputError(f"{path.name} cannot be read: {error}.") from None
    raise InputError(
        f"{path.name} is neither UTF-8 nor GB18030; save it as “CSV UTF-8” and load it again."
    )


def _decodes(path: Path, encoding: str) -> bool:
    with io.TextIOWrapper(_open_bytes(path), encoding, newline="") as stream:
        try:
            while stream.read(1 << 20):
                pass
        except UnicodeDecodeError:
            return False
    return True


def _stray_share(path: Path) -> float:
    """Share of the non-ASCII letters that are lone bytes when the file is read as UTF-8."""
    stray = letters = 0
    with io.TextIOWrapper(
        _open_bytes(path), "utf-8", errors="surrogateescape", newline=""
    ) as stream:
        while text := stream.read(1 << 20):
            stray += len(STRAY.findall(text))
            letters += len(_NON_ASCII.findall(text))
    return stray / letters if letters else 0.0
