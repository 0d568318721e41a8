"""Since when the database says what it says of a case, and what it said before."""

import time

import sqlalchemy as sa
from alembic import op

revision = "case_0006"
down_revision = "case_0005"

DEEPEST = 8


def upgrade() -> None:
    """Begin the records: of what was there already nobody knows since when, but by now it was."""
    connection = op.get_bind()
    op.add_column(
        "case_derived", sa.Column("recorded_from", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_index("ix_case_derived_recorded", "case_derived", ["recorded_from"])
    op.add_column("survey", sa.Column("ingested_at", sa.BigInteger()))
    # Whatever columns states have by now, so have their past.
    columns = [
        sa.Column(c["name"], c["type"], nullable=c["nullable"], server_default="0" if c["default"] else None)
        for c in sa.inspect(connection).get_columns("case_derived")
    ]
    op.create_table(
        "case_derived_past",
        *columns,
        sa.Column("recorded_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "valid_from", "recorded_to"),
    )
    op.create_index("ix_case_derived_past_recorded", "case_derived_past", ["recorded_to"])
    op.create_table(
        "case_path_past",
        sa.Column("hierarchy_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        *(sa.Column(f"grid_{depth}", sa.Integer()) for depth in range(1, DEEPEST + 1)),
        sa.Column("recorded_to", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "hierarchy_id", "recorded_to"),
    )
    op.create_index("ix_case_path_past_recorded", "case_path_past", ["recorded_to"])
    if connection.execute(sa.text("SELECT 1 FROM case_record LIMIT 1")).first():
        setting = sa.table("site_setting", sa.column("key"), sa.column("value", sa.JSON()))
        op.bulk_insert(setting, [{"key": "known_since", "value": int(time.time())}])


def downgrade() -> None:
    """Drop what `upgrade` added."""
    op.execute("DELETE FROM site_setting WHERE key = 'known_since'")
    op.drop_table("case_path_past")
    op.drop_table("case_derived_past")
    op.drop_column("survey", "ingested_at")
    op.drop_index("ix_case_derived_recorded", "case_derived")
    op.drop_column("case_derived", "recorded_from")
