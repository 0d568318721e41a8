"""First tables of the case database."""

import sqlalchemy as sa
from alembic import op

revision = "case_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table('case_derived',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('reported_at', sa.BigInteger(), nullable=True),
    sa.Column('accepted_at', sa.BigInteger(), nullable=True),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('original_deadline', sa.BigInteger(), nullable=True),
    sa.Column('effective_deadline', sa.BigInteger(), nullable=True),
    sa.Column('warn_at', sa.BigInteger(), nullable=True),
    sa.Column('hung_since', sa.BigInteger(), nullable=True),
    sa.Column('reported_day', sa.Integer(), nullable=True),
    sa.Column('accepted_day', sa.Integer(), nullable=True),
    sa.Column('closed_day', sa.Integer(), nullable=True),
    sa.Column('due_day', sa.Integer(), nullable=True),
    sa.Column('paused_seconds', sa.BigInteger(), nullable=False),
    sa.Column('handling_seconds', sa.BigInteger(), nullable=True, comment='natural time, parking left out; null if open'),
    sa.Column('is_accepted', sa.SmallInteger(), nullable=False),
    sa.Column('is_open', sa.SmallInteger(), nullable=False),
    sa.Column('is_closed', sa.SmallInteger(), nullable=False),
    sa.Column('is_void', sa.SmallInteger(), nullable=False),
    sa.Column('is_rejected', sa.SmallInteger(), nullable=False),
    sa.Column('is_hung', sa.SmallInteger(), nullable=False),
    sa.Column('is_extended', sa.SmallInteger(), nullable=False),
    sa.Column('is_supervised', sa.SmallInteger(), nullable=False),
    sa.Column('on_time_effective', sa.SmallInteger(), nullable=False),
    sa.Column('on_time_original', sa.SmallInteger(), nullable=False),
    sa.Column('survey_due', sa.SmallInteger(), nullable=False),
    sa.Column('survey_valid', sa.SmallInteger(), nullable=False),
    sa.Column('self_handled', sa.SmallInteger(), nullable=False),
    sa.Column('anonymous', sa.SmallInteger(), nullable=False),
    sa.Column('n_extend', sa.SmallInteger(), nullable=False),
    sa.Column('n_hang', sa.SmallInteger(), nullable=False),
    sa.Column('n_supervise', sa.SmallInteger(), nullable=False),
    sa.Column('n_rework', sa.SmallInteger(), nullable=False),
    sa.Column('n_return', sa.SmallInteger(), nullable=False),
    sa.Column('n_reopen', sa.SmallInteger(), nullable=False),
    sa.Column('satisfaction', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('case_id', 'valid_from')
    )
    op.create_index('ix_case_derived_accepted_day', 'case_derived', ['accepted_day', 'valid_to'], unique=False)
    op.create_index('ix_case_derived_closed_day', 'case_derived', ['closed_day', 'valid_to'], unique=False)
    op.create_index('ix_case_derived_due_day', 'case_derived', ['due_day', 'valid_to'], unique=False)
    op.create_index('ix_case_derived_open', 'case_derived', ['valid_to'], unique=False, sqlite_where=sa.text('is_open = 1'), postgresql_where=sa.text('is_open = 1'))
    op.create_index('ix_case_derived_reported_day', 'case_derived', ['reported_day', 'valid_to'], unique=False)
    op.create_table('category',
    sa.Column('category_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('standard', sa.Text(), nullable=False, comment='e.g. GB/T 47678.5-2026, or local'),
    sa.Column('class_code', sa.Text(), nullable=False, comment='大类'),
    sa.Column('class_name', sa.Text(), nullable=False),
    sa.Column('class_name_en', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('category_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('data_version',
    sa.Column('part', sa.Text(), nullable=False, comment='cases | grids'),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('part')
    )
    op.create_table('department',
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='部门 | 街道 | 工作站 | …'),
    sa.PrimaryKeyConstraint('department_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('grid_unit',
    sa.Column('grid_id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('area_km2', sa.Float(), nullable=True),
    sa.Column('households', sa.Integer(), nullable=True),
    sa.Column('residents', sa.Integer(), nullable=True),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('grid_id'),
    sa.UniqueConstraint('scheme', 'code')
    )
    op.create_table('hierarchy',
    sa.Column('hierarchy_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('level_names', sa.JSON(), nullable=False, comment='[[中文, English], …], top first'),
    sa.Column('is_default', sa.SmallInteger(), nullable=False),
    sa.PrimaryKeyConstraint('hierarchy_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('site_setting',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('source',
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('source_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('station',
    sa.Column('station_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('staff_quota', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('station_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('compound',
    sa.Column('compound_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='小区 | 楼院'),
    sa.Column('grid_id', sa.Integer(), nullable=True),
    sa.Column('managed', sa.SmallInteger(), nullable=False, comment='0 = 无主管楼院'),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['grid_id'], ['grid_unit.grid_id'], ),
    sa.PrimaryKeyConstraint('compound_id'),
    sa.UniqueConstraint('code')
    )
    op.create_index(op.f('ix_compound_grid_id'), 'compound', ['grid_id'], unique=False)
    op.create_table('grid_edge',
    sa.Column('hierarchy_id', sa.Integer(), nullable=False),
    sa.Column('child_id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True, comment='null at the top'),
    sa.Column('position', sa.Integer(), nullable=False, comment='order among its siblings'),
    sa.Column('valid_from', sa.BigInteger(), nullable=False),
    sa.Column('valid_to', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['child_id'], ['grid_unit.grid_id'], ),
    sa.ForeignKeyConstraint(['hierarchy_id'], ['hierarchy.hierarchy_id'], ),
    sa.ForeignKeyConstraint(['parent_id'], ['grid_unit.grid_id'], ),
    sa.PrimaryKeyConstraint('hierarchy_id', 'child_id', 'valid_from')
    )
    op.create_table('grid_shape',
    sa.Column('grid_id', sa.Integer(), nullable=False),
    sa.Column('outline', sa.LargeBinary(), nullable=False, comment='WKB, WGS84, as surveyed'),
    sa.Column('simplified', sa.LargeBinary(), nullable=False, comment='WKB, WGS84, shared edges kept'),
    sa.ForeignKeyConstraint(['grid_id'], ['grid_unit.grid_id'], ),
    sa.PrimaryKeyConstraint('grid_id')
    )
    op.create_table('station_grid',
    sa.Column('station_id', sa.Integer(), nullable=False),
    sa.Column('grid_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['grid_id'], ['grid_unit.grid_id'], ),
    sa.ForeignKeyConstraint(['station_id'], ['station.station_id'], ),
    sa.PrimaryKeyConstraint('station_id', 'grid_id')
    )
    op.create_table('case_record',
    sa.Column('case_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='部件 | 事件 | 诉求 | …'),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=True, comment='主办单位'),
    sa.Column('compound_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('road', sa.Text(), nullable=True, comment='road only: what a wall may print'),
    sa.Column('address_masked', sa.Text(), nullable=True, comment='to the building, never the door'),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('location', sa.Text(), nullable=False, comment='exact | default_point | none'),
    sa.Column('anonymous', sa.SmallInteger(), nullable=False),
    sa.Column('self_handled', sa.SmallInteger(), nullable=False),
    sa.Column('is_test', sa.SmallInteger(), nullable=False),
    sa.Column('flags', sa.Text(), nullable=True, comment='data-quality remarks of the import, comma separated'),
    sa.Column('content_hash', sa.Text(), nullable=False, comment='what the last import saw'),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['category_id'], ['category.category_id'], ),
    sa.ForeignKeyConstraint(['compound_id'], ['compound.compound_id'], ),
    sa.ForeignKeyConstraint(['department_id'], ['department.department_id'], ),
    sa.ForeignKeyConstraint(['source_id'], ['source.source_id'], ),
    sa.PrimaryKeyConstraint('case_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('case_event',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('actor_role', sa.Text(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('deadline', sa.BigInteger(), nullable=True, comment='set by accepted, extended and reopened'),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('inferred', sa.SmallInteger(), nullable=False, comment='1 = made from a timestamp column'),
    sa.Column('ingested_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.case_id'], ),
    sa.ForeignKeyConstraint(['department_id'], ['department.department_id'], ),
    sa.PrimaryKeyConstraint('case_id', 'seq')
    )
    op.create_table('case_path',
    sa.Column('hierarchy_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('grid_1', sa.Integer(), nullable=True),
    sa.Column('grid_2', sa.Integer(), nullable=True),
    sa.Column('grid_3', sa.Integer(), nullable=True),
    sa.Column('grid_4', sa.Integer(), nullable=True),
    sa.Column('grid_5', sa.Integer(), nullable=True),
    sa.Column('grid_6', sa.Integer(), nullable=True),
    sa.Column('grid_7', sa.Integer(), nullable=True),
    sa.Column('grid_8', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.case_id'], ),
    sa.ForeignKeyConstraint(['hierarchy_id'], ['hierarchy.hierarchy_id'], ),
    sa.PrimaryKeyConstraint('case_id', 'hierarchy_id')
    )
    op.create_index('ix_case_path_grid_1', 'case_path', ['hierarchy_id', 'grid_1'], unique=False)
    op.create_index('ix_case_path_grid_2', 'case_path', ['hierarchy_id', 'grid_2'], unique=False)
    op.create_index('ix_case_path_grid_3', 'case_path', ['hierarchy_id', 'grid_3'], unique=False)
    op.create_index('ix_case_path_grid_4', 'case_path', ['hierarchy_id', 'grid_4'], unique=False)
    op.create_index('ix_case_path_grid_5', 'case_path', ['hierarchy_id', 'grid_5'], unique=False)
    op.create_table('survey',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('cycle_no', sa.Integer(), nullable=False),
    sa.Column('surveyed_at', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('reached', sa.SmallInteger(), nullable=False),
    sa.Column('solved', sa.SmallInteger(), nullable=True),
    sa.Column('satisfaction', sa.Text(), nullable=True, comment='see data.events.SATISFACTION; null = 未评价'),
    sa.ForeignKeyConstraint(['case_id'], ['case_record.case_id'], ),
    sa.PrimaryKeyConstraint('case_id', 'cycle_no')
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table('survey')
    op.drop_index('ix_case_path_grid_5', table_name='case_path')
    op.drop_index('ix_case_path_grid_4', table_name='case_path')
    op.drop_index('ix_case_path_grid_3', table_name='case_path')
    op.drop_index('ix_case_path_grid_2', table_name='case_path')
    op.drop_index('ix_case_path_grid_1', table_name='case_path')
    op.drop_table('case_path')
    op.drop_table('case_event')
    op.drop_table('case_record')
    op.drop_table('station_grid')
    op.drop_table('grid_shape')
    op.drop_table('grid_edge')
    op.drop_index(op.f('ix_compound_grid_id'), table_name='compound')
    op.drop_table('compound')
    op.drop_table('station')
    op.drop_table('source')
    op.drop_table('site_setting')
    op.drop_table('hierarchy')
    op.drop_table('grid_unit')
    op.drop_table('department')
    op.drop_table('data_version')
    op.drop_table('category')
    op.drop_index('ix_case_derived_reported_day', table_name='case_derived')
    op.drop_index('ix_case_derived_open', table_name='case_derived', sqlite_where=sa.text('is_open = 1'), postgresql_where=sa.text('is_open = 1'))
    op.drop_index('ix_case_derived_due_day', table_name='case_derived')
    op.drop_index('ix_case_derived_closed_day', table_name='case_derived')
    op.drop_index('ix_case_derived_accepted_day', table_name='case_derived')
    op.drop_table('case_derived')
