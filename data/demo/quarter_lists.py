"""需求清单, 问题清单 and 服务清单 of each quarter in the made-up district (domain.md S4-15)."""

from datetime import date

import numpy as np
import pandas as pd

from data.days import day_number, day_of, day_start
from data.demo.chance import pick

DAY = 86_400
MATTERS = {
    "parking": "停车位不足",
    "lighting": "楼道照明损坏",
    "charging": "飞线充电反复",
    "waste": "垃圾投放点满溢",
    "drain": "下水道堵塞",
    "noise": "夜间噪声扰民",
    "care": "独居老人助餐",
    "renewal": "楼院设施老旧",
}
"""By key: what needs, problems, whistles, notes and missed problems are about."""
CLAIMS_OF_UNIT = (0.01, 0.41, 0.38, 0.16, 0.04)
"""Chances that a department claims none … four items in a quarter; one to three are the rule."""
CLAIMS_PER_PROBLEM, UNCLAIMED = 1.75, 0.06
NEEDS_PER_PROBLEM, UNMAPPED = 3.0, 0.15
IN_TIME, LATE = 0.86, 0.08
"""Shares of the claims done by the day they are due, and later; the rest stay undone."""


def quarter_lists(
    leaf: pd.DataFrame,
    departments: np.ndarray,
    days: np.ndarray,
    zone: str,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Needs, problems and claims of all quarters that `days` touch, as rows of `activity` to be.

    leaf: grid_id, mid_id; needs are heard in leaf grids, problems and claims kept by the mid grid.
    Problems name themselves by `key`, needs and claims name theirs by `of_key`. A problem is
    done when all of its claims are.
    """
    parts = []
    for quarter in sorted({_quarter(int(day)) for day in days}):
        year, number = divmod(quarter, 4)
        begin = day_start(day_number(date(year, 3 * number + 1, 1)), zone)
        claims_of = _shared_out(len(departments), rng)
        problems = _problems(leaf, claims_of, begin, quarter, rng)
        claims = _claims(problems, claims_of, departments, rng)
        counts = claims.groupby("of_key")["done_at"].agg(["size", "count", "max"])
        counts = counts.reindex(problems["key"].to_numpy(np.int64))
        over = (counts["size"] == counts["count"]).to_numpy()
        last = counts["max"].astype("Int64").array
        problems["done_at"] = pd.Series(last).where(over)
        parts += [_needs(leaf, problems, begin, rng), problems, claims]
    return pd.concat(parts, ignore_index=True)


def _quarter(day: int) -> int:
    """Quarters since the year 0."""
    return day_of(day).year * 4 + (day_of(day).month - 1) // 3


def _shared_out(departments: int, rng: np.random.Generator) -> pd.DataFrame:
    """Which department (position) claims which problem: each problem goes to one to three."""
    number = pick(rng, np.array(CLAIMS_OF_UNIT), departments)
    order = rng.permutation(departments)
    department = np.repeat(order, number[order])
    problems = max(1, round(len(department) / CLAIMS_PER_PROBLEM))
    # Dealt round by round, so that the claims of a department go to different problems.
    dealt = np.arange(len(department)) % problems
    table = pd.DataFrame({"problem": dealt, "department": department}).drop_duplicates()
    return table[table.groupby("problem").cumcount() < 3]


def _problems(
    leaf: pd.DataFrame, claims_of: pd.DataFrame, begin: int, quarter: int, rng: np.random.Generator
) -> pd.DataFrame:
    claimed = int(claims_of["problem"].max()) + 1 if len(claims_of) else 0
    number = claimed + max(1, round(UNCLAIMED * claimed))
    mids = np.unique(leaf["mid_id"].to_numpy(np.int64))
    matter = rng.integers(0, len(MATTERS), number)
    at = begin + rng.integers(16 * DAY, 26 * DAY, number)
    return pd.DataFrame(
        {
            "kind": "problem",
            "grid_id": mids[rng.integers(0, len(mids), number)],
            "part": np.array(list(MATTERS), object)[matter],
            "title": np.array(list(MATTERS.values()), object)[matter],
            "at": at,
            "due_at": at + 75 * DAY,
            "key": quarter * 100_000 + np.arange(number),
        }
    )


def _needs(
    leaf: pd.DataFrame, problems: pd.DataFrame, begin: int, rng: np.random.Generator
) -> pd.DataFrame:
    """What residents asked for; like the problem it is mapped to, and in a leaf grid below it."""
    number = len(problems) + int(rng.poisson((NEEDS_PER_PROBLEM - 1) * len(problems)))
    problem = np.r_[np.arange(len(problems)), rng.integers(0, len(problems), number)][:number]
    row = problems.iloc[problem].reset_index(drop=True)
    ids = leaf["grid_id"].to_numpy(np.int64)
    below = {mid: ids[rows] for mid, rows in leaf.groupby("mid_id").indices.items()}
    grid = [below[mid][int(at * len(below[mid]))] for mid, at in _draws(row["grid_id"], rng)]
    mapped = rng.random(number) >= UNMAPPED
    return pd.DataFrame(
        {
            "kind": "need",
            "grid_id": np.array(grid, np.int64),
            "part": row["part"],
            "title": row["title"],
            "at": begin + rng.integers(0, 15 * DAY, number),
            "of_key": row["key"].astype("Int64").where(mapped),
        }
    )


def _draws(mids: pd.Series, rng: np.random.Generator) -> list[tuple[int, float]]:
    return list(zip(mids.tolist(), rng.random(len(mids)).tolist(), strict=True))


def _claims(
    problems: pd.DataFrame,
    claims_of: pd.DataFrame,
    departments: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    number = len(claims_of)
    row = problems.iloc[claims_of["problem"]].reset_index(drop=True)
    at = row["at"].to_numpy(np.int64) + rng.integers(2 * DAY, 9 * DAY, number)
    limit = rng.integers(20, 56, number) * DAY
    fate = rng.random(number)
    share = np.where(fate < IN_TIME, rng.uniform(0.3, 1.0, number), rng.uniform(1.02, 1.5, number))
    done = pd.Series((at + share * limit).astype(np.int64), dtype="Int64")
    return pd.DataFrame(
        {
            "kind": "claim",
            "grid_id": row["grid_id"],
            "department_id": departments[claims_of["department"]],
            "part": row["part"],
            "title": row["title"],
            "at": at,
            "due_at": at + limit,
            "done_at": done.where(fate < IN_TIME + LATE),
            "of_key": row["key"].astype("Int64"),
        }
    )
