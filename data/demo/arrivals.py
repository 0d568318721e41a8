"""Which cases come in: when, from which source, of which category and in which block."""

import numpy as np
import pandas as pd
import shapely

from data.demo.blocks import Blocks
from data.demo.calendar import DAY, Calendar, day_factors
from data.demo.chance import apportion, pick, pick_by_row, stream
from data.demo.compounds import Places, points_inside
from data.demo.sizes import Size
from data.demo.vocabulary import Vocabulary

HOT_SPOT_SHARE = 0.004
HOT_SPOT_FACTOR = 16.0
WINDOW_SURPLUS = 1.04
"""Reported cases per accepted one in the showcase window; the surplus is taken away again."""
COMPOUND_SHARE = {"home": 0.92, "hazard": 0.80, "noise": 0.62, "waste": 0.30, "service": 0.5}
COMPOUND_SHARE_ELSE = 0.06
NOWHERE_SHARE = 0.004
DEFAULT_POINT_SHARE = 0.008
ANONYMOUS_SHARE = 0.12
"""Of the cases that citizens bring in; some six in a hundred of all."""


def arrivals(
    size: Size,
    days: Calendar,
    words: Vocabulary,
    places: Places,
    blocks: Blocks,
    busy: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """One row per case, in the order of reporting; positions in the vocabulary, not ids.

    Columns: reported (epoch s), source, category, leaf, compound (-1 = none), location, lon, lat,
    anonymous. `busy` is the weight of each leaf.
    """
    rng = stream(seed, "arrivals")
    day, source = _days_and_sources(size, days, words, rng)
    reported = days.start[day] + _seconds_of_day(source, words, rng)
    order = np.argsort(reported, kind="stable")
    day, source, reported = day[order], source[order], reported[order]
    category = _categories(day, source, days, words, rng)
    leaf, compound = _blocks(category, words, places, busy, rng)
    street = words.categories["theme"].isin(["street", "facility", "works"]).to_numpy()[category]
    outward = np.where(
        street, rng.uniform(0.80, 0.95, len(day)), np.sqrt(rng.random(len(day))) * 0.9
    )
    lon, lat = points_inside(blocks.shapes[blocks.leaf], leaf, outward, rng)
    chance = rng.random(len(day))
    location = np.where(
        chance < NOWHERE_SHARE,
        "none",
        np.where(chance < NOWHERE_SHARE + DEFAULT_POINT_SHARE, "default_point", "exact"),
    )
    # A default point stands for a whole grid of the road level: the case is somewhere in it.
    office = shapely.point_on_surface(blocks.shapes[words.ladder.road])[places.road_grid[leaf]]
    default = location == "default_point"
    public = words.sources["public"].to_numpy()[source] == 1
    return pd.DataFrame(
        {
            "reported": reported,
            "source": source,
            "category": category,
            "leaf": leaf,
            "compound": compound,
            "location": location,
            "lon": np.where(default, np.round(shapely.get_x(office), 6), lon),
            "lat": np.where(default, np.round(shapely.get_y(office), 6), lat),
            "anonymous": (public & (rng.random(len(day)) < ANONYMOUS_SHARE)).astype(np.int64),
        }
    )


def _days_and_sources(
    size: Size, days: Calendar, words: Vocabulary, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Day position and source of each case; the window gets a fixed number, the rest is chance."""
    share = words.sources["share"].to_numpy(np.float64)
    office = words.sources["hours"].to_numpy() == "work"
    factors = [day_factors(days, words.rhythm, bool(keeps)) for keeps in office]
    expected = np.column_stack(factors) * share / share.sum() * size.cases_per_day
    expected *= np.exp(rng.normal(0.0, 0.05, (len(expected), 1)))
    counts = rng.poisson(expected)
    inside = np.repeat(days.window[:, None], len(share), axis=1)
    wanted = int(size.window_accepted * WINDOW_SURPLUS) + 8
    counts[inside] = apportion(wanted, counts[inside].astype(np.float64), 0)
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    return cell // len(share), cell % len(share)


def _seconds_of_day(source: np.ndarray, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    hours = np.array([words.rhythm["hours"][name] for name in words.sources["hours"]], np.float64)
    hour = pick_by_row(rng, hours, source)
    return np.minimum(hour * 3600 + rng.integers(0, 3600, len(source)), DAY - 1)


def _categories(
    day: np.ndarray, source: np.ndarray, days: Calendar, words: Vocabulary, rng: np.random.Generator
) -> np.ndarray:
    """Category by source, month and rain: one row of weights for each combination."""
    table = words.categories
    by_source = words.sources[table["theme"].to_list()].to_numpy(np.float64)
    season = np.ones((24, len(table)))
    for name in ("summer", "winter"):
        of_season = table["season"].to_numpy() == name
        season[:, of_season] = np.repeat(words.rhythm["seasons"][name], 2)[:, None]
    of_rain = table["season"].to_numpy() == "rain"
    season[0::2, of_rain] = words.rhythm["rain"]["dry_categories"]
    season[1::2, of_rain] = words.rhythm["rain"]["rain_categories"]
    weights = by_source[:, None, :] * season[None] * table["weight"].to_numpy(np.float64)
    row = (source * 12 + days.month[day]) * 2 + days.rain[day]
    return pick_by_row(rng, weights.reshape(-1, len(table)), row)


def _blocks(
    category: np.ndarray,
    words: Vocabulary,
    places: Places,
    busy: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Leaf and compound (-1 = none) of each case; each theme has its own hot spots."""
    names, theme = np.unique(words.categories["theme"].to_numpy(str), return_inverse=True)
    leaf = np.zeros(len(category), np.int64)
    compound = np.full(len(category), -1)
    compound_leaf = places.compounds["leaf"].to_numpy()
    for number, name in enumerate(names):
        mine = np.flatnonzero(theme[category] == number)
        hot = np.where(rng.random(len(busy)) < HOT_SPOT_SHARE, HOT_SPOT_FACTOR, 1.0)
        weight = np.sqrt(busy) * hot * np.exp(rng.normal(0.0, 0.35, len(busy)))
        leaf[mine] = pick(rng, weight, len(mine))
        homes = mine[rng.random(len(mine)) < COMPOUND_SHARE.get(str(name), COMPOUND_SHARE_ELSE)]
        compound[homes] = pick(rng, weight[compound_leaf], len(homes))
        leaf[homes] = compound_leaf[compound[homes]]
    return leaf, compound
