"""The small town after a re-zoning: one grid has gone to another district, one was cut in two.

    area, when cases were reported    T ─ A ─ A1, A2        today    T ─ A ─ A11, A12
                                        ├ B ─ B1                       ├ B ─ B1, A2
                                        └ C                            └ C

A11 and A12 are the western and the eastern half of A1. The tree `patrol` stays as it was.
"""

from pathlib import Path

import pandas as pd
import shapely
from small_town import Case, Town, at, found_town, grids

from data.grid_writing import write_hierarchy
from data.rezone import Rezoned, rezone

AS_OF_HOUR = 240
WEST, EAST, IN_A2, IN_B1 = 120.002, 120.008, 120.015, 120.025


def closed(hour: int) -> str:
    return f"reported {hour}, accepted {hour + 1} due {hour + 30}, closed {hour + 10}"


def open_since(hour: int) -> str:
    return f"reported {hour}, accepted {hour + 1} due {hour + 300}"


CASES = [
    Case("west", closed(1), "A1", lon=WEST),
    Case("east", closed(2), "A1", lon=EAST, source="app"),
    Case("cut", open_since(3), "A1", location="default_point"),
    Case("moved", closed(4), "A2", lon=IN_A2),
    Case("moved_open", open_since(5), "A2", lon=IN_A2, department="police"),
    Case("no_point", open_since(6), "A2", location="none"),
    Case("border", closed(7), "A2", lon=120.01),
    Case("stays", closed(8), "B1", lon=IN_B1),
    Case("district", open_since(9), "A", location="none"),
    Case("unplaced", open_since(10), ""),
]
TODAY = {
    "west": ("A", "A11"),
    "east": ("A", "A12"),
    "cut": ("A", None),
    "moved": ("B", "A2"),
    "moved_open": ("B", "A2"),
    "no_point": ("B", "A2"),
    "border": ("B", "A2"),
}
"""Where cases lie today, worked by hand; those that are missing lie where they lay."""


def today() -> pd.DataFrame:
    """The tree `area` of today as rows for write_hierarchy."""
    rows = grids("area")
    rows.loc[rows["code"] == "A2", "parent_code"] = "B"
    halves = rows[rows["code"] == "A1"].loc[lambda a1: a1.index.repeat(2)]
    halves = halves.assign(code=["A11", "A12"], name=["第A11格", "第A12格"])
    halves = halves.assign(name_en=["Grid A11", "Grid A12"])
    boxes = [shapely.box(120, 30, 120.005, 30.01), shapely.box(120.005, 30, 120.01, 30.01)]
    halves["geometry"] = pd.Series(boxes, index=halves.index, dtype=object).to_numpy()
    return pd.concat([rows[rows["code"] != "A1"], halves], ignore_index=True)


def write_area(town: Town, rows: pd.DataFrame) -> None:
    """Write the town's first tree anew, without placing any case in it."""
    with town.case.begin() as connection:
        ids = write_hierarchy(
            connection,
            rows,
            code="area",
            name="area",
            name_en="area",
            level_names=[("镇", "Town"), ("社区", "District"), ("网格", "Grid")],
            scheme="town",
            is_default=True,
        )
    town.grid_ids.update(ids)


def place_anew(town: Town) -> dict[str, Rezoned]:
    """Find where the town's cases lie today."""
    with town.case.begin() as connection:
        return rezone(connection, at(AS_OF_HOUR), progress=False)


def rezoned_town(engine: str, folder: Path, name: str = "rezoned") -> Town:
    """The town with CASES, re-zoned, every case placed anew."""
    town = found_town(engine, folder, name)
    town.take(CASES)
    write_area(town, today())
    place_anew(town)
    return town


def paths_of_today(town: Town) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """What case_path_now holds: codes of district and grid by hierarchy and case."""
    rows = town.rows(
        "case_path_now n JOIN case_record r ON r.case_id = n.case_id "
        "JOIN hierarchy h ON h.hierarchy_id = n.hierarchy_id "
        "LEFT JOIN grid_unit a ON a.grid_id = n.grid_1 "
        "LEFT JOIN grid_unit b ON b.grid_id = n.grid_2",
        "h.code, r.code, a.code, b.code",
    )
    return {(str(tree), str(case)): (a, b) for tree, case, a, b in rows}  # type: ignore[misc]
