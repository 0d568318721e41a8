"""How long it takes to relight a million cases on working time, against a loop over pandas offsets.

Every case has a limit in working hours or days, the clocks that need arithmetic at all. Relighting
it is three questions: when its limit ends, when 80 % of it has run, and how much has run by now.
"""

import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.calendar_file import read_calendar
from data.days import day_of, day_start, epoch_of, local_day
from data.settings import project_folder
from data.working_time import WorkCalendar, WorkClock, limit_seconds

CASES = 1_000_000
SAMPLE = 2_000
ROUNDS = 5
SEED = 20_260_214

ZONE = "Asia/Shanghai"
FIRST, NOW = "2025-11-01", "2026-12-01"
OFFICE = ("08:00-12:00", "14:00-18:00")
TABLE = project_folder() / "data" / "sites" / "holidays" / "cn_2024_2026.csv"
BEYOND = 100
"""Days after the last filing in which every limit has run out."""

LIMITS = ((2, "work_hour"), (4, "work_hour"), (1, "work_day"), (5, "work_day"), (15, "work_day"))


def measure_clocks(cases: int = CASES, sample: int = SAMPLE) -> dict[str, Any]:
    """Medians of some rounds over all cases; pandas once over a sample, scaled to all of them."""
    calendar = _calendar()
    rng = np.random.default_rng(SEED)
    first, now = epoch_of(FIRST, ZONE), epoch_of(NOW, ZONE)
    start = rng.integers(first, now, cases)
    limits = np.array([limit_seconds(calendar, *limit) for limit in LIMITS])
    limit = rng.choice(limits, cases)
    rounds = [_relight(calendar, start, limit, now) for _ in range(ROUNDS)]
    seconds = {step: round(statistics.median(one[step] for one in rounds), 4) for step in rounds[0]}
    total = round(sum(seconds.values()), 4)
    some = slice(min(sample, cases))
    loop, agree = _pandas(calendar, start[some], limit[some])
    scaled = loop / len(start[some]) * cases
    return {
        "machine": f"{platform.machine()}, {platform.python_version()}, numpy {np.__version__}",
        "measured": (
            f"{cases} cases filed at random seconds from {FIRST} to {NOW} ({ZONE}, {', '.join(OFFICE)}, "
            "holidays of China), each with a limit of "
            + ", ".join(f"{value} {clock}" for value, clock in LIMITS)
            + "; deadline, instant of 80 % and working time elapsed at the end of the 13 months; "
            f"medians of {ROUNDS} rounds, each with a new clock"
        ),
        "cases": cases,
        "seconds": seconds,
        "total_seconds": total,
        "cases_per_second": round(cases / total),
        "pandas": {
            "measured": (
                f"deadlines only: start + CustomBusinessHour, one offset per limit made beforehand, "
                f"in a loop over {len(start[some])} of the cases, scaled to {cases}; {pd.__version__}"
            ),
            "sample": len(start[some]),
            "sample_seconds": round(loop, 4),
            "scaled_seconds": round(scaled, 1),
            "same_deadlines": agree,
        },
        "pandas_to_deadline": round(scaled / seconds["deadline"], 1),
    }


def _calendar() -> WorkCalendar:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calendar.toml"
        windows = ", ".join(f'"{window}"' for window in OFFICE)
        lines = f'zone = "{ZONE}"', f"windows = [{windows}]", f'holiday_table = "{TABLE}"'
        path.write_text("\n".join(lines), encoding="utf-8")
        return read_calendar(path)


def _relight(
    calendar: WorkCalendar, start: np.ndarray, limit: np.ndarray, now: int
) -> dict[str, float]:
    """Seconds for each step; laying out the windows of the years is a step of its own."""
    clock = WorkClock(calendar)
    warn = -(-limit * 8 // 10)
    # An instant beyond every deadline makes the clock lay out all that the next steps need.
    edges = np.array([start.min(), now + BEYOND * 86_400])
    return {
        "layout": _timed(lambda: clock.worked(edges)),
        "deadline": _timed(lambda: clock.deadline(start, limit)),
        "warn": _timed(lambda: clock.deadline(start, warn)),
        "elapsed": _timed(lambda: clock.elapsed(start, np.array(now))),
    }


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _pandas(calendar: WorkCalendar, start: np.ndarray, limit: np.ndarray) -> tuple[float, bool]:
    """Seconds for the loop, and whether it found the same deadlines.

    pandas knows no working Saturday, so it is told that all seven weekdays are worked, less a list
    of every single day off.
    """
    shifts = {int(seconds): _offset(calendar, int(seconds)) for seconds in np.unique(limit)}
    local = pd.to_datetime(start, unit="s", utc=True).tz_convert(ZONE).tz_localize(None)
    pairs = list(zip(local, (shifts[int(seconds)] for seconds in limit), strict=True))
    began = time.perf_counter()
    due = [moment + shift for moment, shift in pairs]
    took = time.perf_counter() - began
    found = pd.DatetimeIndex(due).as_unit("s").tz_localize(ZONE).asi8
    clock = WorkClock(calendar)
    # Where a limit ends with a window, pandas names the start of the next: as much work is done.
    agree = (clock.worked(found) == clock.worked(clock.deadline(start, limit))).all()
    return took, bool(agree)


def _offset(calendar: WorkCalendar, seconds: int) -> Any:
    """A limit of whole hours as an offset of pandas."""
    edges = (local_day(epoch_of(edge, ZONE), ZONE) for edge in (FIRST, NOW))
    days = range(next(edges), next(edges) + BEYOND)
    begins = np.array([day_start(day, ZONE) for day in [*days, days.stop]])
    worked = WorkClock(calendar).elapsed(begins[:-1], begins[1:]) > 0
    opens, closes = zip(*(window.split("-") for window in OFFICE), strict=True)
    return pd.offsets.CustomBusinessHour(
        seconds // 3600,
        weekmask="Mon Tue Wed Thu Fri Sat Sun",
        holidays=[
            day_of(day) for day, is_worked in zip(days, worked, strict=True) if not is_worked
        ],
        start=list(opens),
        end=list(closes),
    )


def clocks_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [f"{step:>10}  {seconds:8.3f} s" for step, seconds in report["seconds"].items()]
    lines.append(f"{'all':>10}  {report['total_seconds']:8.3f} s")
    lines.append(f"{report['cases_per_second']:,} cases per second; {report['machine']}")
    lines.append(report["measured"])
    held = report["pandas"]
    lines.append(
        f"pandas: {held['scaled_seconds']} s, {report['pandas_to_deadline']} times as long as our "
        f"deadlines; same deadlines: {held['same_deadlines']}"
    )
    lines.append(held["measured"])
    return "\n".join(lines)
