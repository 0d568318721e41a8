"""Tables of the case database beside the cases: what may be dispatched, who works, what was done.

Access list (准入清单), limits by stage, staff, activities (巡查, 清单, 吹哨 …), exclusive grids (专属网格),
stars and flags. Times, days and flags as in data.case_tables.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from data.case_tables import case_metadata
from data.past_tables import case_derived_past, case_path_past

__all__ = [
    "access_item",
    "activity",
    "case_derived_past",
    "case_metadata",
    "case_party",
    "case_path_past",
    "category_code",
    "exclusive_grid",
    "rating",
    "staff",
    "stage_limit",
]

category_code = Table(
    "category_code",
    case_metadata,
    Column("standard", Text, nullable=False, comment="e.g. GB/T 30428.2-2013"),
    Column("code", Text, nullable=False),
    Column("category_id", Integer, ForeignKey("category.category_id"), nullable=False),
    PrimaryKeyConstraint("standard", "code"),
)
"""Every code that a category goes by, in each version of the standard (domain.md §4.7)."""

access_item = Table(
    "access_item",
    case_metadata,
    Column("item_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("batch", SmallInteger, nullable=False),
    Column("class_code", Text, nullable=False),
    Column("class_name", Text, nullable=False),
    Column("class_name_en", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("department_id", Integer, ForeignKey("department.department_id"), comment="owner"),
    Column("lead_level", Text, nullable=False, comment="data.events.LEAD_LEVELS"),
    Column("valid_from", Integer, nullable=False, comment="day"),
    Column("valid_to", Integer, comment="day, excluded; null = still on the list"),
)
"""职责准入清单: what a station may be asked to do (domain.md S0-11)."""

stage_limit = Table(
    "stage_limit",
    case_metadata,
    Column("limit_id", Integer, primary_key=True),
    Column("category_id", Integer, ForeignKey("category.category_id"), comment="null = all"),
    Column("stage", Text, nullable=False, comment="data.stages: verify … check, or a step's key"),
    Column("position", SmallInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("limit_seconds", BigInteger, nullable=False, comment="on its clock"),
    Column("limit_clock", Text, comment="data.working_time.CLOCKS; null = natural time"),
)
"""Limits of single stages, and the handling limits that one case has one after the other (§3.3)."""

case_party = Table(
    "case_party",
    case_metadata,
    Column("case_id", BigInteger, ForeignKey("case_record.case_id"), nullable=False),
    Column("role", Text, nullable=False, comment="data.events.PARTY_ROLES"),
    Column("name", Text, nullable=False),
    Column("department_id", Integer, ForeignKey("department.department_id")),
    PrimaryKeyConstraint("case_id", "role", "name"),
)
"""Who else has a part in a case: 一办三协同 (S3-12), 三方责任 (S2-15)."""

staff = Table(
    "staff",
    case_metadata,
    Column("staff_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), nullable=False, index=True),
    Column("role", Text, nullable=False, comment="a key of the site's [[post]]: head, deputy …"),
    Column("name", Text, comment="null = the post is vacant"),
    Column("phone", Text, comment="work telephone, public"),
    Column("force", Text, comment="a key of the site's [[force]]"),
    Column("team", Text, comment="a key of the site's [[team]]"),
    Column("duty_mode", Text, nullable=False, comment="resident | reporting | part_time"),
    Column("on_duty", SmallInteger, nullable=False),
)
"""Posts and who fills them (domain.md S0-06 … S0-09, S1-14)."""

activity = Table(
    "activity",
    case_metadata,
    Column("activity_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="data.events.ACTIVITIES"),
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), nullable=False),
    Column("department_id", Integer, ForeignKey("department.department_id")),
    Column("part", Text, comment="what of its kind: force, list item's kind, …"),
    Column("title", Text),
    Column("at", BigInteger, nullable=False, comment="planned, opened or asked for"),
    Column("day", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("done_at", BigInteger, comment="done, cleared, arrived; null = not yet"),
    Column("amount", Integer, nullable=False, comment="person-days, problems found, claims"),
    Column("of_id", BigInteger, comment="the activity it belongs to: need → problem → claim"),
)
"""What is done besides cases, one row each: duty, patrols, the three lists, the ledger, whistles."""
Index("ix_activity_kind_day", activity.c.kind, activity.c.day)

exclusive_grid = Table(
    "exclusive_grid",
    case_metadata,
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), primary_key=True),
    Column("type", Text, nullable=False, comment="市场 | 商圈 | 企业 | 园区 | 学校 | 医院 | 站区"),
    Column("type_en", Text, nullable=False),
    Column("people", Integer, comment="who work there; not residents"),
    Column("area_km2", Float),
    Column("risk", Text, comment="high | medium | low"),
    Column("head_is_civil_servant", SmallInteger, nullable=False),
    Column("units", Integer, nullable=False, comment="enterprises that owe an informant"),
    Column("informants", Integer, nullable=False, comment="of them with one"),
    Column("reported_at", BigInteger, comment="newest report from it"),
    Column("subject_org", Text, comment="企事业单位主体责任"),
    Column("territorial_org", Text, comment="属地管理责任"),
    Column("supervising_dept", Text, comment="条线监管责任"),
    Column("linked_grid_id", Integer, ForeignKey("grid_unit.grid_id"), comment="综合网格"),
)
"""What is told of a 专属网格 (domain.md S2-06 … S2-16)."""

rating = Table(
    "rating",
    case_metadata,
    Column("rating_id", Integer, primary_key=True),
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), nullable=False),
    Column("kind", Text, nullable=False, comment="star | flag"),
    Column("period", Text, nullable=False, comment="2026Q3"),
    Column("day", Integer, nullable=False, comment="when it was decided"),
    Column("level", SmallInteger, nullable=False, comment="stars 0–5; flag 1 = held, 0 = lost"),
    Column("level_before", SmallInteger),
    Column("indicator", Text, comment="what caused a change"),
)
"""五星支部, 红旗网格: every decision, so that any day can be told again (domain.md S3-17, S1-27)."""
