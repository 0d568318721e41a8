"""First tables of the app's own database."""

import sqlalchemy as sa
from alembic import op

revision = "app_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table('account',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.Text(), nullable=False, comment='one spelling: NFKC, no capitals'),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('organisation', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=True, comment='issuer and sub at the identity provider'),
    sa.Column('password_hash', sa.Text(), nullable=True, comment='Argon2id; null = signs in elsewhere'),
    sa.Column('must_change', sa.SmallInteger(), nullable=False, comment='1 = a new password comes first'),
    sa.Column('password_at', sa.BigInteger(), nullable=True, comment='when it was set'),
    sa.Column('totp_secret', sa.Text(), nullable=True, comment='base32; null = no second factor'),
    sa.Column('totp_step', sa.BigInteger(), nullable=True, comment='newest step used: a code counts once'),
    sa.Column('failures', sa.Integer(), nullable=False, comment='in a row, since the last success or lock'),
    sa.Column('locked_until', sa.BigInteger(), nullable=True),
    sa.Column('disabled_at', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('account_id'),
    sa.UniqueConstraint('login'),
    sa.UniqueConstraint('subject')
    )
    op.create_table('app_setting',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('audit',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False, comment='data.audit.log.WHAT'),
    sa.Column('actor', sa.Text(), nullable=False, comment='login, device name or -'),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('object', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False, comment='done | refused | failed'),
    sa.Column('previous', sa.LargeBinary(), nullable=False, comment='hash of the row before'),
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='HMAC-SHA256 of this row and `previous`'),
    sa.PrimaryKeyConstraint('seq')
    )
    op.create_index('ix_audit_actor', 'audit', ['actor', 'seq'], unique=False)
    op.create_index('ix_audit_at', 'audit', ['at'], unique=False)
    op.create_table('audit_head',
    sa.Column('one', sa.SmallInteger(), nullable=False, comment='always 1: who appends holds this row'),
    sa.Column('chain', sa.Text(), nullable=False, comment='tells this log from any other'),
    sa.Column('seq', sa.BigInteger(), nullable=False, comment='of the newest row, 0 before the first'),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('first', sa.BigInteger(), nullable=False, comment='seq of the oldest row that is kept'),
    sa.Column('before', sa.LargeBinary(), nullable=False, comment='hash of the row before the oldest'),
    sa.Column('seal', sa.LargeBinary(), nullable=False, comment='HMAC of chain, first and before'),
    sa.PrimaryKeyConstraint('one')
    )
    op.create_table('device',
    sa.Column('device_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('screen', sa.Text(), nullable=False, comment='wall'),
    sa.Column('key', sa.LargeBinary(), nullable=False, comment='SHA-256 of the token'),
    sa.Column('reach', sa.Text(), nullable=False, comment='as role_grant'),
    sa.Column('tree_code', sa.Text(), nullable=True),
    sa.Column('grid_code', sa.Text(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=False),
    sa.Column('approved_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_by', sa.Text(), nullable=True),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('device_id'),
    sa.UniqueConstraint('key'),
    sa.UniqueConstraint('name')
    )
    op.create_table('pairing',
    sa.Column('code', sa.Text(), nullable=False, comment='what the wall shows'),
    sa.Column('key', sa.LargeBinary(), nullable=False, comment="SHA-256 of the wall's secret"),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('ends_at', sa.BigInteger(), nullable=False),
    sa.Column('device_id', sa.BigInteger(), nullable=True, comment='null until somebody approves'),
    sa.PrimaryKeyConstraint('code'),
    sa.UniqueConstraint('key')
    )
    op.create_table('provider_visit',
    sa.Column('key', sa.LargeBinary(), nullable=False, comment='SHA-256 of `state`'),
    sa.Column('browser', sa.LargeBinary(), nullable=False, comment='SHA-256 of the visit cookie'),
    sa.Column('nonce', sa.Text(), nullable=False),
    sa.Column('verifier', sa.Text(), nullable=False, comment='PKCE'),
    sa.Column('goes_to', sa.Text(), nullable=False),
    sa.Column('ends_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('role_grant',
    sa.Column('grant_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False, comment='queries.rights.ROLES'),
    sa.Column('reach', sa.Text(), nullable=False, comment='site | grid | department | none'),
    sa.Column('tree_code', sa.Text(), nullable=True, comment='of reach grid'),
    sa.Column('grid_code', sa.Text(), nullable=True, comment='of reach grid: it and all below it'),
    sa.Column('department', sa.Text(), nullable=True, comment='of reach department'),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=True, comment='first instant it holds no more; null = until withdrawn'),
    sa.Column('granted_by', sa.Text(), nullable=False),
    sa.Column('granted_at', sa.BigInteger(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False, comment='local | provider'),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('grant_id')
    )
    op.create_index(op.f('ix_role_grant_account_id'), 'role_grant', ['account_id'], unique=False)
    op.create_table('session',
    sa.Column('key', sa.LargeBinary(), nullable=False, comment='SHA-256 of the id in the cookie'),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('active_at', sa.BigInteger(), nullable=False, comment='last sign of a person, not of a timer'),
    sa.Column('ends_at', sa.BigInteger(), nullable=False, comment='whatever happens'),
    sa.Column('new_totp', sa.Text(), nullable=True, comment='a second factor that is being set up'),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True, comment='sign_out | password | disabled | replaced'),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index(op.f('ix_session_account_id'), 'session', ['account_id'], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f('ix_session_account_id'), table_name='session')
    op.drop_table('session')
    op.drop_index(op.f('ix_role_grant_account_id'), table_name='role_grant')
    op.drop_table('role_grant')
    op.drop_table('provider_visit')
    op.drop_table('pairing')
    op.drop_table('device')
    op.drop_table('audit_head')
    op.drop_index('ix_audit_at', table_name='audit')
    op.drop_index('ix_audit_actor', table_name='audit')
    op.drop_table('audit')
    op.drop_table('app_setting')
    op.drop_table('account')
