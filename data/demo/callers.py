"""Who calls: most once, some often, and some about the same thing until it is settled."""

import numpy as np
import pandas as pd

from data.caller_keys import caller_key
from data.demo.calendar import DAY
from data.demo.chance import pick, stream

CALLERS_PER_CASE = 0.85
TAIL = 1.8
"""Exponent by which few callers call often (Pareto)."""
AGAIN_SHARE = 0.05
AGAIN_DAYS = 60
"""So many calls are about what the same person reported before, at most so many days ago."""


def caller_keys(cases: pd.DataFrame, seed: int) -> np.ndarray:
    """The caller key of each case, None where nobody waits for an answer or is anonymous.

    cases are in the order of reporting, with category, office, reported, awaited, anonymous. Nobody
    is behind these keys: they are hashes of running numbers, the same for the same seed.
    """
    rng = stream(seed, "callers")
    known = np.flatnonzero(cases["awaited"].to_numpy(bool) & (cases["anonymous"] == 0).to_numpy())
    number = int(np.ceil(CALLERS_PER_CASE * len(known)))
    who = pick(rng, 1 + rng.pareto(TAIL, number), len(known)) if number else known
    again = rng.random(len(known)) < AGAIN_SHARE
    who = _persistent(cases.iloc[known], who, again)
    secret = f"demo {seed}".encode()
    hashed = {one: caller_key(secret, f"caller {one}") for one in np.unique(who).tolist()}
    keys = np.full(len(cases), None, object)
    keys[known] = [hashed[one] for one in who.tolist()]
    return keys


def _persistent(cases: pd.DataFrame, who: np.ndarray, again: np.ndarray) -> np.ndarray:
    """The callers, those `again` replaced by who last reported the like under the same office."""
    kind, office, at = (
        cases[name].to_numpy(np.int64) for name in ("category", "office", "reported")
    )
    order = np.lexsort((at, office, kind))
    like = (np.diff(kind[order]) == 0) & (np.diff(office[order]) == 0)
    recent = np.r_[False, like & (np.diff(at[order]) <= AGAIN_DAYS * DAY)] if len(order) else like
    first = np.where(again[order] & recent, 0, np.arange(len(order)))
    persistent = who.copy()
    persistent[order] = who[order][np.maximum.accumulate(first)]
    return persistent
