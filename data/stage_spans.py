"""The stages of one case one after the other, for those who want to see how each was counted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.case_run import CaseRun
from data.limits import limits, parking
from data.rules import Rules
from data.stage_limits import UNTIMED, StageLimit
from data.stages import NOWHERE, Stands, stage_keys, stages
from data.verdicts import verdicts
from data.working_time import WorkClock

EVENT = ["type", "at", "seq", "deadline", "limit_seconds", "limit_clock", "stage"]
NOW = "now"


@dataclass(frozen=True)
class StageSpan:
    """A stage from when to when, `ended` None while it runs; `limit` and `due` None without one.

    `counted` are seconds on the limit's clock, natural ones without a limit, parking left out.
    """

    key: str
    limit: StageLimit | None
    begun: int
    ended: int | None
    due: int | None
    counted: int
    is_late: bool


def stage_spans(
    events: pd.DataFrame, category_id: int, rules: Rules, clock: WorkClock | None, as_of: int
) -> list[StageSpan]:
    """The stages of a case up to `as_of`, oldest first; events: EVENT, those of this case only."""
    known = events.loc[events["at"] <= as_of].reindex(columns=EVENT)
    if known.empty or not rules.stage_limits.rows:
        return []
    # A last row that changes nothing tells how everything stands now.
    now = pd.DataFrame({"type": [NOW], "at": [as_of], "seq": [known["seq"].max() + 1]})
    log = pd.concat([known.astype(object), now.astype(object)], ignore_index=True)
    log = log.sort_values(["at", "seq"], kind="stable", ignore_index=True).assign(case_id=1)
    run = CaseRun(log, clock)
    accepted = run.last(run.of("accepted"))
    verdict = verdicts(run, accepted)
    parked = parking(run, (accepted >= 0) & (verdict == ""))
    whole = limits(run, parked, rules.warn_share)
    category = np.full(run.size, category_id)
    held = stages(run, category, verdict, parked, whole, rules.stage_limits, rules.warn_share)
    keys = stage_keys(category, held.place, rules.stage_limits)
    counted = Stands(run, parked, rules.stage_limits).counted
    last = run.size - 1
    edges = [*np.flatnonzero(held.moved).tolist(), last]
    found = []
    for row, end in zip(edges, [*edges[1:], last], strict=True):
        if row == last or held.place[row] == NOWHERE:
            continue
        runs, number = end == last, int(held.number[row])
        timed = held.known[end] if runs else held.was_timed[end]
        due = int(held.due[end] if runs else held.was_due[end])
        late = run.at[end] > due and not parked.now[end] if runs else held.was_late[end]
        found.append(
            StageSpan(
                key=str(keys[row]),
                limit=None if number == UNTIMED else rules.stage_limits.rows[number],
                begun=int(run.at[row]),
                ended=None if runs else int(run.at[end]),
                due=due if timed else None,
                counted=counted(number, row, end),
                is_late=bool(timed and late),
            )
        )
    return found
