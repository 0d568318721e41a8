"""States of cases held against what the database says of them, so that only what differs is written.

Most states of a case that something happens to stay what they were: a further event adds one, and ends the
last. To write a state with its indexes takes several times longer than to see that it is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, Text, select

from data import bulk
from data.case_tables import case_derived
from data.columns import frame_of

KEY = ["case_id", "valid_from"]
NOT_DERIVED = {*KEY, "n_earlier", "recorded_from"}
"""What tells states apart, what data.repeats counts, and since when the database says so."""
Columns: TypeAlias = pd.DataFrame | Mapping[str, Any]
"""Arrays by the names of their columns, or a frame."""
NO_CASE = 2**62
"""Beyond the id of any case."""
SECONDS = 2**42
"""More than any instant lies from the epoch: a case's place and an instant in one number."""


def read_states(connection: Connection, ids: Sequence[int], *columns: str) -> pd.DataFrame:
    """The states of these cases, all columns or those named; numbers with gaps are floats with NaN."""
    d = case_derived.c
    statement: Select = select(*(d[name] for name in columns or d.keys()))
    return frame_of(bulk.read_arrays_for(connection, statement, d.case_id, ids))


def places_in(states: Columns, others: Columns) -> np.ndarray:
    """For each state the row in `others` that begins at the same instant of the same case, -1 if none."""
    ids, other_ids = (np.asarray(rows["case_id"], np.int64) for rows in (states, others))
    if not len(ids) or not len(other_ids):
        return np.full(len(ids), -1)
    known = np.unique(np.r_[ids, other_ids])
    wanted, there = (
        np.searchsorted(known, of) * SECONDS + np.asarray(rows["valid_from"], np.int64)
        for of, rows in ((ids, states), (other_ids, others))
    )
    order = np.argsort(there)
    found = order[np.minimum(np.searchsorted(there, wanted, sorter=order), len(order) - 1)]
    return np.where(there[found] == wanted, found, -1)


def begun_alike(
    states: Columns, others: Columns, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """`places_in` of states, and which of them say the same there in the columns of these names.

    Columns as `read_states` gives them.
    """
    place = places_in(states, others)
    alike = place >= 0
    there = np.maximum(place, 0)
    for name in names if len(others["case_id"]) else ():
        given, held = states[name], others[name][there]
        same = given == held
        if held.dtype.kind == "f" and given.dtype.kind == "f":
            same |= np.isnan(given) & np.isnan(held)  # nothing is like nothing
        alike &= same
    return place, alike


def _compared(states: pd.DataFrame, held: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which states are not held, and which of those held are there no more."""
    if states.empty or held.empty:
        return np.ones(len(states), bool), np.ones(len(held), bool)
    names = [c for c in states.columns if c not in NOT_DERIVED]
    given, there = (as_read(frame, [*KEY, *names]) for frame in (states, held))
    place, stays = begun_alike(given, there, names)
    gone = np.ones(len(held), bool)
    gone[place[stays]] = False
    return ~stays, gone


def cases_that_differ(states: pd.DataFrame, held: pd.DataFrame) -> set[int]:
    """Ids of the cases of which `write_changed` would write anything."""
    parts = zip((states, held), _compared(states, held), strict=True)
    return {i for rows, other in parts if len(rows) for i in rows["case_id"][other].tolist()}


def counted(states: pd.DataFrame) -> dict[int, int]:
    """What data.repeats counted, by case."""
    if states.empty:
        return {}
    return states.groupby("case_id")["n_earlier"].max().to_dict()


def write_changed(connection: Connection, states: pd.DataFrame, held: pd.DataFrame) -> None:
    """Make these the states of their cases, of which the database holds `held`; what is alike stays.

    What data.repeats counted stays with the case.
    """
    fresh, gone = _compared(states, held)
    if gone.any():
        keys = {name: held[name].to_numpy(np.int64)[gone].tolist() for name in KEY}
        bulk.delete_rows(connection, case_derived, keys)
    if fresh.any():
        counted = held.groupby("case_id")["n_earlier"].max()
        written = states[fresh]
        known = written["case_id"].map(counted).fillna(0).astype(np.int64)
        bulk.insert(connection, case_derived, written.assign(n_earlier=known))


def stand_at(states: pd.DataFrame, counts: Mapping[int, int]) -> pd.DataFrame:
    """States with what data.repeats counted for their cases, 0 where it counted nothing."""
    if states.empty:
        return states
    case_id, told = (np.fromiter(part, np.int64) for part in (counts, counts.values()))
    order = np.argsort(case_id)
    known = np.append(case_id[order], NO_CASE)
    wanted = states["case_id"].to_numpy(np.int64)
    row = np.searchsorted(known, wanted)
    number = np.where(known[row] == wanted, np.append(told[order], 0)[row], 0)
    return states.assign(n_earlier=number)


def as_read(
    rows: pd.DataFrame, columns: Sequence[str], table: Table = case_derived
) -> dict[str, np.ndarray]:
    """These columns of states, or of rows of another table, as `read_states` gives them."""
    found = {}
    for name in columns:
        column = rows[name]
        if isinstance(table.c[name].type, Text):
            found[name] = column.to_numpy(object, na_value=None)
        elif isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
            found[name] = column.to_numpy(np.int64)
        else:
            found[name] = column.to_numpy(np.float64, na_value=np.nan)
    return found


def whole_numbers(states: pd.DataFrame) -> pd.DataFrame:
    """States as `read_states` gives them, with gaps in whole numbers in place of floats."""
    whole = {}
    for name, column in states.items():
        values = column.to_numpy()
        if values.dtype.kind == "f":
            missing = np.isnan(values)
            values = np.where(missing, 0, values).astype(np.int64)
            whole[name] = pd.arrays.IntegerArray(values, missing)
    return states.assign(**{str(name): values for name, values in whole.items()})
