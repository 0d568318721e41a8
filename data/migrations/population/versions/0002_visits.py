"""Visits to households, shops and companies."""

import sqlalchemy as sa
from alembic import op

revision = "population_0002"
down_revision = "population_0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "visit",
        sa.Column("visit_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="household | shop | company"),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_code", sa.Text(), comment="copied from the subject"),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text()),
    )
    op.create_index("ix_visit_day", "visit", ["day", "subject"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("visit")
