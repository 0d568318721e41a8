"""The events of many cases as one sorted log, with the look-backs that all states are made of.

Vectorised: a case is a run of neighbouring rows, sorted by time; "the last closing so far" is a
running maximum over row numbers, so a million events need no loop over cases.
"""

from functools import cache

import numpy as np
import pandas as pd

from data.working_time import WORKING_CLOCKS, WorkCalendar, WorkClock, plausible

NATURAL = ""
"""The clock of a limit that names none."""


@cache
def clock_of(calendar: WorkCalendar) -> WorkClock:
    """The clock of a calendar: laying out its windows takes longer than deriving some cases by it."""
    return WorkClock(calendar)


class CaseRun:
    """Arrays of one entry per event. `worked` is working time at each, None without a calendar."""

    def __init__(self, log: pd.DataFrame, clock: WorkClock | None) -> None:
        self.log = log
        self.clock = clock
        self.size = len(log)
        self.case_id = log["case_id"].to_numpy(np.int64)
        self.at = log["at"].to_numpy(np.int64)
        self.worked = None if clock is None else clock.worked(plausible(self.at))
        self.type = pd.Categorical(log["type"])
        fresh = np.r_[True, self.case_id[1:] != self.case_id[:-1]]
        self.start = np.maximum.accumulate(np.where(fresh, np.arange(self.size), 0))
        self.deadline, self.has_deadline = self._whole("deadline")
        self.limit, self.has_limit = self._whole("limit_seconds")

    def of(self, *types: str) -> np.ndarray:
        """Whether each row is an event of one of these types."""
        # One place more for rows without a type, whose code is -1.
        wanted = np.append(self.type.categories.isin(types), False)
        return np.asarray(wanted[self.type.codes])

    def last(self, mask: np.ndarray) -> np.ndarray:
        """Row number of the newest event so far in the same case that fits, -1 if none."""
        seen = np.maximum.accumulate(np.where(mask, np.arange(self.size), -1))
        return np.where(seen >= self.start, seen, -1)

    def next(self, mask: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Row number of the first event from `row` on in the same case that fits, -1 if none."""
        seen = np.where(mask, np.arange(self.size), self.size)
        seen = np.r_[np.minimum.accumulate(seen[::-1])[::-1], self.size]
        found = np.where(row < 0, self.size, seen[np.maximum(row, 0)])
        same = self.case_id[np.minimum(found, self.size - 1)] == self.case_id
        return np.where((found < self.size) & same, found, -1)

    def total(self, amounts: np.ndarray) -> np.ndarray:
        """Running sum within the case."""
        running = np.cumsum(amounts)
        before = np.where(self.start > 0, running[self.start - 1], 0)
        return running - before

    def before(self, values: np.ndarray, fill: int) -> np.ndarray:
        """The value one row earlier in the same case."""
        shifted = np.r_[fill, values[:-1]]
        return np.where(self.start == np.arange(self.size), fill, shifted)

    def clock_names(self) -> np.ndarray:
        """The clock each row names, '' where it names none."""
        return np.where(self.log["limit_clock"].isna(), NATURAL, self.log["limit_clock"]).astype(
            str
        )

    def is_working(self, names: np.ndarray) -> np.ndarray:
        """Whether a limit on this clock stands still outside working windows.

        Raises ValueError when there is such a limit but no calendar to count it by.
        """
        working = np.isin(names, list(WORKING_CLOCKS))
        if self.clock is None and working.any():
            raise ValueError(
                f"a limit runs in {names[working][0]}, but the site has no working time: "
                "give it a calendar (see examples/boston311/README.md)."
            )
        return working

    def on_clock(self, at: np.ndarray, working: np.ndarray) -> np.ndarray:
        """Instants as seconds of each row's clock: differences of them are what the clock counted."""
        seconds = at.copy()
        if self.clock is not None and working.any():
            seconds[working] = self.clock.worked(plausible(at[working]))
        return seconds

    def instants(self, seconds: np.ndarray, working: np.ndarray) -> np.ndarray:
        """`on_clock` undone: the earliest instant at which each row's clock shows so much."""
        at = seconds.copy()
        if self.clock is not None and working.any():
            at[working] = self.clock.instant(seconds[working])
        return at

    def _whole(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A column of whole numbers with 0 where nothing is known, and where something is."""
        given = pd.to_numeric(self.log[name]).to_numpy(np.float64, na_value=np.nan)
        known = ~np.isnan(given)
        return np.where(known, given, 0).astype(np.int64), known
