"""Tables of the case database (domain.md §2.2, §3.5), as far as the screens use them.

Times are epoch seconds in UTC, days are whole days since 1970-01-01 in the site's time zone, flags
are 0/1: three engines then compare and add them alike.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from data.state_columns import STATE_DAYS, state_columns

case_metadata = MetaData()

FOREVER = 2**52
"""`valid_to` of a version that still holds: later than any clock, exact in every client."""

DEEPEST = 8
"""Levels a path can hold below the top of a hierarchy; S1, the deepest account, has five."""

site_setting = Table(
    "site_setting",
    case_metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)

calendar_day = Table(
    "calendar_day",
    case_metadata,
    Column("day", Integer, primary_key=True),
    Column("kind", Text, nullable=False, comment="off = holiday, work = 调休 working day"),
    Column("name", Text, nullable=False),
)
"""Days that differ from their weekday; the windows of a working day are site settings."""

data_version = Table(
    "data_version",
    case_metadata,
    Column("part", Text, primary_key=True, comment="cases | grids | tiles | work"),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

hierarchy = Table(
    "hierarchy",
    case_metadata,
    Column("hierarchy_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("level_names", JSON, nullable=False, comment="[[中文, English], …], top first"),
    Column("is_default", SmallInteger, nullable=False),
)

grid_unit = Table(
    "grid_unit",
    case_metadata,
    Column("grid_id", Integer, primary_key=True),
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    Column("kind", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("area_km2", Float),
    Column("households", Integer),
    Column("residents", Integer),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    UniqueConstraint("scheme", "code"),
)

grid_shape = Table(
    "grid_shape",
    case_metadata,
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), primary_key=True),
    Column("outline", LargeBinary, nullable=False, comment="WKB, WGS84, as surveyed"),
    Column("simplified", LargeBinary, nullable=False, comment="WKB, WGS84, shared edges kept"),
)

grid_edge = Table(
    "grid_edge",
    case_metadata,
    Column("hierarchy_id", Integer, ForeignKey("hierarchy.hierarchy_id"), nullable=False),
    Column("child_id", Integer, ForeignKey("grid_unit.grid_id"), nullable=False),
    Column("parent_id", Integer, ForeignKey("grid_unit.grid_id"), comment="null at the top"),
    Column("position", Integer, nullable=False, comment="order among its siblings"),
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger, nullable=False),
    PrimaryKeyConstraint("hierarchy_id", "child_id", "valid_from"),
)

source = Table(
    "source",
    case_metadata,
    Column("source_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
)

category = Table(
    "category",
    case_metadata,
    Column("category_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("standard", Text, nullable=False, comment="e.g. GB/T 47678.5-2026, or local"),
    Column("class_code", Text, nullable=False, comment="大类"),
    Column("class_name", Text, nullable=False),
    Column("class_name_en", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("line", Text, comment="三个公共: management | service | safety; null = not told"),
)

department = Table(
    "department",
    case_metadata,
    Column("department_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="部门 | 街道 | 工作站 | …"),
)

station = Table(
    "station",
    case_metadata,
    Column("station_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("staff_quota", Integer),
)

station_grid = Table(
    "station_grid",
    case_metadata,
    Column("station_id", Integer, ForeignKey("station.station_id"), primary_key=True),
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), primary_key=True),
)

compound = Table(
    "compound",
    case_metadata,
    Column("compound_id", Integer, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="小区 | 楼院"),
    Column("grid_id", Integer, ForeignKey("grid_unit.grid_id"), index=True),
    Column("managed", SmallInteger, nullable=False, comment="0 = 无主管楼院"),
    Column("lon", Float),
    Column("lat", Float),
)

case_record = Table(
    "case_record",
    case_metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False, comment="部件 | 事件 | 诉求 | …"),
    Column("source_id", Integer, ForeignKey("source.source_id"), nullable=False),
    Column("category_id", Integer, ForeignKey("category.category_id"), nullable=False),
    Column("department_id", Integer, ForeignKey("department.department_id"), comment="主办单位"),
    Column("compound_id", Integer, ForeignKey("compound.compound_id")),
    Column("title", Text, nullable=False),
    Column("road", Text, comment="road only: what a wall may print"),
    Column("address_masked", Text, comment="to the building, never the door"),
    Column("lon", Float),
    Column("lat", Float),
    Column("location", Text, nullable=False, comment="exact | default_point | none"),
    Column("anonymous", SmallInteger, nullable=False),
    Column("caller_key", Text, comment="keyed hash of who reported; never a number or a name"),
    Column("self_handled", SmallInteger, nullable=False),
    Column("in_grid", SmallInteger, comment="1 = the grid can settle it, 0 = the level above must"),
    Column("access_item_id", Integer, ForeignKey("access_item.item_id"), comment="准入清单"),
    Column("importance", SmallInteger, comment="1 = most; with urgency it gives the 分色"),
    Column("urgency", SmallInteger, comment="1 = most"),
    Column("cross_type", Text, comment="三跨: department | area | level"),
    Column("is_test", SmallInteger, nullable=False),
    Column("flags", Text, comment="data-quality remarks of the import, comma separated"),
    Column("content_hash", Text, nullable=False, comment="what the last import saw"),
    Column("updated_at", BigInteger, nullable=False),
)
Index("ix_case_record_place", case_record.c.category_id, case_record.c.lat)
Index("ix_case_record_caller", case_record.c.caller_key)
IS_REMARKED = text("(case_record.location <> 'exact' OR case_record.flags IS NOT NULL)")
"""Of the records with something to tell of their quality; few. Without parameters, as the index has it."""
_remarked = text("(location <> 'exact' OR flags IS NOT NULL)")
Index(
    "ix_case_record_remarked",
    case_record.c.case_id,
    case_record.c.location,
    case_record.c.flags,
    sqlite_where=_remarked,
    postgresql_where=_remarked,
)

case_path = Table(
    "case_path",
    case_metadata,
    Column("hierarchy_id", Integer, ForeignKey("hierarchy.hierarchy_id"), nullable=False),
    Column("case_id", BigInteger, ForeignKey("case_record.case_id"), nullable=False),
    *(Column(f"grid_{depth}", Integer) for depth in range(1, DEEPEST + 1)),
    PrimaryKeyConstraint("case_id", "hierarchy_id"),
)
"""Where a case lay when it was reported: the grid at each level below the top, null = 未落格."""

case_path_now = Table(
    "case_path_now",
    case_metadata,
    Column("hierarchy_id", Integer, ForeignKey("hierarchy.hierarchy_id"), nullable=False),
    Column("case_id", BigInteger, ForeignKey("case_record.case_id"), nullable=False),
    *(Column(f"grid_{depth}", Integer) for depth in range(1, DEEPEST + 1)),
    PrimaryKeyConstraint("case_id", "hierarchy_id"),
)
"""Where a case lies by today's grids (按现行网格), of cases only for which that differs from case_path."""

