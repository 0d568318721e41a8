"""What each case adds to every counter, and when that changes: counters evaluated without a database.

A case's versions (case_derived) and the instants that conditions compare with AS_OF cut its history
into stretches in which nothing counted changes. A *step* is the change from one stretch to the next:
so the sum of all steps up to T is every counter as it stood at T, for any T (scale.md §4, §9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from data.case_tables import case_derived
from data.counters import CLOCK_DAY, COUNTERS, Clock, Counter
from data.histograms import BUCKETS, DURATIONS, Duration, bucket_of
from data.row_values import Rows, asks_the_clock, columns_of

CLOCKS: tuple[Clock, ...] = ("reported", "accepted", "due", "closed", "supervised", "stock")
Kind = Literal["reported", "accepted", "due", "closed", "supervised", "stock", "hist"]
"""What steps are taken of: the counters of a clock, or how long cases took."""
KINDS: tuple[Kind, ...] = (*CLOCKS, "hist")
NO_DAY = 0
"""The cohort day of a stock, which has none."""


def is_kept(counter: Counter) -> bool:
    """Whether a counter can be added up beforehand: not one whose amount grows with the clock."""
    return counter.times is None or not asks_the_clock(counter.times)


@cache
def kept_counters(clock: Clock) -> tuple[Counter, ...]:
    """The counters of a clock that are added up beforehand, in the order of the catalogue."""
    return tuple(c for c in COUNTERS if c.clock == clock and is_kept(c))


@dataclass(frozen=True)
class Steps:
    """Changes of a clock's kept counters, sorted by case and instant; arrays of one entry per change.

    `row` is the row of the given versions that the case is at, `day` the cohort day (NO_DAY for a
    stock), `amounts` one column per kept counter, each in one piece of memory. Of a histogram, `value` is
    the number of a duration × BUCKETS + the bucket, and one column counts the cases.
    """

    row: np.ndarray
    at: np.ndarray
    day: np.ndarray
    value: np.ndarray
    amounts: np.ndarray


def steps(rows: pd.DataFrame | Rows, kind: Kind) -> Steps:
    """The steps of cases given with all their rows of `case_derived`, sorted by case_id, valid_from."""
    held = rows if isinstance(rows, Rows) else Rows(rows)
    if kind == "hist":
        return _joined([_duration_steps(held, duration) for duration in DURATIONS])
    counters = kept_counters(kind)
    index, at = _stretches(held, counters)
    part = held.at(index, at)
    is_cohort, day = _cohort(part, kind)
    amounts = np.zeros((len(counters), part.size), np.int32)
    for number, counter in enumerate(counters):
        counts = part.is_true(counter.condition) & is_cohort
        amounts[number] = counts if counter.times is None else counts * part.cells(counter.times)[0]
    return _differences(held.case_id[index], index, at, day, np.zeros_like(day), amounts)


def _duration_steps(held: Rows, duration: Duration) -> Steps:
    """Each case of the duration's counter is one in its bucket."""
    counter = duration.counter
    index, at = _stretches(held, (counter,))
    part = held.at(index, at)
    is_cohort, day = _cohort(part, counter.clock)
    seconds, known = part.cells(duration.seconds)
    counts = part.is_true(counter.condition) & is_cohort & known
    value = np.where(counts, duration.number * BUCKETS + bucket_of(seconds), 0)
    day = np.where(counts, day, NO_DAY)
    return _differences(
        held.case_id[index], index, at, day, value, counts.astype(np.int32)[None, :]
    )


def _joined(parts: Sequence[Steps]) -> Steps:
    columns = [np.concatenate(column) for column in zip(*map(_parts_of, parts), strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Steps(*(column[order] for column in columns))


def _parts_of(held: Steps) -> tuple[np.ndarray, ...]:
    return held.row, held.at, held.day, held.value, held.amounts


def _differences(
    case: np.ndarray,
    index: np.ndarray | slice,
    at: np.ndarray,
    day: np.ndarray,
    value: np.ndarray,
    amounts: np.ndarray,
) -> Steps:
    """What each stretch takes back of the one before it, and what it adds; `amounts`: a row a counter.

    Within one cohort the change is one row; between two cohorts one is taken back, one is added.
    """
    same = np.zeros(len(at), bool)
    same[1:] = case[1:] == case[:-1]
    alike = same.copy()
    alike[1:] &= (day[1:] == day[:-1]) & (value[1:] == value[:-1])
    counts, changes = np.zeros(len(at), bool), np.zeros(len(at), bool)
    for held in amounts:
        counts |= held != 0
        changes[1:] |= held[1:] != held[:-1]
    given = np.flatnonzero(np.where(alike, changes, counts))
    left = same & ~alike
    left[1:] &= counts[:-1]
    taken = np.flatnonzero(left)
    added = amounts[:, given] - np.where(alike[given], amounts[:, given - 1], 0)
    rows = np.arange(len(at))[index] if isinstance(index, slice) else index
    parts = (
        np.r_[rows[taken], rows[given]],
        np.r_[at[taken], at[given]],
        np.r_[day[taken - 1], day[given]],
        np.r_[value[taken - 1], value[given]],
    )
    # What is taken back comes before what is added in its place.
    order = np.argsort(np.r_[2 * taken, 2 * given + 1])
    changed = np.concatenate([-amounts[:, taken - 1], added], axis=1)[:, order].astype(np.int64)
    row, instant, cohort, bucket = (part[order] for part in parts)
    return Steps(row, instant, cohort, bucket, changed.T)


def _cohort(part: Rows, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row belongs to a cohort of the clock at all, and to that of which day."""
    if clock == "stock":
        return part.is_true(case_derived.c.is_open == 1), np.full(part.size, NO_DAY, np.int64)
    day, known = part.cells(CLOCK_DAY[clock])
    return known, np.where(known, day, NO_DAY)


def _stretches(held: Rows, counters: Sequence[Counter]) -> tuple[np.ndarray | slice, np.ndarray]:
    """Row number and first instant of every stretch in which the counters stand still."""
    rows, instants = [], []
    for turn, known in held.turns(counters):
        # `<` turns one second after `<=` does: both are looked at, a change of nothing is dropped.
        for at in (turn, turn + 1):
            inside = np.flatnonzero(known & (at > held.begins) & (at < held.ends))
            rows.append(inside)
            instants.append(at[inside])
    if not rows:
        return slice(None), held.begins
    row, at = np.concatenate(rows), np.concatenate(instants)
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    fresh = np.ones(len(row), bool)
    fresh[1:] = (row[1:] != row[:-1]) | (at[1:] != at[:-1])
    row, at = row[fresh], at[fresh]
    lasts = 1 + np.bincount(row, minlength=held.size)
    begins = np.cumsum(lasts) - lasts
    index = np.repeat(np.arange(held.size), lasts)
    turned = np.ones(len(index), bool)
    turned[begins] = False
    instant = held.begins[index]
    instant[turned] = at
    return index, instant


@cache
def needed_columns() -> tuple[str, ...]:
    """The columns of `case_derived` that the kept counters look at, and those that identify a row."""
    names = {"case_id", "valid_from", "valid_to", "is_open"}
    names |= {column.name for column in CLOCK_DAY.values()}
    for duration in DURATIONS:
        names |= columns_of(duration.seconds)
    for clock in CLOCKS:
        for counter in kept_counters(clock):
            for part in (counter.condition, counter.times):
                names |= set() if part is None else columns_of(part)
    return tuple(column.name for column in case_derived.columns if column.name in names)
