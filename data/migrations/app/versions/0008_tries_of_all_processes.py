"""How often somebody tried of late, counted for all processes together."""

import sqlalchemy as sa
from alembic import op

revision = "app_0008"
down_revision = "app_0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "recent_try",
        sa.Column("kind", sa.Text(), nullable=False, comment="what is tried: sign_in, look_up, open, pair"),
        sa.Column("who", sa.Text(), nullable=False, comment="login or address"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="epoch second"),
        sa.Column("n", sa.Integer(), nullable=False, comment="tries in it"),
        sa.PrimaryKeyConstraint("kind", "who", "at"),
    )
    op.create_index("ix_recent_try_at", "recent_try", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("recent_try")
