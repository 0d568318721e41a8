"""Call-backs after closing: who was asked, who could be reached and what they said."""

import numpy as np
import pandas as pd

from data.demo.calendar import DAY
from data.demo.chance import pick, stream
from data.demo.gaps import text_or_missing, whole_or_missing
from data.demo.steps import OFFSET, Times
from data.demo.terms import HOUR
from data.demo.vocabulary import Vocabulary

ASKED = 0.74
REACHED = 0.92
RATED = 0.98
UNHAPPY = 0.029
CHANNELS = ("电话", "短信", "APP", "上门")
CHANNEL_SHARES = (0.58, 0.24, 0.14, 0.04)
RESPONDED = 0.25
"""Of those who say that nothing was solved; the others have all been heard. Some 97 % altogether."""
HAPPY = ("very_satisfied", "satisfied", "basically_satisfied")
HAPPY_SHARES = (0.56, 0.36, 0.08)


def ask(cases: pd.DataFrame, times: Times, words: Vocabulary, seed: int) -> pd.DataFrame:
    """Surveys of closed cases that are not anonymous.

    Columns: case (position), cycle_no, surveyed_at, channel, reached, responded, solved,
    satisfaction.
    """
    rng = stream(seed, "surveys")
    due = (cases["fate"] == "normal") & (cases["stuck"] == "") & (cases["anonymous"] == 0)
    again = cases["reopened"].to_numpy(bool)
    unhappy = _unhappiness(cases, words, rng)
    first = _round(due.to_numpy(), times["closed"], unhappy, 1, rng)
    # The second call comes before the reopening that it leads to.
    early = again[first["case"]]
    latest = times["reopened"][first["case"]] - 600
    first["surveyed_at"] = np.where(
        early, np.minimum(first["surveyed_at"], latest), first["surveyed_at"]
    )
    wrong = early & (rng.random(len(first)) < 0.7)
    first.loc[wrong & (first["reached"] == 1), ["solved", "satisfaction"]] = [0, "dissatisfied"]
    second = _round(due.to_numpy() & again, times["closed_2"], unhappy * 2, 2, rng)
    rows = pd.concat([first, second], ignore_index=True)
    rows["surveyed_at"] = rows["surveyed_at"].astype(np.int64)
    return rows.sort_values(["case", "cycle_no"], kind="stable", ignore_index=True)


def _unhappiness(cases: pd.DataFrame, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    """Chance that an answer is unfavourable: by place, by category, and more so when late."""
    by_place = np.exp(rng.normal(-0.1, 0.45, int(cases["office"].max()) + 1))
    by_category = np.exp(rng.normal(-0.15, 0.5, len(words.categories)))
    factor = by_place[cases["office"]] * by_category[cases["category"]]
    factor = factor * np.where(cases["late"], 4.0, 1.0) * np.where(cases["self_handled"], 0.4, 1.0)
    return np.minimum(UNHAPPY * factor, 0.6)


def _round(
    due: np.ndarray, closed: np.ndarray, unhappy: np.ndarray, cycle: int, rng: np.random.Generator
) -> pd.DataFrame:
    case = np.flatnonzero(due & (rng.random(len(due)) < ASKED))
    number = len(case)
    reached = rng.random(number) < REACHED
    rated = reached & (rng.random(number) < RATED)
    bad = rng.random(number) < unhappy[case]
    good = np.array(HAPPY, object)[pick(rng, np.array(HAPPY_SHARES), number)]
    worse = np.where(rng.random(number) < 0.18, "very_dissatisfied", "dissatisfied")
    solved = np.where(bad, rng.random(number) < 0.35, rng.random(number) < 0.985)
    heard = solved | (rng.random(number) < RESPONDED)
    return pd.DataFrame(
        {
            "case": case,
            "cycle_no": cycle,
            "surveyed_at": _call_time(closed[case], rng),
            "channel": np.array(CHANNELS, object)[pick(rng, np.array(CHANNEL_SHARES), number)],
            "reached": reached.astype(np.int64),
            "responded": whole_or_missing(heard, ~reached),
            "solved": whole_or_missing(solved, ~reached),
            "satisfaction": text_or_missing(np.where(bad, worse, good), ~rated),
        }
    )


def _call_time(closed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Between an hour and four days after closing, from nine in the morning to eight at night."""
    at = closed + HOUR + rng.exponential(20 * HOUR, len(closed)).clip(0, 4 * DAY)
    hour = (at + OFFSET) % DAY / HOUR
    midnight = at - (at + OFFSET) % DAY
    morning = midnight + np.where(hour >= 20, DAY, 0) + rng.uniform(9.0, 12.0, len(at)) * HOUR
    return np.asarray(np.where((hour < 9) | (hour >= 20), morning, at))
