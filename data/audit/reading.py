"""Reads the audit log for those who may: newest first, a page at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, select

from data.app_tables import audit

PAGE = 100

UNUSUAL = "[unusual] "
"""Begins the reason of a row that the auditor should look at."""


def newest(
    engine: Engine,
    *,
    what: str = "",
    actor: str = "",
    before: int | None = None,
    unusual: bool = False,
) -> Sequence[Any]:
    """Up to PAGE rows of the log; `before` is the seq where the page before ended. unusual: only such rows."""
    rows = select(audit).order_by(audit.c.seq.desc()).limit(PAGE)
    if what:
        rows = rows.where(audit.c.what == what)
    if actor:
        rows = rows.where(audit.c.actor == actor)
    if unusual:
        rows = rows.where(audit.c.reason.startswith(UNUSUAL, autoescape=True))
    if before is not None:
        rows = rows.where(audit.c.seq < before)
    with engine.connect() as connection:
        return connection.execute(rows).all()
