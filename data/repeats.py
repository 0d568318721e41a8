"""Repeats: how many earlier cases of its kind each case comes after (domain.md K11).

Earlier means reported before it within so many days: near by, within so many metres, or by the same
caller, as the site says. Only exact locations are near each other: at a default point all cases would
lie on one another. Who called is known by a keyed hash. Tests have no derived rows.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from types import MappingProxyType

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, or_, select, update

from data import bulk
from data.case_tables import FOREVER, case_derived, case_record
from data.earlier import DEGREE, PLACE, count_earlier, find_later
from data.reach import Reach

ASKED = 500
"""Ids asked for at once."""
BOXES = 2_000
"""Up to so many places are each looked around; of more, everything of their time is read."""
FEW = 64
"""Different counts up to which one statement for each is the faster way to write them."""

Changing = Callable[[Sequence[int]], None]
"""Is told which cases are about to change."""


def nothing(_ids: Sequence[int]) -> None:
    """Where nobody needs to know."""


def places_of(connection: Connection, ids: Sequence[int]) -> pd.DataFrame:
    """Where, when and by whom the derived states have these cases: PLACE.

    Those with neither an exact place nor a known caller are left out.
    """
    key = case_derived.c.case_id
    if len(ids) and max(ids) - min(ids) < 2 * len(ids):
        found = _read(connection, [key.between(int(min(ids)), int(max(ids)))])
        return found[found["case_id"].isin(ids)].reset_index(drop=True)
    return _read(connection, list(bulk.among(connection, key, ids)))


class Gathered:
    """The places of all cases of a first load, in memory: what is around is then not read again and again.

    A million cases take some 60 MB, and 80 MB more where callers are known.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[int, int, pd.DataFrame]] = []

    def add(self, places: pd.DataFrame) -> None:
        """Remember these, PLACE."""
        if not places.empty:
            days = places["reported_day"]
            self._parts.append((int(days.min()), int(days.max()), places))

    def between(self, first: int, last: int) -> pd.DataFrame:
        """Those reported on a day from `first` to `last`."""
        found = [
            part[part["reported_day"].between(first, last)]
            for low, high, part in self._parts
            if low <= last and high >= first
        ]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=PLACE)


def all_places(connection: Connection) -> Gathered:
    """The places of all cases there are."""
    found = Gathered()
    found.add(_read(connection, [case_derived.c.case_id.is_not(None)]))
    return found


