"""An app database with light passwords and a clock that tests turn, on every engine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from conftest import POSTGRESQL
from sqlalchemy import Engine, create_engine, delete, make_url, select, text

from data.accounts import grants, people
from data.accounts.access import Access
from data.accounts.grants import Grant
from data.accounts.passwords import Passwords
from data.accounts.rules import Rules
from data.app_tables import account, app_metadata, recent_try
from data.audit.log import open_log
from data.engines import APP, engine_for
from data.migrate import migrate

LIGHT = Rules(argon_memory=64, argon_passes=1)
"""Hashing that takes no time; everything else as built in."""

PASSWORD = "Lamp-post-47"
START = 1_790_000_000


@dataclass
class Hand:
    """The hand of a clock: tests move it."""

    at: int = START

    def __call__(self) -> int:
        return self.at


@dataclass(frozen=True)
class Office:
    """An app database with its clock."""

    access: Access
    hand: Hand

    def person(self, login: str, *held: Grant, must_change: bool = False) -> int:
        """An account with PASSWORD and some grants."""
        with self.access.log.recorded(self.hand.at) as record:
            made = people.add(
                self.access,
                record.connection,
                login,
                f"{login} name",
                "office",
                PASSWORD,
                must_change=must_change,
            )
            for grant in held:
                grants.add(self.access, record.connection, made, grant, "test")
        return made

    def number_of(self, login: str) -> int:
        """Of an account."""
        with self.access.engine.connect() as connection:
            found = select(account.c.account_id).where(account.c.login == login)
            return int(connection.execute(found).scalar_one())

    def forget_tries(self) -> None:
        """Nobody has tried too often: whole modules of tests sign in from one address."""
        with self.access.engine.begin() as connection:
            connection.execute(delete(recent_try))

    def grants_of(self, account_id: int) -> tuple[Grant, ...]:
        """What an account holds just now."""
        held = grants.held_grants(self.access)
        return tuple(one for whose, one in held if whose == account_id)


def grant(role: str, reach: str = "", **where: object) -> Grant:
    """A grant in force from the start on: `tree`, `grid`, `department`, `valid_from`, `valid_to`."""
    kind = reach or (
        "grid" if "grid" in where else "department" if "department" in where else "site"
    )
    bare = Grant(role, kind, None, None, None, START, None)
    return bare._replace(**where)


def app_engine(engine: str, folder: Path, name: str = "app") -> Engine:
    """An empty, migrated app database of an engine."""
    if engine == "sqlite":
        opened = engine_for(f"sqlite:///{folder}/{name}.sqlite", APP, writable=True)
        migrate(opened, APP)
        return opened
    opened = engine_for(_postgresql(name), APP, writable=True)
    with opened.begin() as connection:
        for table in app_metadata.sorted_tables:
            connection.execute(delete(table))
    return opened


@cache
def _postgresql(name: str) -> str:
    """Address of a database made once for all tests of a process: making one takes half a second."""
    database = os.environ.get("PYTEST_XDIST_WORKER", "") + name
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{database}"'))
    admin.dispose()
    address = make_url(POSTGRESQL).set(database=database).render_as_string(hide_password=False)
    migrate(engine_for(address, APP, writable=True), APP)
    return address


@contextmanager
def office(
    engine: str, folder: Path, rules: Rules = LIGHT, public_url: str = "", name: str = "app"
) -> Iterator[Office]:
    """An office to work in; name: of its database, which an office on PostgreSQL begins by emptying."""
    opened = app_engine(engine, folder, name)
    hand = Hand()
    log = open_log(opened, folder / "audit")
    access = Access(opened, log, rules, Passwords(rules), public_url, hand)
    try:
        yield Office(access, hand)
    finally:
        opened.dispose()


def with_rules(town: Office, **changed: object) -> Office:
    """The same office under other rules."""
    rules = replace(town.access.rules, **changed)
    return Office(replace(town.access, rules=rules, passwords=Passwords(rules)), town.hand)
