"""Adds up the events of cases to what they stood at, over every stretch of time (case_derived)."""

import numpy as np
import pandas as pd

from data.assessment_day import assessment_days
from data.case_run import CaseRun, clock_of
from data.case_tables import FOREVER
from data.days import local_days
from data.limits import Limits, limits, parking
from data.odd_events import odd_reasons
from data.outcomes import foreseen, handled_in_time, is_off_list, turns
from data.priorities import positions
from data.rules import Rules
from data.stages import Stages, stage_keys, stages
from data.verdicts import verdicts

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
    "escalated",
    "surveyed",
]
"""Events after which a case stands differently. What else is counted (dispatch, first response, the
answer to a 督办) is written into every version with its time, to be compared with the instant asked for."""

DERIVED_VERSION = 4
"""Counts up when the same events come to stand for something else; see data.rederive."""
DERIVED_KEY = "derived_version"

LOG = [
    "case_id",
    "seq",
    "type",
    "at",
    "deadline",
    "limit_seconds",
    "limit_clock",
    "lead_level",
    "stage",
]
"""What is asked of events."""
ANSWERS = ["reached", "responded", "solved", "satisfaction"]


def derive(
    cases: pd.DataFrame, events: pd.DataFrame, surveys: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """Rows of `case_derived` for these cases.

    cases: case_id, source_id, category_id, department_id, anonymous, self_handled, is_test, and
    optionally in_grid, access_item_id, importance, urgency. events: case_id, seq, type, at, and of
    their limits deadline, limit_seconds, limit_clock, lead_level, stage — all events of these cases.
    surveys: rows of `survey`.
    n_earlier is 0: data.repeats counts it once the rows of all cases are there.
    Test cases have no rows, so no figure can count them. Raises ValueError for a limit in working
    time where the site has no calendar.
    """
    wanted = cases[cases["is_test"] == 0].set_index("case_id")
    log = _merged_log(events, surveys, wanted.index)
    if log.empty:
        return pd.DataFrame()
    run = CaseRun(log, None if rules.calendar is None else clock_of(rules.calendar))
    rows, moved = _states(run, wanted, rules)
    counted = log["type"].isin(COUNTED).to_numpy() | moved | turns(run, rows)
    rows["on_time_handled"] = foreseen(run, counted, rows["on_time_handled"].to_numpy())
    return _as_versions(rows[counted])


def _merged_log(events: pd.DataFrame, surveys: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    answers = pd.DataFrame(
        {
            "case_id": surveys["case_id"],
            "seq": 10_000 + surveys["cycle_no"],
            "type": "surveyed",
            "at": surveys["surveyed_at"],
        }
    ).join(surveys.reindex(columns=ANSWERS))
    log = events.reindex(columns=LOG)
    log = pd.concat([log, answers], ignore_index=True)
    keys = (log[name].to_numpy(np.int64) for name in ("seq", "at", "case_id"))
    order = np.lexsort(tuple(keys))
    wanted = np.isin(log["case_id"].to_numpy(np.int64), ids.to_numpy(np.int64))
    return log.take(order[wanted[order]]).reset_index(drop=True)


def _named(words: np.ndarray) -> np.ndarray:
    """Words, None in place of empty ones."""
    found = words.astype(object)
    found[words == ""] = None
    return found


def _nullable(values: np.ndarray, known: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)


def _states(run: CaseRun, cases: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, np.ndarray]:
    """One row per event: what the case stands at right after it, and whether its stage is another."""
    reported, accepted, closed = (
        run.last(run.of(name)) for name in ("reported", "accepted", "closed")
    )
    verdict = verdicts(run, accepted)
    is_closed, void, rejected = (verdict == name for name in ("closed", "void", "rejected"))
    is_accepted = accepted >= 0
    is_open = is_accepted & (verdict == "")
    parked = parking(run, is_open)
    due = limits(run, parked, rules.warn_share)
    attributes = cases.loc[run.case_id]
    category = attributes["category_id"].to_numpy(np.int64)
    held = stages(run, category, verdict, parked, due, rules.stage_limits, rules.warn_share)
    odd = odd_reasons(run, verdict, parked.now, attributes["self_handled"].to_numpy(np.int64))
    closed_at = run.at[closed]
    in_time = is_closed & due.known
    told = is_closed & (reported >= 0)
    since = np.maximum(reported, 0)
    worked = None
    if run.worked is not None:
        spent = run.worked[closed] - run.worked[since] - parked.worked
        worked = _nullable(spent, told)
    counts = {
        f"n_{name}": run.total(run.of(type_).astype(np.int64)) for name, type_ in _COUNTS.items()
    }
    frame = pd.DataFrame(
        {
            "case_id": run.case_id,
            "valid_from": run.at,
            **_attributes(attributes, rules),
            "reported_at": _nullable(run.at[reported], reported >= 0),
            "accepted_at": _nullable(run.at[accepted], is_accepted),
            "closed_at": _nullable(closed_at, is_closed),
            "original_deadline": _nullable(due.original, due.known),
            "effective_deadline": _nullable(due.effective, due.known),
            "warn_at": _nullable(due.warn, due.known),
            "limit_clock": _named(due.clock),
            "hung_since": _nullable(run.at[parked.began], parked.now),
            "paused_seconds": parked.seconds,
            "handling_seconds": _nullable(closed_at - run.at[since] - parked.seconds, told),
            "work_seconds": worked,
            "is_accepted": is_accepted,
            "is_open": is_open,
            "is_closed": is_closed,
            "is_void": void,
            "is_rejected": rejected,
            "is_hung": parked.now,
            "is_extended": counts["n_extend"] > 0,
            "is_supervised": counts["n_supervise"] > 0,
            "is_checked": run.last(run.of("checked", "rework")) >= 0,
            "on_time_effective": in_time & (closed_at <= due.effective),
            "on_time_original": in_time & (closed_at <= due.original_met_by),
            **_surveyed(run, is_closed, attributes["anonymous"].to_numpy(np.int64)),
            **_legs(run),
            **_lights(held, category, due, rules),
            "on_time_handled": handled_in_time(run, verdict, closed_at, due),
            "is_off_list": _off_list(run, attributes, rules),
            "n_odd": run.total((odd >= 0).astype(np.int64)),
            "n_earlier": 0,
            **counts,
        }
    )
    for name, at in _DAYS.items():
        frame[name] = local_days(frame[at], rules.zone)
    frame["is_same_day"] = _same_day(frame, rules)
    flags = frame.select_dtypes(bool).columns
    frame[flags] = frame[flags].astype(np.int64)
    return frame, held.moved


_COUNTS = {
    "extend": "extended",
    "hang": "hung",
    "supervise": "supervised",
    "rework": "rework",
    "return": "returned",
    "reopen": "reopened",
    "dispatch": "dispatched",
}
_DAYS = {
    "reported_day": "reported_at",
    "accepted_day": "accepted_at",
    "closed_day": "closed_at",
    "due_day": "effective_deadline",
    "supervise_day": "supervise_due",
}


def _attributes(attributes: pd.DataFrame, rules: Rules) -> dict[str, object]:
    """What a case brings along, whatever happens to it."""
    return {
        "source_id": attributes["source_id"].to_numpy(),
        "category_id": attributes["category_id"].to_numpy(),
        "department_id": attributes["department_id"].astype("Int64").array,
        "is_management": attributes["category_id"].isin(rules.management).to_numpy(),
        "self_handled": attributes["self_handled"].to_numpy(np.int64),
        "anonymous": attributes["anonymous"].to_numpy(np.int64),
        "in_grid": _told(attributes, "in_grid").array,
        "access_item_id": _told(attributes, "access_item_id").array,
        "priority": positions(
            _told(attributes, "importance"), _told(attributes, "urgency"), rules.priorities
        ),
    }


def _told(attributes: pd.DataFrame, name: str) -> pd.Series:
    """A column of whole numbers that a source may not have."""
    if name not in attributes:
        return pd.Series(pd.NA, index=attributes.index, dtype="Int64")
    return attributes[name].astype("Int64")


def _off_list(run: CaseRun, attributes: pd.DataFrame, rules: Rules) -> np.ndarray:
    if not rules.has_access_list:
        return np.zeros(run.size, bool)
    is_management = attributes["category_id"].isin(rules.management).to_numpy()
    return is_off_list(run, is_management, _told(attributes, "access_item_id"))


def _same_day(rows: pd.DataFrame, rules: Rules) -> pd.Series:
    accepted, closed = (
        assessment_days(rows[name], rules.zone, rules.day_begins)
        for name in ("accepted_at", "closed_at")
    )
    return (accepted == closed).fillna(False)


def _surveyed(run: CaseRun, is_closed: np.ndarray, anonymous: np.ndarray) -> dict[str, object]:
    """What the citizen said when called back after the newest closing."""
    survey = run.last(run.of("surveyed"))
    rated = is_closed & (survey > run.last(run.of("closed", "reopened")))

    def yes(name: str) -> np.ndarray:
        return rated & (pd.to_numeric(run.log[name]).to_numpy(np.float64, na_value=0)[survey] == 1)

    answer = run.log["satisfaction"].to_numpy(object)[np.maximum(survey, 0)]
    named, reached = anonymous == 0, yes("reached")
    valid = reached & pd.notna(answer) & named
    return {
        "survey_due": is_closed & named,
        "survey_valid": valid,
        "survey_reached": reached & named,
        "survey_responded": reached & named & yes("responded"),
        "survey_solved": reached & named & yes("solved"),
        "satisfaction": np.where(valid, answer, None),
    }


def _legs(run: CaseRun) -> dict[str, object]:
    """First dispatch, receipt and response, who leads, and the answer to the newest 督办."""
    found: dict[str, object] = {}
    for name, type_ in (
        ("dispatched_at", "dispatched"),
        ("received_at", "received"),
        ("responded_at", "responded"),
    ):
        first = run.next(run.of(type_), run.start)
        found[name] = _nullable(run.at[first], first >= 0)
    asked = run.last(run.of("supervised"))
    answered = run.next(run.of("supervision_answered"), asked)
    found["supervise_answered_at"] = _nullable(run.at[answered], answered >= 0)
    found["supervise_due"] = _nullable(run.deadline[asked], (asked >= 0) & run.has_deadline[asked])
    extended = run.last(run.of("extended"))
    found["extended_at"] = _nullable(run.at[extended], extended >= 0)
    leads = run.last(run.log["lead_level"].notna().to_numpy())
    level = run.log["lead_level"].to_numpy(object)[np.maximum(leads, 0)]
    found["lead_level"] = np.where(leads >= 0, level, None)
    return found


def _lights(held: Stages, category: np.ndarray, due: Limits, rules: Rules) -> dict[str, object]:
    """The stage, and when the light turns: by the stage's limit where the site goes by that."""
    by_stage = held.known & (rules.basis == "stage")
    known = by_stage | due.known
    return {
        "stage": stage_keys(category, held.place, rules.stage_limits),
        "stage_due": _nullable(held.due, held.known),
        "n_stage_late": held.n_late,
        "light_due": _nullable(np.where(by_stage, held.due, due.effective), known),
        "light_warn": _nullable(np.where(by_stage, held.warn, due.warn), known),
    }


def _as_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each row its end and drop those that did not last a second."""
    same = rows["case_id"].to_numpy()[:-1] == rows["case_id"].to_numpy()[1:]
    ends = np.where(np.r_[same, False], np.r_[rows["valid_from"].to_numpy()[1:], 0], FOREVER)
    rows = rows.assign(valid_to=ends)
    return rows[rows["valid_to"] > rows["valid_from"]].reset_index(drop=True)
