"""The one way in which cases enter the case database: upsert, append events, derive, bump version."""

import hashlib
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Connection, bindparam, func, select, update

from data import bulk
from data.case_tables import (
    case_derived,
    case_event,
    case_path,
    case_record,
    site_setting,
    survey,
)
from data.columns import frame_of
from data.derive import DERIVED_KEY, DERIVED_VERSION, LOG, derive
from data.past_states import PastStates, begin_records
from data.repeats import (
    Changing,
    Gathered,
    count_first,
    nothing,
    places_in,
    places_of,
    renew_repeats,
)
from data.response_scope import settled_scope
from data.rules import Rules, read_rules
from data.state_rows import as_read, counted, stand_at, write_changed
from data.stored_settings import write_setting
from data.tiles.writer import TileWriter
from data.versions import bump, hold, stamp

EVENT_KEY = ("type", "at", "stage")
"""What tells two events of a case apart: several steps may be done in the same second."""


DERIVED_FROM = [
    "case_id",
    "source_id",
    "category_id",
    "department_id",
    "anonymous",
    "self_handled",
    "in_grid",
    "is_test",
    "access_item_id",
    "importance",
    "urgency",
    *("lat", "lon", "location", "caller_key"),
]
"""What states and places of a case are made of besides its events."""


@dataclass(frozen=True)
class CaseBatch:
    """Cases as they arrive, keyed by `code`; internal ids are given by the ingester.

    cases: columns of case_record but case_id, content_hash and updated_at.
    paths: code, hierarchy_id, grid_1 … — used for new cases only: a case keeps the path it had.
    events: code, type, at, and optionally actor_role, actor (code of a seat or person, no name),
        department_id, deadline, limit_seconds, limit_clock, lead_level, stage, note, inferred.
    surveys: code, cycle_no, surveyed_at, channel, reached, solved, satisfaction, and optionally responded.
    """

    cases: pd.DataFrame
    paths: pd.DataFrame
    events: pd.DataFrame
    surveys: pd.DataFrame


@dataclass(frozen=True)
class Ingested:
    """What one batch changed."""

    new: int
    updated: int
    unchanged: int
    events: int


@dataclass(frozen=True)
class First:
    """Said of a batch of a first load: none of its cases is known, and no tiles are in force.

    gathered: the places of the cases that came before, where they fit into memory.
    """

    gathered: Gathered | None


def ingest(
    connection: Connection, batch: CaseBatch, *, zone: str, now: int, first: First | None = None
) -> Ingested:
    """Take one batch in the caller's transaction; the same batch twice changes nothing."""
    hold(connection)
    now = stamp(connection, now)
    told = [name for name in EVENT_KEY if name in batch.events]
    batch = replace(batch, events=batch.events.drop_duplicates(["code", *told]))
    cases = batch.cases.copy()
    cases["content_hash"] = _hashes(cases)
    cases["updated_at"] = now
    known = bulk.read_for(
        connection,
        select(case_record.c.code, case_record.c.case_id, case_record.c.content_hash),
        case_record.c.code,
        [] if first else cases["code"].tolist(),
    )
    cases = cases.merge(known, on="code", how="left", suffixes=("", "_before"))
    is_new = cases["case_id"].isna()
    start = 1 + (connection.execute(select(func.max(case_record.c.case_id))).scalar() or 0)
    ids = cases["case_id"].astype("Int64")
    ids[is_new] = range(start, start + int(is_new.sum()))
    cases["case_id"] = ids.astype("int64")
    id_of = cases.set_index("code")["case_id"]
    changed = ~is_new & (cases["content_hash"] != cases["content_hash_before"])
    was = places_of(connection, sorted(cases.loc[~is_new, "case_id"]))
    bulk.insert(connection, case_record, cases[is_new])
    _update(connection, settled_scope(connection, cases[changed], now))
    new_ids = set(cases.loc[is_new, "case_id"])
    paths = batch.paths.assign(case_id=batch.paths["code"].map(id_of))
    bulk.insert(connection, case_path, paths[paths["case_id"].isin(new_ids)])
    appended, log = _append_events(connection, batch.events, id_of, new_ids, now)
    rated = _append_surveys(connection, batch.surveys, id_of, new_ids, now)
    touched = new_ids | set(cases.loc[changed, "case_id"]) | set(appended["case_id"]) | rated
    past, tiles = PastStates(connection, now), TileWriter(connection, zone)
    past.before(touched - new_ids)
    if touched == new_ids:
        rules = read_rules(connection, zone)
        answers = batch.surveys.assign(case_id=batch.surveys["code"].map(id_of))
        states = derive(cases[is_new], log, answers, rules).assign(recorded_from=now)
        bulk.insert(connection, case_derived, states)
        places = places_in(cases[is_new], states)
        counts: dict[int, int] = {}
        if first and first.gathered:
            count_first(connection, places, first.gathered, rules.reach)
        else:
            ids = sorted(new_ids)
            counts = renew_repeats(connection, ids, was, rules.reach, past.before, places)
        states = stand_at(states, counts)
    else:
        ids, held = sorted(touched), past.held()
        states, counts = rederive(
            connection, ids, held, zone=zone, now=now, was=was, before=past.before, log=log
        )
    before = past.held()
    past.after()
    if start == 1:
        note_derived(connection)
        begin_records(connection, now)
    if touched:
        bump(connection, "cases", now)
        later = before[~before["case_id"].isin(touched)]
        tiles.changed(before, [states, stand_at(later, counts)], touched | {*later["case_id"]})
    updated = len(touched - new_ids)
    unchanged = len(cases) - len(new_ids) - updated
    return Ingested(len(new_ids), updated, unchanged, len(appended))


