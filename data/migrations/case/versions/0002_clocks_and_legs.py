"""Working-time calendars, limits on a clock, and what the further KPIs count."""

import sqlalchemy as sa
from alembic import op

revision = "case_0002"
down_revision = "case_0001"

ADDED = {
    "category": [("line", sa.Text())],
    "case_record": [("in_grid", sa.SmallInteger())],
    "case_event": [
        ("limit_seconds", sa.BigInteger()),
        ("limit_clock", sa.Text()),
        ("lead_level", sa.Text()),
    ],
    "survey": [("responded", sa.SmallInteger())],
    "case_derived": [
        ("dispatched_at", sa.BigInteger()),
        ("received_at", sa.BigInteger()),
        ("responded_at", sa.BigInteger()),
        ("work_seconds", sa.BigInteger()),
        ("limit_clock", sa.Text()),
        ("lead_level", sa.Text()),
        ("in_grid", sa.SmallInteger()),
        ("extended_at", sa.BigInteger()),
        ("supervise_due", sa.BigInteger()),
        ("supervise_day", sa.Integer()),
        ("supervise_answered_at", sa.BigInteger()),
    ],
}
COUNTED = (
    "is_checked",
    "is_management",
    "survey_reached",
    "survey_responded",
    "survey_solved",
    "n_dispatch",
)


def upgrade() -> None:
    """Add the columns; what they hold comes from `python -m data.rederive`."""
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
    )
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    for name in COUNTED:
        op.add_column(
            "case_derived",
            sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"),
        )


def downgrade() -> None:
    """Drop what `upgrade` added."""
    for name in COUNTED:
        op.drop_column("case_derived", name)
    for table, columns in ADDED.items():
        for name, _ in columns:
            op.drop_column(table, name)
    op.drop_table("calendar_day")
