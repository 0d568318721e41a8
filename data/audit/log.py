"""Appends to the audit log: in the transaction of what is noted, one writer after the other."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from data.app_tables import audit, audit_head
from data.audit.chain import START, Entry, plain, row_hash, seal_of
from data.audit.witness import Head, keep
from data.caller_keys import secret_of

WHAT = (
    "sign_in",
    "sign_out",
    "denial",
    "list_view",
    "person_view",
    "search",
    "unmask",
    "call",
    "export",
    "cast",
    "supervision",
    "grant",
    "account",
    "password",
    "second_factor",
    "device",
    "token",
    "audit_view",
    "retention",
)
"""What is noted; whoever reads the log may choose among them."""


@dataclass
class Recorded:
    """A transaction on the app's database and what will be noted of it when it ends."""

    connection: Connection
    entries: list[Entry] = field(default_factory=list)

    def note(self, entry: Entry) -> None:
        """Note something; written last, so that nobody waits for the log longer than it takes."""
        self.entries.append(entry)


@dataclass(frozen=True)
class AuditLog:
    """The log of one app database; `folder` holds its key and its newest hash."""

    engine: Engine
    secret: bytes
    folder: Path

    @contextlib.contextmanager
    def recorded(self, at: int) -> Iterator[Recorded]:
        """Do something and note it: both happen or neither; `at` in epoch seconds."""
        head = None
        with self.engine.begin() as connection:
            record = Recorded(connection)
            yield record
            if record.entries:
                head = self._append(connection, record.entries, at)
        if head is not None:
            keep(self.folder, head)

    def note(self, entry: Entry, at: int) -> None:
        """Note something that changes nothing else."""
        with self.recorded(at) as record:
            record.note(entry)

    def _append(self, connection: Connection, entries: list[Entry], at: int) -> Head:
        head = hold(connection)
        for entry in entries:
            if entry.what not in WHAT:
                raise ValueError(f"{entry.what} is not among the things that are noted")
            clean = Entry(*map(plain, entry))
            seq = head.seq + 1
            sealed = row_hash(self.secret, head.chain, seq, at, clean, head.hash)
            row = {"seq": seq, "at": at, **clean._asdict(), "previous": head.hash, "hash": sealed}
            connection.execute(insert(audit).values(row))
            head = Head(head.chain, seq, sealed)
        connection.execute(update(audit_head).values(seq=head.seq, hash=head.hash))
        return head


def hold(connection: Connection) -> Head:
    """Keep everybody else from appending until the transaction ends; the newest row."""
    # An UPDATE, because it makes SQLite take its write lock and PostgreSQL lock the row alike.
    connection.execute(update(audit_head).values(one=audit_head.c.one))
    held = connection.execute(select(audit_head)).one()
    return Head(held.chain, held.seq, bytes(held.hash))


def open_log(engine: Engine, folder: Path) -> AuditLog:
    """The log of a migrated app database, begun if it is new. Raises SetupError for a broken key."""
    log = AuditLog(engine, secret_of(folder / "key", "AUDIT_FOLDER"), folder)
    chain = secrets.token_hex(8)
    begun = {
        "one": 1,
        "chain": chain,
        "seq": 0,
        "hash": START,
        "first": 1,
        "before": START,
        "seal": seal_of(log.secret, chain, 1, START),
    }
    # Whoever comes second finds it begun.
    with contextlib.suppress(IntegrityError), engine.begin() as connection:
        if connection.execute(select(audit_head.c.one)).first() is None:
            connection.execute(insert(audit_head).values(begun))
    return log
