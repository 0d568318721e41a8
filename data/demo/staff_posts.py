"""Posts of the made-up district and who fills them: no name or telephone number of anybody."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from data.demo.chance import stream
from data.demo.gaps import text_or_missing


class LevelPlan(TypedDict, total=False):
    """The posts of every grid of a level.

    posts: (role, duty mode, how many); staff: how many work there in all, posts included; forces
    and teams: keys they are taken from in turn.
    """

    posts: Sequence[tuple[str, str, int]]
    staff: int
    forces: Sequence[str]
    teams: Sequence[str]


MEMBER = "member"
"""Role of who works at a grid without a post of their own."""
SURNAMES = "岚砚汀霁荻棹岫渚漪澜筠萤蘅芷曦昱沅淅"
"""None of them is a surname in use, so that nobody is named by chance."""
VACANT, WITHOUT_PHONE = 0.03, 0.01
RESIDENT_FORCES = 5
"""So many of the forces stay at the station, the others report in (常驻 / 报到, S0-08)."""
ON_DUTY = {"resident": 0.84, "reporting": 0.55, "part_time": 0.35}


def staff_rows(grids: pd.DataFrame, plan: Mapping[str, LevelPlan], seed: int) -> pd.DataFrame:
    """Rows of `staff`: every post of every grid, name and telephone missing where it is vacant.

    grids: grid_id, code, level_key, and if wanted `quota`, which takes the place of the plan's
    `staff` where it is known. plan: by level key; grids of other levels have no posts.
    """
    rng = stream(seed, "staff")
    parts = [
        _posts_of(grid, plan[grid["level_key"]])
        for grid in grids.to_dict("records")
        if grid["level_key"] in plan
    ]
    rows = pd.DataFrame(
        [row for part in parts for row in part],
        columns=["grid_id", "code", "role", "force", "team", "duty_mode"],
    )
    number = len(rows)
    vacant = rng.random(number) < VACANT
    present = rng.random(number) < rows["duty_mode"].map(ON_DUTY).to_numpy(np.float64)
    silent = vacant | (rng.random(number) < WITHOUT_PHONE)
    return rows.assign(
        staff_id=np.arange(1, number + 1),
        force=_gaps_as_none(rows["force"]),
        team=_gaps_as_none(rows["team"]),
        name=text_or_missing(_names(number, rng), vacant),
        phone=text_or_missing(_phones(number), silent),
        on_duty=(present & ~vacant).astype(np.int64),
    )


def _posts_of(grid: dict, plan: LevelPlan) -> list[tuple]:
    """(grid id, code, role, force, team, duty mode) of each post of one grid."""
    roles = [(role, mode) for role, mode, count in plan.get("posts", ()) for _ in range(count)]
    forces, teams = plan.get("forces", ()), plan.get("teams", ())
    quota = grid.get("quota")
    total = plan.get("staff", 0) if quota is None or pd.isna(quota) else int(quota)
    rows: list[tuple] = [
        (grid["grid_id"], f"{grid['code']}-{number:02d}", role, None, None, mode)
        for number, (role, mode) in enumerate(roles, start=1)
    ]
    for number in range(total - len(roles)):
        force = number % len(forces) if forces else 0
        rows.append(
            (
                grid["grid_id"],
                f"{grid['code']}-{len(roles) + number + 1:02d}",
                MEMBER,
                forces[force] if forces else None,
                teams[number % len(teams)] if teams else None,
                "resident" if force < RESIDENT_FORCES else "reporting",
            )
        )
    return rows


def _gaps_as_none(texts: pd.Series) -> pd.Series:
    return text_or_missing(texts.to_numpy(object), texts.isna().to_numpy())


def _names(number: int, rng: np.random.Generator) -> np.ndarray:
    surname = np.array(list(SURNAMES), object)[rng.integers(0, len(SURNAMES), number)]
    return np.asarray(surname + np.where(rng.random(number) < 0.5, "某", "某某").astype(object))


def _phones(number: int) -> np.ndarray:
    """No area code is 0000, so these ring nowhere."""
    return np.array([f"0000-{1_000_000 + i:07d}" for i in range(1, number + 1)], object)
