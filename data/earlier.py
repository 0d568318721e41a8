"""How many earlier cases of its kind each case comes after: near by, or by the same caller (K11).

Pure arithmetic on frames, without a database. A million cases must be counted in seconds, and
thousands piled on one spot or brought in by one caller must not be held against each other.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.reach import Reach

DEGREE = 6_371_008.8 * np.pi / 180
"""Metres of a degree of latitude on a sphere of the earth's mean radius."""
PAIRS = 2_000_000
"""Pairs held against each other at once: cases piled on one spot must not fill the memory."""
HIGHEST = 32_767
"""What the column holds."""

PLACE = ["case_id", "category_id", "caller_key", "lat", "lon", "reported_at", "reported_day"]
"""lat and lon are missing where no exact location is known, caller_key where nobody is."""


def count_earlier(places: pd.DataFrame, among: pd.DataFrame, reach: Reach) -> np.ndarray:
    """How many of `among` each place comes after and within reach of; both have PLACE.

    Of two reported in the same second neither is the earlier one. What is near and by the same caller
    too is counted once: as near, as of the caller, less as both.
    """
    found = np.zeros(len(places), np.int64)
    if places.empty or among.empty:
        return found
    if reach.by_place:
        found += _count_near(places, among, _kinds(places, among), reach)
    if reach.by_caller:
        kinds = _kinds(places, among, "caller_key")
        called = _count_called(places, among, kinds, reach)
        found += called
        if reach.by_place:
            # Only who called before can be near himself.
            again = called > 0
            kinds = kinds[0][again], kinds[1]
            found[again] -= _count_near(places[again], among, kinds, reach)
    return np.minimum(found, HIGHEST)


def find_later(places: pd.DataFrame, among: pd.DataFrame, reach: Reach) -> np.ndarray:
    """Row numbers in `among` of what comes after a place and is within reach of it; both have PLACE."""
    touched = np.zeros(len(among), bool)
    if places.empty or among.empty:
        return np.flatnonzero(touched)
    if reach.by_place:
        for seen in _later_near(places, among, _kinds(places, among), reach):
            touched[seen] = True
    if reach.by_caller:
        touched |= _later_called(places, among, _kinds(places, among, "caller_key"), reach)
    return np.flatnonzero(touched)


Kinds = tuple[np.ndarray, np.ndarray]
"""The number of each row's kind in `places` and in `among`, -1 where it has none."""


def _kinds(places: pd.DataFrame, among: pd.DataFrame, *more: str) -> Kinds:
    """What must be the same: the category, and `more` columns, of which none may be missing."""
    number = np.zeros(len(places) + len(among), np.int64)
    known = np.ones(len(number), bool)
    for name in ("category_id", *more):
        values = np.r_[places[name].to_numpy(), among[name].to_numpy()]
        codes, distinct = pd.factorize(values)
        known &= codes >= 0
        number = number * (len(distinct) + 1) + codes
    number = np.where(known, np.unique(number, return_inverse=True)[1], -1)
    return number[: len(places)], number[len(places) :]


def _count_near(
    places: pd.DataFrame, among: pd.DataFrame, kinds: Kinds, reach: Reach
) -> np.ndarray:
    """How many of each place's kind are near and earlier; what has no exact location is near nothing.

    Spots are held against each other, not cases: thousands may be piled on one.
    """
    found = np.zeros(len(places), np.int64)
    asking = np.flatnonzero(places["lat"].notna().to_numpy() & (kinds[0] >= 0))
    # Kinds that nobody asks for would only make the grid larger.
    other = np.flatnonzero(among["lat"].notna().to_numpy() & np.isin(kinds[1], kinds[0][asking]))
    if not len(asking) or not len(other):
        return found
    mine, theirs = places.iloc[asking], among.iloc[other]
    kind, their_kind = kinds[0][asking], kinds[1][other]
    spot_of, spots, spot_kind = _spots(theirs, their_kind)
    grid = _Grid(mine, spots, (kind, spot_kind), reach.metres)
    times = _Times(mine, theirs, spot_of)
    for row, cell in grid.neighbours():
        for one, seen in _expanded(row, *grid.all_of(cell)):
            near = grid.is_near(one, seen)
            one, spot = one[near], grid.order[seen[near]]
            number = times.between(one, spot, reach.days)
            found[asking] += np.bincount(one, number, minlength=len(mine)).astype(np.int64)
    return found


