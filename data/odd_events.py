"""Which events of a case make no sense where they came, and why; they are kept and counted (§3.5).

A source that sends such events is not mended by dropping them: the case page and the data-quality sheet
name them. `case_derived.n_odd` counts them.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from data.case_run import CaseRun
from data.events import BEGINS, EVENT_TYPES
from data.limits import parking
from data.verdicts import verdicts

REASONS = (
    "unknown_type",
    "before_report",
    "after_void",
    "not_hung",
    "not_open",
    "not_closed",
    "not_accepted",
    "no_limit",
    "early_deadline",
)
"""Keys of what may be odd; of several, the first is told. Their words: dashboard/text_odd.toml."""

NEED_OPEN = ("hung", "extended", "returned", "rework", "supervised")
"""Events that only an open case can have."""

SURVEY = "surveyed"
"""Not an event: data.derive lays surveys between the events, by their time."""

_TOLD = ["case_id", "seq", "type", "at", "deadline", "limit_seconds"]


def odd_reasons(
    run: CaseRun, verdict: np.ndarray, is_hung: np.ndarray, self_handled: np.ndarray
) -> np.ndarray:
    """Position in REASONS of what is odd about each event, -1 where nothing is.

    verdict: from data.verdicts; is_hung: parked right after each event; self_handled: flag of its case.
    """
    reported, accepted = (run.last(run.of(name)) for name in ("reported", "accepted"))
    was_hung, was_ended, was_void, was_closed = (
        run.before(mask.astype(np.int64), 0) == 1
        for mask in (is_hung, verdict != "", verdict == "void", verdict == "closed")
    )
    was_accepted = run.before(accepted, -1) >= 0
    was_open = was_accepted & ~was_ended
    limited = run.last(run.of(*BEGINS) & (run.has_deadline | run.has_limit)) >= 0
    early = run.has_deadline & (reported >= 0) & (run.deadline < run.at[reported])
    odd = {
        "unknown_type": ~run.of(*EVENT_TYPES),
        "before_report": reported < 0,
        "after_void": was_void,
        "not_hung": run.of("resumed") & ~was_hung,
        "not_open": run.of(*NEED_OPEN) & ~was_open,
        "not_closed": run.of("reopened") & ~was_closed,
        # What is settled on the spot is closed without having been taken on (domain.md §3.2).
        "not_accepted": run.of("closed") & ~was_accepted & (self_handled == 0),
        "no_limit": run.of("hung", "extended") & ~limited,
        "early_deadline": early,
    }
    found = np.full(run.size, -1)
    for position in reversed(range(len(REASONS))):
        found[odd[REASONS[position]]] = position
    found[run.of(SURVEY)] = -1
    return found


def odd_events(events: pd.DataFrame, self_handled: Collection[int] = ()) -> pd.DataFrame:
    """The odd ones among all events of some cases: case_id, seq and reason, by case and time.

    events: rows of `case_event`, at least case_id, seq, type and at; self_handled: ids of the cases
    settled on the spot.
    """
    log = events.reindex(columns=_TOLD).assign(limit_clock=None)
    log = log.sort_values(["case_id", "at", "seq"], kind="stable", ignore_index=True)
    if log.empty:
        return pd.DataFrame(columns=["case_id", "seq", "reason"])
    run = CaseRun(log, None)
    accepted = run.last(run.of("accepted"))
    verdict = verdicts(run, accepted)
    parked = parking(run, (accepted >= 0) & (verdict == ""))
    settled = np.isin(run.case_id, list(self_handled)).astype(np.int64)
    found = odd_reasons(run, verdict, parked.now, settled)
    names = np.array([*REASONS, ""], object)[found]
    return log[["case_id", "seq"]].assign(reason=names)[found >= 0].reset_index(drop=True)


def oddities(events: pd.DataFrame, *, self_handled: bool = False) -> list[tuple[int, str]]:
    """seq and reason of each odd event among all events of one case, in the order of their times.

    events: seq, type, at and, where they are known, deadline and limit_seconds.
    """
    found = odd_events(events.assign(case_id=0), [0] if self_handled else [])
    return [(int(seq), str(why)) for seq, why in zip(found["seq"], found["reason"], strict=True)]
