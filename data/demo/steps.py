"""When each step of a case happens: all times as arrays, one entry per case, epoch seconds."""

import numpy as np
import pandas as pd

from data.demo.calendar import DAY
from data.demo.chance import stream
from data.demo.sizes import Size
from data.demo.terms import HOUR, due, one_day
from data.events import GRID_RESPONSE, UPPER_RESPONSE
from data.working_time import WorkClock

USUAL_LIMIT = 72 * HOUR
"""Stands in for the limit of a case that has none."""
SHORTEST = 25 * 60
OFFSET = 8 * HOUR
"""Asia/Shanghai against UTC."""
OPENS, SHUTS = 7.5, 21.5
"""Hours of the day between which cases are closed as a rule."""
LEGS = ((150, 2400), (300, 7200), (300, 5400))
"""Seconds that dispatch, receipt and first response take at most, from one to the other."""
LEGS_HURRIED = ((20, 120), (30, 180), (60, 360))
"""The same where the grid owes a citizen an answer within a quarter of an hour."""
REPLY_DAYS = 2
"""Working days in which a supervision is to be answered."""

Times = dict[str, np.ndarray]


def time_steps(cases: pd.DataFrame, size: Size, clock: WorkClock, seed: int) -> Times:
    """Times of all steps a case could take; which of them it does take is in its course.

    Among them are the limits in seconds of their clock (limit_seconds, limit_seconds_2); these and
    the deadlines are NaN for a case without a limit.
    """
    rng = stream(seed, "steps")
    accepted = cases["accepted"].to_numpy(np.float64)
    limit = cases["limit"].fillna(USUAL_LIMIT).to_numpy(np.float64)
    longer = _extension(cases, accepted + limit, clock, rng)
    closed = accepted + _duration(cases, limit, longer, size, rng)
    last_due = accepted + limit + longer
    own_pace = cases["self_handled"].to_numpy() | cases["parked"].to_numpy()
    closed = np.where(own_pace, closed, _by_day(closed, accepted, last_due, rng))
    hurried = (cases["awaited"] & cases["in_grid"]).to_numpy(bool)
    times = _way(accepted, closed, rng, hurried, _unanswered_until(cases, rng))
    times["extension_requested"] = accepted + limit * _between(rng, limit, 0.55, 0.75)
    times["extended"] = times["extension_requested"] + np.minimum(
        0.08 * limit, _between(rng, limit, HOUR, 5 * HOUR)
    )
    times["deadline"] = accepted + limit
    times["limit_seconds"] = cases["limit_seconds"].to_numpy(np.float64)
    times["new_deadline"] = last_due
    _park(times, cases, size, rng)
    _supervise(times, cases, clock, rng)
    _settle_on_the_spot(times, cases)
    spread = times["handled"] - accepted
    times["cancelled"] = accepted + spread * _between(rng, limit, 0.2, 0.7)
    times["reported"] = cases["reported"].to_numpy(np.float64)
    times["accepted"] = times["rejected"] = times["merged"] = accepted
    times |= _second_round(times["closed"], cases, clock, rng)
    for name in ("deadline", "deadline_2", "limit_seconds_2"):
        times[name] = np.where(cases["limit"].isna(), np.nan, times[name])
    return {name: np.rint(at) for name, at in times.items()}


def _between(rng: np.random.Generator, like: np.ndarray, low: float, high: float) -> np.ndarray:
    return rng.uniform(low, high, len(like))


def _extension(
    cases: pd.DataFrame, deadline: np.ndarray, clock: WorkClock, rng: np.random.Generator
) -> np.ndarray:
    """Natural seconds by which the deadline of extended cases moves: whole hours on its clock."""
    clocks = cases["limit_clock"].to_numpy()
    limit = cases["limit_seconds"].fillna(0).to_numpy()
    more = np.maximum(limit * _between(rng, limit, 0.6, 1.4), one_day(clock, clocks))
    more = np.where(cases["extended"], np.rint(more / HOUR) * HOUR, 0.0)
    return due(clock, deadline, more, clocks) - deadline


