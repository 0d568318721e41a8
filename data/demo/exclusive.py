"""What is told of the made-up 专属网格 (domain.md S2-06 … S2-16)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.demo.chance import pick, pick_by_row, stream
from data.demo.gaps import whole_or_missing

TYPES = {
    "市场": ("Market", 0.20, (4, 60), (0.25, 0.45, 0.30)),
    "商圈": ("Business district", 0.14, (5, 80), (0.20, 0.50, 0.30)),
    "企业": ("Company", 0.24, (1, 4), (0.15, 0.40, 0.45)),
    "园区": ("Industrial park", 0.14, (5, 70), (0.35, 0.45, 0.20)),
    "学校": ("School", 0.14, (1, 3), (0.05, 0.35, 0.60)),
    "医院": ("Hospital", 0.08, (1, 3), (0.10, 0.50, 0.40)),
    "站区": ("Station area", 0.06, (2, 20), (0.40, 0.45, 0.15)),
}
"""By type: English name, share, fewest and most units, chances of high, medium and low risk."""
RISKS = ("high", "medium", "low")
PEOPLE, KM2 = 1000, 1.0
"""Either makes a grid large enough (domain.md S2-08)."""
TOO_SMALL, CIVIL_SERVANT, WITH_INFORMANT, REPORTED, SILENT = 0.07, 0.97, 0.9, 0.9, 0.03
DAY, FRESH_DAYS, OLDEST_DAYS = 86_400, 30, 150


def exclusive_rows(
    grids: pd.DataFrame,
    linked_ids: Sequence[int | None],
    names: Mapping[str, Sequence[str]],
    now: int,
    seed: int,
) -> pd.DataFrame:
    """Rows of `exclusive_grid`, one per grid.

    grids: grid_id, code, area_km2 and, if it is known, `type` (a key of TYPES); linked_ids: the
    综合网格 of each grid or None; names: "subject" and "territorial", an organisation per grid, and
    "supervising", a department per type in the order of TYPES. now: epoch seconds.
    """
    rng = stream(seed, "exclusive")
    number = len(grids)
    types = np.array(list(TYPES), object)
    position = _types(grids, types, rng)
    kind = types[position]
    ranges = np.array([units for _, _, units, _ in TYPES.values()])[position]
    units = rng.integers(ranges[:, 0], ranges[:, 1] + 1)
    area = grids["area_km2"].to_numpy(np.float64)
    risk = np.array([chances for *_, chances in TYPES.values()])
    return pd.DataFrame(
        {
            "grid_id": grids["grid_id"].to_numpy(np.int64),
            "type": kind,
            "type_en": np.array([english for english, *_ in TYPES.values()], object)[position],
            "people": _people(area, rng),
            "area_km2": area,
            "risk": np.array(RISKS, object)[pick_by_row(rng, risk, position)],
            "head_is_civil_servant": (rng.random(number) < CIVIL_SERVANT).astype(np.int64),
            "units": units,
            "informants": rng.binomial(units, WITH_INFORMANT),
            "reported_at": _reported(number, now, rng),
            "subject_org": np.array(names["subject"], object),
            "territorial_org": np.array(names["territorial"], object),
            "supervising_dept": np.array(names["supervising"], object)[position],
            "linked_grid_id": pd.array(list(linked_ids), "Int64"),
        }
    )


def _types(grids: pd.DataFrame, types: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drawn = pick(rng, np.array([share for _, share, *_ in TYPES.values()]), len(grids))
    if "type" not in grids:
        return drawn
    told = pd.Index(types).get_indexer(pd.Index(grids["type"]))
    return np.asarray(np.where(told < 0, drawn, told))


def _people(area: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Too few people where a grid is to miss the rule: only the grids below 1 km² can."""
    narrow = area < KM2
    chance = TOO_SMALL * len(area) / max(int(narrow.sum()), 1)
    failing = narrow & (rng.random(len(area)) < chance)
    few = rng.integers(120, PEOPLE, len(area))
    many = PEOPLE + np.minimum(rng.lognormal(6.6, 0.9, len(area)), 15_000).astype(np.int64)
    sparse = ~narrow & (rng.random(len(area)) < 0.4)
    return np.asarray(np.where(failing | sparse, few, many))


def _reported(number: int, now: int, rng: np.random.Generator) -> pd.arrays.IntegerArray:
    fresh = rng.random(number) < REPORTED / (1 - SILENT)
    age = np.where(
        fresh,
        np.minimum(rng.exponential(6 * DAY, number), (FRESH_DAYS - 1) * DAY),
        rng.uniform((FRESH_DAYS + 1) * DAY, OLDEST_DAYS * DAY, number),
    )
    return whole_or_missing(now - 60 - age, rng.random(number) < SILENT)
