"""What has changed of cases whose states are at hand, as far as tiles have to look at it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.state_rows import as_read, begun_alike
from data.tiles.cells import Versions, derived_columns, joined

TWO_DAYS = 2 * 86_400
"""More than a local day may last."""


def versions_of(states: Sequence[pd.DataFrame]) -> Versions:
    """States that are at hand as Histories has them."""
    columns = derived_columns()
    parts = [as_read(frame, columns) for frame in states if len(frame)]
    if not parts:
        return {name: np.zeros(0, np.int64) for name in columns}
    found = joined(parts) if len(parts) > 1 else parts[0]
    order = np.lexsort((found["valid_from"], found["case_id"]))
    return {name: column[order] for name, column in found.items()}


def differing(was: Versions, now: Versions) -> tuple[Versions, Versions]:
    """Versions without those that add to every tile what they did before: the first ones of a case.

    Of what stayed as it was the last two days are kept: what happens in a stretch is told against the one
    before it, and a case turns on a day once, whatever it is that changed then.
    """
    place, stays = begun_alike(now, was, [*now])
    own, others = _numbered(now["case_id"]), _numbered(was["case_id"])
    stays[stays] = own[stays] == others[place[stays]]
    # How many rows of a case differ up to each: none in what comes first and stays.
    running = np.cumsum(~stays)
    start = np.arange(len(own)) - own
    first = np.flatnonzero(stays & (running == (running - ~stays)[start]))
    case_id = now["case_id"][first]
    is_last = np.ones(len(first), bool)
    is_last[:-1] = case_id[1:] != case_id[:-1]
    last = case_id[is_last], now["valid_from"][first[is_last]]
    return _after(was, *last), _after(now, *last)


def _numbered(case_id: np.ndarray) -> np.ndarray:
    """The number of each version among those of its case, which stand together."""
    fresh = np.ones(len(case_id), bool)
    fresh[1:] = case_id[1:] != case_id[:-1]
    row = np.arange(len(case_id))
    return row - np.maximum.accumulate(np.where(fresh, row, 0))


def _after(versions: Versions, cases: np.ndarray, last: np.ndarray) -> Versions:
    """Versions that reach beyond two days before the instant of their case, all where it has none."""
    if not len(cases):
        return versions
    row = np.minimum(np.searchsorted(cases, versions["case_id"]), len(cases) - 1)
    has_one = cases[row] == versions["case_id"]
    kept = ~has_one | (versions["valid_to"] > last[row] - TWO_DAYS)
    return {name: column[kept] for name, column in versions.items()}
