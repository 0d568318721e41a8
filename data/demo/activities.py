"""What is done in the made-up district besides cases: duty, patrols, lists, whistles (K22 … K28)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from data.days import day_number, day_of, day_start, local_days
from data.demo.chance import pick, stream
from data.demo.gaps import text_or_missing, whole_or_missing
from data.demo.quarter_lists import MATTERS, quarter_lists

MINUTE, HOUR, DAY = 60, 3600, 86_400
COLUMNS = {
    "activity_id": np.int64,
    "kind": object,
    "grid_id": np.int64,
    "department_id": "Int64",
    "part": object,
    "title": object,
    "at": np.int64,
    "day": np.int64,
    "due_at": "Int64",
    "done_at": "Int64",
    "amount": np.int64,
    "of_id": "Int64",
}
UNTOLD: dict[str, object] = {
    "department_id": pd.NA,
    "part": None,
    "title": None,
    "due_at": pd.NA,
    "done_at": pd.NA,
    "amount": 1,
    "key": pd.NA,
    "of_key": pd.NA,
}
"""What a row says of which its kind says nothing."""
FORCES = ("grid", "property", "enforcement", "market", "police")
FIRST_FORCE = 0.6
"""Share of the rosters that are the first force's; the others have the rest alike."""
PERSONS_PER_LEAF, WEEKEND = 0.12, 0.35
"""On duty on an ordinary day, and how many of them at a weekend."""
PATROLS, PATROL_EVERY_DAYS, FORGOTTEN = 40_000, 7, 0.03
"""Most patrols in all, how often a leaf is due otherwise, and share of leaves nobody plans."""
PATROL_DONE, PROBLEMS_PER_PATROL = 0.94, 1.1
LEDGER = ("加装电梯", "老旧管网改造", "口袋公园建设", "增设充电棚", "社区食堂建设", "背街小巷整治")
FOUND_BY = ("hotline", "inspection", "media", "video")
FOUND_WEIGHTS = (0.52, 0.24, 0.07, 0.17)


WHISTLES_PER_LEAF, NOTES_PER_LEAF, MISSED_PER_LEAF = 1 / 2400, 1 / 700, 1 / 3600
"""Per day; a small town has at least LEAST_PER_DAY of each, or its screens would be empty."""
LEAST_PER_DAY = 0.2
CONVERTIBLE, CONVERTED = 0.25, 0.7
"""Share of the notes that are matter for a case, and of them that became one."""


def activity_rows(
    leaf: pd.DataFrame,
    mid: pd.DataFrame,
    department_ids: Mapping[str, int],
    days: np.ndarray,
    now: int,
    zone: str,
    seed: int,
    forces: Sequence[str] = FORCES,
) -> pd.DataFrame:
    """Rows of `activity` by time, ids from 1; what begins after `now` does not exist yet.

    leaf: grid_id, code, mid_id (the mid grid above it); mid: grid_id, code, the level at which duty
    is rostered and lists are kept; department_ids: by code, those that claim and are whistled for;
    days: day numbers; now: epoch seconds; forces: keys, the grid workers' first.
    """
    town = _Town(leaf, mid, days, zone)
    departments = np.array(list(department_ids.values()), np.int64)
    parts = [
        _duty(town, forces, stream(seed, "duty")),
        _patrols(town, stream(seed, "patrols")),
        _ledger(town, stream(seed, "ledger")),
        _whistles(town, departments, stream(seed, "whistles")),
        _notes(town, stream(seed, "notes")),
        _missed(town, stream(seed, "missed")),
        quarter_lists(leaf, departments, days, zone, stream(seed, "lists")),
    ]
    return _numbered([part for part in parts if len(part)], now, zone)


