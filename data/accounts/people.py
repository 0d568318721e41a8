"""Accounts: made, disabled, enabled again, given a new one-time password; and the very first one."""

import re
import unicodedata
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from data.accounts import sessions
from data.accounts.access import Access
from data.accounts.passwords import one_time_password
from data.accounts.refused import ChangeRefused
from data.app_tables import account, role_grant
from data.audit.chain import Entry
from data.audit.log import hold

FIRST = "admin"
_LOGIN = re.compile(r"[\w.@-]{2,64}")


class Person(NamedTuple):
    """An account as the administrator sees it."""

    account_id: int
    login: str
    name: str
    organisation: str
    has_second_factor: bool
    disabled_at: int | None


def spelling(login: str) -> str:
    """The one spelling of a login."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()[:200]


def create(access: Access, login: str, name: str, organisation: str, by: str) -> tuple[int, str]:
    """(account, its one-time password), to be changed at first sign-in. Raises ChangeRefused."""
    password = one_time_password()
    with access.log.recorded(access.now()) as record:
        made = add(access, record.connection, login, name, organisation, password)
        record.note(Entry("account", by, object=spelling(login), reason="created"))
    return made, password


def add(
    access: Access,
    connection: Connection,
    login: str,
    name: str,
    organisation: str,
    password: str | None,
    *,
    must_change: bool = True,
    subject: str | None = None,
) -> int:
    """Write a new account in a transaction that notes it; its number. Raises ChangeRefused."""
    login = spelling(login)
    if not _LOGIN.fullmatch(login):
        raise ChangeRefused("login", login)
    if connection.execute(select(account.c.login).where(account.c.login == login)).first():
        raise ChangeRefused("login_taken", login)
    row = {
        "login": login,
        "name": name.strip()[:100] or login,
        "organisation": organisation.strip()[:100],
        "subject": subject,
        "password_hash": access.passwords.hash(password) if password else None,
        "password_at": access.now() if password else None,
        "must_change": int(must_change and password is not None),
        "failures": 0,
        "created_at": access.now(),
    }
    made = connection.execute(insert(account).values(row).returning(account.c.account_id))
    return int(made.scalar_one())


def disable(access: Access, account_id: int, by: str) -> None:
    """Let nobody sign in by this account, and end its sessions at once."""
    now = access.now()
    with access.log.recorded(now) as record:
        login = _change(record.connection, account_id, disabled_at=now)
        if login == by:
            raise ChangeRefused("own_disable")
        sessions.end_all(record.connection, account_id, "disabled", now)
        record.note(Entry("account", by, object=login, reason="disabled"))


def enable(access: Access, account_id: int, by: str) -> None:
    """Let the account be used again, unlocked."""
    with access.log.recorded(access.now()) as record:
        login = _change(
            record.connection, account_id, disabled_at=None, failures=0, locked_until=None
        )
        record.note(Entry("account", by, object=login, reason="enabled"))


def renew(access: Access, account_id: int, by: str) -> str:
    """A new one-time password in place of a forgotten one; the second factor is set up anew too."""
    password, now = one_time_password(), access.now()
    with access.log.recorded(now) as record:
        login = _change(
            record.connection,
            account_id,
            password_hash=access.passwords.hash(password),
            password_at=now,
            must_change=1,
            totp_secret=None,
            failures=0,
            locked_until=None,
        )
        sessions.end_all(record.connection, account_id, "password", now)
        record.note(Entry("account", by, object=login, reason="new one-time password"))
    return password


def people(access: Access) -> list[Person]:
    """Every account, by login."""
    with access.engine.connect() as connection:
        rows = connection.execute(select(account).order_by(account.c.login)).all()
    return [
        Person(r.account_id, r.login, r.name, r.organisation, bool(r.totp_secret), r.disabled_at)
        for r in rows
    ]


def first_administrator(access: Access) -> str | None:
    """Make the one account of a new database; its password, or None where there are accounts."""
    password = one_time_password()
    with access.log.recorded(access.now()) as record:
        hold(record.connection)  # of two servers that start at once one makes the account
        if record.connection.execute(select(func.count()).select_from(account)).scalar():
            return None
        made = add(access, record.connection, FIRST, FIRST, "", password)
        grant = {
            "account_id": made,
            "role": "administrator",
            "reach": "none",
            "valid_from": access.now(),
            "granted_by": "first start",
            "granted_at": access.now(),
            "origin": "local",
        }
        record.connection.execute(insert(role_grant).values(grant))
        record.note(Entry("account", "first start", object=FIRST, reason="created"))
    return password


def _change(connection: Connection, account_id: int, **values: object) -> str:
    mine = account.c.account_id == account_id
    login = connection.execute(select(account.c.login).where(mine)).scalar()
    if login is None:
        raise ChangeRefused("account", account_id)
    connection.execute(update(account).where(mine).values(**values))
    return str(login)
