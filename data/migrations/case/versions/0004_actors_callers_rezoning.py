"""Who acted in an event, who called (as a keyed hash), and paths by today's grids."""

import sqlalchemy as sa
from alembic import op

revision = "case_0004"
down_revision = "case_0003"

DEEPEST = 8


def upgrade() -> None:
    """Add the columns and the table; they stay empty until events, cases and grids fill them."""
    op.add_column("case_event", sa.Column("actor", sa.Text()))
    op.add_column("case_record", sa.Column("caller_key", sa.Text()))
    op.create_index("ix_case_record_caller", "case_record", ["caller_key"])
    op.create_table(
        "case_path_now",
        sa.Column("hierarchy_id", sa.Integer(), sa.ForeignKey("hierarchy.hierarchy_id"), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case_record.case_id"), nullable=False),
        *(sa.Column(f"grid_{depth}", sa.Integer()) for depth in range(1, DEEPEST + 1)),
        sa.PrimaryKeyConstraint("case_id", "hierarchy_id"),
    )


def downgrade() -> None:
    """Drop what `upgrade` added."""
    op.drop_table("case_path_now")
    op.drop_index("ix_case_record_caller", "case_record")
    op.drop_column("case_record", "caller_key")
    op.drop_column("case_event", "actor")