@dataclass(frozen=True)
class _Town:
    """The grids, and the days with the epoch second at which each begins."""

    leaf: pd.DataFrame
    mid: pd.DataFrame
    days: np.ndarray
    zone: str

    @property
    def starts(self) -> np.ndarray:
        return np.array([day_start(int(day), self.zone) for day in self.days], np.int64)

    @property
    def weekend(self) -> np.ndarray:
        return np.array([day_of(int(day)).weekday() >= 5 for day in self.days])

    def happenings(self, per_leaf: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Grid and instant, between 7:30 and 21:00, of what happens by chance."""
        rate = max(LEAST_PER_DAY, per_leaf * len(self.leaf))
        day = np.repeat(np.arange(len(self.days)), rng.poisson(rate, len(self.days)))
        at = self.starts[day] + rng.integers(450 * MINUTE, 21 * HOUR, len(day))
        return self.leaf["grid_id"].to_numpy()[rng.integers(0, len(self.leaf), len(day))], at


def _duty(town: _Town, forces: Sequence[str], rng: np.random.Generator) -> pd.DataFrame:
    """One row per mid grid and day: the force that has the roster, and how many were there."""
    leaves = town.mid["grid_id"].map(town.leaf["mid_id"].value_counts()).fillna(0)
    usual = np.maximum(1.0, PERSONS_PER_LEAF * leaves.to_numpy(np.float64))
    grid, day = (axis.ravel() for axis in np.indices((len(town.mid), len(town.days))))
    present = usual[grid] * np.where(town.weekend[day], WEEKEND, 1.0)
    others = len(forces) - 1
    weights = np.r_[FIRST_FORCE, np.full(others, (1 - FIRST_FORCE) / max(others, 1))]
    force = pick(rng, weights, len(grid))
    return pd.DataFrame(
        {
            "kind": "duty",
            "grid_id": town.mid["grid_id"].to_numpy()[grid],
            "part": np.array(forces, object)[force],
            "at": town.starts[day] + 8 * HOUR,
            "done_at": town.starts[day] + 18 * HOUR,
            "amount": np.maximum(1, np.rint(present * rng.uniform(0.85, 1.1, len(grid)))),
        }
    )


def _patrols(town: _Town, rng: np.random.Generator) -> pd.DataFrame:
    """Leaf grids in turn, in a new order each round."""
    ids = town.leaf["grid_id"].to_numpy()
    kept = rng.permutation(ids)[round(FORGOTTEN * len(ids)) :]
    per_day = min(len(kept) / PATROL_EVERY_DAYS, PATROLS / len(town.days))
    number = int(per_day * len(town.days))
    rounds = -(-number // max(len(kept), 1))
    grid = np.concatenate([rng.permutation(kept) for _ in range(rounds)] or [kept])[:number]
    day = (np.arange(number) / per_day).astype(np.int64)
    at = town.starts[day] + rng.integers(510 * MINUTE, 17 * HOUR, number)
    done = rng.random(number) < PATROL_DONE
    took = rng.integers(20 * MINUTE, 90 * MINUTE, number)
    return pd.DataFrame(
        {
            "kind": "patrol",
            "grid_id": grid,
            "at": at,
            "done_at": _known(at + took, done),
            "amount": np.where(done, rng.poisson(PROBLEMS_PER_PATROL, number), 0),
        }
    )


def _ledger(town: _Town, rng: np.random.Generator) -> pd.DataFrame:
    """民生实事账本: entered mostly early in the year, due by its end; amount = entries made since."""
    dates = [day_of(int(day)) for day in town.days]
    weight = np.array([2.5 if one.month <= 3 else 0.6 for one in dates])
    number = max(3, round(len(town.mid) * 7 * len(dates) / 365))
    day = np.sort(pick(rng, weight, number))
    ends = [day_number(date(one.year + 1, 1, 1)) for one in dates]
    year_end = np.array([day_start(end, town.zone) for end in ends], np.int64)[day]
    at = town.starts[day] + 10 * HOUR
    took = rng.integers(30 * DAY, 240 * DAY, number)
    return pd.DataFrame(
        {
            "kind": "ledger",
            "grid_id": town.mid["grid_id"].to_numpy()[rng.integers(0, len(town.mid), number)],
            "part": "livelihood",
            "title": np.array(LEDGER, object)[rng.integers(0, len(LEDGER), number)],
            "at": at,
            "due_at": year_end,
            "done_at": _known(at + took, rng.random(number) < 0.86),
            "amount": rng.integers(0, 7, number),
        }
    )


def _whistles(town: _Town, departments: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """One row per department whistled for; the later ones of one whistle belong to its first."""
    grid, at = town.happenings(WHISTLES_PER_LEAF, rng)
    wanted = np.minimum(1 + rng.binomial(2, 0.4, len(at)), len(departments))
    called = [rng.permutation(departments)[:count] for count in wanted]
    whistle = np.repeat(np.arange(len(at)), wanted)
    number = len(whistle)
    first = np.searchsorted(whistle, whistle)
    limit = rng.integers(1, 5, number) * 30 * MINUTE
    came = rng.random(number)
    share = np.where(came < 0.93, rng.uniform(0.2, 1.0, number), rng.uniform(1.05, 2.5, number))
    return pd.DataFrame(
        {
            "kind": "whistle",
            "grid_id": grid[whistle],
            "department_id": np.concatenate([np.empty(0, np.int64), *called]),
            **_matter(rng.integers(0, len(MATTERS), len(at))[whistle]),
            "at": at[whistle],
            "due_at": at[whistle] + limit,
            "done_at": _known(at[whistle] + share * limit, came < 0.985),
            "key": -1 - np.arange(number),
            "of_key": _known(-1 - first, first != np.arange(number)),
        }
    )


def _notes(town: _Town, rng: np.random.Generator) -> pd.DataFrame:
    """随手记; amount 1 = matter for a case, to be made of it within two days."""
    grid, at = town.happenings(NOTES_PER_LEAF, rng)
    number = len(at)
    matter = rng.random(number) < CONVERTIBLE
    done = matter & (rng.random(number) < CONVERTED)
    return pd.DataFrame(
        {
            "kind": "note",
            "grid_id": grid,
            **_matter(rng.integers(0, len(MATTERS), number)),
            "at": at,
            "due_at": _known(at + 2 * DAY, matter),
            "done_at": _known(at + rng.exponential(14 * HOUR, number), done),
            "amount": matter.astype(np.int64),
        }
    )


def _missed(town: _Town, rng: np.random.Generator) -> pd.DataFrame:
    """漏报; part = by whom it was found first."""
    grid, at = town.happenings(MISSED_PER_LEAF, rng)
    found = pick(rng, np.array(FOUND_WEIGHTS), len(at))
    return pd.DataFrame(
        {
            "kind": "missed",
            "grid_id": grid,
            "part": np.array(FOUND_BY, object)[found],
            "title": _matter(rng.integers(0, len(MATTERS), len(at)))["title"],
            "at": at,
        }
    )


def _matter(position: np.ndarray) -> dict[str, np.ndarray]:
    keys, titles = np.array(list(MATTERS), object), np.array(list(MATTERS.values()), object)
    return {"part": keys[position], "title": titles[position]}


def _known(values: np.ndarray, known: np.ndarray) -> pd.arrays.IntegerArray:
    return whole_or_missing(values, ~known)


def _numbered(parts: list[pd.DataFrame], now: int, zone: str) -> pd.DataFrame:
    """All rows that have begun, by time; what a row belongs to is named by id instead of key."""
    whole = {"department_id", "due_at", "done_at", "key", "of_key"}
    rows = pd.concat(
        [
            part.assign(**{name: value for name, value in UNTOLD.items() if name not in part})
            .astype(dict.fromkeys(whole, "Int64"))
            .reset_index(drop=True)
            for part in parts
        ],
        ignore_index=True,
    )
    rows = rows[rows["at"] <= now].sort_values(["at", "kind", "grid_id"], kind="stable")
    rows = rows.reset_index(drop=True).assign(activity_id=np.arange(1, len(rows) + 1))
    named = rows[rows["key"].notna()]
    ids = pd.Series(named["activity_id"].to_numpy(), index=named["key"].to_numpy(np.int64))
    rows["of_id"] = rows["of_key"].map(ids).astype("Int64")
    claims = rows.loc[rows["kind"] == "claim", "of_id"].value_counts()
    claimed = rows["activity_id"].map(claims).fillna(0)
    rows["amount"] = rows["amount"].where(rows["kind"] != "problem", claimed)
    rows["done_at"] = rows["done_at"].mask(rows["done_at"] > now)
    rows["day"] = local_days(rows["at"], zone)
    for name in ("part", "title"):
        rows[name] = text_or_missing(rows[name].to_numpy(object), rows[name].isna().to_numpy())
    return rows[list(COLUMNS)].astype(COLUMNS)
