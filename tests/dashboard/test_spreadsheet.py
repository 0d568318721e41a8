"""Files for spreadsheets: no cell is a formula, whatever a title holds."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from dashboard.spreadsheet import (
    FORMULA_SIGNS,
    LONGEST_CELL,
    Sheet,
    csv_text,
    safe_cell,
    xlsx_bytes,
)

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    '=HYPERLINK("http://evil.example","click")',
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_begins_like_a_formula_is_text(words: str) -> None:
    assert safe_cell(words) == "'" + words


def cells(sheet: Sheet) -> tuple[list[list[str]], list[list[tuple[str, object]]]]:
    plain = list(csv.reader(io.StringIO(csv_text(sheet).removeprefix("\ufeff"), newline="")))
    page = load_workbook(io.BytesIO(xlsx_bytes(sheet, "x" * 60, "陈 & 站"))).active
    return plain, [[(cell.data_type, cell.value) for cell in row] for row in page.iter_rows()]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
@example(["\x00\ud800\ufffe"])
@example(HOSTILE)
def test_in_no_file_a_cell_begins_like_one(line: list[str]) -> None:
    try:
        "".join(line).encode()
    except UnicodeEncodeError:
        line = [words.encode("utf-8", "replace").decode() for words in line]
    sheet = Sheet([("head", line[0])], [str(n) for n in range(len(line))], [line])
    plain, book = cells(sheet)
    assert not any(cell.startswith(FORMULA_SIGNS) for row in plain for cell in row)
    assert all(kind != "f" for row in book for kind, _ in row)
    assert all(value is None or isinstance(value, str) for row in book for _, value in row)


def test_a_title_of_a_hundred_thousand_signs_fits() -> None:
    _, book = cells(Sheet([], ["title"], [["长" * 100_000]]))
    assert len(str(book[-1][0][1])) == LONGEST_CELL


def test_who_took_it_stands_in_the_file_and_on_its_printed_pages() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(Sheet([], ["a"], []), "open", "陈站长 & 所")))
    assert book.properties.creator == "陈站长 & 所"
    assert book.active.oddFooter.center.text == "陈站长 && 所"
