"""Quantiles from buckets lie within their bound of the exact ones, for any durations at all."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.histograms import BOUND, BUCKETS, UNIT, bounds_of, bucket_of, quantile_of

YEARS = 20 * 366 * 86_400
seconds = st.lists(st.integers(0, YEARS), min_size=1, max_size=60)
few = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def counts(durations: np.ndarray) -> list[tuple[int, int]]:
    buckets, number = np.unique(bucket_of(durations), return_counts=True)
    return list(zip(buckets.tolist(), number.tolist(), strict=True))


@few
@given(seconds, st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_a_quantile_is_within_its_bound_of_the_case_at_its_place(durations, quantile):
    held = np.array(sorted(durations))
    n, told = quantile_of(counts(held), quantile)
    assert n == len(held)
    place = (len(held) - 1) * quantile
    low, high = held[int(np.floor(place))], held[int(np.ceil(place))]
    slack = max(UNIT, BOUND * high)
    assert low - slack <= told <= high + slack


@few
@given(st.integers(0, YEARS))
def test_every_duration_lies_in_its_bucket_and_buckets_fit_their_number(duration):
    bucket = int(bucket_of(np.array([duration]))[0])
    low, high = bounds_of(bucket)
    assert low - 1e-6 <= duration <= high + 1e-6
    assert 0 <= bucket < BUCKETS


def test_buckets_follow_one_another_without_a_gap():
    ends = [bounds_of(bucket) for bucket in range(400)]
    assert all(abs(a[1] - b[0]) < 1e-6 for a, b in itertools.pairwise(ends))


def test_a_duration_below_nothing_counts_as_none_and_of_no_cases_there_is_no_quantile():
    assert bucket_of(np.array([-5])).tolist() == [0]
    assert quantile_of([], 0.5) == (0, None)
    assert quantile_of([(3, 0)], 0.5) == (0, None)
