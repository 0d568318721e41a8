"""The words of the case event log and of surveys (domain.md §3.1–3.2), in one place."""

EVENT_TYPES = (
    "reported",
    "verify_sent",
    "verified",
    "rejected",
    "accepted",
    "merged",
    "dispatched",
    "received",
    "responded",
    "returned",
    "step_done",
    "handled",
    "check_sent",
    "checked",
    "rework",
    "hang_requested",
    "hung",
    "resumed",
    "extension_requested",
    "extended",
    "supervised",
    "supervision_answered",
    "escalated",
    "closed",
    "reopened",
    "cancelled",
)

BEGINS = ("accepted", "reopened")
"""Events that may begin a limit."""

ENDS = ("closed", "cancelled", "merged", "rejected")
"""Events that end a case, as far as it is not reopened."""

LEAD_LEVELS = ("micro_grid", "station", "street", "cross")
"""Who leads a case: 微网格, 综合网格工作站, 街道, 跨部门 (domain.md S0-18)."""

SATISFACTION = (
    "very_satisfied",
    "satisfied",
    "basically_satisfied",
    "dissatisfied",
    "very_dissatisfied",
)

LOCATIONS = ("exact", "default_point", "none")

GRID_RESPONSE, UPPER_RESPONSE = 15 * 60, 24 * 3600
"""Seconds of natural time within which a citizen is answered, by the grid or by the level above it
(domain.md S4-20)."""

ACTIVITIES = (
    "duty",
    "patrol",
    "need",
    "problem",
    "claim",
    "ledger",
    "whistle",
    "note",
    "missed",
)
"""Kinds of `activity`: a person-day on duty, a planned patrol, an item of 需求清单 / 问题清单 / 服务清单, an
entry of 民生实事账本, one department whistled for, a 随手记, a problem others found first (漏报)."""

PARTY_ROLES = ("assist", "supervise", "subject", "territorial", "supervising")
"""协办, 督办; 主体责任, 属地管理, 条线监管 (domain.md S3-12, S2-15)."""

CROSS_TYPES = ("department", "area", "level")
"""三跨: across departments, areas, levels (domain.md S3-11)."""
