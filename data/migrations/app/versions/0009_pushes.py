"""Browsers that are told of 督办 by Web Push, and the posts by which its case's handler is addressed."""

import sqlalchemy as sa
from alembic import op

revision = "app_0009"
down_revision = "app_0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("supervision", sa.Column("posts", sa.JSON(), nullable=True, comment="codes of those who took a step of the case; null = before 0009"))
    op.create_table(
        "push_subscription",
        sa.Column("push_id", NUMBER, nullable=False),
        sa.Column("session_key", sa.LargeBinary(), nullable=False, comment="it ends with it"),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False, comment="where the browser is reached"),
        sa.Column("p256dh", sa.Text(), nullable=False, comment="the browser's key, base64url"),
        sa.Column("auth", sa.Text(), nullable=False, comment="the browser's secret, base64url"),
        sa.Column("language", sa.Text(), nullable=False, comment="zh | en"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("push_id"),
        sa.UniqueConstraint("endpoint"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_push_subscription_session_key", "push_subscription", ["session_key"])
    op.create_index("ix_push_subscription_account_id", "push_subscription", ["account_id"])
    op.create_table(
        "push_post",
        sa.Column("post_id", NUMBER, nullable=False),
        sa.Column("push_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("post_id"),
    )
    op.create_index("ix_push_post_push_id", "push_post", ["push_id"])
    op.create_index("ix_push_post_next_at", "push_post", ["next_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("push_post")
    op.drop_table("push_subscription")
    op.drop_column("supervision", "posts")
