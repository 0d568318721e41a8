"""How figures are printed: never rounded into a claim that is not true."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.figures import FEW, Figure, count_text, hours_text, percent, percent_text


def rate(n: int, d: int) -> Figure:
    return Figure(n, d, percent(n, d))


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
    assert count_text(None) == hours_text(None) == "—"


def test_counts_and_hours():
    assert count_text(17_182) == "17,182"
    assert count_text(0) == "0"
    assert count_text(1_000.5 + 0.6) == "1,001"
    assert (hours_text(0.0), hours_text(12.345), hours_text(1234.56)) == (
        "0.00",
        "12.35",
        "1,234.6",
    )


def test_a_rate_of_few_cases_is_marked():
    assert rate(5, FEW - 1).few
    assert not rate(5, FEW).few
    assert rate(0, 0).few
    assert not Figure(3, None, 3).few
