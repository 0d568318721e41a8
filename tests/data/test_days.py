"""Days of a site's time zone."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.days import day_number, day_of, day_start, epoch_of, local_day, local_days, local_time

ZONES = ("Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "UTC")
"""Summer time in China's past, at two in the morning, at midnight; a quarter of an hour; none."""

moments = st.integers(epoch_of("1960-01-01", "UTC"), epoch_of("2035-01-01", "UTC"))
zones = st.sampled_from(ZONES)
quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def test_a_day_number_stands_for_one_date():
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(2026, 3, 2)) == 20514
    assert day_of(20514) == date(2026, 3, 2)


def test_a_day_begins_at_local_midnight():
    start = day_start(day_number(date(2026, 3, 2)), "Asia/Shanghai")
    assert start == epoch_of("2026-03-01T16:00+00:00", "UTC")
    assert local_day(start, "Asia/Shanghai") == day_number(date(2026, 3, 2))
    assert local_day(start - 1, "Asia/Shanghai") == day_number(date(2026, 3, 1))


@quick
@given(moments, zones)
def test_every_instant_lies_between_the_start_of_its_day_and_of_the_next(at, zone):
    day = local_day(at, zone)
    assert day_start(day, zone) <= at < day_start(day + 1, zone)


@quick
@given(st.lists(st.none() | moments, max_size=6), zones)
def test_a_column_of_instants_has_the_days_of_its_instants(column, zone):
    days = local_days(pd.Series(column, dtype="Int64"), zone)
    expected = [None if at is None else local_day(at, zone) for at in column]
    assert [None if pd.isna(day) else int(day) for day in days] == expected


@quick
@given(moments, zones)
def test_a_local_time_reads_back_as_the_same_instant(at, zone):
    assert epoch_of(local_time(at, zone).isoformat(), zone) == at


def test_a_time_without_an_offset_is_read_in_the_zone():
    assert epoch_of("2026-03-02T08:00", "Asia/Shanghai") == epoch_of("2026-03-02T00:00Z", "UTC")
    assert epoch_of("2026-03-02", "Asia/Shanghai") == epoch_of("2026-03-01T16:00Z", "UTC")


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-02-30", "2026-03-02T25:00", "0001-01-01T00:00", "9999-12-31T23:59-14:00"],
)
def test_what_is_no_time_is_a_value_error(text):
    with pytest.raises(ValueError):
        epoch_of(text, "Asia/Shanghai")
