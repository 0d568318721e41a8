"""Opens the case and the population database and checks that each can be read."""

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from data.case_tables import case_derived, site_setting
from data.copy.progress import is_unfinished
from data.derive import DERIVED_KEY, DERIVED_VERSION
from data.engines import CASE, POPULATION, VARIABLE, engine_for
from data.errors import SetupError, first_line
from data.migrate import head_revision, revision_of
from data.settings import Settings
from data.stored_settings import read_setting


def open_databases(settings: Settings) -> tuple[Engine, Engine]:
    """Open both databases read-only and check that each is reachable, migrated and up to date."""
    case = open_database(settings.case_database_url, CASE)
    _check_derived(case)
    return case, open_database(settings.population_database_url, POPULATION)


def open_database(address: str, kind: str, *, writable: bool = False) -> Engine:
    """Open one database; raise SetupError when it is missing, unreachable or not migrated."""
    engine = engine_for(address, kind, writable=writable)
    _check_migrated(engine, kind)
    return engine


def _check_migrated(engine: Engine, kind: str) -> None:
    try:
        with engine.connect() as connection:
            revision, unfinished = revision_of(connection), is_unfinished(connection)
    except SQLAlchemyError as error:
        reason = first_line(error.__cause__ or error)
        raise SetupError(
            f"{VARIABLE[kind]}: the {kind} database does not answer ({reason}). "
            "Check that it runs, and the address, user and password."
        ) from error
    if unfinished:
        raise SetupError(
            f"{VARIABLE[kind]}: a copy into the {kind} database was begun and has not ended. Run the same "
            "`python -m data.copy FROM TO` again: it goes on where it stopped."
        )
    wanted = head_revision(kind)
    if revision != wanted:
        raise SetupError(
            f"{VARIABLE[kind]}: the {kind} database is at revision {revision or 'none'}, this "
            f"program needs {wanted}. Run `python -m data.migrate` with a user that may change tables."
        )


def _check_derived(engine: Engine) -> None:
    """Figures would be wrong without a sign of it if the states came from an older program."""
    with engine.connect() as connection:
        if connection.execute(select(case_derived.c.case_id).limit(1)).first() is None:
            return
        version = read_setting(connection, site_setting, DERIVED_KEY)
    if version != DERIVED_VERSION:
        raise SetupError(
            f"{VARIABLE[CASE]}: the states of the cases are derived by rules {version or 1}, this "
            f"program goes by {DERIVED_VERSION}. Run `python -m data.rederive` with a user that may write."
        )
