"""Which stage a case is in after each event, when that is due, and how many stages ended late.

Events move a case forward through the stages of data.stage_limits; only a return, rework and a
reopening lead back. A dispatch begins the handling, the newest one if there are several, and so does
rework: the limit of the whole case runs on meanwhile (domain.md §3.2). All arithmetic is that of
data.limits, on each stage's own clock.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.case_run import CaseRun
from data.limits import Limits, Parking, Rows
from data.stage_limits import (
    ACCEPT,
    CHECK,
    DISPATCH,
    HANDLE,
    MOST_STEPS,
    STAGES,
    UNTIMED,
    VERIFY,
    StageLimits,
)

FORWARD = {
    "reported": VERIFY,
    "verified": ACCEPT,
    "accepted": DISPATCH,
    "received": HANDLE,
    "handled": CHECK,
    "checked": CHECK + 1,
}
"""The stage that begins with an event unless the case is as far already."""

ANYWHERE = {"returned": DISPATCH, "reopened": DISPATCH, "dispatched": HANDLE, "rework": HANDLE}
"""The stage that begins with an event wherever the case was."""

DONE = len(STAGES) * MOST_STEPS
"""Checked but not closed: no stage runs."""
NOWHERE = -1
"""The place of a case that has ended, or of which nothing is known yet."""


@dataclass(frozen=True)
class Stages:
    """Where cases are after each event, and what the event itself made of the stage before it.

    `place` as in StageLimits, NOWHERE if no stage runs; `number` that of its limit. `due` and `warn`
    are instants where `known`. `moved`: the event began or ended a stage; `was_due`: when the ended
    one was due, where `was_timed`; `was_late`: it ended after that. `n_late` counts these since the
    case was reopened.
    """

    place: Rows
    number: Rows
    known: Rows
    due: Rows
    warn: Rows
    moved: Rows
    was_timed: Rows
    was_due: Rows
    was_late: Rows
    n_late: Rows


def stages(
    run: CaseRun,
    category: Rows,
    verdict: Rows,
    parked: Parking,
    whole: Limits,
    limits: StageLimits,
    warn_share: float,
) -> Stages:
    """The stages of these cases; `category` of each row, `verdict` from data.verdicts."""
    if not limits.rows:
        return _none(run.size)
    place = _places(run, category, verdict == "", limits)
    before = run.before(place, NOWHERE)
    begins = (place != NOWHERE) & (run.of(*ANYWHERE) | (place != before))
    begun = np.maximum(run.last(begins), 0)
    number = _looked_up(category, place, limits.limit_at, UNTIMED, np.int64)
    stands = Stands(run, parked, limits)
    # An extension is told of the whole case: the stage it was granted in may take as long as that.
    extended = run.last(run.of("extended"))
    due, warn = stands.due(number, begun, stands.paused, warn_share)
    longer = whole.known & (extended > begun) & (whole.effective > due)
    moved = begins | (place != before)
    ended = np.where(moved, run.before(number, UNTIMED), UNTIMED)
    was_begun = run.before(begun, 0)
    was_due, _ = stands.due(ended, was_begun, stands.stood, warn_share)
    was_longer = whole.known & (extended > was_begun) & (whole.effective > was_due)
    was_due = np.where(was_longer, whole.effective, was_due)
    # What was verified without a limit for it did not wait for its acceptance.
    verified = run.of("verified") & (before == VERIFY * MOST_STEPS)
    was_timed = (ended != UNTIMED) & ~(verified & _unverified(category, limits))
    was_late = was_timed & (run.at > was_due)
    return Stages(
        place=place,
        number=number,
        known=number != UNTIMED,
        due=np.where(longer, whole.effective, due),
        warn=np.where(longer, whole.warn, warn),
        moved=moved,
        was_timed=was_timed,
        was_due=was_due,
        was_late=was_late,
        n_late=_since_reopening(run, was_late),
    )


def _since_reopening(run: CaseRun, late: Rows) -> Rows:
    so_far = run.total(late.astype(np.int64))
    reopened = run.last(run.of("reopened"))
    return so_far - np.where(reopened >= 0, so_far[np.maximum(reopened, 0)], 0)


def stage_keys(category: Rows, place: Rows, limits: StageLimits) -> Rows:
    """What the stage at each place is called, None where there is none."""
    return _looked_up(category, place, limits.key_at, None, object)


def _none(size: int) -> Stages:
    nowhere, never = np.full(size, NOWHERE), np.zeros(size, bool)
    zero = np.zeros(size, np.int64)
    return Stages(nowhere, nowhere, never, zero, zero, never, never, zero, never, zero)


def _places(run: CaseRun, category: Rows, is_alive: Rows, limits: StageLimits) -> Rows:
    """The place of each case after each event, as far as its category has limits at all."""
    own = np.full(run.size, NOWHERE)
    for type_, stage in (FORWARD | ANYWHERE).items():
        own[run.of(type_)] = stage * MOST_STEPS
    # Reopened before it was ever accepted, a case waits for that as in the beginning.
    unaccepted = run.last(run.of("accepted")) < 0
    own[run.of("reopened") & unaccepted] = VERIFY * MOST_STEPS
    done = np.flatnonzero(run.of("step_done"))
    keys = run.log["stage"].iloc[done].tolist()
    for row, which, key in zip(done.tolist(), category[done].tolist(), keys, strict=True):
        if (step := limits.step_after(which, key)) is not None:
            own[row] = HANDLE * MOST_STEPS + step
    owners = {row.category_id for row in limits.rows}
    runs = is_alive & (None in owners or np.isin(category, [x for x in owners if x is not None]))
    own[~runs] = NOWHERE
    # Within a leg, from one setback to the next, a case only moves forward: a running maximum.
    fresh = run.start == np.arange(run.size)
    leg = np.cumsum(fresh | run.of(*ANYWHERE) | ~runs) * (DONE + MOST_STEPS)
    place = np.maximum.accumulate(leg + own + 1) - leg - 1
    return np.where(place >= DONE, NOWHERE, place)


def _unverified(category: Rows, limits: StageLimits) -> Rows:
    timed = {c: limits.has_limit(c, STAGES[VERIFY]) for c in np.unique(category).tolist()}
    return np.isin(category, [c for c, has_limit in timed.items() if not has_limit])


def _looked_up(
    category: Rows, place: Rows, look_up: Callable[[int, int], object], nothing: object, kind: type
) -> Rows:
    """`look_up` asked once for each pair of category and place."""
    pairs, distinct = pd.factorize(category * (DONE + MOST_STEPS) + place + 1)
    found = [
        nothing if at == 0 else look_up(which, at - 1)
        for which, at in (divmod(int(pair), DONE + MOST_STEPS) for pair in distinct)
    ]
    return np.array([*found, nothing], dtype=kind)[pairs]


class Stands:
    """How much cases stood still so far, parked, on both kinds of clocks: natural and working."""

    def __init__(self, run: CaseRun, parked: Parking, limits: StageLimits) -> None:
        self.run, self.limits = run, limits
        clocks = limits.clocks(np.arange(len(limits.rows)))
        self.is_working = np.append(run.is_working(clocks), False)
        worked = run.at if run.worked is None else run.worked
        self.now = run.at, worked
        self.paused = parked.seconds, parked.worked
        began = np.maximum(parked.began, 0)
        # Of a parking that runs when a stage begins, what comes after is all that counts.
        stood = (
            paused + np.where(parked.now, now - now[began], 0)
            for paused, now in zip(self.paused, self.now, strict=True)
        )
        self.stood = next(stood), next(stood)

    def due(
        self, number: Rows, begun: Rows, still: tuple[Rows, Rows], warn_share: float
    ) -> tuple[Rows, Rows]:
        """When limits of these numbers end that began at these rows, and when they turn yellow.

        `still`: how much each case stood still up to the row that is asked about, on both clocks.
        """
        working = self.is_working[number]
        natural, worked = (
            now[begun] + np.maximum(so_far - by_then[begun], 0)
            for now, so_far, by_then in zip(self.now, still, self.stood, strict=True)
        )
        start = np.where(working, worked, natural)
        limit = self.limits.seconds(number)
        warn = start + np.floor(warn_share * limit).astype(np.int64)
        due = self.run.instants(start + limit, working)
        return due, self.run.instants(warn, working)

    def counted(self, number: int, begun: int, until: int) -> int:
        """Seconds that counted between two rows for a limit of this number, natural if UNTIMED."""
        kind = int(self.is_working[number])
        now, stood = self.now[kind], self.stood[kind]
        return int(now[until] - now[begun] - max(stood[until] - stood[begun], 0))
