"""Which course each case takes: who handles it, by when it is due, and what goes wrong with it."""

import numpy as np
import pandas as pd

from data.demo.calendar import DAY, Calendar
from data.demo.chance import stream
from data.demo.leads import set_leads
from data.demo.sizes import Size
from data.demo.terms import HOUR, NO_CLOCK, due, with_limits
from data.demo.vocabulary import Vocabulary
from data.working_time import WorkClock

RATES = {
    "rejected": 0.006,
    "merged": 0.008,
    "cancelled": 0.007,
    "extended": 0.025,
    "parked": 0.010,
    "returned": 0.023,
    "rework": 0.018,
    "supervised": 0.005,
    "reopened": 0.012,
    "late": 0.021,
    "timeless": 0.003,
    "tardy": 0.05,
    "unanswered": 0.02,
}
"""Chance of each for a case to which it can happen at all: most cannot happen to all cases."""
QUICK_THEMES = ("street", "waste", "hazard", "advert", "noise", "green")
ACCEPT_MINUTES_IN_GRID = 2.5
"""Where a citizen waits for an answer that is due within a quarter of an hour."""
STUCK = ("hung", "overdue", "supervised", "overdue", "extended", "hung", "overdue")
"""What the cases that stay open for good are, in turn."""


def plot_courses(
    cases: pd.DataFrame,
    office: np.ndarray,
    size: Size,
    days: Calendar,
    words: Vocabulary,
    clock: WorkClock,
    seed: int,
) -> pd.DataFrame:
    """Add the course to each case and leave out what is too much in the showcase window.

    office: for each case, the grid of the office level it lies in (position).

    Added: awaited (a citizen waits for an answer), department and wrong_department (ids, 0 = none),
    in_grid (the grid can settle it), accepted (epoch s), limit_clock (position in CLOCKS, NO_CLOCK =
    no limit), limit_seconds (of that clock) and limit (natural s; both NaN = none), fate (normal |
    rejected | merged | cancelled), flags for all that can happen, stuck ('' or kind), lead,
    escalated and lead_after (see data.demo.leads).
    """
    rng = stream(seed, "courses")
    public = words.sources["public"].to_numpy()[cases["source"]] == 1
    cases = cases.assign(office=office, awaited=public)
    table = with_limits(words.categories, clock.calendar)
    category = table.iloc[cases["category"]].reset_index(drop=True)
    on_the_spot = words.sources["self_handled"].to_numpy(np.float64)[cases["source"]]
    cases["self_handled"] = _self_handled(on_the_spot, category["theme"].to_numpy(str), rng)
    _set_departments(cases, category, words, rng)
    cases["in_grid"] = cases["self_handled"] | (category["seconds"] <= clock.calendar.day_seconds)
    _set_accepted(cases, words.sources["accept_minutes"].to_numpy(np.float64), rng)
    _set_limits(cases, category, clock, rng)
    cases["fate"] = _fates(cases, rng)
    _set_flags(cases, words, rng)
    cases = _fit_window(cases, size, days, rng)
    _end_in_time(cases, size, days)
    _set_stuck(cases, size, days, rng)
    set_leads(cases, words, seed)
    return _set_tests(cases, size, days, rng)


