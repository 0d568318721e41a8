"""Repeats: how many earlier cases of the same kind lay where a case lies (domain.md K11).

Earlier means reported before it within so many days, near means within so many metres, and only exact
locations count: at a default point all cases would lie on one another. Tests have no derived rows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select, update

from data import bulk
from data.case_tables import FOREVER, case_derived, case_record
from data.errors import InputError

DEGREE = 6_371_008.8 * np.pi / 180
"""Metres of a degree of latitude on a sphere of the earth's mean radius."""
MOST_DAYS, MOST_METRES = 3650, 5000
ASKED, BOXES, BOXES_ASKED = 500, 160, 40
"""Ids asked for at once; up to so many places are each looked around, that many at once."""
PAIRS = 2_000_000
"""Pairs held against each other at once: cases piled on one spot must not fill the memory."""
FEW = 64
"""Different counts up to which one statement for each is the faster way to write them."""
HIGHEST = 32_767
"""What the column holds."""

PLACE = ["case_id", "category_id", "lat", "lon", "reported_at", "reported_day"]


Changing = Callable[[Sequence[int]], None]
"""Is told which cases are about to change."""


def nothing(_ids: Sequence[int]) -> None:
    """Where nobody needs to know."""


@dataclass(frozen=True)
class Reach:
    """How near and how recent an earlier case must be; both bounds belong to it."""

    metres: float = 50
    days: int = 90


def reach_of(assessment: Mapping[str, Any]) -> Reach:
    """`repeat_metres` and `repeat_days` of the setting `assessment`; raises InputError."""
    metres = assessment.get("repeat_metres", Reach.metres)
    days = assessment.get("repeat_days", Reach.days)
    if isinstance(metres, bool) or not isinstance(metres, int | float):
        metres = None
    if metres is None or not 1 <= metres <= MOST_METRES:
        given = assessment["repeat_metres"]
        raise InputError(
            f"assessment.repeat_metres = {given!r} must be a number from 1 to {MOST_METRES}."
        )
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InputError(
            f"assessment.repeat_days = {days!r} must be a whole number from 1 to {MOST_DAYS}."
        )
    return Reach(metres, days)


def places_of(connection: Connection, ids: Sequence[int]) -> pd.DataFrame:
    """Where and when the derived states have these cases: PLACE; those without a place are left out."""
    key = case_derived.c.case_id
    if len(ids) and max(ids) - min(ids) < 2 * len(ids):
        found = _read(connection, [key.between(int(min(ids)), int(max(ids)))])
        return found[found["case_id"].isin(ids)].reset_index(drop=True)
    portions = [ids[first : first + ASKED] for first in range(0, len(ids), ASKED)]
    return _read(connection, [key.in_(portion) for portion in portions])


def renew_repeats(
    connection: Connection,
    ids: Sequence[int],
    was: pd.DataFrame | None,
    reach: Reach,
    before: Changing = nothing,
) -> None:
    """Count for cases whose states have just been written, and for later ones that they bear upon.

    was: `places_of` before anything changed, empty if all are new; None where nothing changed but
    the rules, since every case is then written anew anyway. before: is told the ids of further cases
    whose count is about to be written, while they still hold the old one.
    """
    if not len(ids):
        return
    now = places_of(connection, ids)
    moved = now.iloc[:0]
    if was is not None:
        moved = pd.concat([was[was["case_id"].isin(ids)], now]).drop_duplicates(PLACE, keep=False)
    places = pd.concat([now, moved]).drop_duplicates(PLACE)
    around = _around(connection, places, reach, ahead=not moved.empty)
    counts = count_earlier(now, around, reach)
    # States that have just been written say 0.
    _write(connection, now["case_id"].to_numpy()[counts > 0], counts[counts > 0])
    others = around[~around["case_id"].isin(ids)]
    touched = [seen for _, seen in _later(moved, others, reach)]
    if not touched:
        return
    later = others.iloc[np.unique(np.concatenate(touched))]
    around = _around(connection, later, reach, ahead=False)
    before(later["case_id"].tolist())
    _write(connection, later["case_id"].to_numpy(), count_earlier(later, around, reach))


def count_earlier(places: pd.DataFrame, among: pd.DataFrame, reach: Reach) -> np.ndarray:
    """How many of `among` each place comes after, near and recent enough; both have PLACE.

    Of two reported in the same second neither is the earlier one. Spots are held against each other,
    not cases: thousands may be piled on one.
    """
    found = np.zeros(len(places), np.int64)
    if places.empty or among.empty:
        return found
    spot_of, spots = _spots(among)
    grid = _Grid(places, spots, reach.metres)
    times = _SpotTimes(places, among, spot_of)
    for row, cell in grid.neighbours():
        for mine, seen in _expanded(row, *grid.all_of(cell)):
            near = grid.is_near(mine, seen)
            mine, spot = mine[near], grid.order[seen[near]]
            number = times.between(mine, spot, reach.days)
            found += np.bincount(mine, number, minlength=len(places)).astype(np.int64)
    return np.minimum(found, HIGHEST)


