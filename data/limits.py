"""Deadlines after each event of a case: limits, extensions and parking on the limit's own clock.

All arithmetic is done in seconds of that clock (domain.md §3.3): 工作时 and 工作日 stand still outside
the site's working windows, the others run day and night. What is printed is an instant, and what was
done after that instant is late, also when no work was due in between.
"""

from dataclasses import dataclass

import numpy as np

from data.case_run import CaseRun
from data.events import BEGINS, ENDS

Rows = np.ndarray


@dataclass(frozen=True)
class Parking:
    """Parked now; row it began at; natural seconds parked so far; the same in working time."""

    now: Rows
    began: Rows
    seconds: Rows
    worked: Rows


@dataclass(frozen=True)
class Limits:
    """Instants in epoch seconds; they mean something where `known`."""

    known: Rows
    original: Rows
    effective: Rows
    warn: Rows
    original_met_by: Rows
    clock: Rows


def parking(run: CaseRun, is_open: Rows) -> Parking:
    """When cases are parked; the clock stops from the first approval.

    However a case ends, its parking ends with it; only an open case can be parked.
    """
    approved = run.of("hung") & is_open
    ends = run.of("resumed", *ENDS)
    is_hung = run.last(approved) > run.last(ends)
    was_hung = run.before(is_hung.astype(np.int64), 0) == 1
    began = run.last(approved & ~was_hung)
    over = ends & was_hung
    since = np.maximum(began, 0)
    seconds = run.total(np.where(over, run.at - run.at[since], 0))
    worked = seconds
    if run.worked is not None:
        worked = run.total(np.where(over, run.worked - run.worked[since], 0))
    return Parking(is_hung, began, seconds, worked)


def limits(run: CaseRun, parked: Parking, warn_share: float) -> Limits:
    """Deadlines after each event: an extension moves the effective one, parking pushes it back.

    An event gives its deadline as an instant, or as seconds of its clock, or both; then the instant
    stands. A limit that begins or is extended during a parking is pushed by what is left of the
    parking only; an extension in seconds is added to the deadline there was.
    """
    begins = run.of(*BEGINS) & (run.has_deadline | run.has_limit)
    first = run.last(begins)
    known = first >= 0
    clock = run.clock_names()[np.maximum(first, 0)]
    working = known & run.is_working(np.where(known, clock, ""))
    now = run.on_clock(run.at, working)
    deadline = _given(run, begins, now, working)
    due = run.on_clock(deadline, working)
    paused = np.where(working, parked.worked, parked.seconds)
    # Of a parking that runs when a limit begins or is moved, what comes after is all that counts.
    parked_since = run.on_clock(run.at[np.maximum(parked.began, 0)], working)
    stood = paused + np.where(parked.now, now - parked_since, 0)
    started, stood_before = (values[np.maximum(first, 0)] for values in (now, stood))
    extends = run.of("extended") & known
    moves = extends & run.has_deadline
    newest = np.maximum(run.last(begins | moves), 0)
    added = run.total(np.where(extends & ~run.has_deadline & run.has_limit, run.limit, 0))
    push = np.maximum(paused - stood[newest], 0) + added - added[newest]
    effective = due[newest] + push
    paused_in_cycle = np.maximum(paused - stood_before, 0)
    begun = started + paused_in_cycle
    warn = begun + np.floor(warn_share * (effective - begun)).astype(np.int64)
    original, original_due = (values[np.maximum(first, 0)] for values in (deadline, due))

    def moved(given: Rows, by: Rows, to: Rows) -> Rows:
        """The deadline as it was given unless something moved it: it may lie outside windows."""
        return np.where(by > 0, run.instants(np.where(known, to, 0), working & (by > 0)), given)

    return Limits(
        known=known,
        original=original,
        effective=moved(deadline[newest], push, effective),
        warn=run.instants(np.where(known, warn, 0), working),
        original_met_by=moved(original, paused_in_cycle, original_due + paused_in_cycle),
        clock=np.where(known, clock, ""),
    )


def _given(run: CaseRun, begins: Rows, now: Rows, working: Rows) -> Rows:
    """The deadline each event names, as an instant; its own time where it names none."""
    counted = begins & ~run.has_deadline
    computed = run.instants(np.where(counted, now + run.limit, 0), working & counted)
    return np.where(counted, computed, np.where(run.has_deadline, run.deadline, run.at))
