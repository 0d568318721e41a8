"""Pictures that come with the answer to a 督办."""

import sqlalchemy as sa
from alembic import op

revision = "app_0005"
down_revision = "app_0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table('supervision_photo',
    sa.Column('photo_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('supervision_id', sa.BigInteger(), nullable=False),
    sa.Column('step_id', sa.BigInteger(), nullable=False),
    sa.Column('image', sa.LargeBinary(), nullable=False, comment='JPEG without anything beside the picture'),
    sa.PrimaryKeyConstraint('photo_id')
    )
    op.create_index(op.f('ix_supervision_photo_step_id'), 'supervision_photo', ['step_id'], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("supervision_photo")
