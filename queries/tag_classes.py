"""Classes of tags: what a named duty is about (domain.md §5.3), and which are told in no total."""

from sqlalchemy import select

from data.population_tables import tag
from queries.site import Site

OPEN = 0
"""Sensitivity of what everybody may know who may know of records at all."""

RESTATING = {"person": ("年龄", "老年关爱"), "house": ("结构安全",)}
"""Classes, by what carries their tags, of which no total is told.

Their tags say in other words what an attribute says, and mostly one lies within the other or shares a whole
with it: who is 70 is 65 as well, a house built before 1980 was built before 2000, who lives alone is counted
in the table of homes. Of other classes queries.tag_choice finds by the records which tags may be told
beside one another. A site names its classes as these are named.
"""


def may_be_told(subject: str, class_name: str) -> bool:
    """Whether totals of a tag of this class may be told, protected by itself."""
    return class_name not in RESTATING.get(subject, ())


def sensitive_classes(site: Site) -> list[str]:
    """The classes that any tag is of that is not open, by name."""

    def read() -> list[str]:
        found = select(tag.c.class_name).where(tag.c.sensitivity > OPEN).distinct()
        with site.population.connect() as connection:
            return sorted(connection.execute(found).scalars())

    return site.keep("sensitive classes", site.population_version(), read)