def places_in(cases: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """`places_of` new cases, made of their rows: of case_record, and of case_derived."""
    if states.empty:
        return _typed(pd.DataFrame(columns=PLACE))
    stands = states["valid_to"] == FOREVER
    columns = ["case_id", "category_id", "reported_at", "reported_day"]
    held = states.loc[stands & states["reported_day"].notna(), columns]
    wanted = ["case_id", "caller_key", "lat", "lon", "location"]
    held = held.merge(cases.reindex(columns=wanted), on="case_id")
    exact = (held["location"] == "exact") & held["lat"].notna() & held["lon"].notna()
    held[["lat", "lon"]] = held[["lat", "lon"]].astype(float).where(exact)
    return _typed(held.loc[exact | held["caller_key"].notna(), PLACE].reset_index(drop=True))


def renew_repeats(
    connection: Connection,
    ids: Sequence[int],
    was: pd.DataFrame | None,
    reach: Reach,
    before: Changing = nothing,
    now: pd.DataFrame | None = None,
    said: Mapping[int, int] = MappingProxyType({}),
    also_before: Changing = nothing,
) -> dict[int, int]:
    """Count for cases whose states have just been written, and for later ones that they bear upon.

    was: `places_of` before anything changed, empty if all are new; None where nothing changed but
    the rules, since every case is then written anew anyway. before: is told the ids of further cases
    whose count is about to be written, while they still hold the old one. now: `places_in` the states
    that have just been written, where they are at hand. said: what the states of the cases say so far,
    where that is not 0. also_before: is told those of `ids` whose count is about to be written.

    Gives the counts by case, of later cases too; 0 where none is told.
    """
    if not len(ids):
        return {}
    if now is None:
        now = places_of(connection, ids)
    moved = now.iloc[:0]
    if was is not None:
        moved = pd.concat([was[was["case_id"].isin(ids)], now]).drop_duplicates(PLACE, keep=False)

    def around(places: pd.DataFrame, ahead: bool) -> pd.DataFrame:
        return _around(connection, places, reach, ahead=ahead)

    return _renew(connection, set(ids), now, moved, reach, around, before, said, also_before)


def count_first(
    connection: Connection, now: pd.DataFrame, gathered: Gathered, reach: Reach
) -> None:
    """`renew_repeats` of a first load: of new cases at `places_in` their rows; gathers them, too."""
    gathered.add(now)

    def around(places: pd.DataFrame, ahead: bool) -> pd.DataFrame:
        return gathered.between(*_days_around(places, reach, ahead))

    if not now.empty:
        _renew(connection, set(now["case_id"]), now, now, reach, around, nothing, {})


def _renew(
    connection: Connection,
    ids: Set[int],
    now: pd.DataFrame,
    moved: pd.DataFrame,
    reach: Reach,
    around: Callable[[pd.DataFrame, bool], pd.DataFrame],
    before: Changing,
    said: Mapping[int, int],
    also_before: Changing = nothing,
) -> dict[int, int]:
    places = pd.concat([now, moved]).drop_duplicates(PLACE)
    near = around(places, not moved.empty)
    counts = count_earlier(now, near, reach)
    counted = dict.fromkeys(said, 0) | dict(
        zip(now["case_id"].tolist(), counts.tolist(), strict=True)
    )
    other = {i: n for i, n in counted.items() if n != said.get(i, 0)}
    also_before(list(other))
    _write(connection, np.array(list(other), np.int64), np.array(list(other.values()), np.int64))
    others = near[~near["case_id"].isin(ids)]
    later = others.iloc[find_later(moved, others, reach)]
    if later.empty:
        return counted
    changed = later["case_id"].to_numpy()
    before(changed.tolist())
    counts = count_earlier(later, around(later, False), reach)
    _write(connection, changed, counts)
    return counted | dict(zip(changed.tolist(), counts.tolist(), strict=True))


def _days_around(places: pd.DataFrame, reach: Reach, ahead: bool) -> tuple[int, int]:
    days = places["reported_day"]
    return int(days.min()) - reach.days, int(days.max()) + reach.days * ahead


def _around(
    connection: Connection, places: pd.DataFrame, reach: Reach, *, ahead: bool
) -> pd.DataFrame:
    """All that may be within reach of the places before them and (ahead) after them.

    Of few places the surroundings and the callers' cases are read, of many everything of that time:
    each is the faster way.
    """
    if len(places) > BOXES:
        days = _days_around(places, reach, ahead)
        return _read(connection, [case_derived.c.reported_day.between(*days)])
    found: set[int] = set()
    if reach.by_place:
        found |= _ids_near(connection, places[places["lat"].notna()], reach.metres)
    if reach.by_caller:
        found |= _ids_of_callers(connection, places[places["caller_key"].notna()])
    return _read(connection, list(bulk.among(connection, case_derived.c.case_id, sorted(found))))


def _ids_near(connection: Connection, places: pd.DataFrame, metres: float) -> set[int]:
    """Cases of the category and in a box around each of the places, found by one statement.

    CROSS JOIN makes SQLite go from the boxes to the index of cases: it thinks a scan cheaper, and is
    wrong by a factor of twenty.
    """
    if places.empty:
        return set()
    lat, lon = places["lat"].to_numpy(float), places["lon"].to_numpy(float)
    high = metres / DEGREE * 1.000001
    wide = high / np.cos(np.radians(np.minimum(np.abs(lat) + high, 89.0)))
    kinds = places["category_id"].tolist()
    edges = (side.tolist() for side in (lat - high, lat + high, lon - wide, lon + wide))
    boxes = ", ".join(map(str, zip(kinds, *edges, strict=True)))
    cursor = connection.connection.cursor()
    found = cursor.execute(
        f"WITH box (kind, south, north, west, east) AS (VALUES {boxes}) "
        "SELECT DISTINCT r.case_id FROM box CROSS JOIN case_record AS r WHERE r.category_id = box.kind "
        "AND r.lat BETWEEN box.south AND box.north AND r.lon BETWEEN box.west AND box.east"
    )
    return {case_id for (case_id,) in found.fetchall()}


def _ids_of_callers(connection: Connection, places: pd.DataFrame) -> set[int]:
    """All cases of the callers, as far as they are of a category of theirs."""
    r = case_record.c
    categories = places["category_id"].unique().tolist()
    of_kind = select(r.case_id).where(r.category_id.in_(categories))
    keys = places["caller_key"].unique().tolist()
    parts = (of_kind.where(condition) for condition in bulk.among(connection, r.caller_key, keys))
    return {case_id for part in parts for case_id in connection.execute(part).scalars()}


def _read(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> pd.DataFrame:
    r, d = case_record.c, case_derived.c
    exact = and_(r.location == "exact", r.lat.is_not(None), r.lon.is_not(None))
    statement = (
        select(
            d.case_id,
            d.category_id,
            r.caller_key,
            case((exact, r.lat)).label("lat"),
            case((exact, r.lon)).label("lon"),
            d.reported_at,
            d.reported_day,
        )
        .join(case_record, r.case_id == d.case_id)
        .where(
            d.valid_to == FOREVER,
            d.reported_day.is_not(None),
            or_(exact, r.caller_key.is_not(None)),
        )
    )
    parts = [bulk.read(connection, statement.where(condition)) for condition in conditions]
    filled = [part for part in parts if not part.empty]
    frame = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=PLACE)
    return _typed(frame)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    whole = dict.fromkeys(PLACE, "int64")
    return frame.astype(whole | {"lat": "float64", "lon": "float64", "caller_key": "object"})


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
