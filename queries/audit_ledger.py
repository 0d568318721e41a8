"""The audit log as the rules of opening records count in it: what is counted is what is noted."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select

from data.app_tables import audit
from data.audit.chain import Entry
from data.audit.log import AuditLog, Recorded, hold
from data.audit.reading import UNUSUAL
from queries.unmask import DONE, WHAT, Note, Opened


class AuditLedger:
    """A ledger (queries.unmask.Ledger) for one request of one person; what: the rows that count."""

    def __init__(self, log: AuditLog, at: int, what: str = WHAT) -> None:
        self._log, self._at, self._what = log, at, what
        self._record: Recorded | None = None

    @contextmanager
    def alone(self, actor: str) -> Iterator[None]:
        """Hold the whole log: whoever counts meanwhile, in any process, waits for what is noted here."""
        with self._log.recorded(self._at) as record:
            hold(record.connection)
            self._record = record
            try:
                yield
            finally:
                self._record = None

    def opened_since(self, actor: str, at: int) -> list[Opened]:
        """What the account opened from `at` (epoch seconds) on, oldest first."""
        if self._record is not None:
            return self._opened(self._record.connection, actor, at)
        with self._log.engine.connect() as connection:
            return self._opened(connection, actor, at)

    def _opened(self, connection: Connection, actor: str, at: int) -> list[Opened]:
        opened = select(audit.c.object, audit.c.at).where(
            audit.c.actor == actor,
            audit.c.what == self._what,
            audit.c.outcome == DONE,
            audit.c.at >= at,
        )
        rows = connection.execute(opened.order_by(audit.c.seq))
        return [Opened(row.object, row.at) for row in rows]

    def note(self, note: Note, at: int) -> None:
        """Append a row; with `alone`, in the transaction that counted."""
        reason = UNUSUAL + note.reason if note.unusual else note.reason
        entry = Entry(note.what, note.actor, note.scope, note.object, reason, note.outcome)
        if self._record is not None:
            self._record.note(entry)
        else:
            self._log.note(entry, at)
