"""The working windows between two instants one by one: what a person can check the arithmetic by."""

import numpy as np

from data.working_time import WorkClock


def windows_between(clock: WorkClock, first: int, last: int) -> np.ndarray:
    """Rows of start and end in epoch seconds, in order, cut at both instants.

    Raises ValueError for instants outside 1900 to 2200.
    """
    if last <= first:
        return np.empty((0, 2), np.int64)
    held = clock.reaching(first, last)
    some = slice(
        np.searchsorted(held.end, first, side="right"),
        np.searchsorted(held.start, last, side="left"),
    )
    found = np.column_stack([held.start[some], held.end[some]]).clip(first, last)
    # Where a layout begins stands a window without length.
    return found[found[:, 0] < found[:, 1]]
