"""Removes the oldest rows of the audit log in a way that leaves the rest verifiable."""

import json
from typing import TextIO

from sqlalchemy import delete, func, select, update

from data.app_tables import audit, audit_head
from data.audit.chain import Entry, seal_of
from data.audit.log import AuditLog, hold

LEAST_DAYS = 183
"""Six months: what the law asks for at least (网络安全法)."""

_DAY = 86_400


def forget(log: AuditLog, days: int, actor: str, at: int, copy: TextIO | None = None) -> int:
    """Remove rows older than `days`, after writing each as a line of JSON to `copy`; how many.

    Raises ValueError for fewer than LEAST_DAYS.
    """
    if days < LEAST_DAYS:
        raise ValueError(f"the log is kept for at least {LEAST_DAYS} days")
    with log.recorded(at) as record:
        connection = record.connection
        head = hold(connection)
        young = select(func.min(audit.c.seq)).where(audit.c.at >= at - days * _DAY)
        first = connection.execute(young).scalar()
        # The newest row stays in any case: the log goes on from it.
        first = head.seq if first is None else first
        gone = audit.c.seq < first
        rows = connection.execute(select(audit).where(gone).order_by(audit.c.seq)).all()
        if not rows:
            return 0
        for row in rows:
            if copy is not None:
                copy.write(json.dumps(row._asdict(), default=bytes.hex, ensure_ascii=False) + "\n")
        if copy is not None:
            copy.flush()
        before = bytes(rows[-1].hash)
        connection.execute(delete(audit).where(gone))
        seal = seal_of(log.secret, head.chain, first, before)
        connection.execute(update(audit_head).values(first=first, before=before, seal=seal))
        what = f"rows {rows[0].seq} to {rows[-1].seq}"
        record.note(Entry("retention", actor, object=what, reason=f"older than {days} days"))
        return len(rows)
