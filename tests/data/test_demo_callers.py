"""Who calls in the demo: nobody real, the same for the same seed, some of them more than once."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from data.demo.calendar import DAY
from data.demo.callers import AGAIN_DAYS, caller_keys


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    """A year of twenty thousand cases, two in three of them of citizens."""
    rng = np.random.default_rng(5)
    number = 20_000
    return pd.DataFrame(
        {
            "category": rng.integers(0, 60, number),
            "office": rng.integers(0, 17, number),
            "reported": np.sort(rng.integers(0, 365 * DAY, number)),
            "awaited": rng.random(number) < 0.67,
            "anonymous": (rng.random(number) < 0.1).astype(int),
        }
    )


def test_named_citizens_have_a_key_and_nobody_else(calls):
    keys = caller_keys(calls, 17)
    named = calls["awaited"] & (calls["anonymous"] == 0)
    assert [key is not None for key in keys] == named.tolist()
    assert {len(key) for key in keys if key} == {32}


def test_most_call_once_and_some_often(calls):
    times = Counter(key for key in caller_keys(calls, 17) if key)
    assert 0.5 < sum(n == 1 for n in times.values()) / len(times) < 0.85
    assert 5 < max(times.values()) < 200


def test_some_call_again_about_the_same_thing(calls):
    rows = calls.assign(key=caller_keys(calls, 17)).dropna(subset="key")
    like = rows.groupby(["category", "office", "key"])["reported"]
    again = like.diff() <= AGAIN_DAYS * DAY
    assert 0.02 < again.mean() < 0.06


def test_same_seed_same_callers_other_seed_others(calls):
    assert caller_keys(calls, 17).tolist() == caller_keys(calls, 17).tolist()
    others = set(caller_keys(calls, 18)) - {None}
    assert not others & set(caller_keys(calls, 17))


def test_nobody_calls_where_nobody_waits(calls):
    assert set(caller_keys(calls.assign(awaited=False), 17)) == {None}
