"""The audit log: what is done to it behind the program's back shows; many may write at once."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from accounts_town import START, Office, office
from conftest import ENGINES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from data.app_tables import audit, audit_head
from data.audit import __main__ as command
from data.audit.chain import Entry, row_hash
from data.audit.log import AuditLog, open_log
from data.audit.retention import LEAST_DAYS, forget
from data.audit.verify import verify
from data.audit.witness import file_of

DAY = 86_400
TEXTS = ("actor", "scope", "object", "reason", "outcome", "what")


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def log(town: Office) -> AuditLog:
    return town.access.log


def fill(log: AuditLog, number: int, at: int = START) -> None:
    for n in range(number):
        log.note(Entry("export", f"person{n}", "site", f"list {n}", "weekly report"), at + n)


def rows_of(log: AuditLog) -> list[dict]:
    with log.engine.connect() as connection:
        return [
            dict(row) for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings()
        ]


def put_back(log: AuditLog, rows: list[dict], head: dict) -> None:
    with log.engine.begin() as connection:
        connection.execute(delete(audit))
        connection.execute(insert(audit), rows)
        connection.execute(update(audit_head).values(head))


def test_a_log_that_was_left_alone_is_intact(log: AuditLog) -> None:
    assert verify(log) == ([], 0)
    fill(log, 7)
    assert verify(log) == ([], 7)


def test_what_is_noted_can_be_any_text(log: AuditLog) -> None:
    log.note(
        Entry("denial", "a\x00b", "网格 '; DROP TABLE audit; --", "\ud800", "x" * 10_000), START
    )
    assert verify(log) == ([], 1)
    assert len(rows_of(log)[0]["reason"]) == 500


def test_what_did_not_happen_is_not_noted(log: AuditLog) -> None:
    with pytest.raises(ZeroDivisionError), log.recorded(START) as record:
        record.note(Entry("grant", "somebody"))
        raise ZeroDivisionError
    assert verify(log) == ([], 0)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_meddling_shows(log: AuditLog, data: st.DataObject) -> None:
    """Edits, removals, swaps, insertions and cuts, with a head made to fit where that can be."""
    if not rows_of(log):
        fill(log, 12)
    rows = rows_of(log)
    with log.engine.connect() as connection:
        head = dict(connection.execute(select(audit_head)).mappings().one())
    seqs = [row["seq"] for row in rows]
    at = data.draw(st.sampled_from(seqs), "row")
    how = data.draw(st.sampled_from(["edit", "remove", "swap", "insert", "cut", "rewrite"]), "how")
    here = audit.c.seq == at
    with log.engine.begin() as connection:
        if how == "edit":
            column = data.draw(st.sampled_from((*TEXTS, "at")), "column")
            value = at + 1 if column == "at" else "something else"
            connection.execute(update(audit).where(here).values({column: value}))
        elif how == "remove":
            connection.execute(delete(audit).where(here))
        elif how == "swap":
            other = data.draw(st.sampled_from([s for s in seqs if s != at]), "other")
            one, two = rows[at - 1], rows[other - 1]
            for row, place in ((one, other), (two, at)):
                moved = {k: v for k, v in row.items() if k != "seq"}
                connection.execute(update(audit).where(audit.c.seq == place).values(moved))
        elif how == "insert":
            row = {**rows[-1], "seq": rows[-1]["seq"] + 1, "previous": rows[-1]["hash"]}
            connection.execute(insert(audit).values(row))
        elif how == "cut":
            connection.execute(delete(audit).where(audit.c.seq >= at))
            last = rows[at - 2] if at > 1 else {"seq": 0, "hash": bytes(32)}
            connection.execute(update(audit_head).values(seq=last["seq"], hash=last["hash"]))
        else:
            # Everything from here on hashed anew, as one who does not hold the key would have to.
            previous = rows[at - 1]["previous"]
            for row in rows[at - 1 :]:
                entry = Entry(**{**{k: row[k] for k in Entry._fields}, "actor": "nobody"})
                sealed = row_hash(b"a guess", head["chain"], row["seq"], row["at"], entry, previous)
                made = {"actor": "nobody", "previous": previous, "hash": sealed}
                connection.execute(update(audit).where(audit.c.seq == row["seq"]).values(made))
                previous = sealed
            connection.execute(update(audit_head).values(hash=previous))
    problems = verify(log).problems
    put_back(log, rows, head)
    assert problems, how
    assert verify(log) == ([], len(rows))


def test_a_cut_with_a_fitting_head_shows_by_the_hash_kept_apart(log: AuditLog) -> None:
    fill(log, 5)
    rows = rows_of(log)
    with log.engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.seq > 3))
        connection.execute(update(audit_head).values(seq=3, hash=rows[2]["hash"]))
    assert verify(log).problems == ["cut off at the end: rows 4 to 5"]
    with log.engine.connect() as connection:
        chain = connection.execute(select(audit_head.c.chain)).scalar_one()
    file_of(log.folder, chain).unlink()
    assert "holds no newest hash" in verify(log).problems[0]


def test_another_database_in_its_place_shows(log: AuditLog, tmp_path: Path) -> None:
    fill(log, 2)
    with office("sqlite", tmp_path / "new") as other:
        swapped = open_log(other.access.engine, log.folder)
        swapped.note(Entry("export", "x"), START)
        # It began under another key and is known by another name.
        said = " ".join(verify(swapped).problems)
        assert "another key" in said
        assert "knows another log" in said


def test_many_writers_make_one_chain(log: AuditLog) -> None:
    def work(name: str) -> None:
        for n in range(10):
            with log.recorded(START + n) as record:
                record.note(Entry("cast", name))
                record.note(Entry("export", name))

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(log) == ([], 80)


def test_old_rows_go_and_the_rest_stays_verifiable(log: AuditLog, tmp_path: Path) -> None:
    fill(log, 4, START)
    fill(log, 3, START + 200 * DAY)
    now = START + 300 * DAY
    with pytest.raises(ValueError, match=str(LEAST_DAYS)):
        forget(log, LEAST_DAYS - 1, "me", now)
    with (tmp_path / "old.jsonl").open("w") as copy:
        assert forget(log, LEAST_DAYS, "me", now, copy) == 4
    assert len((tmp_path / "old.jsonl").read_text().splitlines()) == 4
    assert verify(log) == ([], 4)
    assert rows_of(log)[-1]["what"] == "retention"
    assert rows_of(log)[-1]["object"] == "rows 1 to 4"
    fill(log, 2, now)
    assert verify(log) == ([], 6)
    with log.engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.seq == 5))
    assert verify(log).problems == ["missing: row 5"]
    with log.engine.begin() as connection:
        connection.execute(update(audit_head).values(first=6, before=rows_of(log)[0]["previous"]))
    assert "where the log begins was changed" in verify(log).problems[0]


def test_the_command_says_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with office("sqlite", tmp_path) as town:
        fill(town.access.log, 3)
        monkeypatch.setenv("APP_DATABASE_URL", f"sqlite:///{tmp_path}/app.sqlite")
        monkeypatch.setenv("AUDIT_FOLDER", str(tmp_path / "audit"))
        assert command.main(["verify"]) == 0
        assert "3 rows read: intact" in capsys.readouterr().out
        with town.access.engine.begin() as connection:
            connection.execute(update(audit).where(audit.c.seq == 2).values(actor="x"))
        assert command.main(["verify"]) == 1
        said = capsys.readouterr().out
        assert "row 2 is not as it was written" in said
        assert command.main(["forget", "--days", "200"]) == 2
        assert command.main(["show"]) == 0
    with pytest.raises(SystemExit):
        command.main(["forget", "--days", "30"])
