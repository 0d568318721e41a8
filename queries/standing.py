"""How cases stand to their limits: the light they show, and what is left on each one's own clock."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import and_, func, or_, select
from sqlalchemy import case as case_when

from data.case_tables import case_derived as d
from data.work_tables import stage_limit
from data.working_time import WORKING_CLOCKS, WorkClock, plausible

_clock, _is_own = stage_limit.c.limit_clock, stage_limit.c.category_id.is_not(None)
_own_first = (
    # Not the first row of several: ClickHouse has no LIMIT in a query that looks at the one around it.
    select(
        case_when(
            (func.count(stage_limit.c.category_id) > 0, func.max(case_when((_is_own, _clock)))),
            else_=func.max(_clock),
        )
    )
    .where(
        stage_limit.c.stage == d.c.stage,
        or_(stage_limit.c.category_id == d.c.category_id, stage_limit.c.category_id.is_(None)),
    )
    .correlate(d)
    .scalar_subquery()
)
_by_stage = and_(d.c.stage_due.is_not(None), d.c.light_due == d.c.stage_due)
LIGHT = (
    d.c.light_due,
    d.c.light_warn,
    d.c.stage,
    case_when((_by_stage, _own_first), else_=d.c.limit_clock).label("light_clock"),
)
"""What the light of a case goes by: when it is red, when yellow, and the clock of that limit."""


def light_of(row: object, as_of: int) -> str:
    """The light of a derived case (domain.md §3.4), or what became of one that is not open."""
    case = row._mapping  # type: ignore[attr-defined]
    if case["is_void"]:
        return "void"
    if case["is_rejected"]:
        return "rejected"
    if case["closed_at"] is not None:
        on_time = case["on_time_effective"] or case["effective_deadline"] is None
        return "closed" if on_time else "closed_late"
    if not case["is_open"]:
        return "reported"
    if case["is_hung"]:
        return "hung"
    if case["light_due"] is None:
        return "no_deadline"
    if case["light_due"] < as_of:
        return "overdue"
    return "due_soon" if case["light_warn"] <= as_of else "normal"


def ran(clock: WorkClock | None, since: int, to: int) -> int:
    """Seconds that a clock counts between two instants, all of them where it is None."""
    if clock is None:
        return to - since
    before, after = clock.worked(plausible(np.array([since, to]))).tolist()
    return int(after - before)


def seconds_left(
    clock: WorkClock | None, rows: Sequence[Any], as_of: int
) -> list[tuple[int | None, str]]:
    """For rows of `case_derived` with LIGHT: seconds until the light is red, and what counts them.

    None without a deadline, negative after it. The clock is `working` for limits that stand still
    outside windows, '' for others; `natural` where a limit of the first kind has as much left as none,
    because nothing is worked between now and the deadline: zero would not tell which comes first.
    """
    due = np.array([as_of if x.light_due is None else x.light_due for x in rows])
    left = due - as_of
    clocks = np.where([x.light_clock in WORKING_CLOCKS for x in rows], "natural", "")
    if clock is not None and (clocks == "natural").any():
        worked = clock.worked(plausible(np.append(due, as_of)))
        own = worked[:-1] - worked[-1]
        clocks[(clocks == "natural") & (own != 0)] = "working"
        left = np.where(clocks == "working", own, left)
    return [
        (None if x.light_due is None else seconds, name)
        for x, seconds, name in zip(rows, left.tolist(), clocks.tolist(), strict=True)
    ]
