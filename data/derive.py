"""Adds up the events of cases to what they stood at, over every stretch of time (case_derived).

Vectorised: a case is a run of neighbouring rows, sorted by time; "the last closing so far" is a
running maximum over row numbers, so a million events need no loop over cases.
"""

import numpy as np
import pandas as pd

from data.case_tables import FOREVER
from data.days import local_days

COUNTED = [
    "reported",
    "accepted",
    "rejected",
    "merged",
    "extended",
    "hung",
    "resumed",
    "supervised",
    "returned",
    "rework",
    "closed",
    "reopened",
    "cancelled",
    "surveyed",
]
"""Events after which some counted column differs; the others matter to the timeline only."""

WARN_SHARE = 0.8
"""A case turns yellow when this share of its limit has passed (domain.md §3.4)."""


def derive(
    cases: pd.DataFrame, events: pd.DataFrame, surveys: pd.DataFrame, zone: str
) -> pd.DataFrame:
    """Rows of `case_derived` for these cases.

    cases: case_id, source_id, category_id, department_id, anonymous, self_handled, is_test.
    events: case_id, seq, type, at, deadline — all events of these cases. surveys: rows of `survey`.
    Test cases have no rows, so no figure can count them.
    """
    wanted = cases[cases["is_test"] == 0].set_index("case_id")
    log = _merged_log(events, surveys, wanted.index)
    if log.empty:
        return pd.DataFrame()
    run = _Run(log)
    rows = _states(run, wanted, zone)
    counted = log["type"].isin(COUNTED).to_numpy()
    return _as_versions(rows[counted])


