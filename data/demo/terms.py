"""The limits of the made-up cases: on which clock they run, for how long and until when."""

import numpy as np
import pandas as pd

from data.demo.calendar import DAY
from data.working_time import CLOCKS, WORKING_CLOCKS, WorkCalendar, WorkClock, limit_seconds

NO_CLOCK = -1
"""Stands for the clock of a case without a limit; other clocks are positions in CLOCKS."""
HOUR = 3600

_WORKING = [CLOCKS.index(name) for name in sorted(WORKING_CLOCKS)]


def with_limits(categories: pd.DataFrame, calendar: WorkCalendar) -> pd.DataFrame:
    """The categories with their limit in seconds and the clock that counts them."""
    pairs = zip(categories["limit"], categories["limit_clock"], strict=True)
    seconds = [limit_seconds(calendar, value, name) for value, name in pairs]
    clocks = categories["limit_clock"].map(CLOCKS.index)
    return categories.assign(seconds=seconds, clock=clocks)


def due(
    clock: WorkClock, start: np.ndarray, seconds: np.ndarray, limit_clock: np.ndarray
) -> np.ndarray:
    """When limits that begin at `start` (whole seconds) are over, each on its own clock."""
    working = np.isin(limit_clock, _WORKING)
    return clock.deadline(start.astype(np.int64), seconds.astype(np.int64), working)


def one_day(clock: WorkClock, limit_clock: np.ndarray) -> np.ndarray:
    """Seconds of a day on each clock: of the working day, or of day and night."""
    return np.where(np.isin(limit_clock, _WORKING), clock.calendar.day_seconds, DAY)
