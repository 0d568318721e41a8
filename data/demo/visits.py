"""走访 in the made-up district: who was called on in the last year (domain.md S0-14)."""

import numpy as np
import pandas as pd

from data.demo.chance import pick, stream
from data.demo.gaps import text_or_missing

QUARTER_DAYS, QUARTERS = 90, 4
HOUSEHOLD_CHANCES = {"普通": 0.55, "空巢": 0.75, "独居": 0.86}
"""Chance of a visit within a quarter; with the demo's households 60 % of them all."""
AGAIN = {"空巢": 0.35, "独居": 0.6}
"""Chance of a second visit within the same quarter."""
ENTITY_SUBJECTS = {"商户": "shop", "个体": "shop", "企业": "company"}
"""Public bodies and associations are not called on."""
ENTITY_CHANCES = {"shop": 0.68, "company": 0.48}
RESULTS, RESULT_WEIGHTS = ("无事项", "反映诉求", "发现隐患"), (0.80, 0.14, 0.06)


def visit_rows(
    households: pd.DataFrame, entities: pd.DataFrame, today: int, seed: int
) -> pd.DataFrame:
    """Rows of `visit`, oldest first, of the 360 days up to and with `today` (a day number).

    households: household_id, grid_code, kind; entities: entity_id, grid_code, kind.
    """
    rng = stream(seed, "visits")
    homes = _subjects(households, "household_id", "household", households["kind"])
    kind = entities["kind"].map(ENTITY_SUBJECTS)
    trade = _subjects(entities, "entity_id", kind, kind)[kind.notna().to_numpy()]
    homes["chance"] = homes["kind"].map(HOUSEHOLD_CHANCES).fillna(HOUSEHOLD_CHANCES["普通"])
    trade["chance"] = trade["kind"].map(ENTITY_CHANCES)
    subjects = pd.concat([homes, trade], ignore_index=True)
    again = subjects["kind"].map(AGAIN).fillna(0.0).to_numpy(np.float64)
    chance = subjects["chance"].to_numpy(np.float64)
    parts = []
    for quarter in range(QUARTERS):
        first = today + 1 - (quarter + 1) * QUARTER_DAYS
        once = rng.random(len(subjects)) < chance
        twice = once & (rng.random(len(subjects)) < again)
        who = np.r_[np.flatnonzero(once), np.flatnonzero(twice)]
        day = first + rng.integers(0, QUARTER_DAYS, len(who))
        parts.append(subjects.iloc[who].assign(day=day))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values(["day", "subject", "subject_id"], kind="stable", ignore_index=True)
    words = np.array(RESULTS, object)
    rows["result"] = words[pick(rng, np.array(RESULT_WEIGHTS), len(rows))]
    rows["visit_id"] = np.arange(1, len(rows) + 1)
    return rows[["visit_id", "subject", "subject_id", "grid_code", "day", "result"]]


def _subjects(
    table: pd.DataFrame, key: str, subject: str | pd.Series, kind: pd.Series
) -> pd.DataFrame:
    codes = table["grid_code"].to_numpy(object)
    return pd.DataFrame(
        {
            "subject": subject,
            "subject_id": table[key].to_numpy(np.int64),
            "grid_code": text_or_missing(codes, pd.isna(codes)),
            "kind": kind.to_numpy(object),
        }
    )
