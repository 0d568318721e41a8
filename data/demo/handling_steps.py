"""Steps of cases whose category has several handling limits: 围护 → 修复 → 恢复 (domain.md §3.3)."""

import numpy as np
import pandas as pd

from data.demo.vocabulary import Vocabulary
from data.stage_limits import STAGES


def with_steps(events: pd.DataFrame, cases: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """The events with a `stage` column and a step_done between receipt and handling for each step.

    events: as data.demo.histories gives them, sorted by case and time, and so they stay. The last
    step ends with the handling itself and has no event of its own.
    """
    events = events.assign(stage=pd.Series([None] * len(events), dtype=object))
    codes = words.categories["code"].to_numpy(object)[cases["category"]]
    parts = [events]
    for code, keys in _chains(words).items():
        of_code = events[np.isin(events["case"].to_numpy(), np.flatnonzero(codes == code))]
        first = of_code[of_code["type"] == "received"].drop_duplicates("case").set_index("case")
        last = of_code[of_code["type"] == "handled"].drop_duplicates("case").set_index("case")
        begun = first.loc[first.index.intersection(last.index)]
        took = last.loc[begun.index, "at"] - begun["at"]
        for number, key in enumerate(keys[:-1], start=1):
            at = begun["at"] + (took * number / len(keys)).astype(np.int64)
            parts.append(begun.assign(type="step_done", at=at, stage=key, note=None).reset_index())
    joined = pd.concat(parts, ignore_index=True)
    order = np.lexsort((joined["at"], joined["case"]))
    return joined.iloc[order].reset_index(drop=True)


def _chains(words: Vocabulary) -> dict[str, list[str]]:
    """Keys of the handling steps by category code, in the site's order."""
    chains: dict[str, list[str]] = {}
    for entry in words.site.get("stage", []):
        if entry["stage"] not in STAGES:
            chains.setdefault(entry["category"], []).append(entry["stage"])
    return {code: keys for code, keys in chains.items() if len(keys) > 1}
