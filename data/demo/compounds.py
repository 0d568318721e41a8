"""Housing estates (小区), courtyards (楼院) and roads of the made-up district, and points in blocks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from data.demo.blocks import Blocks
from data.demo.chance import stream
from data.demo.vocabulary import Vocabulary

ROADS = 3
"""Roads of each grid of the road level."""
COURTYARD_SHARE = 0.38
UNMANAGED_SHARE = 0.16
"""Share of courtyards without a property manager."""


@dataclass(frozen=True)
class Places:
    """What an address is made of. `compounds` has `leaf`; `roads[grid]` are its road names.

    road_grid: for each leaf, the grid of the road level it lies in.
    """

    compounds: pd.DataFrame
    compound_roads: np.ndarray
    roads: np.ndarray
    road_grid: np.ndarray


def furnish(blocks: Blocks, words: Vocabulary, number: int, seed: int) -> Places:
    """Put roads into grids and `number` compounds into leaves, at most one in each."""
    rng = stream(seed, "compounds")
    road_grid = blocks.ancestors(blocks.leaf, words.ladder.road)
    roads = _roads(blocks, words, rng)
    leaf = np.sort(rng.choice(len(road_grid), number, replace=False))
    courtyard = rng.random(number) < COURTYARD_SHARE
    managed = ~(courtyard & (rng.random(number) < UNMANAGED_SHARE))
    lon, lat = points_inside(blocks.shapes[blocks.leaf], leaf, rng.uniform(0.0, 0.5, number), rng)
    road = roads[road_grid[leaf], rng.integers(0, ROADS, number)]
    compounds = pd.DataFrame(
        {
            "compound_id": np.arange(1, number + 1),
            "code": [f"C{i:05d}" for i in range(1, number + 1)],
            "name": np.where(
                courtyard, _yard_names(road, words, rng), _estate_names(number, words, rng)
            ),
            "kind": np.where(courtyard, "楼院", "小区"),
            "leaf": leaf,
            "managed": managed.astype(np.int64),
            "lon": lon,
            "lat": lat,
        }
    )
    return Places(compounds, road, roads, road_grid)


def _roads(blocks: Blocks, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    """Road names of each grid of the road level; long roads run through several below one grid."""
    first, second, kind = (
        [text for text, _ in words.places[use]]
        for use in ("road_first", "road_second", "road_kind")
    )
    names = sorted({a + b for a in first for b in second if a != b})
    every = np.array(names, object)[rng.permutation(len(names))]
    every = every + np.array(kind, object)[rng.integers(0, len(kind), len(every))]
    share = max(2, len(every) // len(blocks.shapes[words.ladder.road_above]))
    offset = blocks.parents[words.ladder.road] * share
    drawn = rng.integers(0, share, (len(offset), ROADS))
    drawn = (drawn[:, :1] + np.arange(ROADS) * (1 + drawn[:, 1:2] % 3)) % share
    return every[(offset[:, None] + drawn) % len(every)]


def _estate_names(number: int, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    first = [text for text, _ in words.places["compound_first"]]
    second = [text for text, _ in words.places["compound_second"]]
    names = sorted({a + b + c for a in first for b in first if a != b for c in second})
    return np.array(names, object)[rng.choice(len(names), number, replace=False)]


def _yard_names(road: np.ndarray, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    yards = np.array([f"{text}家属院" for text, _ in words.places["yard"]], object)
    house = rng.integers(2, 190, len(road)).astype(str).astype(object)
    return np.where(
        rng.random(len(road)) < 0.3,
        yards[rng.integers(0, len(yards), len(road))],
        road + house + "号院",
    )


def points_inside(
    shapes: np.ndarray, block: np.ndarray, outward: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A point in each named block; `outward` 0 is its centre, 1 would be its edge."""
    corners = shapely.get_coordinates(shapes)
    counts = shapely.get_num_coordinates(shapes)
    start = np.cumsum(counts) - counts
    side = start[block] + (rng.random(len(block)) * (counts[block] - 1)).astype(np.int64)
    way = rng.random(len(block))[:, None]
    edge = corners[side] * (1 - way) + corners[side + 1] * way
    centre = shapely.get_coordinates(shapely.centroid(shapes))[block]
    spot = np.round(centre + (edge - centre) * outward[:, None], 6)
    return spot[:, 0], spot[:, 1]


def busy_leaves(places: Places, leaves: int, rng: np.random.Generator) -> np.ndarray:
    """How much goes on in each leaf: uneven, and much more where there is a compound."""
    weight = np.exp(rng.normal(0.0, 0.75, leaves)) * 0.45
    weight[places.compounds["leaf"].to_numpy()] *= 6.0
    return weight
