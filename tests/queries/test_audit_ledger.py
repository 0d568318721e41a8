"""The ledger of what was opened is the audit log itself, on every engine and for many at once."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from accounts_town import START, Office, office
from conftest import ENGINES
from sqlalchemy import select

from data.app_tables import audit
from data.audit.reading import UNUSUAL
from data.audit.verify import verify
from queries.audit_ledger import AuditLedger
from queries.unmask import Limits, Note, Opened, Refused, Wish, open_until, unmask

LIMITS = Limits(per_day=3, unusual=3)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


def ask(town: Office, at: int = START, actor: str = "zhao") -> int:
    wish = Wish(actor, "S01", 7, "phone", "核实独居老人情况", "2026092100001")
    ledger = AuditLedger(town.access.log, at)
    return unmask(
        ledger,
        wish,
        at=at,
        zone="Asia/Shanghai",
        limits=LIMITS,
        sees_case=lambda _: True,
        sees_person=lambda _: True,
    )


def test_what_is_opened_is_a_row_and_the_row_keeps_it_open(town: Office) -> None:
    assert ask(town) == START + 300
    ledger = AuditLedger(town.access.log, START)
    assert ledger.opened_since("zhao", START) == [Opened("person/7/phone", START)]
    assert ledger.opened_since("zhao", START + 1) == []
    assert ledger.opened_since("li", START) == []
    assert AuditLedger(town.access.log, START, "call").opened_since("zhao", START) == []
    for at, until in ((START + 299, START + 300), (START + 300, None)):
        assert open_until(ledger, "zhao", 7, "phone", at=at, limits=LIMITS) == until
    with town.access.engine.connect() as connection:
        (row,) = connection.execute(select(audit)).all()
    assert row.reason == "2026092100001: 核实独居老人情况"


def test_refusals_are_kept_and_the_unusual_is_marked(town: Office) -> None:
    for second in range(3):
        ask(town, START + second)
    with pytest.raises(Refused, match="quota"):
        ask(town, START + 3)
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.seq)).all()
    assert [row.outcome for row in rows] == ["done", "done", "done", "refused"]
    assert [row.reason.startswith(UNUSUAL) for row in rows] == [False, False, True, True]
    assert verify(town.access.log).problems == []


def test_many_at_once_do_not_get_past_the_number_of_a_day(town: Office) -> None:
    opened: list[int] = []

    def one() -> None:
        with suppress(Refused):
            opened.append(ask(town))

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 3
    assert verify(town.access.log).rows == 12


def test_a_note_by_itself_is_a_row_too(town: Office) -> None:
    note = Note("call", "zhao", "S01", "person/7", "", "done")
    AuditLedger(town.access.log, START, "call").note(note, START)
    assert AuditLedger(town.access.log, START, "call").opened_since("zhao", START)
