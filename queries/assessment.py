"""Periods by which a site is assessed: its months may begin on the 19th, its year in November.

Domain.md, rule 10 and §4.1: a running period is held against as many days of the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from data.days import day_number, day_of

PERIODS = ("month", "last_month", "quarter", "last_quarter", "year")


class Stretch(NamedTuple):
    """Days of a period, and of the one that it is held against; all inclusive."""

    first: int
    last: int
    earlier_first: int
    earlier_last: int


@dataclass(frozen=True)
class Assessment:
    """`month_begins`: day of the month, 1–28; `year_begins_month`: 1–12, where the year's first begins.

    A year whose months run from the 19th and whose first begins on 19 December has month 12.
    """

    month_begins: int = 1
    year_begins_month: int = 1

    def period(self, name: str, today: int) -> Stretch:
        """The named one of PERIODS; one that still runs ends today."""
        months = {"month": 1, "last_month": 1, "quarter": 3, "last_quarter": 3, "year": 12}[name]
        back = months if name.startswith("last_") else 0
        first = self._begin(today, months, back)
        end = self._begin(today, months, back - months) - 1
        last = min(end, today)
        earlier_first = self._begin(today, months, back + months)
        whole = last == end
        earlier_last = first - 1 if whole else min(first - 1, earlier_first + last - first)
        return Stretch(first, last, earlier_first, earlier_last)

    def _begin(self, today: int, months: int, back: int) -> int:
        """First day of the stretch of so many months that lies `back` months before today's."""
        at = day_of(today)
        month = at.year * 12 + at.month - 1 - (at.day < self.month_begins)
        start = self.year_begins_month - 1
        month -= (month - start) % months + back
        return day_number(date(month // 12, month % 12 + 1, self.month_begins))


def read_assessment(held: object) -> Assessment:
    """The site's setting `assessment`; without one, calendar months and years. Raises ValueError."""
    given: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
    begins, month = given.get("month_begins", 1), given.get("year_begins_month", 1)
    if not isinstance(begins, int) or not 1 <= begins <= 28:
        raise ValueError(f"assessment.month_begins={begins!r} must be a day from 1 to 28.")
    if not isinstance(month, int) or not 1 <= month <= 12:
        raise ValueError(f"assessment.year_begins_month={month!r} must be a month from 1 to 12.")
    return Assessment(begins, month)
