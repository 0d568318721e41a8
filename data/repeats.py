"""Repeats: how many earlier cases of its kind each case comes after (domain.md K11).

Earlier means reported before it within so many days: near by, within so many metres, or by the same
caller, as the site says. Only exact locations are near each other: at a default point all cases would
lie on one another. Who called is known by a keyed hash. Tests have no derived rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, or_, select, update

from data import bulk
from data.case_tables import FOREVER, case_derived, case_record
from data.earlier import DEGREE, PLACE, count_earlier, find_later
from data.reach import Reach

ASKED, BOXES, BOXES_ASKED = 500, 160, 10
"""Ids asked for at once; up to so many places are each looked around, that many at once: of forty
alternatives in a million cases SQLite thinks a scan cheaper, and is wrong by a factor of twenty."""
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
    return _read(connection, list(bulk.among(key, ids)))


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
    later = others.iloc[find_later(moved, others, reach)]
    if later.empty:
        return
    around = _around(connection, later, reach, ahead=False)
    before(later["case_id"].tolist())
    _write(connection, later["case_id"].to_numpy(), count_earlier(later, around, reach))


def _around(
    connection: Connection, places: pd.DataFrame, reach: Reach, *, ahead: bool
) -> pd.DataFrame:
    """All that may be within reach of the places before them and (ahead) after them.

    Of few places the surroundings and the callers' cases are read, of many everything of that time:
    each is the faster way.
    """
    if len(places) <= BOXES:
        near = places[places["lat"].notna()] if reach.by_place else places.iloc[:0]
        boxes = [_box(row, reach.metres) for row in near.itertuples()]
        if reach.by_caller:
            boxes += _calls(places[places["caller_key"].notna()])
        parts = (boxes[n : n + BOXES_ASKED] for n in range(0, len(boxes), BOXES_ASKED))
        found = _read(connection, [or_(*part) for part in parts])
        return found.drop_duplicates("case_id", ignore_index=True)
    days = places["reported_day"]
    first, last = int(days.min()) - reach.days, int(days.max()) + reach.days * ahead
    return _read(connection, [case_derived.c.reported_day.between(first, last)])


def _calls(places: pd.DataFrame) -> list[ColumnElement[bool]]:
    """What picks the cases of each category and caller."""
    r = case_record.c
    pairs = places[["category_id", "caller_key"]].drop_duplicates()
    return [
        and_(r.caller_key == row.caller_key, r.category_id == int(row.category_id))
        for row in pairs.itertuples()
    ]


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
