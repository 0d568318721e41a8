"""How often somebody may try in a minute that slides, counted for all processes of the server together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine, bindparam, delete, func, select, text

from data.app_tables import recent_try

WINDOW = 60
"""Seconds."""

_r = recent_try.c
_COUNT_ONE = text(
    "INSERT INTO recent_try (kind, who, at, n) VALUES (:kind, :who, :at, 1) "
    "ON CONFLICT (kind, who, at) DO UPDATE SET n = recent_try.n + 1"
)
# Of a clock that was put back what was counted later than now is no try of late.
_OLD = delete(recent_try).where((_r.at <= bindparam("since")) | (_r.at > bindparam("at")))
_OF_LATE = select(func.sum(_r.n)).where(
    _r.kind == bindparam("kind"),
    _r.who == bindparam("who"),
    _r.at > bindparam("since"),
    _r.at <= bindparam("at"),
)


@dataclass(frozen=True)
class Tries:
    """At most `most` tries of a kind a minute for each name; now: in epoch seconds."""

    engine: Engine
    kind: Literal["sign_in", "look_up", "open", "pair"]
    most: int
    now: Callable[[], float] = time.time

    def allows(self, who: str) -> bool:
        """Count a try, and say whether it is one too many; that one does not count.

        Written before it is read: of two processes the second waits for the first and finds what it
        counted; on PostgreSQL, of two who try in neighbouring seconds and at once, it may not.
        """
        at = int(self.now())
        asked = {"kind": self.kind, "who": who[:200], "at": at, "since": at - WINDOW}
        with self.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(_COUNT_ONE, asked)
            if int(connection.execute(_OF_LATE, asked).scalar() or 0) > self.most:
                transaction.rollback()
                return False
            connection.execute(_OLD, asked)
        return True
