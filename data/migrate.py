"""Brings the case, the population and the app's own database to the tables this program needs.

`python -m data.migrate` migrates the databases that the settings name; needs a user that may write.
"""

import argparse
import sys
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select

from data.engines import APP, CASE, POPULATION, engine_for
from data.errors import SetupError
from data.settings import read_settings

REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own table; data.copy writes it where alembic cannot."""


def migrate(engine: Engine, kind: str) -> None:
    """Upgrade one database to the newest revision; does nothing when it is there already."""
    config = _config(kind)
    with engine.begin() as connection:
        # Alembic reads all its scripts before it finds nothing to do: every small load would pay.
        if revision_of(connection) == head_revision(kind):
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None before its first tables."""
    if not inspect(connection).has_table(REVISION.name):
        return None
    return connection.execute(select(REVISION.c.version_num)).scalar()


@cache
def head_revision(kind: str) -> str:
    """The revision that this program's tables are at."""
    head = ScriptDirectory.from_config(_config(kind)).get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations for the {kind} database")
    return head


def _config(kind: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations" / kind))
    return config


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m data.migrate`."""
    parser = argparse.ArgumentParser(prog="python -m data.migrate", description=__doc__)
    parser.parse_args(arguments)
    try:
        settings = read_settings()
        addresses = {
            CASE: settings.case_database_url,
            POPULATION: settings.population_database_url,
            APP: settings.app_database_url,
        }
        for kind, address in addresses.items():
            migrate(engine_for(address, kind, writable=True), kind)
            print(f"{kind} database: at revision {head_revision(kind)}")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
