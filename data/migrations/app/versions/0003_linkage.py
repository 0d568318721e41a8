"""Tables of what screens do to one another: casts, 督办 and posts to group robots."""

import sqlalchemy as sa
from alembic import op

revision = "app_0003"
down_revision = "app_0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table('cast',
    sa.Column('device_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False, comment='grows with every change, for ever'),
    sa.Column('account_id', sa.BigInteger(), nullable=True, comment='who leads the wall; null = nobody'),
    sa.Column('screen', sa.Text(), nullable=True, comment='tablet | phone: from which it is led'),
    sa.Column('fragment', sa.Text(), nullable=False, comment='address parts, checked for the leader'),
    sa.Column('began_at', sa.BigInteger(), nullable=True),
    sa.Column('ends_at', sa.BigInteger(), nullable=True, comment='first instant at which the wall is free again'),
    sa.Column('asked_by', sa.BigInteger(), nullable=True, comment='account that wants to take over'),
    sa.Column('asked_screen', sa.Text(), nullable=True),
    sa.Column('asked_fragment', sa.Text(), nullable=True),
    sa.Column('asked_until', sa.BigInteger(), nullable=True, comment='silence until then hands the wall over'),
    sa.Column('told_account', sa.BigInteger(), nullable=True, comment='whom the newest end or refusal concerns'),
    sa.Column('told_what', sa.Text(), nullable=True, comment='taken | kept | expired'),
    sa.Column('told_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('device_id')
    )
    op.create_table('robot_post',
    sa.Column('post_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('robot', sa.Text(), nullable=False, comment='name in ROBOT_FILE'),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('post_id')
    )
    op.create_index(op.f('ix_robot_post_next_at'), 'robot_post', ['next_at'], unique=False)
    op.create_table('supervision',
    sa.Column('supervision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issuer_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='case | grid: what it is about'),
    sa.Column('code', sa.Text(), nullable=False, comment='of the case or grid'),
    sa.Column('title', sa.Text(), nullable=False, comment="the case's title or the grid's name"),
    sa.Column('places', sa.JSON(), nullable=False, comment='[[hierarchy, grid], …]: whose grants cover it'),
    sa.Column('department', sa.Text(), nullable=True, comment="code of the case's department"),
    sa.Column('unit', sa.Text(), nullable=False, comment='by which it is counted: its department or grid'),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('clock', sa.Text(), nullable=False, comment='data.working_time.CLOCKS'),
    sa.Column('amount', sa.Integer(), nullable=False, comment='hours or days by that clock'),
    sa.Column('issued_at', sa.BigInteger(), nullable=False),
    sa.Column('as_of', sa.BigInteger(), nullable=False, comment='instant of the figures it was issued on'),
    sa.Column('reply_due', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('acknowledged_at', sa.BigInteger(), nullable=True),
    sa.Column('answered_at', sa.BigInteger(), nullable=True, comment='newest answer; null once it was sent back'),
    sa.Column('late_at', sa.BigInteger(), nullable=True, comment='when it was escalated'),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('supervision_id')
    )
    op.create_index(op.f('ix_supervision_closed_at'), 'supervision', ['closed_at'], unique=False)
    op.create_index(op.f('ix_supervision_issuer_id'), 'supervision', ['issuer_id'], unique=False)
    op.create_table('supervision_step',
    sa.Column('step_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supervision_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True, comment='null = the clock'),
    sa.Column('what', sa.Text(), nullable=False, comment='data.linkage.supervisions.STEPS'),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('step_id')
    )
    op.create_index(op.f('ix_supervision_step_supervision_id'), 'supervision_step', ['supervision_id'], unique=False)


def downgrade() -> None:
    """Drop them."""
    for name in ("supervision_step", "supervision", "robot_post", "cast"):
        op.drop_table(name)
