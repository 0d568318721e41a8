"""Rounding backwards: which counts print as a published percentage, by hand and against trying all."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.figures import Figure, percent, percent_text
from queries.rounding import (
    Interval,
    Printed,
    amount_text,
    denominators,
    numerators,
    points_text,
    printed,
    read_printed,
    smallest,
)

often = settings(max_examples=150, deadline=None, derandomize=True, database=None)

PLACES = st.integers(0, 3)


@st.composite
def shares(draw: st.DrawFn) -> Printed:
    """Any percentage; those next to 0 and 100, where rounding is bent, as often as all others."""
    places = draw(PLACES)
    whole = 100 * 10**places
    ends = st.sampled_from([0, 1, 2, whole - 2, whole - 1, whole])
    return Printed(draw(st.one_of(ends, st.integers(0, whole))), places)


def tried(counts: list[int]) -> Interval | None:
    """The interval that the numbers found by trying fill without a gap."""
    if not counts:
        return None
    assert counts == list(range(counts[0], counts[-1] + 1))
    return Interval(counts[0], counts[-1])


def test_the_published_closure_rate_of_s3():
    """17,154 of 17,182 is 99.84 %; 99.88 % takes 7–8 closings more or 7–8 cases fewer."""
    paper = read_printed("99.88")
    assert printed(17_154, 17_182, 2) == read_printed("99.84")
    assert numerators(17_182, paper) == (17_161, 17_162)
    assert denominators(17_154, paper) == (17_174, 17_175)
    assert numerators(17_182, paper).distance(17_154).text == "7–8"
    assert denominators(17_154, paper).distance(17_182).text == "7–8"


def test_the_published_satisfaction_of_s3():
    """Of 17,182 it would be 17,068–17,069 people; but 150 of 151 print it too (domain.md §4.5)."""
    paper = read_printed("99.34")
    assert numerators(17_182, paper) == (17_068, 17_069)
    assert smallest(paper) == (150, 151)


@pytest.mark.parametrize(
    ("n", "d", "places", "text"),
    [
        (1, 8, 2, "12.50 %"),
        (1, 16, 2, "6.25 %"),
        (1, 32, 2, "3.13 %"),  # 3.125: half up
        (3, 32, 2, "9.38 %"),  # 9.375: half up
        (1, 8, 0, "13 %"),  # 12.5
        (3, 8, 0, "38 %"),  # 37.5
        (1, 16, 1, "6.3 %"),  # 6.25
        (1, 20_000, 2, "0.01 %"),  # 0.005
        (1, 20_001, 2, "0.01 %"),  # less than half, but not nothing
        (19_999, 20_000, 2, "99.99 %"),  # 99.995: never up to all
        (17_181, 17_182, 2, "99.99 %"),
        (17_181, 17_182, 1, "99.9 %"),
        (17_181, 17_182, 0, "99 %"),
        (17_182, 17_182, 2, "100.00 %"),
        (0, 17_182, 2, "0.00 %"),
        (11, 10, 2, "110.00 %"),
        (Fraction(29, 10), 4, 2, "72.50 %"),
    ],
)
def test_what_counts_print_as(n, d, places, text):
    assert printed(n, d, places).text == text


def test_without_a_denominator_nothing_is_printed():
    assert printed(0, 0, 2) is None
    assert numerators(0, read_printed("0")) is None


@pytest.mark.parametrize(
    ("d", "value", "found"),
    [
        (32, "3.13", (1, 1)),  # 1/32 is 3.125
        (32, "3.12", None),
        (17_182, "100.00", (17_182, 17_182)),
        (17_182, "99.99", (17_180, 17_181)),  # 17,181 is 99.9942
        (20_000, "99.99", (19_997, 19_999)),  # 19,999 is 99.995 and stays below; 19,997 is 99.985
        (20_000, "0.01", (1, 2)),  # 0.005 and 0.01; 0.015 goes up
        (17_182, "0.00", (0, 0)),
        (10, "33.33", None),
        (690, "99.88", None),
    ],
)
def test_numerators_by_hand(d, value, found):
    assert numerators(d, read_printed(value)) == found


@pytest.mark.parametrize(
    ("n", "value", "found"),
    [
        (1, "3.13", (32, 32)),
        (1, "3.12", None),
        (0, "0.00", (1, None)),
        (0, "50.00", None),
        (3, "0.00", None),
        (
            3,
            "0.01",
            (20_001, None),
        ),  # 3/20,000 is 0.015 and goes up; however little it is, it shows
        (5, "100", (5, 5)),
        (199, "99", (200, 202)),  # 99.5 stays below 100; 199/202 is 98.51
    ],
)
def test_denominators_by_hand(n, value, found):
    assert denominators(n, read_printed(value)) == found


@often
@given(st.integers(0, 3000), st.integers(0, 3000), PLACES)
def test_the_rule_is_that_of_the_screens(n, d, places):
    n, d = min(n, d), max(n, d)
    shown = printed(n, d, places)
    assert (shown.text if shown else "—") == percent_text(Figure(n, d, percent(n, d)), places)


@often
@given(st.integers(1, 300), shares())
def test_numerators_are_all_that_print_it(d, paper):
    found = [n for n in range(d + 1) if printed(n, d, paper.places) == paper]
    assert numerators(d, paper) == tried(found)


@often
@given(st.integers(1, 10**7), st.floats(0, 1), PLACES)
def test_a_count_lies_among_the_numerators_of_what_it_prints(d, share, places):
    n = min(d, round(d * share))
    paper = printed(n, d, places)
    low, high = numerators(d, paper)
    assert low <= n <= high
    assert all(printed(edge, d, places) == paper for edge in (low, high))
    outside = [edge for edge in (low - 1, high + 1) if 0 <= edge <= d]
    assert all(printed(edge, d, places) != paper for edge in outside)


@often
@given(st.integers(0, 30), shares())
def test_denominators_are_all_that_print_it(n, paper):
    far = 700
    found = [d for d in range(max(n, 1), far) if printed(n, d, paper.places) == paper]
    interval = denominators(n, paper)
    if interval is None or interval.low >= far:
        assert found == []
    elif interval.high is None or interval.high >= far:
        assert found == list(range(interval.low, far))
    else:
        assert interval == tried(found)


@often
@given(st.integers(1, 10**6), st.floats(0, 1), PLACES)
def test_a_whole_lies_among_the_denominators_of_what_it_prints(d, share, places):
    n = min(d, round(d * share))
    paper = printed(n, d, places)
    low, high = denominators(n, paper)
    assert low <= d and (high is None or d <= high)
    assert printed(n, low, places) == paper
    assert high is None or printed(n, high, places) == paper
    assert high is None or printed(n, high + 1, places) != paper
    assert low == max(n, 1) or printed(n, low - 1, places) != paper


@pytest.mark.parametrize("value", [*map(str, range(101)), "99.34", "99.9", "0.5"])
def test_the_smallest_pair_is_the_first_that_trying_finds(value):
    paper = read_printed(value)
    pairs = ((n, d) for d in range(1, 1000) for n in range(d + 1))
    assert smallest(paper) == next(p for p in pairs if printed(*p, paper.places) == paper)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("99.88", (9988, 2)),
        ("99.9", (999, 1)),
        ("100", (100, 0)),
        ("0", (0, 0)),
        ("99.837", (99_837, 3)),
        ("99.30", (9930, 2)),
    ],
)
def test_a_value_is_read_with_its_decimals(text, found):
    assert read_printed(text) == found
    assert read_printed(text).text == f"{text} %"


@pytest.mark.parametrize(
    "text",
    ["", "99,88", "99.88 %", "-1", "+5", "100.01", "101", "1e2", ".5", "5.", "99.8765", "٩٩", " 5"],
)
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        read_printed(text)


def test_how_intervals_and_differences_are_written():
    assert Interval(17_161, 17_162).text == "17,161–17,162"
    assert Interval(13, 13).text == "13"
    assert Interval(20_001, None).text == "≥ 20,001"
    assert Interval(20_001, None).distance(20_000).text == "≥ 1"
    assert Interval(5, 7).distance(10) == (3, 5)
    assert points_text(Fraction(-43, 1000)) == "−0.04"
    assert points_text(Fraction(5)) == "+5.00"
    assert points_text(Fraction(0)) == "0.00"
    assert points_text(Fraction(-4, 1000)) == "−0.004"
    assert (amount_text(Fraction(1234)), amount_text(Fraction(29, 10))) == ("1,234", "2.9")
