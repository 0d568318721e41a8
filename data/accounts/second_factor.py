"""A second factor: codes of an authenticator app (TOTP, RFC 6238), each good for once."""

import hmac

import pyotp
from sqlalchemy import Connection, or_, select, update

from data.accounts.access import Access
from data.accounts.sessions import key_of
from data.app_tables import account, session
from data.audit.chain import Entry

STEP = 30
"""Seconds that a code holds; the one before and the one after are taken too."""


def use_code(connection: Connection, account_id: int, secret: str, code: str, now: int) -> bool:
    """Whether a code is right and was not used before; it is used up by that."""
    step = _step(secret, code, now)
    if step is None:
        return False
    unused = or_(account.c.totp_step.is_(None), account.c.totp_step < step)
    mine = update(account).where(account.c.account_id == account_id, unused)
    return connection.execute(mine.values(totp_step=step)).rowcount == 1


def is_set_up(access: Access, account_id: int) -> bool:
    """Whether an account has a second factor; another in its place asks for the password."""
    mine = select(account.c.totp_secret).where(account.c.account_id == account_id)
    with access.engine.connect() as connection:
        return connection.execute(mine).scalar() is not None


def new_secret(access: Access, token: str) -> str:
    """A secret to be set up in this session; it counts once a code of it was typed in."""
    secret = pyotp.random_base32()
    with access.engine.begin() as connection:
        mine = session.c.key == key_of(token)
        connection.execute(update(session).where(mine).values(new_totp=secret))
    return secret


def address_of(secret: str, login: str, issuer: str) -> str:
    """What the QR code says to the authenticator app."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=login, issuer_name=issuer)


def confirm(access: Access, token: str, account_id: int, login: str, code: str) -> bool:
    """Turn the second factor on with a first code of the session's new secret."""
    now = access.now()
    with access.log.recorded(now) as record:
        mine = session.c.key == key_of(token)
        secret = record.connection.execute(select(session.c.new_totp).where(mine)).scalar()
        step = _step(secret, code, now) if secret else None
        if step is None:
            record.note(Entry("second_factor", login, reason="code", outcome="refused"))
            return False
        whose = update(account).where(account.c.account_id == account_id)
        record.connection.execute(whose.values(totp_secret=secret, totp_step=step))
        record.connection.execute(update(session).where(mine).values(new_totp=None))
        record.note(Entry("second_factor", login, reason="set up"))
        return True


def _step(secret: str, code: str, now: int) -> int | None:
    """The step whose code it is; every candidate is compared, in the same time."""
    typed = "".join(code.split()).encode("ascii", "replace")
    made, found = pyotp.TOTP(secret, interval=STEP), None
    for step in (now // STEP - 1, now // STEP, now // STEP + 1):
        if hmac.compare_digest(made.generate_otp(step).encode(), typed):
            found = step
    return found
