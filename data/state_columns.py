"""The columns of a state of a case: what `case_derived` says of it over a stretch of time."""

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Text

_FLAGS = [
    "is_accepted",
    "is_open",
    "is_closed",
    "is_void",
    "is_rejected",
    "is_hung",
    "is_extended",
    "is_supervised",
    "on_time_effective",
    "on_time_original",
    "survey_due",
    "survey_valid",
    "self_handled",
    "anonymous",
]
_LATER_FLAGS = [
    "is_off_list",
    "is_same_day",
    "on_time_handled",
    "is_checked",
    "is_management",
    "survey_reached",
    "survey_responded",
    "survey_solved",
]
_COUNTS = ["n_extend", "n_hang", "n_supervise", "n_rework", "n_return", "n_reopen"]
_LEGS = ["dispatched_at", "received_at", "responded_at", "supervise_answered_at"]
"""May lie after `valid_from`: who counts them compares them with the instant asked for."""
_TIMES = [
    "reported_at",
    "accepted_at",
    "closed_at",
    "original_deadline",
    "effective_deadline",
    "warn_at",
    "hung_since",
]
STATE_DAYS = ["reported_day", "accepted_day", "closed_day", "due_day"]


def state_columns() -> list[Column]:
    """All but the case's id, in the order of the table; flags are 0/1."""
    return [
        Column("valid_from", BigInteger, nullable=False),
        Column("valid_to", BigInteger, nullable=False),
        Column("source_id", Integer, nullable=False),
        Column("category_id", Integer, nullable=False),
        Column("department_id", Integer),
        *(Column(name, BigInteger) for name in _TIMES),
        *(Column(name, Integer) for name in STATE_DAYS),
        Column("paused_seconds", BigInteger, nullable=False),
        Column(
            "handling_seconds", BigInteger, comment="natural time, parking left out; null if open"
        ),
        *(Column(name, SmallInteger, nullable=False) for name in _FLAGS),
        *(Column(name, SmallInteger, nullable=False) for name in _COUNTS),
        Column("satisfaction", Text),
        *(Column(name, SmallInteger, nullable=False, server_default="0") for name in _LATER_FLAGS),
        Column("n_dispatch", SmallInteger, nullable=False, server_default="0"),
        Column("n_odd", SmallInteger, nullable=False, server_default="0", comment="数据异常"),
        Column("n_earlier", SmallInteger, nullable=False, server_default="0", comment="K11"),
        Column("n_stage_late", SmallInteger, nullable=False, server_default="0"),
        *(Column(name, BigInteger) for name in _LEGS),
        Column("work_seconds", BigInteger, comment="handling in working time, parking left out"),
        Column("limit_clock", Text, comment="the clock of the limit; null = natural time"),
        Column("lead_level", Text),
        Column("in_grid", SmallInteger),
        Column("extended_at", BigInteger, comment="when the newest extension was granted"),
        Column("supervise_due", BigInteger, comment="when the newest 督办 wants its answer"),
        Column("supervise_day", Integer, comment="the day of supervise_due"),
        Column("stage", Text, comment="the stage it is in, where stages have limits"),
        Column("stage_due", BigInteger),
        Column(
            "light_due", BigInteger, comment="by the site's basis: the whole limit or the stage's"
        ),
        Column("light_warn", BigInteger),
        Column("priority", SmallInteger, comment="分色: position among the site's, 0 = first"),
        Column("access_item_id", Integer),
        Column("recorded_from", BigInteger, nullable=False, server_default="0"),
    ]
