"""What a made-up site has besides cases: access list, staff, activities, exclusive grids, stars."""

from typing import cast

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data import bulk
from data.case_tables import case_record, grid_unit
from data.demo.access import category_codes
from data.demo.activities import activity_rows
from data.demo.calendar import ZONE
from data.demo.city import City, department_rows
from data.demo.exclusive import TYPES, exclusive_rows
from data.demo.parties import party_rows, responsible_rows
from data.demo.premises import NOWHERE, exclusive_of
from data.demo.ratings import rating_rows
from data.demo.site_settings import post_plan
from data.demo.staff_posts import LevelPlan, staff_rows
from data.work_tables import (
    access_item,
    activity,
    case_party,
    category_code,
    exclusive_grid,
    rating,
    staff,
)

FLAG_LEVELS = 3
"""红旗 go to units of so many levels above the bottom (S1-27)."""
VILLAGE = "村"
Ids = dict[str, int]


def write_work(connection: Connection, city: City, ids: Ids, seed: int) -> None:
    """Write the rows that need no case; grids are named by code."""
    words, now = city.words, city.days.now
    days = city.days.number[city.days.start <= now]
    bulk.insert(connection, category_code, category_codes(words.categories))
    bulk.insert(connection, access_item, city.items)
    bulk.insert(connection, staff, _staff(city, ids, seed))
    leaf, mid = _leaf(city, ids), _units(city, ids, words.ladder.office)
    named = (
        {"forces": [entry["key"] for entry in words.site["force"]]} if "force" in words.site else {}
    )
    departments = words.departments["code"].to_list()
    numbers = {code: number for number, code in enumerate(departments, start=1)}
    rows = activity_rows(leaf, mid, numbers, days, now, ZONE, seed, **named)
    bulk.insert(connection, activity, rows)
    bulk.insert(connection, rating, _ratings(city, ids, int(days[0]), int(days[-1]), seed))
    bulk.insert(connection, exclusive_grid, _exclusive(connection, city, ids, seed))


def write_parties(connection: Connection, city: City, ids: Ids, seed: int) -> None:
    """Write who else has a part in the hard cases and in those of exclusive grids that are stored."""
    case_ids = dict(connection.execute(select(case_record.c.code, case_record.c.case_id)).all())
    departments = department_rows(city)[["department_id", "name"]]
    rows = city.rows[city.rows["code"].isin(case_ids)]
    table = party_rows(rows[rows["cross_type"].notna()], departments, seed)
    exclusive = city.territory.exclusive
    if not exclusive.empty:
        leaves = len(city.territory.units[city.territory.blocks.leaf])
        at = exclusive_of(city.cases, exclusive, leaves)
        inside = (at != NOWHERE) & city.rows["code"].isin(case_ids).to_numpy()
        codes = exclusive["code"].to_numpy(object)[at[inside]]
        within = pd.DataFrame(
            {"code": city.rows["code"].to_numpy(object)[inside], "grid_id": [ids[c] for c in codes]}
        )
        held = bulk.read(connection, select(exclusive_grid))
        table = pd.concat([table, responsible_rows(within, held, departments)], ignore_index=True)
    bulk.insert(connection, case_party, table.assign(case_id=table["code"].map(case_ids)))


def _exclusive(connection: Connection, city: City, ids: Ids, seed: int) -> pd.DataFrame:
    table = city.territory.exclusive
    if table.empty:
        return pd.DataFrame()
    areas = dict(connection.execute(select(grid_unit.c.grid_id, grid_unit.c.area_km2)).all())
    grid_id = table["code"].map(ids)
    departments = city.words.departments["name"].to_list()
    names = {
        "subject": table["name"].to_list(),
        "territorial": table["parent_code"].map(_names(city)).to_list(),
        "supervising": [departments[i % len(departments)] for i in range(len(TYPES))],
    }
    grids = table[["code", "type"]].assign(grid_id=grid_id, area_km2=grid_id.map(areas))
    return exclusive_rows(
        grids, table["linked_code"].map(ids).to_list(), names, city.days.now, seed
    )


def _staff(city: City, ids: Ids, seed: int) -> pd.DataFrame:
    plan = post_plan(city.words.site)
    if not plan:
        return pd.DataFrame()
    grids = pd.concat([_units(city, ids, level).assign(level_key=level) for level in plan])
    return staff_rows(grids, cast("dict[str, LevelPlan]", plan), seed)


def _leaf(city: City, ids: Ids) -> pd.DataFrame:
    blocks = city.territory.blocks
    leaf = _units(city, ids, blocks.leaf)
    return leaf.assign(mid_id=city.territory.leaf_ids(ids, city.words.ladder.office))


def _units(city: City, ids: Ids, level: str) -> pd.DataFrame:
    units = city.territory.units.get(level, city.territory.exclusive)
    return pd.DataFrame({"grid_id": units["code"].map(ids).astype(np.int64), "code": units["code"]})


def _ratings(city: City, ids: Ids, first: int, last: int, seed: int) -> pd.DataFrame:
    """Stars for the grids above the leaves, flags for the three lowest levels."""
    levels = city.territory.blocks.levels
    branch = city.territory.units[levels[-2]]
    stars = pd.DataFrame(
        {
            "grid_id": branch["code"].map(ids).to_numpy(np.int64),
            "kind": np.where(branch["kind"] == VILLAGE, "village", "community"),
        }
    )
    flags = [_units(city, ids, level)["grid_id"].to_numpy() for level in levels[-FLAG_LEVELS:]]
    return rating_rows(stars, flags, first, last, seed)


def _names(city: City) -> dict[str, str]:
    return {
        code: name
        for units in city.territory.units.values()
        for code, name in zip(units["code"], units["name"], strict=True)
    }
