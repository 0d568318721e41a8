"""The small town with a log that names the seats: what each did, to be scored by hand.

Hours count from 0; limits run in natural time: verify 30 min, accept 1 h, dispatch 1 h for roads only,
check 4 h.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from small_town import CATEGORIES, Case, Town, at, found_town

from data import bulk
from data.case_tables import site_setting
from data.days import local_day
from data.stage_limits import StageLimit, write_stage_limits
from data.stored_settings import write_setting
from data.work_tables import activity, staff

NOON = 228
HOUR = 3600
LIMITS = (
    StageLimit("verify", HOUR // 2),
    StageLimit("accept", HOUR),
    StageLimit("dispatch", HOUR, category_id=CATEGORIES["road"]),
    StageLimit("check", 4 * HOUR),
)
CASES = (
    # Verified and checked in time. Sent to the wrong unit first, both times within an hour. Closed in time.
    Case(
        "h1",
        "reported 10, verify_sent 10.25 by SL-1, verified 10.5 by A1-01, accepted 11 due 40 by ZB-1, "
        "dispatched 11.5 by PQ-1, returned 12, dispatched 12.5 by PQ-1, handled 14, "
        "check_sent 15 by SL-1, checked 17 by A1-01, closed 18 by ZB-1",
        "A1",
    ),
    # Everything late: verified after 45 min, filed and dispatched after 90, sent to check after 5 h,
    # closed after its deadline; only the check itself took an hour.
    Case(
        "h2",
        "reported 20, verify_sent 20.25 by SL-1, verified 21 by A1-01, accepted 22.5 due 50 by ZB-1, "
        "dispatched 24 by PQ-1, handled 30, check_sent 35 by SL-2, checked 36 by A1-01, "
        "closed 60 by ZB-1",
        "A1",
    ),
    # 48 min after the report, but 24 after it was sent out: in time. Wrongly filed: cancelled later.
    Case(
        "h3",
        "reported 30, verify_sent 30.4 by SL-2, verified 30.8 by A1-01, accepted 31.5 due 60 by ZB-1, "
        "cancelled 40",
        "A1",
    ),
    # Sent out after 36 min: late for the acceptor alone.
    Case(
        "h4",
        "reported 50, verify_sent 50.6 by SL-1, verified 50.9 by A1-01, accepted 51.5 due 500 by ZB-1, "
        "dispatched 52 by PQ-2",
        "A1",
    ),
    # The supervisor's own reports: taken on, rejected, not decided yet.
    Case("r1", "reported 1 by A1-01, accepted 1.5 by ZB-1, closed 4 by ZB-1", "A1", "patrol"),
    Case("r2", "reported 2 by A1-01, rejected 3", "A1", "patrol"),
    Case("r3", "reported 227 by A1-01", "A1", "patrol"),
    # Settled on the spot: who closes it is no shift lead.
    Case("s1", "reported 4, accepted 4 due 9, closed 5 by A1-01", "A1", self_handled=True),
    # Noise has no limit for its dispatch.
    Case("n1", "reported 70, accepted 70.5, dispatched 71 by PQ-3", "B1", category="noise"),
    # 10.3 h after it was filed, 9.5 of them parked: 48 min count. Who checks it has no post.
    Case(
        "n2",
        "reported 79, accepted 80 due 300, hung 80.5, resumed 90, dispatched 90.3 by PQ-4, "
        "handled 91, checked 92 by X-9",
        "B1",
    ),
    # A test case counts for nobody.
    Case("t1", "reported 10, accepted 10.5, dispatched 11 by PQ-5", "A1", is_test=True),
)


def seat_town(engine: str, folder: Path, name: str, scores: Any = None) -> Town:
    """The town with its cases, one post in grid A1 and one problem that others found there first."""
    town = found_town(engine, folder, name)
    grid = town.grid_ids["A1"]
    post = {"staff_id": 1, "code": "A1-01", "grid_id": grid, "role": "worker"}
    missed = {"activity_id": 1, "kind": "missed", "grid_id": grid, "at": at(5), "amount": 1}
    missed["day"] = local_day(at(5), "Asia/Shanghai")
    with town.case.begin() as connection:
        bulk.insert(
            connection, staff, pd.DataFrame([post | {"duty_mode": "resident", "on_duty": 1}])
        )
        bulk.insert(connection, activity, pd.DataFrame([missed]))
        write_stage_limits(connection, LIMITS)
        if scores is not None:
            write_setting(connection, site_setting, "scores", scores)
    town.take(CASES, now=NOON)
    return town
