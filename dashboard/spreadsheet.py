"""Tables as files for spreadsheets: CSV and XLSX, in which no cell is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of them would be computed by a spreadsheet; some read the wide ones alike."""

MARK = "\ufeff"
"""Without it spreadsheets read UTF-8 as the local code page."""

LONGEST_CELL = 32_767
"""Signs that a cell of XLSX holds."""

LONGEST_NAME = 31
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML has no way to write."""


class Sheet(NamedTuple):
    """A table under a head of what it is: pairs of words, the names of its columns, its lines."""

    head: Sequence[tuple[str, str]]
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]

    def rows(self) -> Iterable[Sequence[str]]:
        """All rows with an empty one below the head; no cell begins like a formula."""
        yield from ((word, safe_cell(value)) for word, value in self.head)
        yield ()
        yield self.columns
        yield from ([safe_cell(cell) for cell in line] for line in self.lines)


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    words = str(value)
    return "'" + words if words.startswith(FORMULA_SIGNS) else words


def csv_text(sheet: Sheet) -> str:
    """The sheet as CSV."""
    page = io.StringIO()
    page.write(MARK)
    csv.writer(page).writerows(sheet.rows())
    return page.getvalue()


def xlsx_bytes(sheet: Sheet, name: str, bearer: str) -> bytes:
    """The sheet as XLSX; bearer: who takes it along, told in the file's properties and on every printed page."""
    book = Workbook(write_only=True)
    page = book.create_sheet(name[:LONGEST_NAME])
    page.oddFooter.center.text = bearer.replace("&", "&&")
    book.properties.creator = book.properties.lastModifiedBy = _writable(bearer)
    for row in sheet.rows():
        cells = []
        for value in row:
            cell = WriteOnlyCell(page, _writable(value))
            cell.data_type = "s"
            if row is sheet.columns:
                cell.font = Font(bold=True)
            cells.append(cell)
        page.append(cells)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _writable(value: str) -> str:
    return _UNWRITABLE.sub("�", value)[:LONGEST_CELL]
