"""The network that a wall's token is good in."""

import sqlalchemy as sa
from alembic import op

revision = "app_0007"
down_revision = "app_0005"


def upgrade() -> None:
    """Add the column; walls of before are bound to none."""
    op.add_column("device", sa.Column("network", sa.Text(), comment="CIDR; null = anywhere"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("device", "network")
