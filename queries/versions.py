"""The versions of the data: what tells whether figures that somebody holds are old."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Engine, select

from data.case_tables import data_version
from data.population_tables import population_version


class Versions(NamedTuple):
    """What screens show, by the kinds of data.bus.tick that tell of it; each only grows, 0 is none yet."""

    cases: int = 0
    grids: int = 0
    work: int = 0
    population: int = 0

    def reach(self, wanted: Mapping[str, int]) -> bool:
        """Whether none of the wanted versions, by kind, is newer than these."""
        held = self._asdict()
        return all(held.get(kind, version) >= version for kind, version in wanted.items())


def versions_of(parts: Mapping[str, int], population: int) -> Versions:
    """The versions in those of the case database by part and that of the population database."""
    return Versions(parts.get("cases", 0), parts.get("grids", 0), parts.get("work", 0), population)


class CaseParts(NamedTuple):
    """Versions of the case database by part, and when its cases last changed (epoch seconds, 0 never)."""

    versions: dict[str, int]
    changed_at: int


def case_parts(case: Engine) -> CaseParts:
    """The versions of the case database as they are now."""
    with case.connect() as connection:
        rows = connection.execute(select(data_version)).all()
    changed = next((int(row.changed_at) for row in rows if row.part == "cases"), 0)
    return CaseParts({row.part: int(row.version) for row in rows}, changed)


def persons_version(population: Engine) -> int:
    """The version of the population database as it is now."""
    with population.connect() as connection:
        return int(connection.execute(select(population_version.c.version)).scalar() or 0)
