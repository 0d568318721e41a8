"""An index for the steps that a seat or post took, of the events that name one."""

import sqlalchemy as sa
from alembic import op

revision = "case_0007"
down_revision = "case_0006"


def upgrade() -> None:
    """Add the index."""
    named = sa.text("actor IS NOT NULL")
    op.create_index(
        "ix_case_event_actor",
        "case_event",
        ["actor", "case_id"],
        sqlite_where=named,
        postgresql_where=named,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_case_event_actor", "case_event")
