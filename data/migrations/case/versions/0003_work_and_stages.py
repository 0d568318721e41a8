"""Stages, access list, activities, staff, exclusive grids, stars; more that is told of a case."""

import sqlalchemy as sa
from alembic import op

revision = "case_0003"
down_revision = "case_0002"

ADDED = {
    "case_record": [
        ("access_item_id", sa.Integer()),
        ("importance", sa.SmallInteger()),
        ("urgency", sa.SmallInteger()),
        ("cross_type", sa.Text()),
    ],
    "case_event": [("stage", sa.Text())],
    "case_derived": [
        ("stage", sa.Text()),
        ("stage_due", sa.BigInteger()),
        ("light_due", sa.BigInteger()),
        ("light_warn", sa.BigInteger()),
        ("priority", sa.SmallInteger()),
        ("access_item_id", sa.Integer()),
    ],
}
COUNTED = (
    "is_off_list",
    "is_same_day",
    "on_time_handled",
    "n_odd",
    "n_earlier",
    "n_stage_late",
)
NEW_TABLES = (
    "category_code",
    "access_item",
    "stage_limit",
    "case_party",
    "staff",
    "activity",
    "exclusive_grid",
    "rating",
)


def upgrade() -> None:
    """Make the tables and add the columns; what derived ones hold comes from data.rederive."""
    op.create_table(
        "category_code",
        sa.Column("standard", sa.Text(), nullable=False, comment="e.g. GB/T 30428.2-2013"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), sa.ForeignKey("category.category_id"), nullable=False),
        sa.PrimaryKeyConstraint("standard", "code"),
    )
    op.create_table(
        "access_item",
        sa.Column("item_id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False, unique=True),
        sa.Column("batch", sa.SmallInteger(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("class_name", sa.Text(), nullable=False),
        sa.Column("class_name_en", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.department_id"), comment="owner"),
        sa.Column("lead_level", sa.Text(), nullable=False, comment="data.events.LEAD_LEVELS"),
        sa.Column("valid_from", sa.Integer(), nullable=False, comment="day"),
        sa.Column("valid_to", sa.Integer(), comment="day, excluded; null = still on the list"),
    )
    op.create_table(
        "stage_limit",
        sa.Column("limit_id", sa.Integer(), primary_key=True),
        sa.Column("category_id", sa.Integer(), sa.ForeignKey("category.category_id"), comment="null = all"),
        sa.Column("stage", sa.Text(), nullable=False, comment="data.stages: verify … check, or a step's key"),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("limit_seconds", sa.BigInteger(), nullable=False, comment="on its clock"),
        sa.Column("limit_clock", sa.Text(), comment="data.working_time.CLOCKS; null = natural time"),
    )
    op.create_table(
        "case_party",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case_record.case_id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="data.events.PARTY_ROLES"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.department_id")),
        sa.PrimaryKeyConstraint("case_id", "role", "name"),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False, unique=True),
        sa.Column("grid_id", sa.Integer(), sa.ForeignKey("grid_unit.grid_id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="a key of the site's [[post]]: head, deputy …"),
        sa.Column("name", sa.Text(), comment="null = the post is vacant"),
        sa.Column("phone", sa.Text(), comment="work telephone, public"),
        sa.Column("force", sa.Text(), comment="a key of the site's [[force]]"),
        sa.Column("team", sa.Text(), comment="a key of the site's [[team]]"),
        sa.Column("duty_mode", sa.Text(), nullable=False, comment="resident | reporting | part_time"),
        sa.Column("on_duty", sa.SmallInteger(), nullable=False),
    )
    op.create_index("ix_staff_grid_id", "staff", ['grid_id'])
    op.create_table(
        "activity",
        sa.Column("activity_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="data.events.ACTIVITIES"),
        sa.Column("grid_id", sa.Integer(), sa.ForeignKey("grid_unit.grid_id"), nullable=False),
        sa.Column("department_id", sa.Integer(), sa.ForeignKey("department.department_id")),
        sa.Column("part", sa.Text(), comment="what of its kind: force, list item's kind, …"),
        sa.Column("title", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="planned, opened or asked for"),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger(), comment="done, cleared, arrived; null = not yet"),
        sa.Column("amount", sa.Integer(), nullable=False, comment="person-days, problems found, claims"),
        sa.Column("of_id", sa.BigInteger(), comment="the activity it belongs to: need → problem → claim"),
    )
    op.create_index("ix_activity_kind_day", "activity", ['kind', 'day'])
    op.create_table(
        "exclusive_grid",
        sa.Column("grid_id", sa.Integer(), sa.ForeignKey("grid_unit.grid_id"), primary_key=True),
        sa.Column("type", sa.Text(), nullable=False, comment="市场 | 商圈 | 企业 | 园区 | 学校 | 医院 | 站区"),
        sa.Column("type_en", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), comment="who work there; not residents"),
        sa.Column("area_km2", sa.Float()),
        sa.Column("risk", sa.Text(), comment="high | medium | low"),
        sa.Column("head_is_civil_servant", sa.SmallInteger(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False, comment="enterprises that owe an informant"),
        sa.Column("informants", sa.Integer(), nullable=False, comment="of them with one"),
        sa.Column("reported_at", sa.BigInteger(), comment="newest report from it"),
        sa.Column("subject_org", sa.Text(), comment="企事业单位主体责任"),
        sa.Column("territorial_org", sa.Text(), comment="属地管理责任"),
        sa.Column("supervising_dept", sa.Text(), comment="条线监管责任"),
        sa.Column("linked_grid_id", sa.Integer(), sa.ForeignKey("grid_unit.grid_id"), comment="综合网格"),
    )
    op.create_table(
        "rating",
        sa.Column("rating_id", sa.Integer(), primary_key=True),
        sa.Column("grid_id", sa.Integer(), sa.ForeignKey("grid_unit.grid_id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="star | flag"),
        sa.Column("period", sa.Text(), nullable=False, comment="2026Q3"),
        sa.Column("day", sa.Integer(), nullable=False, comment="when it was decided"),
        sa.Column("level", sa.SmallInteger(), nullable=False, comment="stars 0–5; flag 1 = held, 0 = lost"),
        sa.Column("level_before", sa.SmallInteger()),
        sa.Column("indicator", sa.Text(), comment="what caused a change"),
    )
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind))
    for name in COUNTED:
        op.add_column(
            "case_derived",
            sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"),
        )
    op.create_index("ix_case_record_place", "case_record", ["category_id", "lat"])


def downgrade() -> None:
    """Drop what `upgrade` added."""
    op.drop_index("ix_case_record_place", "case_record")
    for name in COUNTED:
        op.drop_column("case_derived", name)
    for table, columns in ADDED.items():
        for name, _ in columns:
            op.drop_column(table, name)
    for name in reversed(NEW_TABLES):
        op.drop_table(name)
