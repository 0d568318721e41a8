"""Periods by a site's own months and years, against days counted by hand."""

from datetime import date

import pytest

from data.days import day_number, day_of
from queries.assessment import PERIODS, Assessment, read_assessment

TODAY = day_number(date(2026, 11, 22))
CALENDAR, CITY = Assessment(), Assessment(month_begins=19, year_begins_month=12)
"""Plain months; months from the 19th to the 18th with a year from 19 December."""


@pytest.mark.parametrize(
    ("assessment", "name", "expected"),
    [
        (CALENDAR, "month", "2026-11-01 2026-11-22 2026-10-01 2026-10-22"),
        (CALENDAR, "last_month", "2026-10-01 2026-10-31 2026-09-01 2026-09-30"),
        (CALENDAR, "quarter", "2026-10-01 2026-11-22 2026-07-01 2026-08-22"),
        (CALENDAR, "last_quarter", "2026-07-01 2026-09-30 2026-04-01 2026-06-30"),
        (CALENDAR, "year", "2026-01-01 2026-11-22 2025-01-01 2025-11-22"),
        (CITY, "month", "2026-11-19 2026-11-22 2026-10-19 2026-10-22"),
        (CITY, "last_month", "2026-10-19 2026-11-18 2026-09-19 2026-10-18"),
        # Quarters from 19 December: … September 19 to December 18.
        (CITY, "quarter", "2026-09-19 2026-11-22 2026-06-19 2026-08-22"),
        (CITY, "year", "2025-12-19 2026-11-22 2024-12-19 2025-11-22"),
    ],
)
def test_a_running_period_is_held_against_as_many_days(assessment, name, expected) -> None:
    found = assessment.period(name, TODAY)
    assert " ".join(str(day_of(day)) for day in found) == expected


def test_a_longer_month_is_not_held_against_days_of_itself() -> None:
    found = CALENDAR.period("month", day_number(date(2026, 3, 31)))
    assert [str(day_of(day)) for day in found[2:]] == ["2026-02-01", "2026-02-28"]


@pytest.mark.parametrize("assessment", [CALENDAR, CITY, Assessment(28, 2), Assessment(1, 11)])
def test_periods_follow_one_another_without_gap_on_any_day(assessment) -> None:
    for today in range(TODAY - 800, TODAY):
        for name in PERIODS:
            found = assessment.period(name, today)
            assert found.first <= found.last <= today
            assert found.earlier_first <= found.earlier_last < found.first
        assert assessment.period("last_month", today).last + 1 == (
            assessment.period("month", today).first
        )


@pytest.mark.parametrize(
    ("held", "named"),
    [
        ({"month_begins": 29}, "month_begins=29"),
        ({"month_begins": "19"}, "month_begins='19'"),
        ({"year_begins_month": 13}, "year_begins_month=13"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_by_name(held, named) -> None:
    with pytest.raises(ValueError, match="must be a") as error:
        read_assessment(held)
    assert named in str(error.value)
