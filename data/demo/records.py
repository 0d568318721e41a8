"""The rows that the case database takes in: records with titles and addresses, paths, events."""

import numpy as np
import pandas as pd

from data.days import day_of
from data.demo.calendar import Calendar
from data.demo.callers import caller_keys
from data.demo.chance import stream
from data.demo.compounds import Places
from data.demo.gaps import text_or_missing, whole_or_missing
from data.demo.premises import NOWHERE, exclusive_of
from data.demo.territory import Territory
from data.demo.vocabulary import Vocabulary
from data.sites.ladder import Ladder


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
            "caller_key": caller_keys(cases, seed),
            "self_handled": cases["self_handled"].to_numpy(np.int64),
            "in_grid": whole_or_missing(in_grid, ~cases["awaited"].to_numpy(bool)),
            # Columns that nobody fills must be there all the same: they count in the content's hash.
            **dict.fromkeys(("access_item_id", "importance", "urgency", "cross_type")),
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
    roads = places.roads[places.road_grid[cases["leaf"]]]
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
    cases: pd.DataFrame,
    codes: np.ndarray,
    territory: Territory,
    grid_ids: dict[str, int],
    seed: int,
) -> pd.DataFrame:
    """Rows of case_path for each hierarchy; below the level that is known, grids are missing.

    grid_ids: by code; hierarchies are numbered from 1 in the order of the site.
    """
    ladder = territory.ladder
    known = _known_levels(cases, ladder, stream(seed, "paths"))
    leaf = cases["leaf"].to_numpy()
    parts = []
    for number, tree in enumerate(ladder.trees, start=1):
        columns = {}
        for step, key in enumerate(tree.levels[1:], start=1):
            if key in ladder.keys:
                ids = territory.leaf_ids(grid_ids, key)[leaf]
                columns[f"grid_{step}"] = whole_or_missing(ids, known < ladder.keys.index(key))
            else:
                columns[f"grid_{step}"] = _exclusive_ids(cases, territory, grid_ids)
        parts.append(pd.DataFrame({"code": codes, "hierarchy_id": number, **columns}))
    return pd.concat(parts, ignore_index=True)


def _known_levels(cases: pd.DataFrame, ladder: Ladder, rng: np.random.Generator) -> np.ndarray:
    """Position in the ladder of the lowest level that each case is known to lie in.

    A default point tells the road level, and of an un-located case that is known at most.
    """
    location = cases["location"].to_numpy()
    told = [ladder.keys.index(key) for key in ladder.trees[0].levels]
    deepest = ladder.trees[0].levels.index(ladder.road)
    lost = np.array(told)[rng.integers(0, deepest + 1, len(cases))]
    known = np.where(location == "default_point", told[deepest], len(ladder.keys))
    return np.asarray(np.where(location == "none", lost, known))


def _exclusive_ids(
    cases: pd.DataFrame, territory: Territory, grid_ids: dict[str, int]
) -> pd.arrays.IntegerArray:
    leaves = len(territory.units[territory.blocks.leaf])
    found = exclusive_of(cases, territory.exclusive, leaves)
    ids = territory.exclusive["code"].map(grid_ids).to_numpy(np.int64)
    return whole_or_missing(ids[found], found == NOWHERE)
