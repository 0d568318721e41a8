"""How long cases took, in buckets: sums of buckets give medians and P90 without looking at cases.

Sixteen buckets to an octave: each is BOUND wide, so no quantile can be further off than that, whatever
the cases (scale.md §3 measured under 1 % on average). Below four minutes a bucket is a quarter of a
minute. Buckets can be taken back, which digests cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement

from data.case_tables import case_derived as d
from data.counters import CLOSED, DISPATCHED, RECEIVED, Counter

PER_OCTAVE = 16
BOUND = 2 ** (1 / PER_OCTAVE) - 1
"""Largest error of a quantile as a share of it, from four minutes on."""
UNIT = 15
"""Seconds of the smallest bucket, and its largest error."""
_SHIFT = PER_OCTAVE * 3
"""16 units are bucket 64 by the logarithm and bucket 16 by their number."""
EXACT_BELOW = 200
"""With fewer cases than this the exact quantile is looked up: gaps between them are wider than buckets."""
BUCKETS = 1_024
"""More than there are: the number of a duration and a bucket make one value."""


@dataclass(frozen=True, eq=False)
class Duration:
    """Seconds that the cases of a counter took; those that have none are left out."""

    number: int
    counter: Counter
    seconds: ColumnElement[int]


HANDLING = Duration(1, CLOSED, d.c.handling_seconds)
HANDLING_WORK = Duration(2, CLOSED, d.c.work_seconds)
TO_DISPATCH = Duration(3, DISPATCHED, d.c.dispatched_at - d.c.accepted_at)
TO_RECEIVE = Duration(4, RECEIVED, d.c.received_at - d.c.dispatched_at)
DURATIONS: tuple[Duration, ...] = (HANDLING, HANDLING_WORK, TO_DISPATCH, TO_RECEIVE)


def duration_of(counter: object, seconds: object) -> Duration | None:
    """The duration of these seconds over the cases of this counter; None where no buckets are kept."""
    same = (one for one in DURATIONS if one.counter is counter and one.seconds is seconds)
    return next(same, None)


def bucket_of(seconds: np.ndarray) -> np.ndarray:
    """The bucket of each duration: its units below 16 of them, then parts of an octave."""
    units = np.maximum(seconds, 0) / UNIT
    octaves = np.log2(np.maximum(units, PER_OCTAVE)) * PER_OCTAVE
    wide = np.floor(octaves).astype(np.int64) - _SHIFT
    return np.where(units < PER_OCTAVE, np.floor(units).astype(np.int64), wide)


def bounds_of(bucket: int) -> tuple[float, float]:
    """Seconds at which a bucket begins and ends."""
    if bucket < PER_OCTAVE:
        return bucket * UNIT, (bucket + 1) * UNIT
    low, high = (2 ** ((bucket + _SHIFT + step) / PER_OCTAVE) * UNIT for step in (0, 1))
    return low, high


def quantile_of(counts: Sequence[tuple[int, int]], quantile: float) -> tuple[int, float | None]:
    """(how many, seconds at the quantile) of (bucket, number) pairs; None of none.

    Inside a bucket durations are taken to lie evenly.
    """
    held = sorted((bucket, n) for bucket, n in counts if n > 0)
    total = sum(n for _, n in held)
    place = (total - 1) * quantile
    before = 0
    for bucket, n in held:
        if place < before + n:
            low, high = bounds_of(bucket)
            return total, low + (high - low) * (place - before + 0.5) / n
        before += n
    return total, None