def _spots(among: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """The number of each case's spot and a row for every spot: a category at a point."""
    groups = among.groupby(["category_id", "lat", "lon"], sort=False)
    return groups.ngroup().to_numpy(np.int64), groups.head(1).reset_index(drop=True)


class _SpotTimes:
    """When something was reported at each spot, so that a stretch of time is a stretch of rows."""

    def __init__(self, places: pd.DataFrame, among: pd.DataFrame, spot_of: np.ndarray) -> None:
        day, at = (
            np.r_[places[name].to_numpy(np.int64), among[name].to_numpy(np.int64)]
            for name in ("reported_day", "reported_at")
        )
        day, at = day - day.min(), at - at.min()
        self.days, self.seconds = int(day.max()) + 2, int(at.max()) + 2
        mine, theirs = slice(0, len(places)), slice(len(places), None)
        self.day, self.at = day[mine], at[mine]
        self.by_day = np.sort(spot_of * self.days + day[theirs])
        self.by_second = np.sort(spot_of * self.seconds + at[theirs])

    def between(self, row: np.ndarray, spot: np.ndarray, days: int) -> np.ndarray:
        """How many were reported at the spot before each row and within the days before it."""
        first = spot * self.days + np.maximum(self.day[row] - days, 0)
        until = spot * self.seconds + self.at[row]
        number = np.searchsorted(self.by_second, until) - np.searchsorted(self.by_day, first)
        return np.maximum(number, 0)


def _later(
    places: pd.DataFrame, among: pd.DataFrame, reach: Reach
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Row numbers in `places` and in `among` of one kind, near and within the days after.

    Places are laid into cells as wide as the reach, so that all that is near lies in nine of them, and
    each cell is sorted by time.
    """
    if places.empty or among.empty:
        return
    grid = _Grid(places, among, reach.metres)
    for row, cell in grid.neighbours():
        first, last = grid.after(row, cell, reach.days)
        for mine, seen in _expanded(row, first, last):
            near = grid.is_near(mine, seen)
            yield mine[near], grid.order[seen[near]]


class _Grid:
    """`among` sorted by cell and time, beside the places that ask."""

    def __init__(self, places: pd.DataFrame, among: pd.DataFrame, metres: float) -> None:
        self.metres = metres
        both = pd.concat([places[PLACE], among[PLACE]], ignore_index=True)
        lat, lon = (both[name].to_numpy(np.float64) for name in ("lat", "lon"))
        # The slack keeps what is just within reach out of the tenth cell, whatever the rounding.
        high = metres / DEGREE * 1.000001
        # Wide enough where the meridians are closest.
        wide = high / np.cos(np.radians(min(np.abs(lat).max(), 89.0)))
        across = np.floor(lon / wide).astype(np.int64)
        up = np.floor(lat / high).astype(np.int64)
        across, up = across - across.min() + 1, up - up.min() + 1
        self.stride = int(across.max()) + 2
        kind = np.unique(both["category_id"].to_numpy(np.int64), return_inverse=True)[1]
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


def _around(
    connection: Connection, places: pd.DataFrame, reach: Reach, *, ahead: bool
) -> pd.DataFrame:
    """All that may be near the places and within the days before them and (ahead) after them.

    Of few places the surroundings are read, of many everything of that time: each is the faster way.
    """
    if len(places) <= BOXES:
        boxes = [_box(row, reach.metres) for row in places.itertuples()]
        parts = (boxes[n : n + BOXES_ASKED] for n in range(0, len(boxes), BOXES_ASKED))
        found = _read(connection, [or_(*part) for part in parts])
        return found.drop_duplicates("case_id", ignore_index=True)
    days = places["reported_day"]
    first, last = int(days.min()) - reach.days, int(days.max()) + reach.days * ahead
    return _read(connection, [case_derived.c.reported_day.between(first, last)])


def _box(row: Any, metres: float) -> ColumnElement[bool]:
    high = metres / DEGREE * 1.000001
    wide = high / np.cos(np.radians(min(abs(row.lat) + high, 89.0)))
    r = case_record.c
    return and_(
        r.category_id == int(row.category_id),
        r.lat.between(float(row.lat - high), float(row.lat + high)),
        r.lon.between(float(row.lon - wide), float(row.lon + wide)),
    )


def _read(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> pd.DataFrame:
    r, d = case_record.c, case_derived.c
    statement = (
        select(d.case_id, d.category_id, r.lat, r.lon, d.reported_at, d.reported_day)
        .join(case_record, r.case_id == d.case_id)
        .where(
            d.valid_to == FOREVER,
            d.reported_day.is_not(None),
            r.location == "exact",
            r.lat.is_not(None),
            r.lon.is_not(None),
        )
    )
    parts = [bulk.read(connection, statement.where(condition)) for condition in conditions]
    filled = [part for part in parts if not part.empty]
    frame = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=PLACE)
    whole = dict.fromkeys(PLACE, "int64") | {"lat": "float64", "lon": "float64"}
    return frame.astype(whole)


def _write(connection: Connection, ids: np.ndarray, counts: np.ndarray) -> None:
    held = case_derived.c
    if len(np.unique(counts)) > FEW:
        # Cases piled on one spot have each a count of their own.
        statement = update(case_derived).where(held.case_id == bindparam("key"))
        rows = [{"key": i, "n": n} for i, n in zip(ids.tolist(), counts.tolist(), strict=True)]
        connection.execute(statement.values(n_earlier=bindparam("n")), rows)
        return
    for count in np.unique(counts).tolist():
        chosen = ids[counts == count].tolist()
        for first in range(0, len(chosen), ASKED):
            portion = chosen[first : first + ASKED]
            # Most are none and stay none: nothing is written where nothing changes.
            connection.execute(
                update(case_derived)
                .where(held.case_id.in_(portion), held.n_earlier != count)
                .values(n_earlier=count)
            )