def rederive(
    connection: Connection,
    ids: list[int],
    held: pd.DataFrame,
    *,
    zone: str,
    now: int,
    was: pd.DataFrame | None = None,
    before: Changing = nothing,
    log: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, dict[int, int]]:
    """Rebuild case_derived for these cases from their events; `was`, `before` as in data.repeats.

    held: their states so far, PastStates.held; states that come out alike are not written. now: when the
    others are recorded. log: LOG of all events of some of these cases, where it is at hand. Gives the
    states as they stand, and the counts of all cases that were counted.
    """
    if not ids:
        return pd.DataFrame(), {}
    rules = read_rules(connection, zone)
    found, places = derived_anew(connection, ids, rules, log)
    states = found.assign(recorded_from=now)
    write_changed(connection, states, held)
    counts = renew_repeats(connection, ids, was, rules.reach, before, places, counted(held))
    return stand_at(states, counts), counts


def derived_anew(
    connection: Connection, ids: list[int], rules: Rules, log: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The states of these cases by their events, and their places as in data.repeats; `log` as in `rederive`."""
    columns = [case_record.c[name] for name in DERIVED_FROM]
    cases = bulk.read_for(connection, select(*columns), case_record.c.case_id, ids)
    events = _logs(connection, ids, log)
    answers = bulk.read_for(connection, select(survey), survey.c.case_id, ids)
    states = derive(cases, events, answers, rules)
    return states, places_in(cases, states)


def _logs(connection: Connection, ids: list[int], held: pd.DataFrame | None) -> pd.DataFrame:
    """LOG of all events of these cases; what is held of it is not read."""
    known = [] if held is None else [held]
    missing = sorted({*ids}.difference(*(log["case_id"].tolist() for log in known)))
    if known and not missing:
        return known[0]
    told = select(*(case_event.c[name] for name in LOG))
    read = frame_of(bulk.read_arrays_for(connection, told, case_event.c.case_id, missing))
    return pd.concat([*known, read], ignore_index=True) if known else read


def note_derived(connection: Connection) -> None:
    """Note that all states are those that this program derives."""
    write_setting(connection, site_setting, DERIVED_KEY, DERIVED_VERSION)


def _hashes(cases: pd.DataFrame) -> list[str]:
    columns = []
    for name in sorted(cases.columns):
        column = cases[name].astype(object)
        columns.append(map(str, column.where(column.notna(), "").tolist()))
    texts = map("\x1f".join, zip(*columns, strict=True))
    return [hashlib.blake2b(t.encode(), digest_size=12).hexdigest() for t in texts]


def _update(connection: Connection, changed: pd.DataFrame) -> None:
    if changed.empty:
        return
    names = [
        c.name for c in case_record.columns if c.name in changed.columns and c.name != "case_id"
    ]
    statement = update(case_record).where(case_record.c.case_id == bindparam("key"))
    rows = changed[["case_id", *names]].astype(object)
    rows = rows.where(rows.notna(), None).rename(columns={"case_id": "key"})
    connection.execute(
        statement.values({name: bindparam(name) for name in names}), rows.to_dict("records")
    )


def _append_events(
    connection: Connection, events: pd.DataFrame, id_of: pd.Series, new_ids: set[int], now: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Append the events that are not there yet; give those, with case and place in its log.

    Gives LOG of all events of these cases, too.
    """
    rows = events.assign(case_id=events["code"].map(id_of), ingested_at=now)
    if "inferred" not in rows:
        rows["inferred"] = 0
    rows = rows.sort_values(["case_id", "at"], kind="stable")
    rows["seq"] = rows.groupby("case_id").cumcount() + 1
    stored = []
    old_ids = sorted(set(rows["case_id"]) - new_ids)
    if old_ids:
        stored = [_logs(connection, old_ids, None)]
        rows = rows[~_event_keys(rows).isin(_event_keys(stored[0]))].copy()
        top = rows["case_id"].map(stored[0].groupby("case_id")["seq"].max()).fillna(0)
        rows["seq"] = rows.groupby("case_id").cumcount() + 1 + top.astype("int64")
    bulk.insert(connection, case_event, rows)
    added = frame_of(as_read(rows.reindex(columns=LOG), LOG, case_event))
    return rows, pd.concat([*stored, added], ignore_index=True) if stored else added


def _event_keys(rows: pd.DataFrame) -> pd.MultiIndex:
    keys = rows.reindex(columns=["case_id", *EVENT_KEY])
    return pd.MultiIndex.from_frame(keys.assign(stage=keys["stage"].astype(object).fillna("")))


def _append_surveys(
    connection: Connection, surveys: pd.DataFrame, id_of: pd.Series, new_ids: set[int], now: int
) -> set[int]:
    rows = surveys.assign(case_id=surveys["code"].map(id_of), ingested_at=now)
    if rows.empty:
        return set()
    old_ids = sorted(set(rows["case_id"]) - new_ids)
    if old_ids:
        stored = bulk.read_for(
            connection, select(survey.c.case_id, survey.c.cycle_no), survey.c.case_id, old_ids
        )
        key = ["case_id", "cycle_no"]
        rows = rows[~pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(stored))]
    bulk.insert(connection, survey, rows)
    return set(rows["case_id"])
