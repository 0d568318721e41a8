"""What more a case file may tell of a case: importance, urgency, access item, 三跨, and who leads it.

Who leads is said by events. Where a later extract names another level, an escalation says so: at the
time of the load, or in the last second before a closing, since who led then is what counts (K14).
"""

import pandas as pd

from data.load.mapping import Cases
from data.load.rejects import Faults
from data.load.work_fields import Reading, read_cell
from data.load.work_sections import PARTICULARS


def read_particulars(
    cases: Cases, frame: pd.DataFrame, reading: Reading, faults: Faults
) -> pd.DataFrame:
    """Columns of case_record, and lead_level, as far as the mapping names them."""
    text = frame.apply(lambda column: column.str.strip())
    rows = pd.DataFrame(index=frame.index)
    for name, field in PARTICULARS.items():
        cell = getattr(cases, name)
        if cell is not None:
            rows[field.column] = read_cell(text, cell, name, field, reading, faults)
    for name in ("importance", "urgency", "access_item_id"):
        if name in rows:
            rows[name] = rows[name].astype("Int64")
    return rows


def led(
    events: pd.DataFrame, cases: pd.DataFrame, times: pd.DataFrame, log: pd.DataFrame, now: int
) -> pd.DataFrame:
    """The events with who leads: on the acceptance of new cases, by an escalation of known ones.

    cases: code and lead_level; times: accepted and closed of the same rows; log: code, at, seq,
    lead_level of the known cases.
    """
    if "lead_level" not in cases:
        return events
    told = cases.set_index("code")["lead_level"]
    known = log[log["lead_level"].notna()].sort_values(["code", "at", "seq"])
    newest = known.drop_duplicates("code", keep="last").set_index("code")
    first = (events["type"] == "accepted") & ~events["code"].isin(log["code"])
    events = events.assign(lead_level=events["code"].map(told).where(first, None))
    rows = cases.join(times[["accepted", "closed"]])
    held = newest["lead_level"].reindex(rows["code"]).to_numpy(object)
    since = newest["at"].reindex(rows["code"]).astype("Int64").array
    differs = rows["code"].isin(log["code"]) & rows["lead_level"].notna()
    differs &= rows["lead_level"].to_numpy(object) != held
    moved = rows.assign(since=since)[differs]
    if moved.empty:
        return events
    at = (moved["closed"] - 1).fillna(now)
    # Never before the acceptance, nor before what was said of it last.
    floor = moved[["accepted", "since"]].max(axis=1).astype("Int64")
    more = pd.DataFrame(
        {
            "code": moved["code"],
            "type": "escalated",
            "at": at.where(at >= floor.fillna(0), floor).astype("int64"),
            "inferred": 1,
            "note": "by a later extract",
            "lead_level": moved["lead_level"],
        }
    )
    return pd.concat([events, more], ignore_index=True)
