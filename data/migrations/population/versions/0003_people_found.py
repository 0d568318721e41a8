"""Buildings, names, sealed numbers, and the indexes by which people, houses and companies are found."""

import sqlalchemy as sa
from alembic import op

revision = "population_0003"
down_revision = "population_0002"

INDEXES = (
    ("ix_house_building_id", "house", ["building_id"]),
    ("ix_household_house_id", "household", ["house_id"]),
    ("ix_household_kind", "household", ["kind", "grid_code", "household_id"]),
    ("ix_person_household_id", "person", ["household_id"]),
    ("ix_person_age", "person", ["grid_code", "birth_year", "person_id"]),
    ("ix_person_name", "person", ["name", "person_id", "grid_code"]),
    ("ix_tag_assignment_tag", "tag_assignment", ["tag_id", "grid_code", "subject_id"]),
    ("ix_visit_subject", "visit", ["subject", "subject_id", "day"]),
)


def upgrade() -> None:
    """Make the tables, columns and indexes."""
    op.create_table(
        "building",
        sa.Column("building_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text(), nullable=False, comment="to the building, as a case's address_masked"),
        sa.Column("plain", sa.Text(), nullable=False, comment="the address as it is searched: data.addresses"),
        sa.Column("grid_code", sa.Text(), comment="leaf; null = 未落格"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_building_grid_code", "building", ["grid_code"])
    op.create_table(
        "person_secret",
        sa.Column("person_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("identity_sealed", sa.Text()),
        sa.Column("identity_hash", sa.Text()),
        sa.Column("phone_sealed", sa.Text()),
        sa.Column("phone_hash", sa.Text()),
    )
    op.create_index("ix_person_secret_identity_hash", "person_secret", ["identity_hash"])
    op.create_index("ix_person_secret_phone_hash", "person_secret", ["phone_hash"])
    op.add_column("house", sa.Column("building_id", sa.BigInteger()))
    op.add_column("house", sa.Column("room", sa.Text(), comment="the address within the building"))
    by_code_point = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("person", sa.Column("name", by_code_point))
    op.drop_index("ix_person_grid_code", table_name="person")
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """Drop them."""
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.create_index("ix_person_grid_code", "person", ["grid_code"])
    op.drop_column("person", "name")
    op.drop_column("house", "room")
    op.drop_column("house", "building_id")
    op.drop_table("person_secret")
    op.drop_table("building")
