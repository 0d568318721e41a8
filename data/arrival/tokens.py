"""The tokens by which sources send cases: made and revoked on the command line, one or more of a source."""

import hashlib
import secrets
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from data.app_tables import arrival_seen, arrival_token
from data.arrival.signature import OLDEST_SECONDS, key_of
from data.audit.chain import Entry
from data.audit.log import AuditLog
from data.errors import InputError

LONGEST_PREFIX = 40
LAST_USE_EVERY = 60
"""Seconds between two notes that a token was used: not every batch is a write more."""


class Token(NamedTuple):
    """A token as it is kept. prefix: what goes before the source's own case ids."""

    token_id: int
    source: str
    prefix: str
    key: bytes
    created_by: str
    created_at: int
    used_at: int | None
    revoked_at: int | None


def create(log: AuditLog, source: str, prefix: str, by: str, now: int) -> tuple[int, str]:
    """Number and text of a fresh token; the text is not kept, so it is told this once.

    Raises InputError for a prefix that cannot be.
    """
    if len(prefix) > LONGEST_PREFIX or not prefix.isprintable():
        raise InputError(
            f"The prefix {prefix!r} is not plain text of at most {LONGEST_PREFIX} signs."
        )
    text = secrets.token_urlsafe(32)
    row = {
        "source": source,
        "prefix": prefix,
        "key": key_of(text),
        "created_by": by,
        "created_at": now,
    }
    with log.recorded(now) as record:
        done = record.connection.execute(
            insert(arrival_token).values(row).returning(arrival_token.c.token_id)
        )
        number = int(done.scalar_one())
        record.note(Entry("token", by, object=f"{source} #{number}", reason="created"))
    return number, text


def revoke(log: AuditLog, token_id: int, by: str, now: int) -> None:
    """Take no more from who has this token; raises InputError where there is none in force."""
    with log.recorded(now) as record:
        mine = (arrival_token.c.token_id == token_id) & arrival_token.c.revoked_at.is_(None)
        row = record.connection.execute(select(arrival_token).where(mine)).first()
        if row is None:
            raise InputError(f"There is no token {token_id} in force; `token list` names them.")
        record.connection.execute(update(arrival_token).where(mine).values(revoked_at=now))
        record.note(Entry("token", by, object=f"{row.source} #{token_id}", reason="revoked"))


def tokens(engine: Engine) -> list[Token]:
    """Every token, revoked ones too."""
    with engine.connect() as connection:
        rows = connection.execute(select(arrival_token).order_by(arrival_token.c.token_id))
        return [Token(*row) for row in rows]


def in_force(engine: Engine, source: str) -> list[Token]:
    """The tokens that a source may sign with: two while one takes the other's place."""
    mine = (arrival_token.c.source == source) & arrival_token.c.revoked_at.is_(None)
    with engine.connect() as connection:
        return [Token(*row) for row in connection.execute(select(arrival_token).where(mine))]


def is_seen(engine: Engine, signature: str) -> bool:
    """Whether what this signature belongs to was taken in."""
    mine = arrival_seen.c.signature == _digest(signature)
    with engine.connect() as connection:
        return connection.execute(select(arrival_seen.c.at).where(mine)).first() is not None


def remember(engine: Engine, token: Token, signature: str, now: int) -> None:
    """Keep that a batch was taken in, as long as its signature would be believed."""
    with engine.begin() as connection:
        old = arrival_seen.c.at < now - 2 * OLDEST_SECONDS
        connection.execute(delete(arrival_seen).where(old))
        if token.used_at is None or token.used_at <= now - LAST_USE_EVERY:
            mine = arrival_token.c.token_id == token.token_id
            connection.execute(update(arrival_token).where(mine).values(used_at=now))
    # The very same batch may have come twice at a time, which changed nothing.
    with suppress(IntegrityError), engine.begin() as connection:
        connection.execute(insert(arrival_seen).values(signature=_digest(signature), at=now))


def _digest(signature: str) -> bytes:
    return hashlib.sha256(signature.lower().encode()).digest()
