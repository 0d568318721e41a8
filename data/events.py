"""The words of the case event log and of surveys (domain.md §3.1–3.2), in one place."""

EVENT_TYPES = (
    "reported",
    "verified",
    "rejected",
    "accepted",
    "merged",
    "dispatched",
    "received",
    "responded",
    "returned",
    "handled",
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
