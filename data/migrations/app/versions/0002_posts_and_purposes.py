"""Which post of the site an account stands for, and what a grant was given for."""

import sqlalchemy as sa
from alembic import op

revision = "app_0002"
down_revision = "app_0001"


def upgrade() -> None:
    """Make the table, and the columns, which stay empty for the grants that there are."""
    op.create_table(
        "account_post",
        sa.Column("bond_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False, comment="code of staff, or of a seat in the event log"),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column("freed_by", sa.Text(), nullable=True),
        sa.Column("freed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("bond_id"),
    )
    op.create_index(op.f("ix_account_post_account_id"), "account_post", ["account_id"], unique=False)
    op.add_column("role_grant", sa.Column("duty", sa.Text(), nullable=True, comment="class of tags that it is about"))
    op.add_column("role_grant", sa.Column("purpose", sa.Text(), nullable=True, comment="what it was given for"))


def downgrade() -> None:
    """Drop what `upgrade` added."""
    op.drop_column("role_grant", "purpose")
    op.drop_column("role_grant", "duty")
    op.drop_index(op.f("ix_account_post_account_id"), table_name="account_post")
    op.drop_table("account_post")
