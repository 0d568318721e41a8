"""Exclusive grids (专属网格): markets, parks and schools, each a part of a leaf, in a level of their own."""

import numpy as np
import pandas as pd
import shapely

from data.demo.chance import apportion, pick, stream
from data.demo.territory import Territory
from data.sites.ladder import ExclusiveRule

SMALLEST, LARGEST = 0.62, 0.97
"""Share of a leaf's width that an exclusive grid in it takes."""
NOWHERE = -1

COLUMNS = [
    "name",
    "name_en",
    "code",
    "kind",
    "households",
    "residents",
    "parent_code",
    "geometry",
    "type",
    "type_en",
    "linked_code",
    "leaf",
]


def mark_out(territory: Territory, busy: np.ndarray, size: str, seed: int) -> pd.DataFrame:
    """The exclusive grids, by parent and code; empty where the site has none.

    Columns: those of a tree's rows (Territory.tree), and type, type_en, linked_code (the leaf they
    lie in: people live there and work here) and leaf (its position). busy: weight of each leaf.
    """
    rule = territory.ladder.exclusive
    if rule is None:
        return pd.DataFrame(columns=COLUMNS)
    rng = stream(seed, "exclusive grids")
    blocks = territory.blocks
    above = blocks.ancestors(blocks.leaf, rule.parent)
    leaf = _leaves(above, busy, rule.counts[size], rng)
    parent = above[leaf]
    number = np.arange(len(leaf)) - np.searchsorted(parent, parent) + 1
    if number.max() >= 10**rule.digits:
        raise RuntimeError(f"{rule.digits} digits are too few for the exclusive grids")
    units, leaves = territory.units[rule.parent], territory.units[blocks.leaf]
    prefix = units["code"].to_numpy(object)[parent]
    table = pd.DataFrame(
        {
            "code": [
                f"{p}{rule.letter}{n:0{rule.digits}d}" for p, n in zip(prefix, number, strict=True)
            ],
            "kind": rule.kind,
            "households": pd.array([None] * len(leaf), "Int64"),
            "residents": pd.array([None] * len(leaf), "Int64"),
            "parent_code": prefix,
            "geometry": _parts(blocks.shapes[blocks.leaf][leaf], rng),
            "linked_code": leaves["code"].to_numpy(object)[leaf],
            "leaf": leaf,
        }
    )
    return _named(table, units.iloc[parent], rule, rng)[COLUMNS]


def _leaves(
    above: np.ndarray, busy: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Leaves for the exclusive grids, at most one in each and at least one below each parent."""
    room = np.bincount(above)
    shares = np.minimum(apportion(number, room.astype(np.float64), 1), room)
    spare = number - int(shares.sum())
    for parent in np.argsort(shares - room):
        more = min(spare, int(room[parent] - shares[parent]))
        shares[parent] += more
        spare -= more
    keys = rng.random(len(above)) ** (1.0 / busy)
    order = np.lexsort((-keys, above))
    first = np.cumsum(room) - room
    rank = np.arange(len(above)) - first[above[order]]
    return np.sort(order[rank < shares[above[order]]])


def _parts(shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each shape drawn in towards its middle, which leaves it within itself."""
    share = rng.uniform(SMALLEST, LARGEST, len(shapes))
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    drawn = centres[owner] + (corners - centres[owner]) * share[owner][:, None]
    return np.asarray(shapely.polygons(shapely.linearrings(np.round(drawn, 7), indices=owner)))


def _named(
    table: pd.DataFrame, parents: pd.DataFrame, rule: ExclusiveRule, rng: np.random.Generator
) -> pd.DataFrame:
    """Names from the parent, the type and the number of that type below the parent."""
    drawn = pick(rng, np.array([one.weight for one in rule.types]), len(table))
    of_type = pd.Series(drawn).groupby([table["parent_code"], drawn]).cumcount() + 1
    texts: dict[str, np.ndarray] = {}
    for language, column in enumerate(("name", "name_en")):
        suffix = np.array([one.suffix[language] for one in rule.types], object)[drawn]
        stem = parents[column].to_numpy(object)
        numbers = of_type.astype(str).to_numpy(object)
        texts[column] = stem + numbers + suffix if language == 0 else stem + suffix + " " + numbers
    types = np.array([one.name for one in rule.types], object)[drawn]
    return table.assign(**texts, type=types[:, 0], type_en=types[:, 1])


def exclusive_of(cases: pd.DataFrame, exclusive: pd.DataFrame, leaves: int) -> np.ndarray:
    """Position of the exclusive grid that each case lies in, NOWHERE for those in none.

    cases: leaf, lon, lat and location; only an exact point tells.
    """
    within = np.full(leaves, NOWHERE)
    within[exclusive["leaf"].to_numpy(np.int64)] = np.arange(len(exclusive))
    found = within[cases["leaf"].to_numpy()]
    found[(cases["location"] != "exact").to_numpy()] = NOWHERE
    near = np.flatnonzero(found != NOWHERE)
    shapes = exclusive["geometry"].to_numpy(object)[found[near]]
    lon, lat = (cases[name].to_numpy(np.float64)[near] for name in ("lon", "lat"))
    found[near[~shapely.contains_xy(shapes, lon, lat)]] = NOWHERE
    return found
