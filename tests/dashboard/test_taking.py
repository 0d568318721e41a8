"""A list is taken along by whom it is open to, for a reason that is noted, under their name."""

import csv
import html
import io
from typing import Any

import pytest
from accounts_town import Office
from guarded import Browser
from openpyxl import load_workbook
from sqlalchemy import select

from data.accounts.roles import FOR_PEOPLE
from data.app_tables import audit
from queries.rights import right

pytest_plugins = ["guarded_fixtures"]

PAGE = "/export.csv?list=accepted"
BOOK = "/export.xlsx?list=accepted"
REASON = "周例会材料，电话13800138000"


def exports(town: Office) -> list[tuple[str, str, str]]:
    asked = select(audit).where(audit.c.what == "export").order_by(audit.c.seq)
    with town.access.engine.connect() as connection:
        return [(row.actor, row.object, row.reason) for row in connection.execute(asked)]


def head(rows: list[list[Any]]) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in rows[: rows.index([])]}


def test_a_file_bears_name_organisation_time_and_tail_and_why(town: Office, tab: Browser) -> None:
    tab.sign_in("operations")
    before = len(exports(town))
    answer = tab.submit(PAGE, {"reason": REASON})
    assert answer.headers["content-disposition"].startswith("attachment")
    told = head(list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))))
    bearer = told["导出人"]
    assert bearer.startswith("operations name · office · 20") and bearer.endswith(" · …ions")
    assert told["导出事由"] == "周例会材料，电话138****8000"
    assert told["口径"] and told["截至"]
    answer = tab.submit(PAGE, {"reason": REASON}, BOOK)
    book = load_workbook(io.BytesIO(answer.content))
    assert book.active["B1"].value.startswith("operations name · office")
    assert book.properties.creator.startswith("operations name")
    noted = "周例会材料，电话138****8000"
    assert exports(town)[before:] == [
        ("operations", "csv list=accepted", noted),
        ("operations", "xlsx list=accepted", noted),
    ]


@pytest.mark.parametrize("reason", ["", "    ", "aaaa", "。。。。。", "长话" * 200])
@pytest.mark.parametrize("path", [PAGE, BOOK])
def test_without_a_reason_there_is_no_file(
    town: Office, tab: Browser, reason: str, path: str
) -> None:
    tab.sign_in("operations")
    before = exports(town)
    answer = tab.submit(PAGE, {"reason": reason}, path)
    assert (answer.status_code, "请写明导出事由" in answer.text) == (400, True)
    assert "content-disposition" not in answer.headers
    assert exports(town) == before


@pytest.mark.parametrize("path", [PAGE, BOOK])
def test_asking_shows_a_page_and_takes_nothing(town: Office, tab: Browser, path: str) -> None:
    tab.sign_in("operations")
    before = exports(town)
    answer = tab.get(path)
    assert answer.headers["content-type"].startswith("text/html")
    assert f'action="{PAGE}"' in html.unescape(answer.text)
    assert exports(town) == before
    forged = tab.post(path, {"form_token": "0" * 32, "reason": REASON})
    assert forged.status_code == 403 and exports(town) == before


@pytest.mark.parametrize("role", FOR_PEOPLE)
def test_the_way_to_a_file_is_shown_to_whom_it_is_open(tab: Browser, role: str) -> None:
    tab.sign_in(role)
    may = any(right(role, screen, "export").depth for screen in ("tablet", "phone"))
    for path in (PAGE, BOOK):
        assert tab.get(path).status_code == (200 if may else 403)
        # Straight to the file, with a token that is ours but of another page.
        sent = {"form_token": tab.token("/account"), "reason": REASON}
        assert tab.post(path, sent).status_code == (200 if may else 403)
    if right(role, "tablet", "case_figures").depth:
        shown = "export.csv" in tab.callback("tablet").text
        assert shown == may


def test_an_address_that_is_code_stays_text(tab: Browser) -> None:
    tab.sign_in("operations")
    for odd in ('"><script>alert(1)</script>', "&lang=en&list=closed", "&grid=%00"):
        answer = tab.get(f"/export.csv?list=accepted{odd}")
        assert "<script>alert" not in answer.text
        assert answer.status_code in (200, 404)
