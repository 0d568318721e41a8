"""Indexes for supervised and remarked cases, and for the cases of a grid without their paths."""

import sqlalchemy as sa
from alembic import op

revision = "case_0005"
down_revision = "case_0004"

LEVELS = range(1, 6)


def upgrade() -> None:
    """Add the indexes; those of paths take the place of narrower ones."""
    known = sa.text("supervise_day IS NOT NULL")
    op.create_index(
        "ix_case_derived_supervise_day",
        "case_derived",
        ["supervise_day", "valid_to"],
        sqlite_where=known,
        postgresql_where=known,
    )
    remarked = sa.text("(location <> 'exact' OR flags IS NOT NULL)")
    op.create_index(
        "ix_case_record_remarked",
        "case_record",
        ["case_id", "location", "flags"],
        sqlite_where=remarked,
        postgresql_where=remarked,
    )
    for level in LEVELS:
        columns = ["hierarchy_id", f"grid_{level}", "case_id"]
        op.create_index(f"ix_case_path_cases_{level}", "case_path", columns)
        op.drop_index(f"ix_case_path_grid_{level}", "case_path")


def downgrade() -> None:
    """Have the narrower indexes of paths again, and none for supervised cases."""
    for level in LEVELS:
        op.create_index(f"ix_case_path_grid_{level}", "case_path", ["hierarchy_id", f"grid_{level}"])
        op.drop_index(f"ix_case_path_cases_{level}", "case_path")
    op.drop_index("ix_case_record_remarked", "case_record")
    op.drop_index("ix_case_derived_supervise_day", "case_derived")
