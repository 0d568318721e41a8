"""What a load of cases adds up to, told so that it can be held against the source's own figures."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.days import local_time
from data.load.case_rows import Rows


@dataclass
class Tally:
    """What the good rows of all files add up to, as a check against the source's own figures."""

    ends: dict[str, int] = field(default_factory=dict)
    durations: list[np.ndarray] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    pointed: int = 0

    def add(self, rows: Rows, good: pd.Series) -> None:
        """Count the good rows of one portion."""
        times, ends = rows.times[good], rows.end[good]
        if times.empty:
            return
        for end, count in ends.value_counts().items():
            self.ends[str(end)] = self.ends.get(str(end), 0) + int(count)
        lasted = (times["closed"] - times["reported"])[(ends == "closed").to_numpy()]
        self.durations.append(lasted.to_numpy(np.int64))
        low, high = int(times["reported"].min()), int(times["reported"].max())
        self.first = low if self.first is None else min(self.first, low)
        self.last = high if self.last is None else max(self.last, high)
        self.pointed += int(rows.cases.loc[good, "lon"].notna().sum())

    def told(self, zone: str) -> str | None:
        """One sentence; None when there was no good row."""
        if self.first is None or self.last is None:
            return None
        total = sum(self.ends.values())
        words = {"": "open"}
        parts = [f"{n:,} {words.get(end, end)} ({n / total:.2%})" for end, n in self.ends.items()]
        days = [f"{local_time(at, zone):%Y-%m-%d}" for at in (self.first, self.last)]
        lasted = np.concatenate(self.durations)
        if len(lasted):
            parts.append(f"median handling {np.median(lasted) / 3600:.2f} h")
        return f"{total:,} cases reported {days[0]} to {days[1]}: {', '.join(sorted(parts))}"
