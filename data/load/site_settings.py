"""Reads and writes the settings kept in the databases, and refuses databases of another site."""

from sqlalchemy import Connection

from data.case_tables import site_setting
from data.engines import VARIABLE
from data.errors import InputError
from data.load.site_mapping import Site
from data.population_tables import population_setting
from data.stored_settings import read_setting, write_setting
from data.versions import bump

_TABLES = {"case": site_setting, "population": population_setting}


def check_owner(connection: Connection, kind: str, site: Site) -> None:
    """Refuse a database that holds the demo city or another site."""
    table = _TABLES[kind]
    advice = (
        f"Set {VARIABLE[kind]} to a database of its own for {site.key!r}, e.g. "
        f"sqlite:///var/{site.key}/{kind}.sqlite, or remove the old one."
    )
    if read_setting(connection, table, "demo"):
        raise InputError(f"The {kind} database holds the demo city. {advice}")
    owner = read_setting(connection, table, "site")
    if owner is not None and owner != site.key:
        raise InputError(f"The {kind} database holds the site {owner!r}. {advice}")


def write_case_site(connection: Connection, site: Site, now: int) -> None:
    """Say whose cases these are, which clock they go by and which periods have names."""
    settings = {
        "site": site.key,
        "name": [site.name, site.name_en],
        "zone": site.zone,
        "demo": False,
        "periods": [
            {
                "key": period.key,
                "name": period.name,
                "name_en": period.name_en,
                "from": period.first_day.isoformat(),
                "to": period.last_day.isoformat(),
            }
            for period in site.period
        ],
    }
    changed = [write_setting(connection, site_setting, *pair) for pair in settings.items()]
    if any(changed):
        # What a site says of itself is read again when the version of the grids changes.
        bump(connection, "grids", now)


def write_population_site(connection: Connection, site: Site, basis: str) -> None:
    """Say whose population this is, and that it is published totals rather than a register."""
    write_setting(connection, population_setting, "site", site.key)
    write_setting(connection, population_setting, "demo", False)
    write_setting(connection, population_setting, "basis", basis)
