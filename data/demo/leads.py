"""Who leads each case: the station as a rule, the levels above for what is beyond the grid."""

import numpy as np
import pandas as pd

from data.demo.chance import pick_by_row, stream
from data.demo.vocabulary import Vocabulary
from data.events import LEAD_LEVELS

MICRO_GRID, STATION, STREET, CROSS = (
    LEAD_LEVELS.index(name) for name in ("micro_grid", "station", "street", "cross")
)
STATION_SHARE = 0.875
"""Of the management cases that are sent out, at first: escalations take it to S0's 85 %."""
CROSS_SHARE = 0.3
"""Of what the station does not lead, or no longer."""
ESCALATED = 0.0255
TROUBLED = 3.0
"""Times as often is a case escalated that is late or was sent to the wrong unit."""
OTHER_LINES = {"service": (0.12, 0.48, 0.31, 0.09), "safety": (0.04, 0.62, 0.22, 0.12)}
"""Shares of the lead levels outside the management line, in the order of LEAD_LEVELS."""


def set_leads(cases: pd.DataFrame, words: Vocabulary, seed: int) -> None:
    """Add lead (position in LEAD_LEVELS), escalated and lead_after, which holds from then on."""
    rng = stream(seed, "leads")
    number = len(cases)
    by_category = words.categories["line"].to_numpy(str)
    line = by_category[cases["category"]]
    sent = ~cases["self_handled"].to_numpy(bool)
    managed = _managed(cases, sent & (line == "management"), rng)
    lead = np.where(line == "management", managed, _others(cases, by_category, rng))
    cases["lead"] = np.where(sent, lead, MICRO_GRID)
    trouble = np.where(cases["late"] | cases["returned"], TROUBLED, 1.0)
    chance = np.where(sent & (lead == STATION), ESCALATED * trouble, 0.0)
    cases["escalated"] = rng.random(number) < chance
    cases["lead_after"] = np.where(rng.random(number) < CROSS_SHARE, CROSS, STREET)


def _managed(cases: pd.DataFrame, concerned: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leads of management cases: what the grid can settle stays with the station."""
    by_place = np.exp(rng.normal(0.0, 0.25, int(cases["office"].max()) + 1))
    weight = np.where(cases["in_grid"], 0.0, by_place[cases["office"]])
    chance = (1.0 - STATION_SHARE) * weight / weight[concerned].mean()
    above = np.where(rng.random(len(cases)) < CROSS_SHARE, CROSS, STREET)
    return np.where(rng.random(len(cases)) < chance, above, STATION)


def _others(cases: pd.DataFrame, lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leads of the other lines; `lines` by category. Nothing that the grid can settle goes up."""
    shares = np.array([OTHER_LINES.get(str(line), OTHER_LINES["service"]) for line in lines])
    within = shares * np.isin(np.arange(len(LEAD_LEVELS)), (MICRO_GRID, STATION))
    row = cases["category"].to_numpy() + len(lines) * cases["in_grid"].to_numpy(np.int64)
    return pick_by_row(rng, np.vstack([shares, within]), row)
