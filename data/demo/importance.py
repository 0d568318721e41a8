"""How important and urgent each made-up case is (分色治理, S4-12) and which are 三跨 (S3-11)."""

import numpy as np
import pandas as pd

from data.demo.chance import pick, pick_by_row
from data.demo.gaps import text_or_missing
from data.events import CROSS_TYPES, LEAD_LEVELS

USUAL = ((0.12, 0.55, 0.33), (0.10, 0.45, 0.45))
"""Chances of importance 1, 2, 3 and of urgency 1, 2, 3 where the theme has none of its own."""
BY_THEME = {
    "hazard": ((0.70, 0.26, 0.04), (0.65, 0.30, 0.05)),
    "facility": ((0.22, 0.58, 0.20), (0.20, 0.50, 0.30)),
    "water": ((0.25, 0.55, 0.20), (0.28, 0.47, 0.25)),
    "works": ((0.15, 0.60, 0.25), (0.12, 0.53, 0.35)),
    "home": ((0.25, 0.50, 0.25), (0.15, 0.45, 0.40)),
    "noise": ((0.10, 0.60, 0.30), (0.30, 0.50, 0.20)),
    "street": ((0.06, 0.54, 0.40), (0.14, 0.56, 0.30)),
    "advert": ((0.02, 0.28, 0.70), (0.02, 0.28, 0.70)),
    "green": ((0.04, 0.41, 0.55), (0.04, 0.36, 0.60)),
    "service": ((0.08, 0.42, 0.50), (0.03, 0.27, 0.70)),
}
CROSS_SHARE = 0.006
CROSS_WEIGHTS = (0.62, 0.25, 0.13)
"""In the order of CROSS_TYPES."""


def importance_urgency(
    themes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Importance and urgency of each case, 1 = most … 3, by the theme of its category."""
    position, names = pd.factorize(np.asarray(themes, object))
    chances = np.array([BY_THEME.get(str(name), USUAL) for name in names]).reshape(-1, 2, 3)
    importance = pick_by_row(rng, chances[:, 0], position) + 1
    urgency = pick_by_row(rng, chances[:, 1], position) + 1
    return importance.astype(np.int64), urgency.astype(np.int64)


def cross_types(lead_levels: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """三跨 type of each case or missing: CROSS_SHARE of all, taken from those led across departments.

    lead_levels: words of LEAD_LEVELS, one per case.
    """
    number = len(lead_levels)
    led = np.asarray(lead_levels, object) == LEAD_LEVELS[-1]
    suited = led if led.any() else np.ones(number, bool)
    chance = min(1.0, CROSS_SHARE * number / max(int(suited.sum()), 1))
    crossing = suited & (rng.random(number) < chance)
    types = np.array(CROSS_TYPES, object)[pick(rng, np.array(CROSS_WEIGHTS), number)]
    return text_or_missing(types, ~crossing)
