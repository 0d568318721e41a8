"""Sessions: a random id in a cookie, its hash in the database, and the times at which it ends."""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from data.accounts.access import Access
from data.accounts.grants import IN_FORCE, Grant, grant_of
from data.accounts.told_browsers import forget
from data.app_tables import account, account_post, push_subscription, role_grant, session

ACTIVE_EVERY = 20
"""Seconds between two notes that somebody is active: not every tap is a write."""


KEPT = 30 * 86_400
"""Seconds for which an ended session stays on record; who signed in is in the audit log."""


class SignedIn(NamedTuple):
    """Whose session it is, the grants that hold just now, and the posts that the account stands for.

    must_enrol: a role that is held asks for a second factor, and there is none yet.
    """

    account_id: int
    login: str
    name: str
    organisation: str
    must_change: bool
    grants: tuple[Grant, ...]
    posts: tuple[str, ...] = ()
    must_enrol: bool = False


def key_of(token: str) -> bytes:
    """What is kept of a token. It is random and long: one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def new_token() -> str:
    """A token that cannot be guessed: 256 bits."""
    return secrets.token_urlsafe(32)


def form_token(token: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return hashlib.sha256(b"form " + token.encode("utf-8", "replace")).hexdigest()[:32]


def begin(access: Access, connection: Connection, account_id: int, now: int) -> str:
    """A new session; its token. What a browser brought along is never taken for one."""
    token = new_token()
    connection.execute(delete(session).where(session.c.ends_at <= now - KEPT))
    row = {
        "key": key_of(token),
        "account_id": account_id,
        "began_at": now,
        "active_at": now,
        "ends_at": now + access.rules.session_seconds,
    }
    connection.execute(insert(session).values(row))
    return token


def end(connection: Connection, token: str | None, why: str, now: int) -> bool:
    """End one session for good; whether it was open.

    What its browser is told by push ends with it, but for a session that another takes the place of (`hand_on`).
    """
    if not token:
        return False
    if why != "replaced":
        forget(connection, push_subscription.c.session_key == key_of(token))
    open_one = (session.c.key == key_of(token)) & session.c.ended_at.is_(None)
    done = connection.execute(update(session).where(open_one).values(ended_at=now, ended_by=why))
    return done.rowcount > 0


def hand_on(connection: Connection, old: str | None, token: str, account_id: int, now: int) -> None:
    """Let the session that took another's place in a browser be told by push what the other was told.

    Not to somebody else: who signs in on another's phone does not get the other's.
    """
    if not old:
        return
    theirs = push_subscription.c.session_key == key_of(old)
    same = theirs & (push_subscription.c.account_id == account_id)
    goes_on = {"session_key": key_of(token), "made_at": now}
    connection.execute(update(push_subscription).where(same).values(goes_on))
    forget(connection, theirs)


def end_all(connection: Connection, account_id: int, why: str, now: int) -> int:
    """End every session of an account; how many were open."""
    forget(connection, push_subscription.c.account_id == account_id)
    theirs = (session.c.account_id == account_id) & session.c.ended_at.is_(None)
    return connection.execute(
        update(session).where(theirs).values(ended_at=now, ended_by=why)
    ).rowcount


_ALIVE = (
    (session.c.key == bindparam("key"))
    & session.c.ended_at.is_(None)
    & (session.c.ends_at > bindparam("now"))
    & (session.c.active_at > bindparam("idle_since"))
    & account.c.disabled_at.is_(None)
)
_FOUND = (
    select(
        session.c.active_at,
        account.c.login,
        account.c.name,
        account.c.organisation,
        account.c.must_change,
        account.c.password_at,
        (account.c.password_hash.is_not(None) & account.c.totp_secret.is_(None)).label(
            "has_one_factor"
        ),
        account.c.account_id.label("whose"),
        account_post.c.post,
        role_grant,
    )
    .select_from(session)
    .join(account, account.c.account_id == session.c.account_id)
    .outerjoin(role_grant, (role_grant.c.account_id == account.c.account_id) & IN_FORCE)
    .outerjoin(
        account_post,
        (account_post.c.account_id == account.c.account_id) & account_post.c.freed_at.is_(None),
    )
    .where(_ALIVE)
    .order_by(role_grant.c.grant_id)
)
"""Session, account, grants and posts of now in one statement, built once: it runs with every request.

A row for each grant with each post; there are few of both.
"""


def find(access: Access, token: str, *, is_active: bool) -> SignedIn | None:
    """Whose session a token is; None once it ended, idled out or its account was disabled.

    is_active: a person asked, not a page's timer; only that puts the idle timeout off.
    """
    now, key = access.now(), key_of(token)
    asked = {"key": key, "now": now, "idle_since": now - access.rules.idle_seconds}
    with access.engine.connect() as connection:
        rows = connection.execute(_FOUND, asked).all()
    if not rows:
        return None
    one = rows[0]
    # A note of before the clock went back counts as none.
    if is_active and abs(now - one.active_at) >= ACTIVE_EVERY:
        with access.engine.begin() as connection:
            connection.execute(update(session).where(session.c.key == key).values(active_at=now))
    grants = {row.grant_id: row for row in rows if row.grant_id is not None}
    held = tuple(map(grant_of, grants.values()))
    days = access.rules.password_days
    is_old = bool(days and one.password_at and one.password_at <= now - days * 86_400)
    who = (one.whose, one.login, one.name, one.organisation)
    posts = sorted({row.post for row in rows if row.post is not None}) if held else ()
    asked_of = access.rules.second_factor_for
    must_enrol = bool(one.has_one_factor) and any(grant.role in asked_of for grant in held)
    return SignedIn(*who, bool(one.must_change) or is_old, held, tuple(posts), must_enrol)
