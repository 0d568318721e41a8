"""Signing in with a password, and a second factor where one is set up.

Whoever fails learns nothing: an unknown login, a wrong password, a wrong code, a lock and a disabled
account get one answer, after the same work.
"""

from typing import Any

from sqlalchemy import Connection, case, or_, select, update

from data.accounts import sessions
from data.accounts.access import Access
from data.accounts.people import spelling
from data.accounts.second_factor import use_code
from data.app_tables import account
from data.audit.chain import Entry

NOBODY = -1


def sign_in(
    access: Access, login: str, password: str, code: str = "", *, replaces: str | None = None
) -> str | None:
    """The token of a new session, or None; a session that the browser still had is ended."""
    now = access.now()
    with access.log.recorded(now) as record:
        connection = record.connection
        row = connection.execute(select(account).where(account.c.login == spelling(login))).first()
        fits = access.passwords.fits(row.password_hash if row else None, password)
        reason = _refusal(connection, row, fits, code, now)
        if not _counted(access, connection, row, reason, now):
            reason = "locked"
        known = row.login if row else "-"
        if reason or row is None:
            record.note(Entry("sign_in", known, reason=reason, outcome="refused"))
            return None
        if access.passwords.is_old(row.password_hash):
            fresh = access.passwords.hash(password)
            connection.execute(_of(row).values(password_hash=fresh))
        record.note(Entry("sign_in", known, reason="password"))
        sessions.end(connection, replaces, "replaced", now)
        token = sessions.begin(access, connection, row.account_id, now)
        sessions.hand_on(connection, replaces, token, row.account_id, now)
        return token


def sign_out(access: Access, token: str, login: str) -> None:
    """End the session; what the browser still shows cannot be asked for again."""
    now = access.now()
    with access.log.recorded(now) as record:
        if sessions.end(record.connection, token, "sign_out", now):
            record.note(Entry("sign_out", login))


def change_password(
    access: Access, token: str, account_id: int, old: str, new: str
) -> tuple[str, str]:
    """(token of the session that goes on, '') or ('', what is wrong: a key of [new_password])."""
    now = access.now()
    with access.log.recorded(now) as record:
        connection = record.connection
        row = connection.execute(select(account).where(account.c.account_id == account_id)).one()
        fits = access.passwords.fits(row.password_hash, old)
        wrong = "" if fits and not _is_locked(row, now) else "old"
        _counted(access, connection, row, "password" if wrong else "", now)
        wrong = wrong or ("same" if new == old else access.passwords.lacks(new, row.login))
        if wrong:
            record.note(Entry("password", row.login, reason=wrong, outcome="refused"))
            return "", wrong
        fresh = access.passwords.hash(new)
        held = {"password_hash": fresh, "password_at": now, "must_change": 0}
        connection.execute(_of(row).values(held))
        sessions.end_all(connection, account_id, "password", now)
        record.note(Entry("password", row.login))
        return sessions.begin(access, connection, account_id, now), ""


def knows_password(access: Access, account_id: int, password: str) -> bool:
    """Whether who holds a session is the account's owner; failures count and lock as at sign-in.

    True for an account without a password: it signs in at the provider, which cannot be asked here.
    """
    now = access.now()
    with access.log.recorded(now) as record:
        connection = record.connection
        row = connection.execute(select(account).where(account.c.account_id == account_id)).one()
        if row.password_hash is None:
            return True
        fits = access.passwords.fits(row.password_hash, password)
        fits = fits and not _is_locked(row, now)
        fits = _counted(access, connection, row, "" if fits else "password", now) and fits
        if not fits:
            record.note(Entry("password", row.login, reason="asked again", outcome="refused"))
        return fits


def _refusal(connection: Connection, row: Any, fits: bool, code: str, now: int) -> str:
    """Why nobody is signed in: read by the auditor only; '' when everything is right."""
    if row is None:
        return "unknown login"
    if row.disabled_at is not None:
        return "disabled"
    if _is_locked(row, now):
        return "locked"
    if not fits:
        return "password"
    if row.totp_secret and not use_code(connection, row.account_id, row.totp_secret, code, now):
        return "code"
    return ""


def _is_locked(row: Any, now: int) -> bool:
    return row.locked_until is not None and row.locked_until > now


def _counted(access: Access, connection: Connection, row: Any, reason: str, now: int) -> bool:
    """Count a failure and lock at the last one, or start again after a success.

    False for a success that came too late: guesses tried side by side have locked the account.
    """
    if not reason:
        open_one = or_(account.c.locked_until.is_(None), account.c.locked_until <= now)
        mine = _of(row).where(open_one, account.c.disabled_at.is_(None))
        return connection.execute(mine.values(failures=0, locked_until=None)).rowcount == 1
    # The same statement where nothing counts, so that a lock or an unknown login takes no less time.
    whose = row.account_id if reason in ("password", "code") else NOBODY
    is_last = account.c.failures + 1 >= access.rules.failures
    until = now + access.rules.lock_seconds
    failed = {
        "locked_until": case((is_last, until), else_=account.c.locked_until),
        "failures": case((is_last, 0), else_=account.c.failures + 1),
    }
    connection.execute(update(account).where(account.c.account_id == whose).values(failed))
    return True


def _of(row: Any) -> Any:
    return update(account).where(account.c.account_id == row.account_id)
