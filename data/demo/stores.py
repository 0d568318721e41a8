"""Where a demo city is kept, what is there already, and whether it may be overwritten."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from data.case_tables import site_setting
from data.demo.sizes import FORMAT
from data.engines import CASE, POPULATION, VARIABLE, engine_for
from data.errors import SetupError, first_line
from data.population_tables import population_metadata, population_setting
from data.settings import Settings, project_folder
from data.sites.folder import DEFAULT_SITE, site_key
from data.work_tables import case_metadata

SETTING_TABLES = {CASE: site_setting, POPULATION: population_setting}
METADATA = {CASE: case_metadata, POPULATION: population_metadata}
KEY = "demo_build"
PLAN_NAME = "demo-plan.sqlite"


@dataclass(frozen=True)
class Build:
    """What tells one build from another; `now` is the start moment in epoch seconds."""

    size: str
    seed: int
    now: int
    site: str = DEFAULT_SITE
    format: int = FORMAT

    def as_json(self) -> dict[str, Any]:
        """As it is written into the settings of both databases and into the plan."""
        return asdict(self)


def sqlite_file(address: str) -> Path | None:
    """The file that an SQLite address names; None for other databases."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return project_folder() / url.database


def plan_file(case_address: str) -> Path:
    """Where the plan of a case database lies: beside the file, or in var/demo for a server's."""
    file = sqlite_file(case_address)
    if file:
        return file.with_name(PLAN_NAME)
    url = make_url(case_address)
    name = f"plan-{url.host or 'local'}-{url.port or 5432}-{url.database}.sqlite"
    return project_folder() / "var" / "demo" / name


def build_of(address: str, kind: str) -> Build | None:
    """The finished demo build in a database; None when it is empty, half built or an older format.

    Raises SetupError when the database holds anything that is not a demo.
    """
    file = sqlite_file(address)
    if file is not None and (not file.exists() or file.stat().st_size == 0):
        return None
    try:
        engine = engine_for(address, kind)
        with engine.connect() as connection:
            settings = _settings(connection, kind)
        engine.dispose()
    except SQLAlchemyError as error:
        reason = first_line(error.__cause__ or error)
        raise SetupError(f"{VARIABLE[kind]}: the database does not answer ({reason}).") from error
    if settings is None:
        raise SetupError(
            f"{VARIABLE[kind]}: the {kind} database holds data that is not the demo city, so it "
            "will not be overwritten. Name another database, or remove this one yourself."
        )
    known = settings.get(KEY)
    if not isinstance(known, dict) or known.get("format") != FORMAT:
        return None
    return Build(known["size"], known["seed"], known["now"], known["site"])


def check_site(settings: Settings, site: str) -> None:
    """Raise SetupError unless the case database is the demo of that site (name or path)."""
    held, wanted = build_of(settings.case_database_url, CASE), site_key(site)
    if held is None or held.site != wanted:
        there = f"the demo site {held.site}" if held else "no finished demo"
        raise SetupError(
            f"{VARIABLE[CASE]}: the case database holds {there}, not {wanted}. "
            f"Run `python -m data.demo --site {site}`, or leave --site out."
        )


def _settings(connection: Connection, kind: str) -> dict[str, Any] | None:
    """The settings of a demo or of an empty database; None when it is neither."""
    present = set(inspect(connection).get_table_names()) - {"alembic_version"}
    ours = METADATA[kind].tables
    table = SETTING_TABLES[kind]
    if table.name in present:
        rows = connection.execute(select(table.c.key, table.c.value))
        settings: dict[str, Any] = {row.key: row.value for row in rows}
        if settings.get("demo") is True:
            return settings
    filled = present - set(ours) or any(
        connection.execute(select(func.count()).select_from(ours[name])).scalar()
        for name in present
    )
    return None if filled else {}