def _self_handled(chance: np.ndarray, theme: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whether the finder settles a case on the spot; chance: by its source."""
    quick = np.isin(theme, QUICK_THEMES)
    return rng.random(len(chance)) < chance * np.where(quick, 1.25, 0.35)


def _set_departments(
    cases: pd.DataFrame, category: pd.DataFrame, words: Vocabulary, rng: np.random.Generator
) -> None:
    """The office of the place or the department of the category; ids as in build order."""
    departments = len(words.departments)
    by_category = category["department"].map(words.department_ids()).to_numpy(np.int64)
    office = departments + 1 + cases["office"].to_numpy()
    local = rng.random(len(cases)) < category["street_share"].to_numpy(np.float64)
    local |= cases["self_handled"].to_numpy()
    cases["department"] = np.where(local, office, by_category)
    other = rng.integers(2, departments + 1, len(cases))
    cases["wrong_department"] = np.where(other == cases["department"], 1, other)


def _set_accepted(cases: pd.DataFrame, minutes: np.ndarray, rng: np.random.Generator) -> None:
    """When each case is accepted; minutes: how long that takes as a rule, by source."""
    minutes = minutes[cases["source"]]
    minutes = np.where(cases["awaited"] & cases["in_grid"], ACCEPT_MINUTES_IN_GRID, minutes)
    waited = np.clip(minutes * 60 * np.exp(rng.normal(0.0, 0.7, len(cases))), 45, 6 * HOUR)
    cases["accepted"] = cases["reported"] + waited.astype(np.int64)


def _set_limits(
    cases: pd.DataFrame, category: pd.DataFrame, clock: WorkClock, rng: np.random.Generator
) -> None:
    accepted, seconds, clocks = (
        column.to_numpy() for column in (cases["accepted"], category["seconds"], category["clock"])
    )
    timeless = rng.random(len(cases)) < RATES["timeless"]
    natural = due(clock, accepted, seconds, clocks) - accepted
    cases["limit_clock"] = np.where(timeless, NO_CLOCK, clocks)
    cases["limit_seconds"] = np.where(timeless, np.nan, seconds)
    cases["limit"] = np.where(timeless, np.nan, natural)


def _fates(cases: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    bounds = np.cumsum([RATES["rejected"], RATES["merged"], RATES["cancelled"]])
    drawn = np.searchsorted(bounds, rng.random(len(cases)), side="right")
    names = np.array(["rejected", "merged", "cancelled", "normal"], object)
    return np.where(cases["self_handled"], "normal", names[drawn])


def _set_flags(cases: pd.DataFrame, words: Vocabulary, rng: np.random.Generator) -> None:
    """What happens on the way; a case is not both parked and extended, and so on."""
    handled = (cases["fate"] == "normal") & ~cases["self_handled"]
    timed = handled & cases["limit"].notna()
    draw = {name: rng.random(len(cases)) < rate for name, rate in RATES.items()}
    trouble = _trouble(cases, words, rng)
    cases["late"] = timed & (rng.random(len(cases)) < np.minimum(RATES["late"] * trouble, 0.2))
    slow = timed & ~cases["in_grid"]
    cases["parked"] = slow & (rng.random(len(cases)) < RATES["parked"])
    cases["extended"] = slow & ~cases["parked"] & (rng.random(len(cases)) < RATES["extended"])
    plain = handled & ~cases["parked"] & ~cases["extended"]
    cases["rework"] = plain & draw["rework"]
    cases["returned"] = handled & draw["returned"]
    cases["supervised"] = handled & (
        draw["supervised"] | ((cases["late"] | cases["parked"]) & (rng.random(len(cases)) < 0.13))
    )
    cases["reopened"] = handled & ~cases["parked"] & draw["reopened"]
    cases["tardy"] = rng.random(len(cases)) < np.minimum(RATES["tardy"] * trouble, 0.3)
    cases["unanswered"] = draw["unanswered"]


def _trouble(cases: pd.DataFrame, words: Vocabulary, rng: np.random.Generator) -> np.ndarray:
    """How prone to lateness a case is by place, department and category; 1 is ordinary."""
    places = int(cases["office"].max()) + 1
    by_place = np.exp(rng.normal(-0.12, 0.5, places))
    by_category = np.exp(rng.normal(-0.05, 0.3, len(words.categories)))
    offices = rng.uniform(0.7, 1.3, places)
    by_department = np.r_[1.0, words.departments["lateness"].to_numpy(np.float64), offices]
    return np.asarray(
        by_place[cases["office"]]
        * by_category[cases["category"]]
        * by_department[cases["department"]]
    )


def _fit_window(
    cases: pd.DataFrame, size: Size, days: Calendar, rng: np.random.Generator
) -> pd.DataFrame:
    """Leave out just as many cases as are accepted in the window beyond the wanted number."""
    inside = _in_window(cases, days)
    cases.loc[inside & (cases["fate"] == "cancelled"), "fate"] = "normal"
    accepted = np.flatnonzero(inside & (cases["fate"] == "normal"))
    surplus = len(accepted) - size.window_accepted
    if surplus < 0:
        raise RuntimeError(f"the showcase window is {-surplus} cases short")
    out = rng.choice(accepted, surplus, replace=False)
    return cases.drop(index=cases.index[out]).reset_index(drop=True)


def _in_window(cases: pd.DataFrame, days: Calendar) -> np.ndarray:
    first, end = days.window_bounds()
    return np.asarray((cases["accepted"] >= first) & (cases["accepted"] < end))


def _end_in_time(cases: pd.DataFrame, size: Size, days: Calendar) -> None:
    """Spare cases of the window all that could keep them open until now; holidays stretch limits."""
    limit = cases["limit"].fillna(0)
    longest = (
        cases["parked"] * size.longest_park_days * DAY
        + cases["late"] * size.longest_delay_days * DAY
        + cases["extended"] * (1.4 * limit + 6 * DAY)
        + cases["reopened"] * 18 * DAY
    )
    close = cases["accepted"] + limit + longest > days.now - 2 * DAY
    close &= _in_window(cases, days)
    for name in ("parked", "late", "extended", "reopened"):
        cases[name] &= ~close


def _set_stuck(cases: pd.DataFrame, size: Size, days: Calendar, rng: np.random.Generator) -> None:
    """Choose the cases of the window that are never closed."""
    number = size.window_accepted - size.window_closed
    suited = _in_window(cases, days) & (cases["fate"] == "normal") & ~cases["self_handled"]
    suited &= cases["limit"].notna() & ~cases["in_grid"]
    order = np.flatnonzero(suited)[rng.permutation(int(suited.sum()))[:number]]
    stuck = np.full(len(cases), "", object)
    stuck[order] = [STUCK[i % len(STUCK)] for i in range(number)]
    cases["stuck"] = stuck
    cases["parked"] = np.where(stuck == "", cases["parked"], stuck == "hung")
    cases["extended"] = np.where(stuck == "", cases["extended"], stuck == "extended")
    cases["supervised"] = np.where(stuck == "", cases["supervised"], stuck == "supervised")
    cases["late"] = np.where(stuck == "", cases["late"], True)
    for name in ("rework", "reopened"):
        cases[name] &= stuck == ""


def _set_tests(
    cases: pd.DataFrame, size: Size, days: Calendar, rng: np.random.Generator
) -> pd.DataFrame:
    suited = ~_in_window(cases, days) & (cases["fate"] == "normal") & (cases["reported"] < days.now)
    cases["is_test"] = 0
    chosen = rng.choice(np.flatnonzero(suited), size.test_cases, replace=False)
    cases.loc[chosen, "is_test"] = 1
    return cases
