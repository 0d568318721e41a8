"""Counts of the register by leaf grid, kept ready."""

import sqlalchemy as sa
from alembic import op

revision = "population_0004"
down_revision = "population_0003"

COUNTED = (
    ("birth_year", "person", "birth_year"),
    ("sex", "person", "sex"),
    ("residence", "person", "residence_kind"),
    ("tag", "tag_assignment", "tag_id"),
    ("household", "household", "kind"),
    ("usage", "house", "usage"),
    ("entity", "legal_entity", "kind"),
)


def upgrade() -> None:
    """Make the table and count what is there."""
    op.create_table(
        "population_tile",
        sa.Column("attribute", sa.Text(), nullable=False, comment="data.population_tiles.ATTRIBUTES"),
        sa.Column("grid_code", sa.Text(), nullable=False, comment="leaf; empty = 未落格"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("attribute", "grid_code", "value"),
    )
    for attribute, table, column in COUNTED:
        op.execute(
            "INSERT INTO population_tile (attribute, grid_code, value, n) "
            f"SELECT '{attribute}', COALESCE(grid_code, ''), CAST({column} AS TEXT), COUNT(*) "
            f"FROM {table} WHERE {column} IS NOT NULL GROUP BY 2, 3"
        )
    connection = op.get_bind()
    version = connection.execute(
        sa.text("SELECT version FROM population_version WHERE part = 'population'")
    ).scalar()
    if version is not None:
        setting = sa.table("population_setting", sa.column("key"), sa.column("value", sa.JSON()))
        connection.execute(setting.insert().values(key="tiles_of_version", value=int(version)))


def downgrade() -> None:
    """Drop it."""
    op.drop_table("population_tile")
    op.execute("DELETE FROM population_setting WHERE key = 'tiles_of_version'")
