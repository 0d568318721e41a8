"""Makes the event log out of time columns, and appends to it what a later extract says differently.

A source without an event log only shows how a case stands. Each time column becomes one event with
inferred = 1. The log is append-only, so when a later extract differs from what the log adds up to,
further events are appended:

* now closed → `closed` at its time;
* closed later than we knew → a further `closed`, which then counts;
* closing time gone → `reopened` one second after the closing that was withdrawn: the true moment is
  not in the file, and every later closing must come after it;
* closed again, no later than such a reopening → `closed` one second after the reopening;
* another target time or limit → `extended` with the new deadline, at the time of this load;
* closed earlier than we knew, or a target time or limit that vanished or came only later: no event
  can say that, the case keeps what it had and is flagged.
"""

import pandas as pd
from sqlalchemy import Connection, select

from data import bulk
from data.case_tables import case_event, case_record
from data.load.case_limits import LimitClock, moved_deadlines

ENDS = ("closed", "cancelled", "rejected")
PASSED = (
    *("verify_sent", "verified", "dispatched", "received", "responded", "handled"),
    *("check_sent", "checked"),
)
LIMIT = ["deadline", "limit_seconds", "limit_clock"]
ASKED = 500


def first_events(code: pd.Series, times: pd.DataFrame, end: pd.Series) -> pd.DataFrame:
    """Events of cases that the database does not know yet; times as in data.load.case_rows.Rows."""
    parts = [_events(code, "reported", times, "reported")]
    # A case that was never taken on has no acceptance, and so no limit.
    taken = end != "rejected"
    accepted = _events(code[taken], "accepted", times, "accepted")
    accepted[LIMIT] = times.loc[taken, LIMIT].reindex(accepted.index)
    parts.append(accepted)
    parts += [_events(code, stage, times, stage) for stage in PASSED]
    parts += [_events(code[end == kind], kind, times, "closed") for kind in ENDS]
    return _typed(pd.concat(parts, ignore_index=True))


def _events(code: pd.Series, kind: str, times: pd.DataFrame, stage: str) -> pd.DataFrame:
    """One event of a kind for each of these cases that has a time for the stage."""
    at = times.loc[code.index, stage]
    known = at.notna()
    events = pd.DataFrame({"code": code[known], "type": kind, "at": at[known].astype("int64")})
    return events.assign(inferred=1, note=None, actor=_seats(times, stage).reindex(events.index))


def _seats(times: pd.DataFrame, stage: str) -> pd.Series:
    """The code of the seat at a stage, missing where the source has no column for it."""
    if f"{stage}_by" in times:
        return times[f"{stage}_by"]
    return pd.Series(None, index=times.index, dtype=object)


def _typed(events: pd.DataFrame) -> pd.DataFrame:
    """The events with all columns of a limit, and with whole numbers where some are missing."""
    events = events.reindex(columns=[*events.columns.difference(LIMIT, sort=False), *LIMIT])
    return events.astype(
        {"deadline": "Int64", "limit_seconds": "Int64", "limit_clock": "object", "actor": "object"}
    )


def stored_events(connection: Connection, codes: list[str]) -> pd.DataFrame:
    """The event log of those of the cases that are known: code, seq, type, at, limit, lead_level."""
    columns = ["seq", "type", "at", *LIMIT, "lead_level"]
    statement = select(case_record.c.code, *(case_event.c[name] for name in columns)).join(
        case_event, case_event.c.case_id == case_record.c.case_id
    )
    parts = [
        bulk.read(connection, statement.where(case_record.c.code.in_(codes[n : n + ASKED])))
        for n in range(0, len(codes), ASKED)
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=["code", *columns])
    return pd.concat(filled, ignore_index=True)


def follow_up(
    code: pd.Series,
    times: pd.DataFrame,
    end: pd.Series,
    log: pd.DataFrame,
    clock: LimitClock,
    flags: pd.DataFrame,
    now: int,
) -> pd.DataFrame:
    """Events to append for known cases; doubts that no event can express go to the flags."""
    events = first_events(code, times, end)
    events = events[~events["type"].isin(ENDS)]
    log = log.sort_values(["code", "at", "seq"])
    stood = log[log["type"].isin([*ENDS, "reopened"])].drop_duplicates("code", keep="last")
    stood = stood.set_index("code")[["type", "at"]].reindex(code.to_numpy())
    last, last_at = stood["type"].to_numpy(object), stood["at"].astype("Int64").array
    state = pd.DataFrame({"code": code, "end": end, "at": times["closed"]})
    state["last"], state["last_at"] = last, last_at
    state["actor"] = _seats(times, "closed")
    was_ended = state["last"].isin(ENDS)
    ends_now = state["end"] != ""
    before = (state["at"] < state["last_at"]).fillna(False)
    same = (state["end"] == state["last"]) & (state["at"] == state["last_at"]).fillna(False)
    # After a withdrawn closing the next one stands a second later if its own time is not later.
    replayed = _replayed(log, code)
    same |= was_ended & ends_now & before & replayed.to_numpy(bool)
    flags["closing_moved_back"] = was_ended & ends_now & before & ~same
    fresh = state[ends_now & ~same & ~flags["closing_moved_back"]].copy()
    floor = (fresh["last_at"] + 1).where(fresh["last"] == "reopened", fresh["at"])
    fresh["at"] = fresh["at"].where(~(fresh["at"] < floor).fillna(False), floor)
    gone = state[was_ended & ~ends_now].copy()
    gone["end"], gone["at"], gone["actor"] = "reopened", gone["last_at"] + 1, None
    added = pd.concat([fresh, gone]).rename(columns={"end": "type"})[
        ["code", "type", "at", "actor"]
    ]
    added["at"] = added["at"].astype("int64")
    taken = end != "rejected"
    moved = moved_deadlines(code[taken], times[taken], log, clock, flags, now)
    added = added.assign(inferred=1, note="by a later extract")
    return _typed(pd.concat([events, added, moved], ignore_index=True))


def _replayed(log: pd.DataFrame, code: pd.Series) -> pd.Series:
    """Whether the newest ending of a case was written a second after a withdrawn closing."""
    turns = log[log["type"].isin([*ENDS, "reopened"])]
    previous = turns.groupby("code")[["type", "at"]].shift()
    hit = (previous["type"] == "reopened") & (turns["at"] - previous["at"] == 1)
    newest = hit.groupby(turns["code"]).last()
    return code.isin(newest.index[newest])
