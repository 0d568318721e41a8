"""Who else has a part in a case: 一办三协同 of hard cases (S3-12), 三方责任 of exclusive grids (S2-15)."""

import numpy as np
import pandas as pd

from data.demo.chance import stream

SUPERVISORS = ("纪工委", "两代表一委员", "区督查专员", "楼院发声员代表")
"""Whose supervision the demo's hard cases are under (多元力量督办)."""
ASSISTING_CHANCES = (0.45, 0.38, 0.17)
"""Chances that one, two or three departments assist."""
TWO_SUPERVISORS = 0.3
RESPONSIBLE = {
    "subject": "subject_org",
    "territorial": "territorial_org",
    "supervising": "supervising_dept",
}


def party_rows(hard: pd.DataFrame, departments: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Who assists and who supervises: code, role, name, department_id (missing = no department).

    hard: code and department_id of the hard cases; the one that leads is the case's own department
    and gets no row. departments: department_id, name.
    """
    rng = stream(seed, "parties")
    ids = departments["department_id"].to_numpy(np.int64)
    names = departments["name"].to_numpy(object)
    most = min(len(ASSISTING_CHANCES), len(ids) - 1)
    rows: list[tuple] = []
    for code, own in zip(hard["code"], hard["department_id"], strict=True):
        wanted = min(1 + rng.choice(len(ASSISTING_CHANCES), p=ASSISTING_CHANCES), most)
        order = rng.permutation(len(ids))
        others = order[ids[order] != (-1 if pd.isna(own) else int(own))][:wanted]
        rows += [(code, "assist", names[i], ids[i]) for i in others]
        number = 1 + int(rng.random() < TWO_SUPERVISORS)
        chosen = rng.permutation(len(SUPERVISORS))[:number]
        rows += [(code, "supervise", SUPERVISORS[i], None) for i in chosen]
    return _frame(rows)


def responsible_rows(
    cases: pd.DataFrame, exclusive: pd.DataFrame, departments: pd.DataFrame
) -> pd.DataFrame:
    """The three responsible parties of each case of an exclusive grid; columns as `party_rows`.

    cases: code, grid_id (the exclusive grid); exclusive: rows of `exclusive_grid`. A party that is
    not told makes no row.
    """
    known = dict(zip(departments["name"], departments["department_id"], strict=True))
    joined = cases[["code", "grid_id"]].merge(exclusive, on="grid_id")
    rows: list[tuple] = [
        (code, role, name, known.get(name))
        for role, column in RESPONSIBLE.items()
        for code, name in zip(joined["code"], joined[column], strict=True)
        if not pd.isna(name)
    ]
    return _frame(rows).sort_values("code", kind="stable", ignore_index=True)


def _frame(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["code", "role", "name", "department_id"])
    return table.astype({"department_id": "Int64"})
