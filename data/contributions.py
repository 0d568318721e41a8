"""What each case adds to every counter, and when that changes: counters evaluated without a database.

A case's versions (case_derived) and the instants that conditions compare with AS_OF cut its history
into stretches in which nothing counted changes. A *step* is the change from one stretch to the next:
so the sum of all steps up to T is every counter as it stood at T, for any T (scale.md §4, §9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


def kept_counters(clock: Clock) -> tuple[Counter, ...]:
    """The counters of a clock that are added up beforehand, in the order of the catalogue."""
    return tuple(c for c in COUNTERS if c.clock == clock and is_kept(c))


@dataclass(frozen=True)
class Steps:
    """Changes of a clock's kept counters, sorted by case and instant; arrays of one entry per change.

    `row` is the row of the given versions that the case is at, `day` the cohort day (NO_DAY for a
    stock), `amounts` one column per kept counter. Of a histogram, `value` is the number of a duration
    × BUCKETS + the bucket, and one column counts the cases.
    """

    row: np.ndarray
    at: np.ndarray
    day: np.ndarray
    value: np.ndarray
    amounts: np.ndarray


def steps(rows: pd.DataFrame, kind: Kind) -> Steps:
    """The steps of cases given with all their rows of `case_derived`, sorted by case_id, valid_from."""
    held = Rows(rows)
    if kind == "hist":
        return _joined([_duration_steps(held, duration) for duration in DURATIONS])
    counters = kept_counters(kind)
    index, at = _stretches(held, kind, counters)
    part = held.at(index, at)
    is_cohort, day = _cohort(part, kind)
    amounts = np.zeros((len(index), len(counters)), np.int64)
    for number, counter in enumerate(counters):
        counts = part.is_true(counter.condition) & is_cohort
        amounts[counts, number] = (
            1 if counter.times is None else part.cells(counter.times)[0][counts]
        )
    return _differences(held.case_id[index], index, at, day, np.zeros_like(day), amounts)


def _duration_steps(held: Rows, duration: Duration) -> Steps:
    """Each case of the duration's counter is one in its bucket."""
    counter = duration.counter
    index, at = _stretches(held, counter.clock, (counter,))
    part = held.at(index, at)
    is_cohort, day = _cohort(part, counter.clock)
    seconds, known = part.cells(duration.seconds)
    counts = part.is_true(counter.condition) & is_cohort & known
    value = np.where(counts, duration.number * BUCKETS + bucket_of(seconds), 0)
    day = np.where(counts, day, NO_DAY)
    return _differences(
        held.case_id[index], index, at, day, value, counts.astype(np.int64)[:, None]
    )


def _joined(parts: Sequence[Steps]) -> Steps:
    columns = [np.concatenate(column) for column in zip(*map(_parts_of, parts), strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Steps(*(column[order] for column in columns))


def _parts_of(held: Steps) -> tuple[np.ndarray, ...]:
    return held.row, held.at, held.day, held.value, held.amounts


def _differences(
    case: np.ndarray,
    index: np.ndarray,
    at: np.ndarray,
    day: np.ndarray,
    value: np.ndarray,
    amounts: np.ndarray,
) -> Steps:
    """What each stretch takes back of the one before it, and what it adds."""
    fresh = np.r_[True, case[1:] != case[:-1]] if len(case) else np.zeros(0, bool)
    before = np.zeros_like(amounts)
    before[1:] = amounts[:-1]
    before[fresh] = 0
    day_before, value_before = (np.r_[0, held[:-1]] if len(held) else held for held in (day, value))
    alike = ~fresh & (day == day_before) & (value == value_before)
    # Within one cohort the change is one row; between two cohorts one is taken back, one is added.
    added = np.where(alike[:, None], amounts - before, amounts)
    gives, takes = added.any(axis=1), ~alike & before.any(axis=1)
    parts = (
        np.r_[index[takes], index[gives]],
        np.r_[at[takes], at[gives]],
        np.r_[day_before[takes], day[gives]],
        np.r_[value_before[takes], value[gives]],
        np.r_[-before[takes], added[gives]],
    )
    order = np.lexsort((parts[1], parts[0]))
    return Steps(*(part[order] for part in parts))


def _cohort(part: Rows, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row belongs to a cohort of the clock at all, and to that of which day."""
    if clock == "stock":
        return part.is_true(case_derived.c.is_open == 1), np.full(part.size, NO_DAY, np.int64)
    day, known = part.cells(CLOCK_DAY[clock])
    return known, np.where(known, day, NO_DAY)


def _stretches(
    held: Rows, clock: Clock, counters: Sequence[Counter]
) -> tuple[np.ndarray, np.ndarray]:
    """Row number and first instant of every stretch in which the counters stand still."""
    rows, instants = [np.arange(held.size)], [held.begins]
    for turn, known in held.turns(counters):
        # `<` turns one second after `<=` does: both are looked at, a change of nothing is dropped.
        for at in (turn, turn + 1):
            inside = known & (at > held.begins) & (at < held.ends)
            rows.append(np.flatnonzero(inside))
            instants.append(at[inside])
    row, at = np.concatenate(rows), np.concatenate(instants)
    order = np.lexsort((at, row))
    row, at = row[order], at[order]
    fresh = np.r_[True, (row[1:] != row[:-1]) | (at[1:] != at[:-1])] if len(row) else row == row
    return row[fresh], at[fresh]


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
