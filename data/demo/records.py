"""The rows that the case database takes in: records with titles and addresses, paths, events."""

import numpy as np
import pandas as pd

from data.days import day_of
from data.demo.calendar import Calendar
from data.demo.chance import stream
from data.demo.compounds import Places
from data.demo.gaps import text_or_missing, whole_or_missing
from data.demo.vocabulary import Vocabulary

LOST_STEPS = 3
"""An un-located case is known to lie in this many levels of the territory at most, less one."""


def case_codes(cases: pd.DataFrame, days: Calendar) -> np.ndarray:
    """Code of each case: the day it was reported and its number on that day."""
    day = np.searchsorted(days.start, cases["reported"].to_numpy(), side="right") - 1
    number = np.arange(len(day)) - np.searchsorted(day, day) + 1
    names = np.array([f"{day_of(n):%Y%m%d}" for n in days.number], object)
    return np.asarray(names[day] + _digits(number, 5))


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    return np.char.zfill(numbers.astype(str), width).astype(object)


def case_rows(
    cases: pd.DataFrame, codes: np.ndarray, places: Places, words: Vocabulary, seed: int
) -> pd.DataFrame:
    """Rows of case_record as data.ingest takes them, in the order of the cases."""
    rng = stream(seed, "titles")
    category = words.categories
    located = (cases["location"] != "none").to_numpy()
    compound = cases["compound"].to_numpy()
    road, address, title = _texts(cases, places, words, rng)
    in_grid = cases["in_grid"].to_numpy()
    never_sent = cases["fate"].isin(["rejected", "merged"]).to_numpy()
    return pd.DataFrame(
        {
            "code": codes,
            "kind": category["kind"].to_numpy(object)[cases["category"]],
            "source_id": cases["source"].to_numpy() + 1,
            "category_id": cases["category"].to_numpy() + 1,
            "department_id": whole_or_missing(cases["department"].to_numpy(), never_sent),
            "compound_id": whole_or_missing(compound + 1, (compound < 0) | ~located),
            "title": title,
            "road": text_or_missing(road, ~located),
            "address_masked": text_or_missing(address, ~located),
            "lon": np.where(located, cases["lon"], np.nan),
            "lat": np.where(located, cases["lat"], np.nan),
            "location": cases["location"].to_numpy(object),
            "anonymous": cases["anonymous"].to_numpy(),
            "self_handled": cases["self_handled"].to_numpy(np.int64),
            "in_grid": whole_or_missing(in_grid, ~cases["awaited"].to_numpy(bool)),
            "is_test": cases["is_test"].to_numpy(),
            "flags": None,
        }
    )


def _texts(
    cases: pd.DataFrame, places: Places, words: Vocabulary, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Road, address to the building and title of each case."""
    number = len(cases)
    compound = cases["compound"].to_numpy()
    home = compound >= 0
    at = np.maximum(compound, 0)
    roads = places.roads[places.leaf_community[cases["leaf"]]]
    first = rng.integers(0, roads.shape[1], number)
    other = (first + 1 + rng.integers(0, roads.shape[1] - 1, number)) % roads.shape[1]
    rows = np.arange(number)
    road = np.where(home, places.compound_roads[at], roads[rows, first])
    crossing = roads[rows, other]
    door = _plain(rng.integers(1, 260, number)) + "号"
    building = _plain(rng.integers(1, 24, number)) + "号楼"
    estate = places.compounds["name"].to_numpy(object)[at]
    address = np.where(home, estate + building, road + door)
    problem = _problems(words)[cases["category"]]
    road_spot = _drawn(words.site["places"]["road"], number, rng)
    door_spot = _drawn(words.site["places"]["door"], number, rng)
    home_spot = _drawn(words.site["places"]["compound"], number, rng)
    form = rng.random(number)
    outside = np.where(
        (form < 0.42) & (crossing != road),
        road + "与" + crossing + "口",
        np.where(form < 0.8, road + door + door_spot, road + road_spot),
    )
    inside = np.where(form < 0.5, address, estate + home_spot)
    title = np.where(home, inside, outside) + problem
    title = np.where(cases["location"] == "none", "（位置待核实）" + problem, title)
    return road, address, np.where(cases["is_test"] == 1, "【测试】" + title, title)


def _problems(words: Vocabulary) -> np.ndarray:
    """What a title calls each category: its name, or a fuller wording where that is too short."""
    names = words.categories["name"].to_numpy(object)
    fuller = words.categories["title"].to_numpy(object)
    return np.asarray(np.where(fuller == "", names, fuller))


def _plain(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(str).astype(object)


def _drawn(texts: list[str], number: int, rng: np.random.Generator) -> np.ndarray:
    return np.array(texts, object)[rng.integers(0, len(texts), number)]


def case_paths(
    cases: pd.DataFrame, codes: np.ndarray, leaf_paths: dict[int, np.ndarray], seed: int
) -> pd.DataFrame:
    """Rows of case_path for each hierarchy; below the level that is known, grids are missing.

    leaf_paths: hierarchy id to the grid ids on the way to each micro-grid.
    """
    rng = stream(seed, "paths")
    location = cases["location"].to_numpy()
    depth = np.where(location == "default_point", 2, 99)
    depth = np.where(location == "none", rng.integers(0, LOST_STEPS, len(cases)), depth)
    parts = []
    for number, (hierarchy_id, path) in enumerate(leaf_paths.items()):
        # The second hierarchy has one level more above the same grids.
        known = np.where(depth > 0, depth + number, 0)
        columns = {
            f"grid_{step}": whole_or_missing(path[cases["leaf"], step - 1], known < step)
            for step in range(1, path.shape[1] + 1)
        }
        parts.append(pd.DataFrame({"code": codes, "hierarchy_id": hierarchy_id, **columns}))
    return pd.concat(parts, ignore_index=True)
