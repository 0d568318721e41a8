"""Who owes a citizen the answer is settled once the quarter of an hour is over (domain.md K17)."""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from data.case_tables import case_event, case_record
from data.events import GRID_RESPONSE

PORTION = 500


def settled_scope(connection: Connection, changed: pd.DataFrame, now: int) -> pd.DataFrame:
    """The changed cases, with `in_grid` as it was where it comes to be taken back too late.

    changed: rows of case_record with case_id. A case that the grid owed an answer cannot be handed to
    the level above, which has a day, once the grid's time is over: a miss would turn into a hit.
    """
    if changed.empty or "in_grid" not in changed:
        return changed
    taken_back = (changed["in_grid"].astype("Int64") == 0).fillna(False)
    ids = changed.loc[taken_back, "case_id"].tolist()
    kept: set[int] = set()
    for first in range(0, len(ids), PORTION):
        kept |= _owed(connection, ids[first : first + PORTION], now)
    late = changed["case_id"].isin(kept)
    settled = pd.array(np.where(late, 1, changed["in_grid"].astype("Int64").fillna(-1)), "Int64")
    settled[settled == -1] = pd.NA
    return changed.assign(in_grid=settled)


def _owed(connection: Connection, ids: list[int], now: int) -> set[int]:
    """Those of these cases that the grid owed an answer, and whose quarter of an hour is over."""
    reported = func.min(case_event.c.at)
    statement = (
        select(case_record.c.case_id)
        .join(case_event, case_event.c.case_id == case_record.c.case_id)
        .where(case_record.c.case_id.in_(ids), case_record.c.in_grid == 1)
        .where(case_event.c.type == "reported")
        .group_by(case_record.c.case_id)
        .having(reported + GRID_RESPONSE < now)
    )
    return set(connection.execute(statement).scalars())