for _depth in range(1, 6):
    # With the case behind the grid, so that a grid's cases are found without their paths.
    Index(
        f"ix_case_path_cases_{_depth}",
        case_path.c.hierarchy_id,
        case_path.c[f"grid_{_depth}"],
        case_path.c.case_id,
    )

case_event = Table(
    "case_event",
    case_metadata,
    Column("case_id", BigInteger, ForeignKey("case_record.case_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor_role", Text),
    Column("actor", Text, comment="code of the seat or person who acted; never a name"),
    Column("department_id", Integer, ForeignKey("department.department_id")),
    Column(
        "deadline", BigInteger, comment="set by accepted, extended, reopened; supervised: reply"
    ),
    Column("limit_seconds", BigInteger, comment="the limit on its clock; extended: what was added"),
    Column("limit_clock", Text, comment="data.working_time.CLOCKS; null = natural time"),
    Column("lead_level", Text, comment="who leads from here on, see data.events.LEAD_LEVELS"),
    Column("stage", Text, comment="of step_done: the handling step that is done"),
    Column("note", Text),
    Column("inferred", SmallInteger, nullable=False, comment="1 = made from a timestamp column"),
    Column("ingested_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
)
"""Append-only: rows are never changed or removed, a correction is a further event."""
_NAMED = case_event.c.actor.is_not(None)
Index(
    "ix_case_event_actor",
    case_event.c.actor,
    case_event.c.case_id,
    sqlite_where=_NAMED,
    postgresql_where=_NAMED,
)

survey = Table(
    "survey",
    case_metadata,
    Column("case_id", BigInteger, ForeignKey("case_record.case_id"), nullable=False),
    Column("cycle_no", Integer, nullable=False),
    Column("surveyed_at", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reached", SmallInteger, nullable=False),
    Column("responded", SmallInteger, comment="1 = somebody got in touch with the citizen"),
    Column("solved", SmallInteger),
    Column("satisfaction", Text, comment="see data.events.SATISFACTION; null = 未评价"),
    Column(
        "ingested_at", BigInteger, comment="null = by the beginning of the records (known_since)"
    ),
    PrimaryKeyConstraint("case_id", "cycle_no"),
)

case_derived = Table(
    "case_derived",
    case_metadata,
    Column("case_id", BigInteger, nullable=False),
    *state_columns(),
    PrimaryKeyConstraint("case_id", "valid_from"),
)
"""What the events add up to: one row per case and stretch of time in which nothing counted changed.

The row with valid_from <= T < valid_to is the case as it stood at T, so the current state and any
past one are the same query. Rebuilt from case_event and survey only (data.derive). `recorded_from` is
when this database came to say so; what it said before is in case_derived_past (data.past_states).
"""

for _day in STATE_DAYS:
    Index(f"ix_case_derived_{_day}", case_derived.c[_day], case_derived.c.valid_to)
Index("ix_case_derived_recorded", case_derived.c.recorded_from)
_open = case_derived.c.is_open == literal_column("1")
Index("ix_case_derived_open", case_derived.c.valid_to, sqlite_where=_open, postgresql_where=_open)
_supervised = case_derived.c.supervise_day.is_not(None)
Index(
    "ix_case_derived_supervise_day",
    case_derived.c.supervise_day,
    case_derived.c.valid_to,
    sqlite_where=_supervised,
    postgresql_where=_supervised,
)
"""Few cases are supervised: without it every period reads the states of all days."""