def _count_called(
    places: pd.DataFrame, among: pd.DataFrame, kinds: Kinds, reach: Reach
) -> np.ndarray:
    """How many of each place's category and caller are earlier, wherever they lie."""
    found = np.zeros(len(places), np.int64)
    asking, other = (np.flatnonzero(kind >= 0) for kind in kinds)
    if not len(asking) or not len(other):
        return found
    times = _Times(places.iloc[asking], among.iloc[other], kinds[1][other])
    rows = np.arange(len(asking))
    found[asking] = times.between(rows, kinds[0][asking], reach.days)
    return found


def _spots(among: pd.DataFrame, kind: np.ndarray) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """The number of each case's spot (a kind at a point), a row for every spot, and its kind."""
    at = among.assign(kind=kind)
    groups = at.groupby(["kind", "lat", "lon"], sort=False)
    spots = groups.head(1).reset_index(drop=True)
    return groups.ngroup().to_numpy(np.int64), spots, spots["kind"].to_numpy(np.int64)


class _Times:
    """When something was reported in each group, so that a stretch of time is a stretch of rows."""

    def __init__(self, places: pd.DataFrame, among: pd.DataFrame, group: np.ndarray) -> None:
        day, at = (
            np.r_[places[name].to_numpy(np.int64), among[name].to_numpy(np.int64)]
            for name in ("reported_day", "reported_at")
        )
        day, at = day - day.min(), at - at.min()
        self.days, self.seconds = int(day.max()) + 2, int(at.max()) + 2
        mine, theirs = slice(0, len(places)), slice(len(places), None)
        self.day, self.at = day[mine], at[mine]
        self.order = np.lexsort((at[theirs], group))
        self.by_day = (group * self.days + day[theirs])[self.order]
        self.by_second = (group * self.seconds + at[theirs])[self.order]

    def between(self, row: np.ndarray, group: np.ndarray, days: int) -> np.ndarray:
        """How many were reported in the group before each row and within the days before it."""
        first = group * self.days + np.maximum(self.day[row] - days, 0)
        until = group * self.seconds + self.at[row]
        number = np.searchsorted(self.by_second, until) - np.searchsorted(self.by_day, first)
        return np.maximum(number, 0)

    def after(self, row: np.ndarray, group: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray]:
        """First and last (excluded) sorted row of the group after each row and within the days after."""
        second = group * self.seconds + self.at[row]
        until = group * self.days + np.minimum(self.day[row] + days, self.days - 1)
        first = np.searchsorted(self.by_second, second, side="right")
        return first, np.searchsorted(self.by_day, until, side="right")


def _later_near(
    places: pd.DataFrame, among: pd.DataFrame, kinds: Kinds, reach: Reach
) -> Iterator[np.ndarray]:
    """Row numbers in `among` of what is of one kind, near and within the days after."""
    asking, other = (np.flatnonzero(frame["lat"].notna().to_numpy()) for frame in (places, among))
    if not len(asking) or not len(other):
        return
    mine, theirs = places.iloc[asking], among.iloc[other]
    grid = _Grid(mine, theirs, (kinds[0][asking], kinds[1][other]), reach.metres)
    for row, cell in grid.neighbours():
        first, last = grid.after(row, cell, reach.days)
        for one, seen in _expanded(row, first, last):
            near = grid.is_near(one, seen)
            yield other[grid.order[seen[near]]]


def _later_called(
    places: pd.DataFrame, among: pd.DataFrame, kinds: Kinds, reach: Reach
) -> np.ndarray:
    """Whether each of `among` is of a place's category and caller, and within the days after.

    Stretches of rows are laid over each other, so that who calls often costs no more than others.
    """
    touched = np.zeros(len(among), bool)
    asking, other = (np.flatnonzero(kind >= 0) for kind in kinds)
    if not len(asking) or not len(other):
        return touched
    times = _Times(places.iloc[asking], among.iloc[other], kinds[1][other])
    first, last = times.after(np.arange(len(asking)), kinds[0][asking], reach.days)
    some = last > first
    cover = np.bincount(first[some], minlength=len(other) + 1)
    cover = cover - np.bincount(last[some], minlength=len(other) + 1)
    touched[other[times.order[np.cumsum(cover)[:-1] > 0]]] = True
    return touched