def _unanswered_until(cases: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Until when tardy cases leave their citizen waiting, if they take that long; 0 for others."""
    in_time = np.where(cases["in_grid"], GRID_RESPONSE, UPPER_RESPONSE)
    waits = cases["reported"] + in_time * _between(rng, in_time, 1.05, 3.0)
    return np.where(cases["tardy"], waits, 0.0)


def _duration(
    cases: pd.DataFrame, limit: np.ndarray, longer: np.ndarray, size: Size, rng: np.random.Generator
) -> np.ndarray:
    """Seconds from acceptance to closing, parking left out."""
    usual = limit * rng.beta(1.9, 1.9, len(limit)) * 0.97
    # An extended case is closed after its first deadline and before its new one.
    second = limit + longer * _between(rng, limit, 0.1, 0.92)
    usual = np.where(cases["extended"], second, usual)
    delay = np.exp(rng.normal(np.log(34 * HOUR), 1.1, len(limit)))
    delay = np.clip(delay, SHORTEST, size.longest_delay_days * DAY)
    spot = _between(rng, limit, 3 * 60, 24 * 60)
    duration = np.maximum(np.where(cases["late"], limit + longer + delay, usual), SHORTEST)
    return np.where(cases["self_handled"], spot, duration)


def _by_day(
    closed: np.ndarray, accepted: np.ndarray, last_due: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Move a closing at night to the morning after or, where that is too late, the evening before."""
    hour = (closed + OFFSET) % DAY / HOUR
    midnight = closed - (closed + OFFSET) % DAY
    night = (hour < OPENS) | (hour > SHUTS)
    next_day = midnight + np.where(hour > SHUTS, DAY, 0)
    morning = next_day + _between(rng, closed, 8.0, 10.8) * HOUR
    evening = next_day - DAY + _between(rng, closed, 17.0, 21.0) * HOUR
    wait = night & ((morning <= last_due) | (closed > last_due))
    hurry = night & ~wait & (evening > accepted + SHORTEST)
    return np.where(wait, morning, np.where(hurry, evening, closed))


def _way(
    start: np.ndarray,
    closed: np.ndarray,
    rng: np.random.Generator,
    hurried: np.ndarray,
    unanswered_until: np.ndarray,
) -> Times:
    """The steps from the start of a round to its closing, in order and never at the same second."""
    whole = closed - start
    legs = np.where(hurried, np.array(LEGS_HURRIED)[..., None], np.array(LEGS)[..., None])

    def step(share: float, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
        return np.minimum(share * whole, rng.uniform(low, high, len(whole)))

    dispatched = start + step(0.08, *legs[0])
    received = dispatched + step(0.10, *legs[1])
    responded = received + step(0.08, *legs[2])
    end = step(0.15, 1500, 4 * HOUR)
    handled = closed - end
    latest = responded + 0.6 * (handled - responded)
    responded = np.maximum(responded, np.minimum(unanswered_until, latest))
    first = handled - responded
    return {
        "dispatched": dispatched,
        "returned": dispatched + 0.35 * (received - dispatched),
        "dispatched_again": dispatched + 0.65 * (received - dispatched),
        "received": received,
        "responded": responded,
        "escalated": responded + first * _between(rng, whole, 0.03, 0.15),
        "first_handled": responded + 0.5 * first,
        "first_checked": responded + 0.6 * first,
        "rework": responded + 0.65 * first,
        "handled": handled,
        "checked": closed - end * _between(rng, whole, 0.25, 0.6),
        "closed": closed,
    }


def _park(times: Times, cases: pd.DataFrame, size: Size, rng: np.random.Generator) -> None:
    """Stop the clock of parked cases for a while: all that follows is that much later."""
    rest = times["handled"] - times["responded"]
    times["hang_requested"] = times["responded"] + 0.2 * rest
    times["hung"] = times["responded"] + 0.3 * rest
    length = np.exp(rng.normal(np.log(0.24 * size.longest_park_days * DAY), 0.7, len(rest)))
    pause = np.clip(length, 0.4 * DAY, size.longest_park_days * DAY)
    pause = np.where(cases["parked"], pause, 0.0)
    times["resumed"] = times["hung"] + pause
    for name in ("handled", "checked", "closed"):
        times[name] = times[name] + pause


def _supervise(
    times: Times, cases: pd.DataFrame, clock: WorkClock, rng: np.random.Generator
) -> None:
    """Supervisions with the instant by which they want an answer; most get it by then."""
    parked = cases["parked"].to_numpy()
    begin = np.where(parked, times["hung"], times["responded"])
    end = np.where(parked, times["resumed"], times["handled"])
    asked = np.rint(begin + (end - begin) * _between(rng, begin, 0.35, 0.75))
    seconds = np.array(REPLY_DAYS * clock.calendar.day_seconds)
    reply_due = clock.deadline(asked.astype(np.int64), seconds)
    late = rng.random(len(asked)) < 0.2
    share = np.where(late, _between(rng, asked, 1.05, 1.8), _between(rng, asked, 0.15, 0.95))
    answered = asked + np.minimum(0.9 * (end - asked), share * (reply_due - asked))
    times |= {"supervised": asked, "reply_due": reply_due, "supervision_answered": answered}


def _settle_on_the_spot(times: Times, cases: pd.DataFrame) -> None:
    spot = cases["self_handled"].to_numpy()
    accepted = cases["accepted"].to_numpy(np.float64)
    handled = accepted + 0.8 * (times["closed"] - accepted)
    times["handled"] = np.where(spot, handled, times["handled"])


def _second_round(
    closed: np.ndarray, cases: pd.DataFrame, clock: WorkClock, rng: np.random.Generator
) -> Times:
    """The steps after a reopening, one to six days after the first closing.

    The limit runs anew on the clock it had, for one to three days of that clock.
    """
    midnight = closed - (closed + OFFSET) % DAY
    hours = rng.integers(1, 7, len(closed)) * 24 + _between(rng, closed, 9.0, 17.0)
    reopened = np.rint(midnight + hours * HOUR)
    clocks = cases["limit_clock"].to_numpy()
    day = one_day(clock, clocks)
    seconds = np.clip(cases["limit_seconds"].fillna(USUAL_LIMIT).to_numpy(), day, 3 * day)
    deadline = due(clock, reopened, seconds, clocks)
    limit = deadline - reopened
    late = rng.random(len(closed)) < 0.05
    share = np.where(late, _between(rng, closed, 1.1, 2.0), rng.beta(1.6, 2.4, len(closed)) * 0.96)
    ended = _by_day(reopened + np.maximum(limit * share, SHORTEST), reopened, deadline, rng)
    nobody = np.zeros(len(closed), bool)
    again = {f"{name}_2": at for name, at in _way(reopened, ended, rng, nobody, nobody).items()}
    return again | {"reopened": reopened, "deadline_2": deadline, "limit_seconds_2": seconds}
