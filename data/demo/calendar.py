"""What kind of day it was in the made-up district: weekday, holiday, rain, and how busy."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from data.days import day_number, day_of, day_start, local_day
from data.demo.chance import stream
from data.demo.sizes import Size

ZONE = "Asia/Shanghai"
DAY = 86_400


@dataclass(frozen=True)
class Calendar:
    """The days of a build, first to last; `start` is the epoch second at which each begins."""

    now: int
    number: np.ndarray
    start: np.ndarray
    weekday: np.ndarray
    month: np.ndarray
    holiday: np.ndarray
    rain: np.ndarray
    window: np.ndarray

    def window_bounds(self) -> tuple[int, int]:
        """Epoch seconds at which the showcase window begins and ends (the latter excluded)."""
        inside = self.start[self.window]
        return int(inside[0]), int(inside[-1]) + DAY

    def window_dates(self) -> tuple[date, date]:
        """First and last day of the showcase window."""
        inside = self.number[self.window]
        return day_of(inside[0]), day_of(inside[-1])


def calendar(size: Size, rhythm: dict[str, Any], seed: int, now: int) -> Calendar:
    """The days from `size.days_back` before the start moment to `size.days_ahead` after it."""
    rng = stream(seed, "calendar")
    today = local_day(now, ZONE)
    number = np.arange(today - size.days_back, today + size.days_ahead + 1)
    dates = [day_of(int(n)) for n in number]
    last = today - size.window_ended_days_ago
    month = np.array([d.month - 1 for d in dates])
    return Calendar(
        now=now,
        number=number,
        # China has had one zone without summer time since 1991, so every day is as long.
        start=day_start(int(number[0]), ZONE) + DAY * np.arange(len(number)),
        weekday=np.array([d.weekday() for d in dates]),
        month=month,
        holiday=np.isin(number, [day_number(d) for d in _holidays(dates, rhythm["holidays"])]),
        rain=_rain(month, rhythm["rain"], rng),
        window=(number > last - size.window_days) & (number <= last),
    )


def _holidays(dates: list[date], rules: dict[str, Any]) -> list[date]:
    found = []
    for year in sorted({d.year for d in dates}):
        for first, last in rules["fixed"]:
            day, end = (date.fromisoformat(f"{year}-{text}") for text in (first, last))
            found += [day + timedelta(days=i) for i in range((end - day).days + 1)]
    for text in rules["spring"]:
        found += [date.fromisoformat(text) + timedelta(days=i) for i in range(rules["spring_days"])]
    return found


def _rain(month: np.ndarray, rules: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    begins = rng.random(len(month)) < np.array(rules["chance"])[month]
    length = rng.integers(1, rules["longest"] + 1, len(month))
    rain = np.zeros(len(month), bool)
    for later in range(int(rules["longest"])):
        wet = np.flatnonzero(begins & (length > later)) + later
        rain[wet[wet < len(month)]] = True
    return rain


def day_factors(days: Calendar, rhythm: dict[str, Any], office: bool) -> np.ndarray:
    """How busy each day is, 1 on an ordinary one; `office` = sources that keep office hours."""
    weekday = np.array(rhythm["weekdays"]["work" if office else "other"])[days.weekday]
    season = np.array(rhythm["months"]["all"])[days.month]
    rules = rhythm["holidays"]
    holiday = np.where(days.holiday, rules["office" if office else "other"], 1.0)
    rain = np.where(days.rain, rhythm["rain"]["volume"], 1.0)
    return weekday * season * holiday * rain