class _Grid:
    """`among` sorted by cell and time, beside the places that ask.

    A cell is a kind and a square as wide as the reach, so that all that is near lies in nine of them.
    """

    def __init__(
        self, places: pd.DataFrame, among: pd.DataFrame, kinds: Kinds, metres: float
    ) -> None:
        self.metres = metres
        columns = ["lat", "lon", "reported_day", "reported_at"]
        both = pd.concat([places[columns], among[columns]], ignore_index=True)
        lat, lon = (both[name].to_numpy(np.float64) for name in ("lat", "lon"))
        # The slack keeps what is just within reach out of the tenth cell, whatever the rounding.
        high = metres / DEGREE * 1.000001
        # Wide enough where the meridians are closest.
        wide = high / np.cos(np.radians(min(np.abs(lat).max(), 89.0)))
        across = np.floor(lon / wide).astype(np.int64)
        up = np.floor(lat / high).astype(np.int64)
        across, up = across - across.min() + 1, up - up.min() + 1
        self.stride = int(across.max()) + 2
        kind = np.unique(np.r_[kinds], return_inverse=True)[1]
        cell = (kind * (int(up.max()) + 2) + up) * self.stride + across
        day, at = (both[name].to_numpy(np.int64) for name in ("reported_day", "reported_at"))
        mine, theirs = slice(0, len(places)), slice(len(places), None)
        self.order = np.lexsort((at[theirs], cell[theirs]))
        self.cells, self.starts = np.unique(cell[theirs][self.order], return_index=True)
        rank = np.repeat(np.arange(len(self.starts)), np.diff(np.r_[self.starts, len(self.order)]))
        self.cell, self.day, self.at = cell[mine], day[mine] - day.min(), at[mine] - at.min()
        self.lat, self.lon = lat[mine], lon[mine]
        self.their_lat, self.their_lon = lat[theirs][self.order], lon[theirs][self.order]
        # One number for cell and time each: then a stretch of time in a cell is a stretch of rows.
        self.days, self.seconds = int(np.ptp(day)) + 2, int(np.ptp(at)) + 2
        self.by_day = rank * self.days + (day[theirs] - day.min())[self.order]
        self.by_second = rank * self.seconds + (at[theirs] - at.min())[self.order]

    def neighbours(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows of places and the rank of a cell beside them, for each of the nine."""
        for up in (-1, 0, 1):
            for across in (-1, 0, 1):
                wanted = self.cell + up * self.stride + across
                rank = np.minimum(np.searchsorted(self.cells, wanted), len(self.cells) - 1)
                row = np.flatnonzero(self.cells[rank] == wanted)
                yield row, rank[row]

    def all_of(self, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last (excluded) sorted row of each cell."""
        ends = np.r_[self.starts, len(self.order)]
        return ends[rank], ends[rank + 1]

    def after(self, row: np.ndarray, rank: np.ndarray, days: int) -> tuple[np.ndarray, np.ndarray]:
        """First and last (excluded) sorted row of each cell within the days after."""
        day, second = rank * self.days, rank * self.seconds + self.at[row]
        until = day + np.minimum(self.day[row] + days, self.days - 1)
        return (
            np.searchsorted(self.by_second, second, side="right"),
            np.searchsorted(self.by_day, until, side="right"),
        )

    def is_near(self, mine: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Whether both lie within reach: flat metres at the latitude in their middle."""
        lat, other = self.lat[mine], self.their_lat[seen]
        up = (lat - other) * DEGREE
        across = (self.lon[mine] - self.their_lon[seen]) * DEGREE
        across *= np.cos(np.radians((lat + other) / 2))
        return np.asarray(up * up + across * across <= self.metres**2)


def _expanded(
    row: np.ndarray, first: np.ndarray, last: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each row beside each number from its first to its last, in portions."""
    number = np.maximum(last - first, 0)
    portion = np.cumsum(number) // PAIRS
    for part in np.unique(portion[number > 0]):
        chosen = np.flatnonzero((portion == part) & (number > 0))
        count = number[chosen]
        skipped = np.repeat(np.cumsum(count) - count, count)
        step = np.arange(count.sum()) - skipped
        yield np.repeat(row[chosen], count), np.repeat(first[chosen], count) + step
