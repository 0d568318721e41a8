"""How figures are printed: never rounded into a claim that is not true."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.figures import (
    FEW,
    Figure,
    bound_text,
    count_text,
    hours_text,
    percent,
    percent_text,
    wilson,
)
from queries.rounding import printed


def rate(n: float, d: float) -> Figure:
    return Figure(n, d, percent(n, d))


def test_a_rate_of_weighted_cases_is_printed_exactly():
    # The float 2.9 is a hair less than 29 tenths, but 2.9 of 4 is 72.5 % and 2.9 of 58 is 5 %.
    assert percent_text(Figure(2.9, 4, 72.5)) == "72.50 %"
    assert percent_text(Figure(2.9, 58, 5.0), 0) == "5 %"
    for tenths in range(1, 2000):
        n, d = tenths / 10, 400
        exact = printed(Fraction(tenths, 10), d, 2)
        assert percent_text(rate(n, d)) == (exact.text if exact else "")


@pytest.mark.parametrize(
    ("n", "d", "text"),
    [
        (17_154, 17_182, "99.84 %"),
        (17_181, 17_182, "99.99 %"),
        (17_182, 17_182, "100.00 %"),
        (1, 17_182, "0.01 %"),
        (1, 10_000_000, "0.01 %"),
        (9_999_999, 10_000_000, "99.99 %"),
        (0, 17_182, "0.00 %"),
        (6197 + 237, 7696, "83.60 %"),
        (12_418, 14_577, "85.19 %"),
        (1, 3, "33.33 %"),
        (2, 3, "66.67 %"),
        (0, 0, "—"),
    ],
)
def test_a_rate_as_it_is_printed(n, d, text):
    assert percent_text(rate(n, d)) == text


def test_a_rate_with_fewer_places():
    assert percent_text(rate(17_181, 17_182), 1) == "99.9 %"
    assert percent_text(rate(1, 17_182), 0) == "1 %"
    assert percent_text(rate(17_181, 17_182), 0) == "99 %"


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.integers(1, 10**7), st.floats(0, 1), st.sampled_from([0, 1, 2]))
def test_all_is_printed_only_for_all_and_nothing_only_for_nothing(d, share, places):
    n = min(d, round(d * share))
    for count in {0, n, max(n - 1, 0), 1, d - 1, d}:
        shown = float(percent_text(rate(count, d), places).removesuffix(" %"))
        assert (shown == 100) == (count == d)
        assert (shown == 0) == (count == 0)
        assert abs(shown - 100 * count / d) <= 10**-places


def test_without_a_value_a_dash_is_printed():
    assert percent_text(Figure(None, None, None)) == "—"
    assert percent_text(Figure(3, None, 3)) == "—", "a count is no rate"
    assert count_text(None) == hours_text(Figure(0, None, None)) == "—"


def test_counts_and_hours():
    assert count_text(17_182) == "17,182"
    assert count_text(0) == "0"
    assert count_text(1_396.5) == "1,396.5", "what a weight leaves of a case"
    assert count_text(0.1 + 0.2 + 0.7) == count_text(Fraction(1)) == "1"
    hours = [hours_text(Figure(9, None, value)) for value in (0.0, 12.345, 1234.56)]
    assert hours == ["0.00", "12.35", "1,234.6"]
    assert hours_text(Figure(9, None, 12.345, about=True)) == "≈12.35"


def test_a_rate_of_few_cases_is_marked():
    assert rate(5, FEW - 1).few
    assert not rate(5, FEW).few
    assert rate(0, 0).few
    assert not Figure(3, None, 3).few


@pytest.mark.parametrize(
    ("n", "d", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.00, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_wilsons_interval_as_published(n, d, low, high):
    assert wilson(rate(n, d)) == (pytest.approx(low, abs=0.005), pytest.approx(high, abs=0.005))


@pytest.mark.parametrize("n", [1, 4, 10, 17_182])
def test_an_interval_reaches_all_or_nothing_only_for_all_or_nothing(n):
    assert wilson(rate(n, n))[1] == 100
    assert wilson(rate(0, n))[0] == 0
    assert bound_text(wilson(rate(17_181, 17_182))[1]) == "99.99 %"
    assert [bound_text(end, 1) for end in (0, 0.004, 99.96, 100)] == [
        *("0.0 %", "0.1 %", "99.9 %", "100.0 %")
    ]


def test_there_is_no_interval_of_nothing_nor_of_passes():
    assert wilson(rate(0, 0)) is None
    assert wilson(Figure(7, 5, 140)) is None


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(d=st.integers(1, 20_000), share=st.floats(0, 1))
def test_the_rate_lies_in_its_interval_and_more_cases_make_it_narrower(d, share):
    figure = rate(round(d * share), d)
    low, high = wilson(figure)
    assert 0 <= low <= figure.value + 1e-9 and figure.value - 1e-9 <= high <= 100
    more_low, more_high = wilson(rate(10 * figure.n, 10 * d))
    assert more_high - more_low < high - low


def test_numbers_of_numpy_are_printed_like_others():
    held = Figure(np.int64(46_340), np.int64(54_413), 100 * np.int64(46_340) / np.int64(54_413))
    assert percent_text(held) == "85.16 %"
    assert count_text(np.int64(17_182)) == "17,182"
