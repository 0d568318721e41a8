"""The map of the made-up district: nested blocks that tile each other, in WGS84."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from data.demo.chance import apportion
from data.demo.streets import Ring, Streets

KM_PER_DEGREE = 111.32
LONGEST_SIDE_KM = 0.1
LONGEST_SIDE_SHARE = 0.004
"""Of the side of the whole area: a large one would have no end of corners."""
DECIMALS = 7
"""Digits of a coordinate that are kept: about a centimetre."""

WAVES = ((9.0, 0.46, 5), (2.4, 0.09, 7), (0.45, 0.006, 9))
"""What bends the streets: wavelength (km), greatest shift (km) and number of waves."""


@dataclass(frozen=True)
class Blocks:
    """Nested blocks. `shapes[level]` are polygons, `parents[level]` their positions one level up.

    Both have the levels in their order, top first.
    """

    shapes: dict[str, np.ndarray]
    parents: dict[str, np.ndarray]

    @property
    def levels(self) -> tuple[str, ...]:
        """Keys of the levels, top first."""
        return tuple(self.shapes)

    @property
    def leaf(self) -> str:
        """Key of the lowest level."""
        return self.levels[-1]

    def ancestors(self, level: str, above: str) -> np.ndarray:
        """For each block of a level, the position of its ancestor at a level above."""
        at = self.levels.index(level)
        result = np.arange(len(self.shapes[level]))
        while self.levels[at] != above:
            result = self.parents[self.levels[at]][result]
            at -= 1
        return result


def lay_out(
    counts: dict[str, int], centre: tuple[float, float], area_km2: float, rng: np.random.Generator
) -> Blocks:
    """Make the blocks: so many at each level, top first; the top is one."""
    streets = Streets()
    levels = tuple(counts)
    rings: dict[str, list[Ring]] = {levels[0]: [_outline(streets, area_km2, rng)]}
    parents = _family(counts, rng)
    for above, level in pairwise(levels):
        rings[level] = []
        leaves = _leaf_counts(parents, level)
        size = leaves * np.exp(rng.normal(0.0, 0.28, len(leaves)))
        for position, ring in enumerate(rings[above]):
            weights = size[parents[level] == position].tolist()
            rings[level] += streets.divide(ring, weights, rng)
    longest = max(LONGEST_SIDE_KM, math.sqrt(area_km2) * LONGEST_SIDE_SHARE)
    streets.refine(rings[levels[-1]], longest)
    places = _bend(np.array(streets.corners), rng)
    places = np.round(_to_degrees(places, centre), DECIMALS)
    shapes = {
        level: _polygons(streets, level_rings, places) for level, level_rings in rings.items()
    }
    return Blocks(shapes, parents)


def _family(counts: dict[str, int], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Share the blocks of each level out among those of the level above."""
    top, *below = counts
    parents = {top: np.zeros(1, np.int64)}
    before = 1
    for level in below:
        number = counts[level]
        weights = np.exp(rng.normal(0.0, 0.22, before))
        least = max(1, int(0.55 * number / before))
        parents[level] = np.repeat(np.arange(before), apportion(number, weights, least))
        before = number
    return parents


def _leaf_counts(parents: dict[str, np.ndarray], level: str) -> np.ndarray:
    levels = tuple(parents)
    counts: np.ndarray = np.ones(len(parents[levels[-1]]))
    for below in reversed(levels[levels.index(level) + 1 :]):
        above = levels[levels.index(below) - 1]
        counts = np.bincount(parents[below], weights=counts, minlength=len(parents[above]))
    return counts


def _outline(streets: Streets, area_km2: float, rng: np.random.Generator) -> Ring:
    """A convex, uneven outline of the wanted area around the origin."""
    angles = np.sort((np.arange(13) + rng.uniform(-0.3, 0.3, 13)) * 2 * math.pi / 13)
    reach = math.sqrt(area_km2 / math.pi) * np.array([1.18, 0.88])
    hull = shapely.convex_hull(
        shapely.multipoints(
            np.c_[np.cos(angles), np.sin(angles)] * reach * rng.uniform(0.93, 1.07, (13, 1))
        )
    )
    scale = math.sqrt(area_km2 / shapely.area(hull))
    corners = shapely.get_coordinates(shapely.orient_polygons(hull))[:-1] * scale
    return [streets.add(float(x), float(y)) for x, y in corners]


def _bend(places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift places by gentle waves; the shifts are too slow to fold the map over."""
    shifted = places.copy()
    for length, shift, number in WAVES:
        for _ in range(number):
            turn, phase, aim = rng.uniform(0, 2 * math.pi, 3)
            wave = 2 * math.pi / length * (places @ [math.cos(turn), math.sin(turn)]) + phase
            amount = shift / math.sqrt(number) * np.sin(wave)
            shifted += amount[:, None] * [math.cos(aim), math.sin(aim)]
    return shifted


def _to_degrees(places: np.ndarray, centre: tuple[float, float]) -> np.ndarray:
    lon, lat = centre
    scale = [KM_PER_DEGREE * math.cos(math.radians(lat)), KM_PER_DEGREE]
    return places / scale + [lon, lat]


def _polygons(streets: Streets, rings: list[Ring], places: np.ndarray) -> np.ndarray:
    whole = [streets.full(ring) for ring in rings]
    closed = [corner for ring in whole for corner in [*ring, ring[0]]]
    owners = np.repeat(np.arange(len(whole)), [len(ring) + 1 for ring in whole])
    return shapely.polygons(shapely.linearrings(places[closed], indices=owners))


def check_tiling(blocks: Blocks) -> None:
    """Raise RuntimeError unless each level tiles without gap or overlap and fills its parents."""
    for level in blocks.levels:
        shapes = blocks.shapes[level]
        if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
            raise RuntimeError(f"the blocks at level {level} do not tile")
    for above, level in pairwise(blocks.levels):
        order = np.argsort(blocks.parents[level], kind="stable")
        ends = np.cumsum(np.bincount(blocks.parents[level]))[:-1]
        groups = np.split(blocks.shapes[level][order], ends)
        joined = np.array([shapely.coverage_union_all(group) for group in groups])
        outer = blocks.shapes[above]
        off = shapely.area(shapely.symmetric_difference(joined, outer)) / shapely.area(outer)
        if len(joined) != len(outer) or (off > 1e-9).any():
            raise RuntimeError(f"the blocks at level {level} do not fill those at level {above}")
