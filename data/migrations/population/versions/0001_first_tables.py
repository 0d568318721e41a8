"""First tables of the population database."""

import sqlalchemy as sa
from alembic import op

revision = "population_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table('area_population',
    sa.Column('grid_code', sa.Text(), nullable=False),
    sa.Column('population', sa.Float(), nullable=True),
    sa.Column('households', sa.Float(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('grid_code')
    )
    op.create_table('house',
    sa.Column('house_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('address_code', sa.Text(), nullable=False),
    sa.Column('compound_code', sa.Text(), nullable=True),
    sa.Column('grid_code', sa.Text(), nullable=True, comment='leaf; null = 未落格'),
    sa.Column('usage', sa.Text(), nullable=False, comment='自住 | 出租 | 空置 | 商用'),
    sa.Column('heritage', sa.SmallInteger(), nullable=False),
    sa.Column('built_year', sa.Integer(), nullable=True),
    sa.Column('verified_day', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('house_id'),
    sa.UniqueConstraint('address_code')
    )
    op.create_index(op.f('ix_house_grid_code'), 'house', ['grid_code'], unique=False)
    op.create_table('household',
    sa.Column('household_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('house_id', sa.BigInteger(), nullable=False),
    sa.Column('grid_code', sa.Text(), nullable=True),
    sa.Column('size', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='普通 | 空巢 | 独居'),
    sa.PrimaryKeyConstraint('household_id')
    )
    op.create_index(op.f('ix_household_grid_code'), 'household', ['grid_code'], unique=False)
    op.create_table('legal_entity',
    sa.Column('entity_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('code', sa.Text(), nullable=False, comment='统一社会信用代码 or source id'),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='企业 | 个体 | 机关 | 社会组织 | 商户'),
    sa.Column('industry', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('grid_code', sa.Text(), nullable=True),
    sa.Column('risk', sa.Text(), nullable=True, comment='危化 | 餐饮 | 食药 | null'),
    sa.Column('verified_day', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('entity_id'),
    sa.UniqueConstraint('code')
    )
    op.create_index(op.f('ix_legal_entity_grid_code'), 'legal_entity', ['grid_code'], unique=False)
    op.create_table('person',
    sa.Column('person_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('household_id', sa.BigInteger(), nullable=False),
    sa.Column('grid_code', sa.Text(), nullable=True, comment='leaf of the live address'),
    sa.Column('sex', sa.Text(), nullable=False, comment='male | female'),
    sa.Column('birth_year', sa.Integer(), nullable=False),
    sa.Column('residence_kind', sa.Text(), nullable=False, comment='户籍 | 流动 | 境外'),
    sa.Column('verified_day', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('person_id')
    )
    op.create_index(op.f('ix_person_grid_code'), 'person', ['grid_code'], unique=False)
    op.create_table('population_setting',
    sa.Column('key', sa.Text(), nullable=False, comment='basis: register | area'),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('population_version',
    sa.Column('part', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('part')
    )
    op.create_table('tag',
    sa.Column('tag_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False, comment='person | house | legal_entity'),
    sa.Column('class_name', sa.Text(), nullable=False),
    sa.Column('sensitivity', sa.SmallInteger(), nullable=False, comment='0 open … 3 most sensitive'),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('tag_id'),
    sa.UniqueConstraint('code')
    )
    op.create_table('tag_assignment',
    sa.Column('tag_id', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=False),
    sa.Column('grid_code', sa.Text(), nullable=True, comment='copied from the subject, so that counting needs no join'),
    sa.PrimaryKeyConstraint('tag_id', 'subject_id')
    )
    op.create_index('ix_tag_assignment_grid', 'tag_assignment', ['grid_code', 'tag_id'], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index('ix_tag_assignment_grid', table_name='tag_assignment')
    op.drop_table('tag_assignment')
    op.drop_table('tag')
    op.drop_table('population_version')
    op.drop_table('population_setting')
    op.drop_index(op.f('ix_person_grid_code'), table_name='person')
    op.drop_table('person')
    op.drop_index(op.f('ix_legal_entity_grid_code'), table_name='legal_entity')
    op.drop_table('legal_entity')
    op.drop_index(op.f('ix_household_grid_code'), table_name='household')
    op.drop_table('household')
    op.drop_index(op.f('ix_house_grid_code'), table_name='house')
    op.drop_table('house')
    op.drop_table('area_population')
