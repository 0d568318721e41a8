"""The steps of single days in memory: what lies between a midnight and the time of day asked for.

Tiles hold whole days; the day that an instant lies in is added step by step. Few days are asked for at
once (today, yesterday, a period ago), and only cases that changed are read again.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from sqlalchemy import Connection, Select, func, select

from data.contributions import KINDS, Kind
from data.tiles.cells import Histories, falls, grids_of, read_histories
from data.tiles.tables import DIMENSIONS, NONE, case_change, case_turn

HELD = 12
"""Days that are kept in memory."""


@dataclass(frozen=True)
class DaySteps:
    """Steps of one kind on one day, by instant; `places` has the grid at each level by hierarchy."""

    at: np.ndarray
    case_id: np.ndarray
    day: np.ndarray
    bucket: np.ndarray
    amounts: np.ndarray
    values: Mapping[int, np.ndarray]
    places: Mapping[tuple[int, int], np.ndarray]


Day = Mapping[Kind, DaySteps]


class EdgeDays:
    """The newest asked-for days of one database, each as of the data version it was last asked at."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, int], tuple[int, Day]] = OrderedDict()
        self._lock = Lock()

    def day(self, connection: Connection, day: int, version: int, tiles: int, zone: str) -> Day:
        """The steps of a local day as of a version of the cases, read in the connection's transaction.

        Days are kept for one version of the tiles.
        """
        key = tiles, day
        with self._lock:
            held = self._held.get(key)
            if held is not None and held[0] == version:
                self._held.move_to_end(key)
                return held[1]
            if held is not None and held[0] > version:
                # A transaction that began before the newest change: it sees the day as it was.
                return _read(connection, day, zone)
            found = _renewed(connection, held, day, zone) if held else _read(connection, day, zone)
            self._held[key] = version, found
            self._held.move_to_end(key)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
            return found

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._held.clear()


def _read(connection: Connection, day: int, zone: str) -> Day:
    turned = select(case_turn.c.case_id).where(case_turn.c.day == day)
    return steps_of(read_histories(connection, lambda column: column.in_(turned)), zone, day)


def _renewed(connection: Connection, held: tuple[int, Day], day: int, zone: str) -> Day:
    """The day with the cases read again that changed since; all of it where too much has."""
    version, before = held
    changed = changed_since(connection, version)
    if changed is None:
        return _read(connection, day, zone)
    if not len(changed):
        return before
    # Of what changed only the cases with a step on this day are read: never more than the day.
    turned = select(case_turn.c.case_id).where(
        case_turn.c.day == day, case_turn.c.case_id.in_(changes_since(version))
    )
    histories = read_histories(connection, lambda column: column.in_(turned))
    fresh = steps_of(histories, zone, day)
    return {kind: joined(before[kind], fresh[kind], changed) for kind in KINDS}


def changed_since(connection: Connection, version: int) -> np.ndarray | None:
    """Ids of the cases that changed after a data version; None where that is not remembered."""
    oldest = connection.execute(select(func.min(case_change.c.version))).scalar()
    if oldest is None or oldest > version + 1:
        return None
    return np.array(sorted(connection.execute(changes_since(version)).scalars()), np.int64)


def changes_since(version: int) -> Select:
    """Ids of the cases that changed after a data version, as far back as that is remembered."""
    return select(case_change.c.case_id).where(case_change.c.version > version).distinct()


def steps_of(histories: Histories, zone: str, day: int | None = None) -> Day:
    """The steps of cases on one local day, or all of them."""
    trees = {tree: rows for tree, rows in histories.places.items() if not rows.empty}
    found: dict[Kind, DaySteps] = {}
    for kind, held in falls(histories.versions, zone).items():
        every = np.arange(len(held.at_day))
        chosen = every if day is None else every[held.at_day == day]
        chosen = chosen[np.argsort(held.steps.at[chosen], kind="stable")]
        case_id, row = held.case_id[chosen], held.steps.row[chosen]
        values = {
            dim: np.nan_to_num(histories.versions[name].astype(np.float64)[row], nan=NONE)
            for dim, name in DIMENSIONS.items()
        }
        places = {
            (tree, level): grids_of(rows, case_id, level)
            for tree, rows in trees.items()
            for level in range(1, len(rows.columns) + 1)
        }
        found[kind] = DaySteps(
            held.steps.at[chosen],
            case_id,
            held.steps.day[chosen],
            held.steps.value[chosen],
            held.steps.amounts[chosen],
            {dim: value.astype(np.int64) for dim, value in values.items()},
            places,
        )
    return found


def joined(before: DaySteps, fresh: DaySteps, gone: np.ndarray) -> DaySteps:
    """The steps before without those of the cases that are gone, and the fresh ones, by instant."""
    kept = ~np.isin(before.case_id, gone)
    at = np.r_[before.at[kept], fresh.at]
    order = np.argsort(at, kind="stable")

    def both(old: np.ndarray | None, new: np.ndarray | None) -> np.ndarray:
        old = np.full(len(before.at), NONE) if old is None else old
        new = np.full(len(fresh.at), NONE) if new is None else new
        return np.concatenate([old[kept], new])[order]

    return DaySteps(
        at[order],
        both(before.case_id, fresh.case_id),
        both(before.day, fresh.day),
        both(before.bucket, fresh.bucket),
        both(before.amounts, fresh.amounts),
        {dim: both(before.values[dim], fresh.values[dim]) for dim in DIMENSIONS},
        {
            place: both(before.places.get(place), fresh.places.get(place))
            for place in before.places.keys() | fresh.places.keys()
        },
    )