def _merged_log(events: pd.DataFrame, surveys: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    answers = pd.DataFrame(
        {
            "case_id": surveys["case_id"],
            "seq": 10_000 + surveys["cycle_no"],
            "type": "surveyed",
            "at": surveys["surveyed_at"],
            "reached": surveys["reached"],
            "satisfaction": surveys["satisfaction"],
        }
    )
    log = pd.concat(
        [events[["case_id", "seq", "type", "at", "deadline"]], answers], ignore_index=True
    )
    log = log[log["case_id"].isin(ids)]
    return log.sort_values(["case_id", "at", "seq"], kind="stable", ignore_index=True)


class _Run:
    """The sorted log with the look-backs that all states are made of."""

    def __init__(self, log: pd.DataFrame) -> None:
        self.log = log
        self.size = len(log)
        self.case_id = log["case_id"].to_numpy(np.int64)
        self.at = log["at"].to_numpy(np.int64)
        self.type = pd.Categorical(log["type"])
        fresh = np.r_[True, self.case_id[1:] != self.case_id[:-1]]
        self.start = np.maximum.accumulate(np.where(fresh, np.arange(self.size), 0))
        deadline = pd.to_numeric(log["deadline"]).to_numpy(np.float64, na_value=np.nan)
        self.has_deadline = ~np.isnan(deadline)
        self.deadline = np.where(self.has_deadline, deadline, 0).astype(np.int64)

    def of(self, *types: str) -> np.ndarray:
        """Whether each row is an event of one of these types."""
        return np.asarray(self.type.isin(types))

    def last(self, mask: np.ndarray) -> np.ndarray:
        """Row number of the newest event so far in the same case that fits, -1 if none."""
        seen = np.maximum.accumulate(np.where(mask, np.arange(self.size), -1))
        return np.where(seen >= self.start, seen, -1)

    def total(self, amounts: np.ndarray) -> np.ndarray:
        """Running sum within the case."""
        running = np.cumsum(amounts)
        before = np.where(self.start > 0, running[self.start - 1], 0)
        return running - before

    def before(self, values: np.ndarray, fill: int) -> np.ndarray:
        """The value one row earlier in the same case."""
        shifted = np.r_[fill, values[:-1]]
        return np.where(self.start == np.arange(self.size), fill, shifted)


def _nullable(values: np.ndarray, known: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)


def _states(run: _Run, cases: pd.DataFrame, zone: str) -> pd.DataFrame:
    """One row per event: what the case stands at right after it."""
    reported = run.last(run.of("reported"))
    accepted = run.last(run.of("accepted"))
    closed = run.last(run.of("closed"))
    verdict = _verdicts(run, accepted)
    is_closed, void, rejected = (verdict == name for name in ("closed", "void", "rejected"))
    is_accepted = accepted >= 0
    is_open = is_accepted & (verdict == "")
    is_hung, hung, paused = _parking(run, is_open)
    limits = _limits(run, is_hung, hung, paused)
    survey = run.last(run.of("surveyed"))
    attributes = cases.loc[run.case_id]
    anonymous = attributes["anonymous"].to_numpy(np.int64)
    closed_at = run.at[closed]
    rated = is_closed & (survey > run.last(run.of("closed", "reopened")))
    answer = run.log["satisfaction"].to_numpy(object)[np.maximum(survey, 0)]
    reached = pd.to_numeric(run.log["reached"]).to_numpy(np.float64, na_value=0)[survey] == 1
    valid = rated & reached & pd.notna(answer) & (anonymous == 0)
    in_time = is_closed & limits["known"]
    counts = {
        f"n_{name}": run.total(run.of(type_).astype(np.int64))
        for name, type_ in (
            ("extend", "extended"),
            ("hang", "hung"),
            ("supervise", "supervised"),
            ("rework", "rework"),
            ("return", "returned"),
            ("reopen", "reopened"),
        )
    }
    frame = pd.DataFrame(
        {
            "case_id": run.case_id,
            "valid_from": run.at,
            "source_id": attributes["source_id"].to_numpy(),
            "category_id": attributes["category_id"].to_numpy(),
            "department_id": attributes["department_id"].astype("Int64").array,
            "reported_at": _nullable(run.at[reported], reported >= 0),
            "accepted_at": _nullable(run.at[accepted], is_accepted),
            "closed_at": _nullable(closed_at, is_closed),
            "original_deadline": _nullable(limits["original"], limits["known"]),
            "effective_deadline": _nullable(limits["effective"], limits["known"]),
            "warn_at": _nullable(limits["warn"], limits["known"]),
            "hung_since": _nullable(run.at[hung], is_hung),
            "paused_seconds": paused,
            "handling_seconds": _nullable(
                closed_at - run.at[np.maximum(reported, 0)] - paused, is_closed & (reported >= 0)
            ),
            "is_accepted": is_accepted,
            "is_open": is_open,
            "is_closed": is_closed,
            "is_void": void,
            "is_rejected": rejected,
            "is_hung": is_hung,
            "is_extended": counts["n_extend"] > 0,
            "is_supervised": counts["n_supervise"] > 0,
            "on_time_effective": in_time & (closed_at <= limits["effective"]),
            "on_time_original": in_time
            & (closed_at <= limits["original"] + limits["paused_in_cycle"]),
            "survey_due": is_closed & (anonymous == 0),
            "survey_valid": valid,
            "self_handled": attributes["self_handled"].to_numpy(np.int64),
            "anonymous": anonymous,
            "satisfaction": np.where(valid, answer, None),
            **counts,
        }
    )
    for name, at in (
        ("reported_day", "reported_at"),
        ("accepted_day", "accepted_at"),
        ("closed_day", "closed_at"),
        ("due_day", "effective_deadline"),
    ):
        frame[name] = local_days(frame[at], zone)
    flags = frame.select_dtypes(bool).columns
    frame[flags] = frame[flags].astype(np.int64)
    return frame


def _verdicts(run: _Run, accepted: np.ndarray) -> np.ndarray:
    """How each case has ended so far: '', closed, void (cancelled, merged) or rejected.

    The last word counts, since a later import may take back an earlier one; but a merged case that is
    closed together with the other stays merged until it is reopened.
    """
    reopened = run.last(run.of("reopened"))
    last = {name: run.last(run.of(name)) for name in ("closed", "cancelled", "rejected")}
    newest = np.maximum.reduce([reopened, *last.values()])
    verdict = np.full(run.size, "", dtype="U8")
    for name, word in (("closed", "closed"), ("cancelled", "void"), ("rejected", "rejected")):
        verdict[(last[name] >= 0) & (last[name] == newest)] = word
    verdict[(verdict == "rejected") & (accepted > last["rejected"])] = ""
    verdict[run.last(run.of("merged")) > reopened] = "void"
    return verdict


def _parking(run: _Run, is_open: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(parked now, row it began at, seconds parked so far); the clock stops from the first approval.

    However a case ends, its parking ends with it; only an open case can be parked.
    """
    approved = run.of("hung") & is_open
    ends = run.of("resumed", "closed", "cancelled", "merged", "rejected")
    is_hung = run.last(approved) > run.last(ends)
    was_hung = run.before(is_hung.astype(np.int64), 0) == 1
    began = run.last(approved & ~was_hung)
    paused = run.total(np.where(ends & was_hung, run.at - run.at[np.maximum(began, 0)], 0))
    return is_hung, began, paused


def _limits(
    run: _Run, is_hung: np.ndarray, hung: np.ndarray, paused: np.ndarray
) -> dict[str, np.ndarray]:
    """Deadlines after each event: an extension moves the effective one, parking pushes it back.

    An extension granted during a parking is pushed by what is left of the parking only.
    """
    begins = run.of("accepted", "reopened") & run.has_deadline
    first = run.last(begins)
    known = first >= 0
    extends = run.of("extended") & run.has_deadline & known
    newest = np.maximum(run.last(begins | extends), 0)
    started = run.at[np.maximum(first, 0)]
    paused_in_cycle = paused - paused[np.maximum(first, 0)]
    stopped = paused + np.where(is_hung & extends, run.at - run.at[np.maximum(hung, 0)], 0)
    effective = run.deadline[newest] + np.maximum(paused - stopped[newest], 0)
    limit = effective - started - paused_in_cycle
    warn = started + paused_in_cycle + np.floor(WARN_SHARE * limit).astype(np.int64)
    return {
        "known": known,
        "original": run.deadline[np.maximum(first, 0)],
        "effective": effective,
        "warn": warn,
        "paused_in_cycle": paused_in_cycle,
    }


def _as_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each row its end and drop those that did not last a second."""
    same = rows["case_id"].to_numpy()[:-1] == rows["case_id"].to_numpy()[1:]
    ends = np.where(np.r_[same, False], np.r_[rows["valid_from"].to_numpy()[1:], 0], FOREVER)
    rows = rows.assign(valid_to=ends)
    return rows[rows["valid_to"] > rows["valid_from"]].reset_index(drop=True)
