"""Grants: a role, how far it reaches, from when to when, by whom. Nothing is ever deleted."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.accounts.roles import WALL
from data.accounts.rules import wrong_reach
from data.app_tables import account, device, role_grant
from data.audit.chain import Entry

APART = {"administrator": "auditor", "auditor": "administrator"}
"""Roles that one person never has both (等保 2.0: 权限分离)."""


IN_FORCE = (
    role_grant.c.withdrawn_at.is_(None)
    & (role_grant.c.valid_from <= bindparam("now"))
    & or_(role_grant.c.valid_to.is_(None), role_grant.c.valid_to > bindparam("now"))
)
"""The grants that hold at the instant `now`."""


class Grant(NamedTuple):
    """A role with its reach; `valid_to` is the first instant at which it holds no more.

    duty: a class of sensitive tags that its holder is charged with; purpose: what it was given for, which
    opens what is open by registered purpose only. Empty for none.
    """

    role: str
    reach: str
    tree: str | None
    grid: str | None
    department: str | None
    valid_from: int
    valid_to: int | None
    duty: str = ""
    purpose: str = ""

    def words(self) -> str:
        """For the audit log: role and reach in a line, and what it was given for."""
        where = {
            "grid": f" {self.tree}/{self.grid}",
            "department": f" {self.department}",
        }.get(self.reach, "")
        why = " ".join(part for part in (self.duty, self.purpose) if part)
        return f"{self.role} {self.reach}{where}" + (f" ({why})" if why else "")


class GrantRow(NamedTuple):
    """A grant as the matrix lists it: whose, since when, by whom, and whether it was withdrawn."""

    grant_id: int
    login: str
    name: str
    organisation: str
    grant: Grant
    granted_by: str
    granted_at: int
    origin: str
    withdrawn_by: str | None
    withdrawn_at: int | None
    disabled_at: int | None


def give(access: Access, account_id: int, grant: Grant, by: str) -> int:
    """Grant a role; raises ChangeRefused for a reach that the role cannot have."""
    if grant.role == WALL:
        raise ChangeRefused("role", grant.role)
    with access.log.recorded(access.now()) as record:
        login = _login(record.connection, account_id)
        if login == by:
            raise ChangeRefused("own_grant")
        made = add(access, record.connection, account_id, grant, by)
        record.note(Entry("grant", by, scope=grant.words(), object=login, reason="given"))
    return made


def add(
    access: Access,
    connection: Connection,
    account_id: int,
    grant: Grant,
    by: str,
    origin: str = "local",
) -> int:
    """Write a grant in a transaction that notes it. Raises ChangeRefused."""
    if wrong_reach(grant.role, grant.reach, grant.tree, grant.grid, grant.department):
        raise ChangeRefused("reach", grant.words())
    if grant.valid_to is not None and grant.valid_to <= grant.valid_from:
        raise ChangeRefused("period")
    if grant.duty and not grant.purpose:
        raise ChangeRefused("duty", grant.duty)
    _keep_apart(connection, account_id, grant.role)
    row = {
        "account_id": account_id,
        "role": grant.role,
        "reach": grant.reach,
        "tree_code": grant.tree,
        "grid_code": grant.grid,
        "department": grant.department,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
        "granted_by": by,
        "granted_at": access.now(),
        "origin": origin,
        "duty": grant.duty or None,
        "purpose": grant.purpose or None,
    }
    made = connection.execute(insert(role_grant).values(row).returning(role_grant.c.grant_id))
    return int(made.scalar_one())


def withdraw(access: Access, grant_id: int, by: str) -> None:
    """End a grant at once; the row stays and says who did it."""
    with access.log.recorded(access.now()) as record:
        mine = role_grant.c.grant_id == grant_id
        row = record.connection.execute(select(role_grant).where(mine)).first()
        if row is None:
            raise ChangeRefused("grant", grant_id)
        still = mine & role_grant.c.withdrawn_at.is_(None)
        ended = {"withdrawn_at": access.now(), "withdrawn_by": by}
        if record.connection.execute(update(role_grant).where(still).values(ended)).rowcount:
            login = _login(record.connection, row.account_id)
            words = grant_of(row).words()
            record.note(Entry("grant", by, scope=words, object=login, reason="withdrawn"))


def held_grants(access: Access) -> list[tuple[int, Grant]]:
    """(account, grant) of everybody who may sign in, as far as they hold just now."""
    with access.engine.connect() as connection:
        return grants_at(connection, access.now())


def grants_at(connection: Connection, now: int) -> list[tuple[int, Grant]]:
    """The same of an instant."""
    theirs = select(role_grant).join(account, account.c.account_id == role_grant.c.account_id)
    theirs = theirs.where(IN_FORCE, account.c.disabled_at.is_(None))
    rows = connection.execute(theirs, {"now": now})
    return [(row.account_id, grant_of(row)) for row in rows]


def all_grants(access: Access) -> list[GrantRow]:
    """The whole matrix, past and future grants and walls included."""
    with access.engine.connect() as connection:
        theirs = select(role_grant, account.c.login, account.c.name, account.c.organisation)
        theirs = theirs.add_columns(account.c.disabled_at)
        theirs = theirs.join(account, account.c.account_id == role_grant.c.account_id)
        theirs = theirs.order_by(account.c.login, role_grant.c.grant_id)
        rows = [
            GrantRow(
                r.grant_id,
                r.login,
                r.name,
                r.organisation,
                grant_of(r),
                r.granted_by,
                r.granted_at,
                r.origin,
                r.withdrawn_by,
                r.withdrawn_at,
                r.disabled_at,
            )
            for r in connection.execute(theirs)
        ]
        walls = connection.execute(select(device).order_by(device.c.name)).all()
    for wall in walls:
        grant = Grant(
            "wall", wall.reach, wall.tree_code, wall.grid_code, None, wall.approved_at, None
        )
        given = (wall.approved_by, wall.approved_at, "pairing", wall.revoked_by, wall.revoked_at)
        rows.append(GrantRow(0, wall.name, wall.name, "", grant, *given, None))
    return rows


def grant_of(row: Any) -> Grant:
    """The grant in a row of role_grant."""
    return Grant(
        row.role,
        row.reach,
        row.tree_code,
        row.grid_code,
        row.department,
        row.valid_from,
        row.valid_to,
        row.duty or "",
        row.purpose or "",
    )


def _keep_apart(connection: Connection, account_id: int, role: str) -> None:
    """Who hands out rights does not read what is noted of it, and the other way round."""
    other = APART.get(role)
    theirs = (
        (role_grant.c.account_id == account_id)
        & (role_grant.c.role == other)
        & role_grant.c.withdrawn_at.is_(None)
    )
    if other and connection.execute(select(role_grant.c.grant_id).where(theirs)).first():
        raise ChangeRefused("apart", role)


def _login(connection: Connection, account_id: int) -> str:
    which = select(account.c.login).where(account.c.account_id == account_id)
    login = connection.execute(which).scalar()
    if login is None:
        raise ChangeRefused("account", account_id)
    return str(login)
