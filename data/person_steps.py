"""What persons did to cases, each step with the limit it had: the ground of their scores.

A person answers for their own time only: a step's limit runs from what put it in their hands, on the
clock of the stage limit, parking left out (data.limits). The page of a case counts whole stages
instead. A step counts once: what is done again without new cause has no time of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.case_run import CaseRun
from data.limits import Parking, limits, parking
from data.rules import Rules
from data.stage_limits import (
    ACCEPT,
    CHECK,
    DISPATCH,
    MOST_STEPS,
    STAGES,
    UNTIMED,
    VERIFY,
    StageLimits,
)
from data.stages import Stands
from data.verdicts import verdicts
from data.working_time import WorkClock


@dataclass(frozen=True)
class TimedStep:
    """`begins`: the newest of these events put the step in somebody's hands; `stage`: whose limit."""

    begins: tuple[str, ...]
    stage: int


TIMED = {
    "verify_sent": TimedStep(("reported",), VERIFY),
    "verified": TimedStep(("reported", "verify_sent"), VERIFY),
    "accepted": TimedStep(("reported", "verified"), ACCEPT),
    "dispatched": TimedStep(("accepted", "returned", "reopened"), DISPATCH),
    "check_sent": TimedStep(("handled",), CHECK),
    "checked": TimedStep(("handled", "check_sent"), CHECK),
}
"""发核实, 核实, 立案, 派遣, 发核查, 核查. 结案 has the limit of the whole case."""

DONE_BY = (*TIMED, "closed")
"""Events that are steps of somebody who is scored."""

_COURSE = ("accepted", "merged", "rejected", "cancelled", "closed", "reopened", "hung", "resumed")

READ = ["case_id", "seq", "type", "at", "actor", "deadline", "limit_seconds", "limit_clock"]
"""Columns of `case_event` that the steps are made of."""


def events_for(steps: Iterable[str]) -> tuple[str, ...]:
    """Types of the events without which these steps, their limits and their fate cannot be told."""
    found = dict.fromkeys((*_COURSE, *steps))
    for step in steps:
        if step in TIMED:
            found |= dict.fromkeys(TIMED[step].begins)
        if step == "closed":
            found |= dict.fromkeys(("extended",))
    return tuple(found)


def person_steps(
    events: pd.DataFrame, category: pd.Series, rules: Rules, clock: WorkClock | None
) -> pd.DataFrame:
    """One row for each step that names its actor: case_id, type, at, actor, is_timed, in_time, is_right.

    events: READ, those of `events_for` of the cases up to the instant that is asked for; category: id by
    case_id. `in_time` means something where `is_timed`. `is_right`: of a dispatch that it was not
    returned, of an acceptance that the case was not cancelled, merged or rejected since.
    """
    if events.empty:
        return pd.DataFrame(
            columns=["case_id", "type", "at", "actor", "is_timed", "in_time", "is_right"]
        )
    log = events.sort_values(["case_id", "at", "seq"], kind="stable", ignore_index=True)
    run = CaseRun(log, clock)
    accepted = run.last(run.of("accepted"))
    verdict = verdicts(run, accepted)
    parked = parking(run, (accepted >= 0) & (verdict == ""))
    whole = limits(run, parked, rules.warn_share)
    is_timed, in_time = _by_stage(run, log["case_id"].map(category).to_numpy(), parked, rules)
    closed = run.of("closed")
    is_timed |= closed & whole.known
    in_time = np.where(closed, run.at <= whole.effective, in_time)
    told = run.of(*DONE_BY) & log["actor"].notna().to_numpy()
    table = log[["case_id", "type", "at", "actor"]].assign(
        is_timed=is_timed, in_time=in_time, is_right=_right(run, verdict)
    )
    return table[told].reset_index(drop=True)


def _by_stage(
    run: CaseRun, category: np.ndarray, parked: Parking, rules: Rules
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each row is a step with a limit of its stage, and whether it kept it."""
    is_timed, in_time = np.zeros(run.size, bool), np.zeros(run.size, bool)
    held = rules.stage_limits
    stands = Stands(run, parked, held)
    for type_, step in TIMED.items():
        done = run.of(type_)
        begun = run.last(run.of(*step.begins))
        is_first = run.before(run.last(done), -1) < begun
        number = _numbers(held, category, step.stage)
        timed = done & is_first & (number != UNTIMED)
        due, _ = stands.due(number, np.maximum(begun, 0), stands.stood, rules.warn_share)
        is_timed |= timed
        in_time |= timed & (run.at <= due)
    return is_timed, in_time


def _numbers(held: StageLimits, category: np.ndarray, stage: int) -> np.ndarray:
    """The number of the limit that each row's category has for a stage, UNTIMED if none."""
    which, distinct = pd.factorize(category)
    found = [
        held.limit_at(int(one), stage * MOST_STEPS)
        if held.has_limit(int(one), STAGES[stage])
        else UNTIMED
        for one in distinct
    ]
    return np.array(found, np.int64)[which]


def _right(run: CaseRun, verdict: np.ndarray) -> np.ndarray:
    rows = np.arange(run.size)
    answered = run.next(run.of("returned", "dispatched"), rows + 1)
    returned = (answered >= 0) & run.of("returned")[np.maximum(answered, 0)]
    # The last word on a case, laid on each of its rows.
    last = np.r_[np.flatnonzero(run.start == rows)[1:], run.size] - 1
    final = verdict[last[np.searchsorted(last, rows)]]
    withdrawn = np.isin(final, ["void", "rejected"])
    return np.where(run.of("dispatched"), ~returned, ~withdrawn)
