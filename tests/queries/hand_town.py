"""Twenty-one cases of the small town, chosen so that every figure can be worked out by hand.

It is hour 228: noon of the tenth day, 11 March 2026.
"""

from pathlib import Path

from small_town import Case, Town, at, found_town

from data.counters import Counter
from data.days import local_day
from queries.metrics import METRICS
from queries.scope import Scope, read_scope
from queries.site import Site

NOON = 228
AS_OF = at(NOON)
DAY_0 = local_day(at(0), "Asia/Shanghai")

CASES = (
    # Closed in time after 10 h; satisfied.
    Case("01", "reported 0, accepted 1 due 25, closed 10, surveyed 12 satisfied", "A1"),
    # Closed late after 31 h; dissatisfied.
    Case(
        "02",
        "reported 2, accepted 3 due 27, closed 33, surveyed 35 dissatisfied",
        "A1",
        category="noise",
    ),
    # Extended, closed after 36 h: in time by the extension, late by the original deadline.
    Case("03", "reported 4, accepted 5 due 29, extended 20 due 53, closed 40", "A2", "patrol"),
    # Parked for 48 h: 16 h count, in time; not reached by the survey.
    Case(
        "04",
        "reported 6, accepted 7 due 31, hung 10, resumed 58, closed 70, surveyed 71 unreached",
        "A2",
        "patrol",
        "water",
        "police",
    ),
    # Anonymous, 12 h, in time: not due for a survey, its answer does not count.
    Case(
        "05",
        "reported 8, accepted 9 due 33, closed 20, surveyed 22 very_satisfied",
        "A1",
        "app",
        department=None,
        anonymous=True,
    ),
    # No deadline, 6 h: closed, but never due; basically satisfied.
    Case("06", "reported 24, accepted 25, closed 30, surveyed 31 basically_satisfied", "B1"),
    # Open and overdue.
    Case("07", "reported 100, accepted 101 due 200", "A1"),
    # Open, 77 of 90 hours used (86 %): due soon.
    Case("08", "reported 150, accepted 151 due 241", "A1", category="noise"),
    # Open, 27 of 100 hours used: normal. Supervised.
    Case("09", "reported 200, accepted 201 due 301, supervised 210", "A2", "patrol"),
    # Open without a deadline.
    Case("10", "reported 205, accepted 206", "B1", department=None),
    # Parked past its deadline: not overdue. Known to the district only.
    Case("11", "reported 50, accepted 51 due 80, hung 60", "A", "app"),
    # Overdue even after its extension. Located nowhere.
    Case("12", "reported 90, accepted 91 due 115, extended 110 due 139", "", "app", "water"),
    # Cancelled after it was accepted.
    Case("13", "reported 30, accepted 31 due 55, cancelled 40", "A1"),
    # A duplicate, merged.
    Case("14", "reported 31, merged 32", "A1"),
    # Not taken on.
    Case("15", "reported 32, rejected 33", "B1"),
    # Reported an hour ago, not accepted yet.
    Case("16", "reported 227", "A2"),
    # Closed, reopened with a new deadline, closed again in time after 50 h; satisfied in the end.
    Case(
        "17",
        "reported 40, accepted 41 due 65, closed 50, surveyed 52 dissatisfied, "
        "reopened 60 due 108, closed 90, surveyed 95 very_satisfied",
        "B1",
        "patrol",
        department="police",
    ),
    # A test case: counted nowhere.
    Case(
        "18",
        "reported 10, accepted 11 due 35, closed 12, surveyed 14 satisfied",
        "A1",
        is_test=True,
    ),
    # Handled on the spot in 1 h. Located nowhere.
    Case("19", "reported 60, accepted 60.5 due 84.5, closed 61", "", self_handled=True),
    # Closed in the very second of its deadline after 25 h: in time.
    Case("20", "reported 70, accepted 71 due 95, closed 95", "A2", category="noise"),
    # 4 h, in time.
    Case("21", "reported 110, accepted 111 due 135, closed 114", "A1", "patrol", "water"),
)

CASE_METRICS = tuple(m for m in METRICS if isinstance(m.top, Counter))
COUNTED = tuple(m for m in CASE_METRICS if not m.is_duration)


def hand_town(engine: str, folder: Path) -> Town:
    """The town with all its cases."""
    town = found_town(engine, folder, "hand")
    town.take(CASES, now=NOON)
    return town


def scope_of(site: Site, as_of: int = AS_OF, **parts: str) -> Scope:
    """A scope over the last thirty days unless the parts say otherwise; `from_` stands for from."""
    named = {name.rstrip("_"): value for name, value in parts.items()}
    return read_scope(site, named, as_of)
