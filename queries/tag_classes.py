"""Classes of tags: what a named duty is about (domain.md §5.3)."""

from sqlalchemy import select

from data.population_tables import tag
from queries.site import Site

OPEN = 0
"""Sensitivity of what everybody may know who may know of records at all."""


def sensitive_classes(site: Site) -> list[str]:
    """The classes that any tag is of that is not open, by name."""

    def read() -> list[str]:
        found = select(tag.c.class_name).where(tag.c.sensitivity > OPEN).distinct()
        with site.population.connect() as connection:
            return sorted(connection.execute(found).scalars())

    return site.keep("sensitive classes", site.population_version(), read)
