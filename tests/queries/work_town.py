"""The small town at work: duty, patrols, lists, whistles, posts, exclusive grids, stars, visits.

It is hour 228: noon of the tenth day, 11 March 2026. X1 and X2 are exclusive grids, in a hierarchy of
their own only; X3 is in none.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from small_town import DEPARTMENTS, ZONE, Case, Town, at, found_town, grids
from sqlalchemy import Table, insert

from data.case_tables import grid_unit
from data.days import local_day
from data.grid_writing import write_hierarchy
from data.population_tables import house, household, legal_entity, person, person_secret, visit
from data.work_tables import activity, exclusive_grid, rating, staff

AS_OF = at(228)
DAY_0 = local_day(at(0), ZONE)
TODAY = DAY_0 + 9

CASES = (
    Case("P1", "reported 0, accepted 1 due 25, closed 10", "A1", "patrol"),
    Case("P2", "reported 5, rejected 6", "A1", "patrol"),
    Case("P3", "reported 30, accepted 31", "B1", "patrol"),
    # Not decided upon yet.
    Case("P4", "reported 227", "A2", "patrol"),
    Case("P5", "reported 50, accepted 51", "", "patrol"),
    Case("H1", "reported 40, accepted 41", "A1", "hotline"),
    # Known to the district only.
    Case("H2", "reported 60, accepted 61", "A", "app"),
)

# kind, grid, department, at, due, done, amount, id, belongs to
ACTIVITIES = (
    # Person-days: 2 + 1 + 1 + 2; the last lies ahead.
    ("duty", "A1", None, 0, None, None, 2),
    ("duty", "A2", None, 24, None, None, 1),
    ("duty", "A", None, 48, None, None, 1),
    ("duty", "X1", None, 10, None, None, 2),
    ("duty", "B1", None, 300, None, None, 3),
    ("missed", "A1", None, 20, None, None, 1),
    ("missed", "B1", None, 100, None, None, 1),
    ("patrol", "A1", None, 8, None, 9, 1),
    ("patrol", "A1", None, 32, None, 33, 0),
    ("patrol", "A2", None, 8, None, None, 0),
    # Done, but not by now.
    ("patrol", "B1", None, 56, None, 230, 2),
    ("patrol", "B1", None, 300, None, None, 0),
    ("patrol", "X1", None, 8, None, 9, 3),
    # Above the lowest level that has patrols.
    ("patrol", "A", None, 8, None, 10, 0),
    ("need", "A1", None, 2, None, None, 0, 101, 201),
    ("need", "A2", None, 2, None, None, 0, 102, 201),
    ("need", "B1", None, 2, None, None, 0, 103, None),
    # Its problem is not written down yet.
    ("need", "B1", None, 2, None, None, 0, 104, 203),
    ("problem", "A", None, 5, None, None, 0, 201, None),
    # Claimed, but not by now.
    ("problem", "B", None, 5, None, None, 0, 202, None),
    ("problem", "B", None, 300, None, None, 0, 203, None),
    # Four claims of one unit: in time, late, not done by now, not due yet.
    ("claim", "A1", "works", 10, 100, 90, 1, 301, 201),
    ("claim", "A1", "works", 10, 100, 120, 1, 302, 201),
    ("claim", "B1", "works", 10, 100, 230, 1, 303, 201),
    ("claim", "B1", "works", 10, 1000, None, 1, 304, 201),
    # Without a date.
    ("claim", "A1", "police", 10, None, 50, 1, 305, 201),
    ("claim", "B1", "police", 300, 400, None, 1, 306, 202),
    # In the quarter before, on 12 December; nothing since.
    ("claim", "A1", "idle", -1920, -1500, -1600, 1, 307, 201),
    ("ledger", "A1", None, 5, None, 100, 0),
    ("ledger", "A2", None, 5, None, None, 0),
    ("ledger", "B", None, 30, None, 230, 0),
    ("ledger", "B", None, -1920, None, None, 0),
    ("whistle", "A1", "works", 20, 22, 21, 0),
    ("whistle", "A1", "police", 20, 22, 23, 0),
    ("whistle", "B1", "idle", 20, 22, None, 0),
    # Still within its limit; without one.
    ("whistle", "B1", "works", 227, 229, None, 0),
    ("whistle", "B1", "works", 20, None, 21, 0),
)

# grid, name, duty mode, on duty
POSTS = (
    ("A", "甲", "resident", 1),
    ("A1", "乙", "reporting", 1),
    ("A1", None, "resident", 1),
    ("A2", "丙", "part_time", 1),
    ("A2", "丁", "resident", 0),
    ("T", "戊", "resident", 1),
    ("X1", "己", "resident", 1),
)

# grid, linked, head is civil servant, units, informants, reported at, people, area
EXCLUSIVE = (
    ("X1", "A1", 1, 10, 7, 200, 1500, None),
    # Forty days without a report.
    ("X2", "B1", 0, 5, 5, -732, 300, 0.4),
    ("X3", None, 1, 0, 0, None, None, 1.0),
)

# grid, kind, day, level, before
RATINGS = (
    ("A1", "star", -40, 3, None),
    ("A1", "star", 2, 4, 3),
    ("B1", "star", 3, 2, 3),
    ("A", "star", 4, 5, 5),
    ("A2", "star", 20, 5, 4),
    ("A1", "flag", -60, 1, None),
    ("A1", "flag", 5, 0, 1),
    ("B1", "flag", -60, 1, None),
    # Given and taken away on one day.
    ("A2", "flag", 5, 1, None),
    ("A2", "flag", 5, 0, 1),
    ("X1", "flag", 5, 1, None),
    ("C", "flag", 30, 1, None),
)

HOMES = ("A1", "A1", "B1", None)
KINDS = (("商户", "A1"), ("个体", "A2"), ("企业", "A1"), ("机关", "B1"), ("社会组织", None))
# subject, id, days after the first
VISITS = (
    ("household", 1, 0),
    ("household", 1, 3),
    ("household", 2, -100),
    ("household", 3, 12),
    ("household", 99, 1),
    ("shop", 1, 1),
    ("company", 3, 2),
    # Called a shop by whoever was there.
    ("shop", 4, 2),
)
VERIFIED = (TODAY - 180, TODAY - 181, None, TODAY + 1)


def work_town(engine: str, folder: Path) -> Town:
    """The town with everything above in its databases."""
    town = found_town(engine, folder, "work")
    town.take(CASES, now=228)
    ids = town.grid_ids
    with town.case.begin() as connection:
        ids |= write_hierarchy(
            connection,
            _exclusive_tree(),
            code="exclusive",
            name="专属",
            name_en="Exclusive",
            level_names=[("镇", "Town"), ("专属网格", "Exclusive grid")],
            scheme="town",
            is_default=False,
        )
        ids["X3"] = max(ids.values()) + 1
        connection.execute(
            insert(grid_unit).values(
                grid_id=ids["X3"], scheme="town", code="X3", name="X3", kind="专属",
                valid_from=0, valid_to=2**52,
            )
        )  # fmt: skip
        _insert(connection, activity, [_activity(ids, n, *row) for n, row in enumerate(ACTIVITIES)])
        _insert(connection, staff, [_post(ids, n, *row) for n, row in enumerate(POSTS)])
        _insert(connection, exclusive_grid, [_exclusive(ids, *row) for row in EXCLUSIVE])
        _insert(connection, rating, [_rating(ids, n, *row) for n, row in enumerate(RATINGS)])
    with town.population.begin() as connection:
        for table, rows in _records().items():
            _insert(connection, table, rows)
    return town


def _insert(connection: Any, table: Table, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def _exclusive_tree() -> pd.DataFrame:
    frame = grids("area").iloc[:3].copy()
    frame["code"] = ["T", "X1", "X2"]
    frame["parent_code"] = [None, "T", "T"]
    frame["name"] = frame["name_en"] = frame["code"]
    frame["geometry"] = pd.Series([None] * 3, dtype=object)
    return frame


def _hour(hour: float | None) -> int | None:
    return None if hour is None else at(hour)


def _activity(
    ids: dict[str, int], n: int, kind: str, grid: str, department: str | None, hour: float,
    due: float | None, done: float | None, amount: int, number: int | None = None,
    of_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "activity_id": number or n + 1,
        "kind": kind,
        "grid_id": ids[grid],
        "department_id": DEPARTMENTS[department] if department else None,
        "at": at(hour),
        "day": local_day(at(hour), ZONE),
        "due_at": _hour(due),
        "done_at": _hour(done),
        "amount": amount,
        "of_id": of_id,
    }


def _post(
    ids: dict[str, int], n: int, grid: str, name: str | None, mode: str, on_duty: int
) -> dict[str, Any]:
    row = {"staff_id": n + 1, "code": f"S{n}", "grid_id": ids[grid], "role": "worker"}
    return row | {"name": name, "duty_mode": mode, "on_duty": on_duty}


def _exclusive(
    ids: dict[str, int], grid: str, linked: str | None, head: int, units: int, informants: int,
    reported: float | None, people: int | None, area: float | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "grid_id": ids[grid],
        "type": "市场",
        "type_en": "market",
        "people": people,
        "area_km2": area,
        "head_is_civil_servant": head,
        "units": units,
        "informants": informants,
        "reported_at": _hour(reported),
        "linked_grid_id": ids[linked] if linked else None,
    }


def _rating(
    ids: dict[str, int], n: int, grid: str, kind: str, day: int, level: int, before: int | None
) -> dict[str, Any]:
    row = {"rating_id": n + 1, "grid_id": ids[grid], "kind": kind, "period": "2026Q1"}
    return row | {"day": DAY_0 + day, "level": level, "level_before": before}


def _records() -> dict[Table, list[dict[str, Any]]]:
    homes = list(enumerate(HOMES, start=1))
    entities = list(enumerate(KINDS, start=1))
    return {
        household: [
            {"household_id": n, "house_id": n, "grid_code": code, "size": 2, "kind": "普通"}
            for n, code in homes
        ],
        house: [
            {"house_id": n, "address_code": f"H{n}", "grid_code": code, "usage": "自住",
             "heritage": 0, "verified_day": VERIFIED[n - 1], "building_id": 1, "room": "402",
             "built_year": None if n == 2 else 1990}
            for n, code in homes
        ],
        # The first three houses' people, and one more in the first.
        person: [
            {"person_id": n, "household_id": 1, "grid_code": HOMES[k], "sex": "male",
             "birth_year": 1980, "residence_kind": "户籍", "verified_day": VERIFIED[k],
             "name": None if n == 2 else "王芳"}
            for n, k in enumerate((0, 0, 1, 2), start=1)
        ],
        # Of the last nothing is known.
        person_secret: [{"person_id": n, "identity_hash": f"{n}"} for n in (1, 2, 3)],
        legal_entity: [
            {"entity_id": n, "code": f"E{n}", "name": f"E{n}", "kind": kind, "grid_code": code,
             "verified_day": TODAY if n in (1, 4) else None, "address": "街1号",
             "industry": "餐饮" if n > 2 else None, "lon": 121.4, "lat": 31.2}
            for n, (kind, code) in entities
        ],
        visit: [
            {"visit_id": n, "subject": subject, "subject_id": number, "day": DAY_0 + day}
            for n, (subject, number, day) in enumerate(VISITS, start=1)
        ],
    }  # fmt: skip
