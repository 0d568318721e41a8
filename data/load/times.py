"""Turns the time columns of a file into epoch seconds, in the zone the mapping names."""

from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from data.load.rejects import Faults

EARLIEST = 631_152_000
"""1990-01-01: nothing that is governed by grids was reported before."""


class TimeForm(Protocol):
    """How a table writes times: format, what stands for none, which of two hours is meant."""

    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def empty(self) -> list[str]: ...  # noqa: D102
    @property
    def ambiguous(self) -> str: ...  # noqa: D102


class Moments(NamedTuple):
    """A time column: epoch seconds (Int64, missing where empty) and where the clock was doubtful.

    `other` is the second reading of the hour that occurs twice when clocks are put back.
    """

    at: pd.Series
    ambiguous: pd.Series
    nonexistent: pd.Series
    other: pd.Series


def parse(texts: pd.Series, times: TimeForm, zone: str, faults: Faults, column: str) -> Moments:
    """Read one column; texts that do not fit the format are faults of their row."""
    texts = texts.str.strip()
    filled = (texts != "") & ~texts.isin(times.empty)
    aware = "%z" in times.format
    wall = pd.to_datetime(
        texts.where(filled, None), format=times.format, errors="coerce", utc=aware
    )
    faults.add(
        filled & wall.isna(),
        column,
        f"the time does not fit format {times.format!r} of [cases.time]",
    )
    if aware:
        none = pd.Series(False, index=texts.index)
        at = _epoch(wall)
        return Moments(at, none, none, at)
    if (at := _plain_epoch(wall, zone)) is not None:
        none = pd.Series(False, index=texts.index)
        return Moments(at, none, none, at)
    summer = np.full(len(wall), times.ambiguous == "first")
    chosen = wall.dt.tz_localize(zone, ambiguous=summer, nonexistent="shift_forward")
    other = wall.dt.tz_localize(zone, ambiguous=~summer, nonexistent="shift_forward")
    gap = wall.dt.tz_localize(zone, ambiguous=summer, nonexistent="NaT").isna() & wall.notna()
    return Moments(_epoch(chosen), (chosen != other) & wall.notna(), gap, _epoch(other))


def _plain_epoch(wall: pd.Series, zone: str) -> pd.Series | None:
    """The instants, where no clock was put forward or back at any of these times; else None."""
    try:
        return _epoch(wall.dt.tz_localize(zone, ambiguous="raise", nonexistent="raise"))
    except ValueError:
        return None


def _epoch(moments: pd.Series) -> pd.Series:
    known = moments.notna().to_numpy()
    naive = moments.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    seconds = np.where(known, naive.astype("datetime64[s]").astype(np.int64), 0)
    return pd.Series(pd.arrays.IntegerArray(seconds, ~known), index=moments.index)
