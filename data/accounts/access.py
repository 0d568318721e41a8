"""Everything that signing in needs, opened once at start and handed down."""

import contextlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, make_url, select

from data.accounts.passwords import Passwords
from data.accounts.rules import Rules, read_rules
from data.app_tables import audit_head
from data.audit.chain import seal_of
from data.audit.log import AuditLog, open_log
from data.databases import open_database
from data.dialect import is_sqlite
from data.engines import APP, engine_for
from data.errors import SetupError
from data.migrate import migrate
from data.settings import Settings, project_folder


@dataclass(frozen=True)
class Access:
    """The app's database, its audit log, the rules, and the clock by which sessions run out."""

    engine: Engine
    log: AuditLog
    rules: Rules
    passwords: Passwords
    public_url: str = ""
    now: Callable[[], int] = lambda: int(time.time())

    @property
    def is_secure(self) -> bool:
        """Whether people reach the server by TLS."""
        return self.public_url.startswith("https://")


def open_access(settings: Settings) -> Access:
    """Open the app's database, which is made where it is an SQLite file. Raises SetupError."""
    rules = read_rules(settings.access_file)
    engine = engine_for(settings.app_database_url, APP, writable=True)
    if is_sqlite(engine):
        _begin_file(settings.app_database_url)
        migrate(engine, APP)
    engine.dispose()
    engine = open_database(settings.app_database_url, APP, writable=True)
    log = open_log(engine, settings.audit_folder)
    _check_key(log)
    return Access(engine, log, rules, Passwords(rules), settings.public_url)


def _begin_file(address: str) -> None:
    """Make the database's file, where there is none, readable by its owner only."""
    path = project_folder() / str(make_url(address).database)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR))


def _check_key(log: AuditLog) -> None:
    """A log that went on under another key could never be verified."""
    with log.engine.connect() as connection:
        head = connection.execute(select(audit_head)).one()
    if bytes(head.seal) != seal_of(log.secret, head.chain, head.first, bytes(head.before)):
        raise SetupError(
            f"AUDIT_FOLDER: the key in {log.folder} is not the one that the audit log of "
            "APP_DATABASE_URL was begun with. Put it back; `python -m data.audit verify` says more."
        )
