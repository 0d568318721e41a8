"""Cuts a polygon into ever smaller blocks along straight streets; neighbours share every corner.

Corners are numbered once. A street that ends on a block's side puts a corner on that side, and
`between` remembers it, so that the block across the street gets the same corner: no gaps, no overlaps.
"""

import math

import numpy as np

Ring = list[int]

SNAP = 0.16
"""A street that would end this close to a corner (share of the side) ends in the corner."""
TILT = 0.10
"""Spread of the angle by which a street misses the right one (radians)."""
LEAST_KEPT = 0.45
"""Ending in corners must leave either part this share of the area it was meant to have."""
HALVINGS = 14


class Streets:
    """The corners of all blocks, in kilometres, and the corners that lie on the way of each side."""

    def __init__(self) -> None:
        self.corners: list[tuple[float, float]] = []
        self.between: dict[tuple[int, int], int] = {}

    def add(self, x: float, y: float) -> int:
        """Number a new corner."""
        self.corners.append((x, y))
        return len(self.corners) - 1

    def put_between(self, first: int, second: int, share: float) -> int:
        """Put a corner on a side, this share of the way from first to second."""
        (x1, y1), (x2, y2) = self.corners[first], self.corners[second]
        corner = self.add(x1 + share * (x2 - x1), y1 + share * (y2 - y1))
        self.between[min(first, second), max(first, second)] = corner
        return corner

    def full(self, ring: Ring) -> Ring:
        """The ring with all corners that were put on its sides since it was made."""
        whole: Ring = []
        for first, second in zip(ring, ring[1:] + ring[:1], strict=True):
            whole.append(first)
            whole += self._inner(first, second)
        return whole

    def _inner(self, first: int, second: int) -> Ring:
        middle = self.between.get((min(first, second), max(first, second)))
        if middle is None:
            return []
        return [*self._inner(first, middle), middle, *self._inner(middle, second)]

    def divide(self, ring: Ring, weights: list[float], rng: np.random.Generator) -> list[Ring]:
        """Cut the ring into one block per weight, areas about in proportion, neighbours in a row."""
        if len(weights) == 1:
            return [ring]
        half = len(weights) // 2
        one, other = self._cut(self.full(ring), sum(weights[:half]) / sum(weights), rng)
        return [*self.divide(one, weights[:half], rng), *self.divide(other, weights[half:], rng)]

    def _cut(self, ring: Ring, share: float, rng: np.random.Generator) -> tuple[Ring, Ring]:
        points = [self.corners[corner] for corner in ring]
        angle = _long_axis(points) + float(rng.normal(0.0, TILT))
        along = [x * math.cos(angle) + y * math.sin(angle) for x, y in points]
        level = _level_for(points, along, share)
        sides = [i for i in range(len(ring)) if (along[i] < level) != (along[i - 1] < level)]
        ways = [(level - along[i - 1]) / (along[i] - along[i - 1]) for i in sides]
        snapped = [round(way) if min(way, 1 - way) < SNAP else way for way in ways]
        # A street that ends in corners may come to lie on a side of its block: then it must not.
        for tried in (snapped, ways):
            one, other = self._pieces(ring, sides, tried)
            least = LEAST_KEPT * min(share, 1 - share) * self.area(ring)
            if min(self.area(one), self.area(other)) > least:
                break
        return (one, other) if along[sides[0]] < level else (other, one)

    def _pieces(self, ring: Ring, sides: list[int], ways: list[float]) -> tuple[Ring, Ring]:
        """The two parts of a ring that a street cuts, ending that far along the two sides."""
        ends = []
        for side, way in zip(sides, ways, strict=True):
            if way in (0, 1):
                ends.append(ring[side - 1 + int(way)])
            else:
                ends.append(self.put_between(ring[side - 1], ring[side], way))
        first, second = ends
        one = [c for c in ring[sides[0] : sides[1]] if c not in ends]
        other = [c for c in ring[sides[1] :] + ring[: sides[0]] if c not in ends]
        return [first, *one, second], [second, *other, first]

    def area(self, ring: Ring) -> float:
        """Area of a ring in square kilometres."""
        return _area([self.corners[corner] for corner in ring])

    def refine(self, rings: list[Ring], longest: float) -> None:
        """Put corners on all sides until none is longer than `longest` kilometres."""
        for ring in rings:
            whole = self.full(ring)
            for first, second in zip(whole, whole[1:] + whole[:1], strict=True):
                length = math.dist(self.corners[first], self.corners[second])
                self._refine_side(first, second, length, longest)

    def _refine_side(self, first: int, second: int, length: float, longest: float) -> None:
        if length <= longest or (min(first, second), max(first, second)) in self.between:
            return
        middle = self.put_between(first, second, 0.5)
        self._refine_side(first, middle, length / 2, longest)
        self._refine_side(middle, second, length / 2, longest)


def _long_axis(points: list[tuple[float, float]]) -> float:
    """Angle of the longer side of the smallest box around the points that rests on a side."""
    best, axis = math.inf, 0.0
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        length = math.hypot(x2 - x1, y2 - y1)
        if length == 0:
            continue
        cos, sin = (x2 - x1) / length, (y2 - y1) / length
        forth = [x * cos + y * sin for x, y in points]
        across = [y * cos - x * sin for x, y in points]
        long, wide = max(forth) - min(forth), max(across) - min(across)
        if long * wide < best:
            best = long * wide
            axis = math.atan2(sin, cos) + (0.0 if long >= wide else math.pi / 2)
    return axis


def _level_for(points: list[tuple[float, float]], along: list[float], share: float) -> float:
    """Where to cut across the axis so that this share of the area lies below."""
    low, high = min(along), max(along)
    whole = _area_below(points, along, high)
    for _ in range(HALVINGS):
        level = (low + high) / 2
        if _area_below(points, along, level) < share * whole:
            low = level
        else:
            high = level
    return (low + high) / 2


def _area_below(points: list[tuple[float, float]], along: list[float], level: float) -> float:
    """Area of the part of a convex polygon that lies below the level of the axis."""
    clipped: list[tuple[float, float]] = []
    for i, (x1, y1) in enumerate(points):
        j = (i + 1) % len(points)
        if along[i] <= level:
            clipped.append((x1, y1))
        if (along[i] <= level) != (along[j] <= level):
            way = (level - along[i]) / (along[j] - along[i])
            clipped.append((x1 + way * (points[j][0] - x1), y1 + way * (points[j][1] - y1)))
    return _area(clipped)


def _area(points: list[tuple[float, float]]) -> float:
    turned = points[1:] + points[:1]
    return (
        abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, turned, strict=True))) / 2
    )
