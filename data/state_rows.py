"""States of cases held against what the database says of them, so that only what differs is written.

Most states of a case that something happens to stay what they were: a further event adds one, and ends the
last. To write a state with its indexes takes several times longer than to see that it is there.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Text, bindparam, delete, select

from data import bulk
from data.case_tables import case_derived

KEY = ["case_id", "valid_from"]
NOT_DERIVED = {*KEY, "n_earlier", "recorded_from"}
"""What tells states apart, what data.repeats counts, and since when the database says so."""
SECONDS = 2**42
"""More than any instant lies from the epoch: a case's place and an instant in one number."""


def read_states(connection: Connection, ids: Sequence[int], *columns: str) -> pd.DataFrame:
    """The states of these cases, all columns or those named; numbers with gaps are floats with NaN."""
    d = case_derived.c
    statement: Select = select(*(d[name] for name in columns or d.keys()))
    return bulk.read_arrays_for(connection, statement, d.case_id, ids)


def places_in(states: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """For each state the row in `others` that begins at the same instant of the same case, -1 if none."""
    if others.empty or states.empty:
        return np.full(len(states), -1)
    ids = np.unique(np.r_[states["case_id"], others["case_id"]].astype(np.int64))
    wanted, there = (
        np.searchsorted(ids, rows["case_id"].to_numpy(np.int64)) * SECONDS
        + rows["valid_from"].to_numpy(np.int64)
        for rows in (states, others)
    )
    order = np.argsort(there)
    found = order[np.minimum(np.searchsorted(there, wanted, sorter=order), len(order) - 1)]
    return np.where(there[found] == wanted, found, -1)


def write_changed(connection: Connection, states: pd.DataFrame, held: pd.DataFrame) -> None:
    """Make these the states of their cases, of which the database holds `held`; what is alike stays.

    What data.repeats counted stays with the case.
    """
    if states.empty or held.empty:
        fresh, gone = np.ones(len(states), bool), np.ones(len(held), bool)
    else:
        place = places_in(states, held)
        stays = place >= 0
        there = np.maximum(place, 0)
        for name in (c for c in states.columns if c not in NOT_DERIVED):
            stays &= _alike(name, states[name], held[name].iloc[there])
        fresh, gone = ~stays, np.ones(len(held), bool)
        gone[place[stays]] = False
    if gone.any():
        d = case_derived.c
        statement = delete(case_derived).where(
            d.case_id == bindparam("of"), d.valid_from == bindparam("since")
        )
        keys = held.loc[gone, KEY].astype(np.int64).to_numpy().tolist()
        connection.execute(statement, [{"of": case_id, "since": at} for case_id, at in keys])
    if fresh.any():
        counted = held.groupby("case_id")["n_earlier"].max()
        written = states[fresh]
        known = written["case_id"].map(counted).fillna(0).astype(np.int64)
        bulk.insert(connection, case_derived, written.assign(n_earlier=known))


def _alike(name: str, one: pd.Series, other: pd.Series) -> np.ndarray:
    """Where two columns of a name say the same; nothing is like nothing."""
    if isinstance(case_derived.c[name].type, Text):
        words = [c.astype(object).where(c.notna(), "\0").to_numpy(object) for c in (one, other)]
        return np.asarray(words[0] == words[1], bool)
    given, held = (c.to_numpy(np.float64, na_value=np.nan) for c in (one, other))
    return np.asarray((given == held) | (np.isnan(given) & np.isnan(held)))


def whole_numbers(states: pd.DataFrame) -> pd.DataFrame:
    """States as `read_states` gives them, with gaps in whole numbers in place of floats."""
    floats = states.select_dtypes("float").columns
    return states.astype(dict.fromkeys(floats, "Int64"))
