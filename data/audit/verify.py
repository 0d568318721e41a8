"""Finds what was done to the audit log behind the program's back: edited, missing, moved, cut off.

Not to be found: what was never noted; rows appended last and removed again before their hash reached the
folder (a crash between two writes); and anything done by someone who holds database and folder both.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from data.app_tables import audit, audit_head
from data.audit.chain import Entry, row_hash, seal_of
from data.audit.log import AuditLog
from data.audit.witness import Head, others, read


class Verdict(NamedTuple):
    """What is wrong, in words, and how many rows were read."""

    problems: list[str]
    rows: int


def verify(log: AuditLog) -> Verdict:
    """Read the whole log and hold it against its hashes, its head and the folder."""
    with log.engine.connect() as connection:
        head = connection.execute(select(audit_head)).first()
        if head is None:
            return Verdict(["the log has no head: it was removed or never begun"], 0)
        problems = []
        if bytes(head.seal) != seal_of(log.secret, head.chain, head.first, bytes(head.before)):
            problems.append("where the log begins was changed, or it was sealed with another key")
        walk = _Walk(log.secret, head.chain, head.first, bytes(head.before))
        problems += walk.over(connection, read(log.folder, head.chain))
    if (walk.seq - 1, walk.previous) != (head.seq, bytes(head.hash)):
        problems.append(f"the log ends at row {walk.seq - 1}, its head says row {head.seq}")
    problems += list(_beside(log, head.chain, walk))
    return Verdict(problems, walk.rows)


class _Walk:
    """Goes through the rows in order; `seq` and `previous` are what the next one must have."""

    def __init__(self, secret: bytes, chain: str, first: int, before: bytes) -> None:
        self.secret, self.chain = secret, chain
        self.seq, self.previous = first, before
        self.rows = 0
        self.witnessed: bytes | None = None

    def over(self, connection: Connection, kept: Head | None) -> list[str]:
        """Every row that is not as it was written."""
        found: list[str] = []
        rows = connection.execution_options(yield_per=5000).execute(
            select(audit).order_by(audit.c.seq)
        )
        for row in rows:
            found += self._step(row)
            if kept is not None and row.seq == kept.seq:
                self.witnessed = bytes(row.hash)
        return found

    def _step(self, row: Row) -> Iterator[str]:
        if row.seq > self.seq:
            last = row.seq - 1
            yield f"missing: {_rows(self.seq, last)}"
        elif row.seq < self.seq:
            yield f"row {row.seq} stands before the beginning of the log"
        elif bytes(row.previous) != self.previous:
            yield f"row {row.seq} does not follow the row before it"
        entry = Entry(row.what, row.actor, row.scope, row.object, row.reason, row.outcome)
        wanted = row_hash(self.secret, self.chain, row.seq, row.at, entry, bytes(row.previous))
        if bytes(row.hash) != wanted:
            yield f"row {row.seq} is not as it was written"
        self.seq, self.previous = max(row.seq + 1, self.seq), bytes(row.hash)
        self.rows += 1


def _beside(log: AuditLog, chain: str, walk: _Walk) -> Iterator[str]:
    """What the folder knows and the database does not bear out."""
    kept = read(log.folder, chain)
    if kept is None and walk.rows:
        yield f"{log.folder} holds no newest hash of this log: rows cut off at its end would not show"
    if kept is not None and kept.seq >= walk.seq:
        yield f"cut off at the end: {_rows(walk.seq, kept.seq)}"
    elif kept is not None and kept.seq and walk.witnessed != kept.hash:
        yield f"row {kept.seq} is not the one whose hash was kept in {log.folder}"
    for name in others(log.folder, chain):
        yield f"{log.folder} knows another log, {name}: was this database put in its place?"


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"
