"""What more is told of each made-up case: its item on the access list, 分色, 三跨."""

import numpy as np
import pandas as pd

from data.days import local_days
from data.demo.access import access_items, items_of_cases
from data.demo.calendar import ZONE
from data.demo.chance import stream
from data.demo.importance import cross_types, importance_urgency
from data.demo.vocabulary import Vocabulary
from data.events import LEAD_LEVELS


def items_of(words: Vocabulary, first_day: int) -> pd.DataFrame:
    """Rows of `access_item`; none where the site has no access list."""
    if words.access.empty:
        return pd.DataFrame()
    return access_items(words.access, words.department_ids(), first_day)


def particulars(
    rows: pd.DataFrame, cases: pd.DataFrame, items: pd.DataFrame, words: Vocabulary, seed: int
) -> pd.DataFrame:
    """The rows of the cases with what more is told of each: access item, 分色, 三跨."""
    rng = stream(seed, "particulars")
    category = words.categories.iloc[cases["category"]]
    importance, urgency = importance_urgency(category["theme"].to_numpy(str), rng)
    leads = np.array(LEAD_LEVELS, object)[cases["lead"]]
    item: object = pd.array([None] * len(rows), "Int64")
    if not items.empty:
        days = local_days(pd.Series(cases["reported"].to_numpy()), ZONE).to_numpy(np.int64)
        codes = category["code"].to_numpy(object)
        item = items_of_cases(items, words.access, codes, days)
    return rows.assign(
        access_item_id=item,
        importance=importance,
        urgency=urgency,
        cross_type=cross_types(leads, rng).to_numpy(object),
    )
