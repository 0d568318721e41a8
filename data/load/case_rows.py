"""Checks a portion of a case file and brings it to the columns of the case tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.load.callers import Callers
from data.load.case_limits import LimitClock, read_limits
from data.load.file_scan import Scan
from data.load.mapping import Cases, Marked, Place
from data.load.plain import MAY_BE_NUMBER, MAY_BE_SPACE, NUMBERS, replaced
from data.load.points import numbers, to_degrees
from data.load.rejects import Faults
from data.load.summary import CALENDAR_ENDED
from data.load.times import EARLIEST, Moments, parse

STAGES = [
    *("verify_sent", "verified", "accepted", "dispatched", "received", "responded", "handled"),
    *("check_sent", "checked", "closed", "deadline"),
]
DAY = 86_400
FAR = 10 * 366 * DAY
"""A limit further away than this stands for "none" in some sources; it is kept and flagged."""

DOORS = (
    r"\d+\s*单元.*$",
    r"[A-Za-z]?\d+\s*(?:室|户|号房).*$",
    r"(?i)[, ]+(?:apt|apartment|unit|room|rm|suite|ste|floor|fl)\b\.?\s*#?\s*\w*\d\w*",
    r"\s*#\s*\w+",
)
"""Everything below the building goes out of an address (domain.md §5.2)."""
MAY_BE_DOOR = r"(?i)单元|室|户|号房|#|apt|apartment|unit|room|rm|suite|ste|floor|fl"
SPACES = re.compile(r"\s+")


@dataclass
class Rows:
    """Checked rows of one portion, index = row number in the file.

    `cases` are columns of case_record with words in place of ids; `times` epoch seconds by stage,
    limit_seconds, limit_clock, `due`: the target time, or else the end of the limit, and STAGE_by: the
    code of the seat, where there is a column for it; `end` the event that ends the case; `flags` the
    remarks of each row.
    """

    cases: pd.DataFrame
    times: pd.DataFrame
    end: pd.Series
    flags: pd.DataFrame


def check(
    frame: pd.DataFrame,
    cases: Cases,
    zone: str,
    scan: Scan,
    now: int,
    clock: LimitClock,
    callers: Callers | None = None,
) -> tuple[Rows, Faults]:
    """All checks of a portion; bad rows are in the faults and still in the rows."""
    faults = Faults(frame)
    flags = pd.DataFrame(index=frame.index)
    text = frame.apply(lambda column: column.str.strip())
    _check_ids(text, cases, scan, faults)
    times = _times(frame, cases, zone, now, faults, flags)
    end = _ends(text, cases, times, faults, flags)
    rows = _words(text, cases, faults, flags)
    place = cases.place
    rows["road"] = _cut(text, place.road, place.road_remove)
    address = _cut(text, place.address, place.address_remove, doors=True)
    rows["address_masked"] = _masked(address, flags)
    if callers:
        _set_callers(rows, text, cases, callers, flags)
    rows["lon"], rows["lat"], rows["location"] = _points(text, place, scan, flags)
    limits = read_limits(text, cases.limit, clock, faults, flags)
    times = _with_limits(times, limits, clock, faults.is_good() & (end != "rejected"), flags)
    for step, column in cases.actor.columns.items():
        times[f"{step}_by"] = text[column].astype("object").where(text[column] != "", None)
    return Rows(rows, times, end, flags), faults


def _check_ids(text: pd.DataFrame, cases: Cases, scan: Scan, faults: Faults) -> None:
    faults.add(text[cases.id] == "", cases.id, "the id is empty")
    superseded = pd.Series(text.index.isin(scan.superseded), index=text.index)
    faults.add(
        superseded, cases.id, "duplicate id: a later row of this file has it with other content"
    )


def _times(
    frame: pd.DataFrame, cases: Cases, zone: str, now: int, faults: Faults, flags: pd.DataFrame
) -> pd.DataFrame:
    spec = cases.time
    read: dict[str, Moments] = {}
    for stage in ("reported", *STAGES):
        column = getattr(spec, stage)
        if column is not None:
            read[stage] = parse(frame[column], spec, zone, faults, column)
    times = pd.DataFrame({stage: moments.at for stage, moments in read.items()})
    reported = times["reported"]
    flags["ambiguous_time"] = np.logical_or.reduce([m.ambiguous for m in read.values()])
    flags["nonexistent_time"] = np.logical_or.reduce([m.nonexistent for m in read.values()])
    faults.add(frame[spec.reported].str.strip() == "", spec.reported, "the time of report is empty")
    faults.add(reported < EARLIEST, spec.reported, "the time of report is before 1990")
    faults.add(reported > now + DAY, spec.reported, "the time of report lies in the future")
    if "closed" in read:
        # In the hour that occurs twice the reading that keeps the order is the right one.
        early = (times["closed"] < reported).fillna(False)
        times["closed"] = times["closed"].where(~early, read["closed"].other)
        column = spec.closed or ""
        faults.add(times["closed"] < reported, column, "closed before it was reported")
        faults.add(times["closed"] > now + DAY, column, "the closing time lies in the future")
    flags["step_out_of_order"] = False
    for stage in [name for name in read if name not in ("reported", "closed", "deadline")]:
        # A step in between only serves the timeline: its time is dropped, the case stays.
        off = ((times[stage] < reported) | (times[stage] > now + DAY)).fillna(False)
        times[stage] = times[stage].where(~off, pd.NA)
        flags["step_out_of_order"] |= off.astype(bool)
    if "accepted" not in times:
        times["accepted"] = reported
    times["accepted"] = times["accepted"].fillna(reported)
    for stage in STAGES:
        if stage not in times:
            times[stage] = pd.array([pd.NA] * len(times), dtype="Int64")
    flags["deadline_before_report"] = (times["deadline"] < reported).fillna(False)
    flags["deadline_far_away"] = (times["deadline"] > reported + FAR).fillna(False)
    return times


def _with_limits(
    times: pd.DataFrame,
    limits: pd.DataFrame,
    clock: LimitClock,
    taken: pd.Series,
    flags: pd.DataFrame,
) -> pd.DataFrame:
    """The times with the limits, and when they are due; `taken`: good rows that have a limit at all."""
    times = times.join(limits)
    name = limits["limit_clock"]
    computed = clock.due(times["accepted"].where(taken), limits["limit_seconds"], name)
    times["due"] = times["deadline"].fillna(computed)
    flags["deadline_far_away"] |= (times["due"] > times["reported"] + FAR).fillna(False)
    flags[CALENDAR_ENDED] = clock.beyond_table(times["due"], name) & taken
    return times


def _ends(
    text: pd.DataFrame, cases: Cases, times: pd.DataFrame, faults: Faults, flags: pd.DataFrame
) -> pd.Series:
    """The event type that ends each case ("" while it is open), with its time in `closed`."""
    has_time = times["closed"].notna()
    spec = cases.status
    if spec is None:
        return pd.Series(np.where(has_time, "closed", ""), index=text.index)
    word = text[spec.column]
    meaning = pd.Series("", index=text.index, dtype="object")
    for end in ("closed", "cancelled", "rejected"):
        meaning[word.isin(getattr(spec, end))] = end
    is_open = word.isin(spec.open)
    unknown = ~is_open & (meaning == "")
    faults.add(unknown, spec.column, "the word is not listed in [cases.status] of the mapping")
    without, still = (meaning != "") & ~has_time, is_open & has_time
    closing = cases.time.closed or spec.column
    if spec.closed_without_time == "set aside":
        faults.add(without, closing, "the status says closed, the closing time is empty")
    if spec.open_with_time == "set aside":
        faults.add(still, closing, "the status says open, there is a closing time")
    flags["closed_without_time"], flags["open_with_closing_time"] = without, still
    if spec.open_with_time == "close":
        meaning[still] = "closed"
    meaning[without] = ""
    times["closed"] = times["closed"].where(meaning != "", pd.NA)
    return meaning


def _words(text: pd.DataFrame, cases: Cases, faults: Faults, flags: pd.DataFrame) -> pd.DataFrame:
    rows = pd.DataFrame({"code": text[cases.id], "kind": cases.kind})
    rows["source"] = text[cases.source.column]
    if cases.source.unknown == "refuse":
        unknown = ~rows["source"].isin(cases.source.names)
        reason = "the word is not listed in [cases.source.names] of the mapping"
        faults.add(unknown, cases.source.column, reason)
    rows["class"], rows["item"] = (
        text[cases.category.class_column],
        text[cases.category.item_column],
    )
    flags["category_missing"] = (rows["class"] == "") | (rows["item"] == "")
    rows["department"] = ""
    if cases.department:
        rows["department"] = text[cases.department.column]
        if cases.department.unknown == "refuse":
            unknown = ~rows["department"].isin(["", *cases.department.names])
            reason = "the word is not listed in [cases.department.names] of the mapping"
            faults.add(unknown, cases.department.column, reason)
    title = replaced(text[cases.title].astype("object"), SPACES, " ", MAY_BE_SPACE)
    title = title.where(title != "", rows["item"].where(rows["item"] != "", "—"))
    rows["title"] = _masked(title, flags)
    rows["is_test"] = _marked(text, cases.test)
    rows["self_handled"] = _marked(text, cases.self_handled)
    anonymous = _marked(text, cases.anonymous)
    rows["anonymous"] = anonymous if cases.survey_due else 1
    return rows


def _set_callers(
    rows: pd.DataFrame, text: pd.DataFrame, cases: Cases, callers: Callers, flags: pd.DataFrame
) -> None:
    """Add the keys, and strike the plain number or account out of what is kept as text."""
    called = text[callers.column]
    rows["caller_key"] = callers.keys(called, _marked(text, cases.anonymous))
    for name in ("title", "road", "address_masked"):
        clean = callers.struck(rows[name], called)
        flags["number_masked"] |= (clean != rows[name]) & clean.notna()
        rows[name] = clean


def _marked(text: pd.DataFrame, marked: Marked | None) -> pd.Series:
    if marked is None:
        return pd.Series(0, index=text.index)
    return text[marked.column].isin(marked.words).astype(int)


def _cut(
    text: pd.DataFrame, column: str | None, patterns: list[str], *, doors: bool = False
) -> pd.Series:
    """A text column without what the patterns match; missing when nothing is left."""
    if column is None:
        return pd.Series(None, index=text.index, dtype="object")
    result = text[column].astype("object")
    for pattern in patterns:
        result = replaced(result, re.compile(pattern), "")
    for pattern in DOORS if doors else ():
        result = replaced(result, re.compile(pattern), "", MAY_BE_DOOR)
    result = replaced(result, SPACES, " ", MAY_BE_SPACE).str.strip()
    return result.where(result != "", None)


def _masked(texts: pd.Series, flags: pd.DataFrame) -> pd.Series:
    """Texts with telephone and identity numbers struck out."""
    clean = replaced(texts, NUMBERS, "***", MAY_BE_NUMBER)
    struck = (clean != texts) & texts.notna()
    flags["number_masked"] = struck.to_numpy(bool) | flags.get("number_masked", False)
    return clean


def _points(
    text: pd.DataFrame, place: Place, scan: Scan, flags: pd.DataFrame
) -> tuple[pd.Series, pd.Series, np.ndarray]:
    """(lon, lat, location) in WGS84; a point that stands for "unknown" leaves no coordinates."""
    if place.lon is None or place.lat is None:
        nothing = pd.Series(np.nan, index=text.index)
        return nothing, nothing, np.full(len(text), "none")
    x = numbers(text[place.lon])
    y = numbers(text[place.lat])
    given = (text[place.lon] != "") | (text[place.lat] != "")
    declared = is_any(x, y, place.default_points)
    crowded = is_any(x, y, scan.crowded) & ~is_any(x, y, place.real_points) & ~declared
    lon, lat = to_degrees(x, y, place.crs)
    flags["point_unreadable"] = given & lon.isna() & ~declared
    flags["default_point"] = declared
    flags["crowded_point"] = crowded
    shown = lon.notna() & ~declared & ~crowded
    location = np.where(shown, "exact", np.where(declared | crowded, "default_point", "none"))
    return lon.where(shown), lat.where(shown), location


def is_any(lon: pd.Series, lat: pd.Series, points: Iterable[Sequence[float]]) -> pd.Series:
    """Whether each point is one of these."""
    hit = pd.Series(False, index=lon.index)
    for x, y in points:
        hit |= ((lon - x).abs() < 1e-6) & ((lat - y).abs() < 1e-6)
    return hit
