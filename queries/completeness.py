"""Records of which all is known that should be: counters of K25 beside those of fresh ones (domain.md §5.1).

Whether a record is complete is worked out by the database, for names and addresses differ from row to row.
"""

from sqlalchemy import ColumnElement, FromClause, Table, and_, case, func, literal_column, select

from data.population_tables import house, legal_entity, person, person_secret
from queries.work_counters import Ground, WorkCounter

_e = legal_entity.c
_secret = person_secret.c
WHOLE = {
    "persons": (person.c.grid_code, person.c.name, _secret.identity_hash),
    "houses": (house.c.grid_code, house.c.building_id, house.c.room, house.c.built_year),
    "legal_entities": (_e.grid_code, _e.address, _e.industry, _e.lon, _e.lat),
}
"""What must be known of a record that is complete, by kind."""
PERSONS_KNOWN = person.outerjoin(person_secret, _secret.person_id == person.c.person_id)


def is_whole(kind: str) -> ColumnElement[bool]:
    """Whether all is known of a record that should be."""
    return and_(*(column.is_not(None) for column in WHOLE[kind]))


def _completeness(kind: str, table: Table, rows: FromClause) -> Ground:
    """A table's records by grid and whether each is whole."""
    is_complete = case((is_whole(kind), 1), else_=0)
    place = func.coalesce(table.c.grid_code, literal_column("''")).label("place")
    held = select(place, is_complete.label("is_complete")).select_from(rows)
    held_rows = held.subquery(f"{table.name}_completeness")
    return Ground(held_rows, held_rows.c.place, in_population=True)


def _complete(key: str, ground: Ground) -> WorkCounter:
    return WorkCounter(key, ground, ground.rows.c.is_complete == 1)


WHOLE_PERSONS = _completeness("persons", person, PERSONS_KNOWN)
WHOLE_HOUSES = _completeness("houses", house, house)
WHOLE_ENTITIES = _completeness("legal_entities", legal_entity, legal_entity)
COMPLETE_PERSONS = _complete("complete_persons", WHOLE_PERSONS)
COMPLETE_HOUSES = _complete("complete_houses", WHOLE_HOUSES)
COMPLETE_ENTITIES = _complete("complete_entities", WHOLE_ENTITIES)
COMPLETE_RECORDS = (COMPLETE_PERSONS, COMPLETE_HOUSES, COMPLETE_ENTITIES)
