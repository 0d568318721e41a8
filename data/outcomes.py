"""Verdicts on a case that no single event tells: handled in time, dispatched off the list."""

import numpy as np
import pandas as pd

from data.case_run import CaseRun
from data.limits import Limits

STATION = "station"
"""The lead level that the access list is made for."""


def handled_in_time(
    run: CaseRun, verdict: np.ndarray, closed_at: np.ndarray, due: Limits
) -> np.ndarray:
    """Whether each case has been handled by its deadline, as known right after each event (K04).

    Rework and a reopening take the handling back. Without one the closing counts.
    """
    handled = run.last(run.of("handled"))
    stands = (handled >= 0) & (handled > run.last(run.of("rework", "reopened")))
    is_closed = verdict == "closed"
    known = due.known & (is_closed | (stands & (verdict == "")))
    return known & (np.where(stands, run.at[handled], closed_at) <= due.effective)


def is_off_list(run: CaseRun, is_management: np.ndarray, item: pd.Series) -> np.ndarray:
    """Whether each case has been dispatched and led by a station though no item covers it (S0-11).

    item: access item of each row's case, missing if none.
    """
    dispatched = run.last(run.of("dispatched")) >= 0
    led = run.last(run.log["lead_level"].isin([STATION]).to_numpy()) >= 0
    return dispatched & led & is_management & item.isna().to_numpy()


def turns(run: CaseRun, rows: pd.DataFrame) -> np.ndarray:
    """Where a version has to begin although the type of the event does not say so.

    Being handled in time begins none: `foreseen` writes it into the version there is.
    """

    def changed(name: str) -> np.ndarray:
        now = rows[name].to_numpy(np.int64)
        return now != run.before(now, 0)

    handled = rows["on_time_handled"].to_numpy(np.int64)
    return changed("n_odd") | changed("is_off_list") | (handled < run.before(handled, 0))


def foreseen(run: CaseRun, begins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value that holds at the last event before the next version begins.

    Of what was handled in time it tells too early, but such a case is counted only once it is closed or
    past its deadline, and has been handled by then. A version for each handling would make a third more.
    """
    row = np.arange(run.size)
    is_last = np.r_[run.case_id[1:] != run.case_id[:-1], True]
    following = run.next(begins, row + 1)
    return values[np.where(following >= 0, following - 1, run.next(is_last, row))]
