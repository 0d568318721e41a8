"""Tables of the population database (domain.md §5.1), as far as the screens use them.

Grids are named by code: the grid tree itself lives in the case database. Identity and telephone numbers
lie sealed (data.encryption) in a table of their own, which lists and counts never touch.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

population_metadata = MetaData()

BY_CODE_POINT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text whose order is the same everywhere, so that what begins with a surname is one range of an index."""

population_setting = Table(
    "population_setting",
    population_metadata,
    Column("key", Text, primary_key=True, comment="basis: register | area"),
    Column("value", JSON, nullable=False),
)

population_version = Table(
    "population_version",
    population_metadata,
    Column("part", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

building = Table(
    "building",
    population_metadata,
    Column("building_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False, comment="to the building, as a case's address_masked"),
    Column("plain", Text, nullable=False, comment="the address as it is searched: data.addresses"),
    Column("grid_code", Text, index=True, comment="leaf; null = 未落格"),
    sqlite_with_rowid=False,  # read from end to end, in the order of its key
)
"""Addresses to search in: some twenty houses share one, so any piece of it is found by reading all."""

house = Table(
    "house",
    population_metadata,
    Column("house_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address_code", Text, nullable=False, unique=True),
    Column("compound_code", Text),
    Column("grid_code", Text, index=True, comment="leaf; null = 未落格"),
    Column("usage", Text, nullable=False, comment="自住 | 出租 | 空置 | 商用"),
    Column("heritage", SmallInteger, nullable=False),
    Column("built_year", Integer),
    Column("verified_day", Integer),
    Column("building_id", BigInteger, index=True),
    Column("room", Text, comment="the address within the building"),
)

household = Table(
    "household",
    population_metadata,
    Column("household_id", BigInteger, primary_key=True, autoincrement=False),
    Column("house_id", BigInteger, nullable=False, index=True),
    Column("grid_code", Text, index=True),
    Column("size", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False, comment="普通 | 空巢 | 独居"),
)
Index("ix_household_kind", household.c.kind, household.c.grid_code, household.c.household_id)

person = Table(
    "person",
    population_metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("household_id", BigInteger, nullable=False, index=True),
    Column("grid_code", Text, comment="leaf of the live address"),
    Column("sex", Text, nullable=False, comment="male | female"),
    Column("birth_year", Integer, nullable=False),
    Column("residence_kind", Text, nullable=False, comment="户籍 | 流动 | 境外"),
    Column("verified_day", Integer),
    Column("name", BY_CODE_POINT),
)
Index("ix_person_age", person.c.grid_code, person.c.birth_year, person.c.person_id)
Index("ix_person_name", person.c.name, person.c.person_id, person.c.grid_code)

person_secret = Table(
    "person_secret",
    population_metadata,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("identity_sealed", Text),
    Column("identity_hash", Text, index=True),
    Column("phone_sealed", Text),
    Column("phone_hash", Text, index=True),
)
"""Numbers of persons, sealed, with keyed hashes for exact look-up (data.encryption, data.rekey)."""

legal_entity = Table(
    "legal_entity",
    population_metadata,
    Column("entity_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True, comment="统一社会信用代码 or source id"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="企业 | 个体 | 机关 | 社会组织 | 商户"),
    Column("industry", Text),
    Column("address", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("grid_code", Text, index=True),
    Column("risk", Text, comment="危化 | 餐饮 | 食药 | null"),
    Column("verified_day", Integer),
)

tag = Table(
    "tag",
    population_metadata,
    Column("tag_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="person | house | legal_entity"),
    Column("class_name", Text, nullable=False),
    Column("sensitivity", SmallInteger, nullable=False, comment="0 open … 3 most sensitive"),
    Column("owner", Text),
)

tag_assignment = Table(
    "tag_assignment",
    population_metadata,
    Column("tag_id", Integer, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("grid_code", Text, comment="copied from the subject, so that counting needs no join"),
    PrimaryKeyConstraint("tag_id", "subject_id"),
)
Index("ix_tag_assignment_grid", tag_assignment.c.grid_code, tag_assignment.c.tag_id)
Index(
    "ix_tag_assignment_tag",
    tag_assignment.c.tag_id,
    tag_assignment.c.grid_code,
    tag_assignment.c.subject_id,
)

visit = Table(
    "visit",
    population_metadata,
    Column("visit_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False, comment="household | shop | company"),
    Column("subject_id", BigInteger, nullable=False),
    Column("grid_code", Text, comment="copied from the subject"),
    Column("day", Integer, nullable=False),
    Column("result", Text),
)
"""走访: who was called on and when (domain.md S0-14)."""
Index("ix_visit_day", visit.c.day, visit.c.subject)
Index("ix_visit_subject", visit.c.subject, visit.c.subject_id, visit.c.day)

area_population = Table(
    "area_population",
    population_metadata,
    Column("grid_code", Text, primary_key=True),
    Column("population", Float),
    Column("households", Float),
    Column("source", Text),
)
"""Published totals per grid, for sites without a register of persons."""

population_tile = Table(
    "population_tile",
    population_metadata,
    Column("attribute", Text, nullable=False, comment="data.population_tiles.ATTRIBUTES"),
    Column("grid_code", Text, nullable=False, comment="leaf; empty = 未落格"),
    Column("value", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    PrimaryKeyConstraint("attribute", "grid_code", "value"),
)
"""How many records have a value, by leaf: made by data.population_tiles, never written by anybody else."""
