"""Tables of the sources that send cases by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "app_0004"
down_revision = "app_0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table('arrival_token',
    sa.Column('token_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.Text(), nullable=False, comment='code of the source of cases'),
    sa.Column('prefix', sa.Text(), nullable=False, comment="goes before the source's own case ids"),
    sa.Column('key', sa.LargeBinary(), nullable=False, comment='SHA-256 of the token: it signs'),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('token_id'),
    sa.UniqueConstraint('key')
    )
    op.create_index('ix_arrival_token_source', 'arrival_token', ['source'])
    op.create_table('arrival_seen',
    sa.Column('signature', sa.LargeBinary(), nullable=False, comment='SHA-256 of one that came'),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('signature')
    )
    op.create_index('ix_arrival_seen_at', 'arrival_seen', ['at'])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table('arrival_seen')
    op.drop_table('arrival_token')
