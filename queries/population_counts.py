"""Counts of the register by leaf grid and value: from the tiles, or counted where there are none."""

from collections.abc import Mapping

from sqlalchemy import func, select

from data.engines import steady
from data.population_tables import population_tile
from data.population_tiles import counted, made_for
from queries.site import Site

Counts = Mapping[str | None, Mapping[str, int]]


def counts_of(site: Site, attribute: str) -> Counts:
    """Records by leaf code (None = 未落格) and value of an attribute of `data.population_tiles.ATTRIBUTES`.

    Kept until the population changes.
    """
    version = site.population_version()
    return site.keep(("counts", attribute), version, lambda: _read(site, attribute, version))


def values_of(site: Site, attribute: str) -> tuple[str, ...]:
    """The attribute's values that any record has, in order."""

    def known() -> tuple[str, ...]:
        counts = counts_of(site, attribute).values()
        return tuple(sorted({value for held in counts for value in held}))

    return site.keep(("values", attribute), site.population_version(), known)


def records_of(site: Site, attribute: str) -> Mapping[str | None, int]:
    """Records by leaf code, whatever the value: for attributes that every record has."""
    version = site.population_version()

    def added() -> dict[str | None, int]:
        t = population_tile.c
        statement = select(t.grid_code, func.sum(t.n)).where(t.attribute == attribute)
        with site.population.connect() as connection:
            connection = steady(connection)
            if made_for(connection) == version:
                rows = connection.execute(statement.group_by(t.grid_code)).all()
                return {code or None: int(n) for code, n in rows}
        return {code: sum(held.values()) for code, held in counts_of(site, attribute).items()}

    return site.keep(("records", attribute), version, added)


def _read(site: Site, attribute: str, version: object) -> dict[str | None, dict[str, int]]:
    t = population_tile.c
    tiles = select(t.grid_code, t.value, t.n).where(t.attribute == attribute)
    held: dict[str | None, dict[str, int]] = {}
    with site.population.connect() as connection:
        connection = steady(connection)
        ready = made_for(connection) == version
        for code, value, n in connection.execute(tiles if ready else counted(attribute)):
            held.setdefault(code or None, {})[value] = n
    return held
