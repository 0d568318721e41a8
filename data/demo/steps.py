"""When each step of a case happens: all times as arrays, one entry per case, epoch seconds."""

import numpy as np
import pandas as pd

from data.demo.calendar import DAY
from data.demo.chance import stream
from data.demo.sizes import Size

HOUR = 3600
USUAL_LIMIT = 72 * HOUR
"""Stands in for the limit of a case that has none."""
SHORTEST = 25 * 60
OFFSET = 8 * HOUR
"""Asia/Shanghai against UTC."""
OPENS, SHUTS = 7.5, 21.5
"""Hours of the day between which cases are closed as a rule."""

Times = dict[str, np.ndarray]


def time_steps(cases: pd.DataFrame, size: Size, seed: int) -> Times:
    """Times of all steps a case could take; which of them it does take is in its course."""
    rng = stream(seed, "steps")
    accepted = cases["accepted"].to_numpy(np.float64)
    limit = cases["limit"].fillna(USUAL_LIMIT).to_numpy(np.float64)
    longer = np.where(
        cases["extended"], np.maximum(limit * _between(rng, limit, 0.6, 1.4), DAY), 0.0
    )
    closed = accepted + _duration(cases, limit, longer, size, rng)
    due = accepted + limit + longer
    own_pace = cases["self_handled"].to_numpy() | cases["parked"].to_numpy()
    closed = np.where(own_pace, closed, _by_day(closed, accepted, due, rng))
    times = _way(accepted, closed, rng)
    times["extension_requested"] = accepted + limit * _between(rng, limit, 0.55, 0.75)
    times["extended"] = times["extension_requested"] + np.minimum(
        0.08 * limit, _between(rng, limit, HOUR, 5 * HOUR)
    )
    times["deadline"] = np.where(cases["limit"].isna(), np.nan, accepted + limit)
    times["new_deadline"] = due
    _park(times, cases, size, rng)
    _supervise(times, cases, rng)
    _settle_on_the_spot(times, cases)
    spread = times["handled"] - accepted
    times["cancelled"] = accepted + spread * _between(rng, limit, 0.2, 0.7)
    times["reported"] = cases["reported"].to_numpy(np.float64)
    times["accepted"] = times["rejected"] = times["merged"] = accepted
    times |= _second_round(times["closed"], limit, rng)
    return {
        name: np.floor(at) if name.endswith("deadline") else np.rint(at)
        for name, at in times.items()
    }


def _between(rng: np.random.Generator, like: np.ndarray, low: float, high: float) -> np.ndarray:
    return rng.uniform(low, high, len(like))


def _duration(
    cases: pd.DataFrame, limit: np.ndarray, longer: np.ndarray, size: Size, rng: np.random.Generator
) -> np.ndarray:
    """Seconds from acceptance to closing, parking left out."""
    usual = limit * rng.beta(1.9, 1.9, len(limit)) * 0.97
    # An extended case is closed after its first deadline and before its new one.
    second = limit * 1.06 + (longer - 0.08 * limit) * _between(rng, limit, 0.0, 0.9)
    usual = np.where(cases["extended"], second, usual)
    delay = np.exp(rng.normal(np.log(34 * HOUR), 1.1, len(limit)))
    delay = np.clip(delay, SHORTEST, size.longest_delay_days * DAY)
    spot = _between(rng, limit, 3 * 60, 24 * 60)
    duration = np.maximum(np.where(cases["late"], limit + longer + delay, usual), SHORTEST)
    return np.where(cases["self_handled"], spot, duration)


def _by_day(
    closed: np.ndarray, accepted: np.ndarray, due: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Move a closing at night to the morning after or, where that is too late, the evening before."""
    hour = (closed + OFFSET) % DAY / HOUR
    midnight = closed - (closed + OFFSET) % DAY
    night = (hour < OPENS) | (hour > SHUTS)
    next_day = midnight + np.where(hour > SHUTS, DAY, 0)
    morning = next_day + _between(rng, closed, 8.0, 10.8) * HOUR
    evening = next_day - DAY + _between(rng, closed, 17.0, 21.0) * HOUR
    wait = night & ((morning <= due) | (closed > due))
    hurry = night & ~wait & (evening > accepted + SHORTEST)
    return np.where(wait, morning, np.where(hurry, evening, closed))


def _way(start: np.ndarray, closed: np.ndarray, rng: np.random.Generator) -> Times:
    """The steps from the start of a round to its closing, in order and never at the same second."""
    whole = closed - start

    def step(share: float, low: float, high: float) -> np.ndarray:
        return np.minimum(share * whole, _between(rng, whole, low, high))

    dispatched = start + step(0.08, 150, 2400)
    received = dispatched + step(0.10, 300, 7200)
    responded = received + step(0.08, 300, 5400)
    end = step(0.15, 1500, 4 * HOUR)
    handled = closed - end
    first = handled - responded
    return {
        "dispatched": dispatched,
        "returned": dispatched + 0.35 * (received - dispatched),
        "dispatched_again": dispatched + 0.65 * (received - dispatched),
        "received": received,
        "responded": responded,
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


def _supervise(times: Times, cases: pd.DataFrame, rng: np.random.Generator) -> None:
    parked = cases["parked"].to_numpy()
    begin = np.where(parked, times["hung"], times["responded"])
    end = np.where(parked, times["resumed"], times["handled"])
    times["supervised"] = begin + (end - begin) * _between(rng, begin, 0.35, 0.75)
    times["supervision_answered"] = times["supervised"] + 0.5 * (end - times["supervised"])


def _settle_on_the_spot(times: Times, cases: pd.DataFrame) -> None:
    spot = cases["self_handled"].to_numpy()
    accepted = cases["accepted"].to_numpy(np.float64)
    handled = accepted + 0.8 * (times["closed"] - accepted)
    times["handled"] = np.where(spot, handled, times["handled"])


def _second_round(closed: np.ndarray, limit: np.ndarray, rng: np.random.Generator) -> Times:
    """The steps after a reopening, one to six days after the first closing."""
    midnight = closed - (closed + OFFSET) % DAY
    reopened = (
        midnight + (rng.integers(1, 7, len(closed)) * 24 + _between(rng, closed, 9.0, 17.0)) * HOUR
    )
    limit = np.clip(limit, 24 * HOUR, 72 * HOUR)
    late = rng.random(len(closed)) < 0.05
    share = np.where(late, _between(rng, closed, 1.1, 2.0), rng.beta(1.6, 2.4, len(closed)) * 0.96)
    due = reopened + limit
    ended = _by_day(reopened + np.maximum(limit * share, SHORTEST), reopened, due, rng)
    again = {f"{name}_2": at for name, at in _way(reopened, ended, rng).items()}
    return again | {"reopened": reopened, "deadline_2": due}
