"""The work tables that files can fill, one entry each: table, key, and what every field must be like."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Table

from data.case_tables import compound
from data.events import ACTIVITIES, CROSS_TYPES, LEAD_LEVELS, PARTY_ROLES
from data.load.file_scan import joined
from data.load.points import to_degrees
from data.load.rejects import Faults
from data.load.work_fields import (
    Field,
    Reading,
    Settle,
    case,
    day,
    days_of,
    decimal,
    department,
    flag,
    grid,
    item,
    merged,
    moment,
    named,
    open_text,
    text_of,
    whole,
    word,
)
from data.load.work_mapping import Activities, Compounds, WorkTable
from data.work_tables import access_item, activity, case_party, exclusive_grid, rating, staff

MOST = 10_000_000
DUTY_MODES = ("resident", "reporting", "part_time")
RISKS = ("high", "medium", "low")
RATED = {"star": 5, "flag": 1}
"""Highest level by kind of rating."""
PROBLEM_OF = ("need", "claim")
"""Kinds that belong to a problem; the others belong to one of their own kind."""


@dataclass(frozen=True)
class Section:
    """A table, the columns it is known by, its own number if it has one, and its fields by mapping key."""

    table: Table
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    number: str | None = None
    settle: Settle | None = None
    version: tuple[str, ...] = ("cases",)


def _text(column: str, required: bool = True) -> Field:
    return Field(column, text_of, required)


def _english(*names: str) -> Settle:
    """What has no English name goes by its own."""

    def settle(rows: pd.DataFrame, spec: WorkTable, reading: Reading, faults: Faults) -> None:
        for name in names:
            if f"{name}_en" not in rows:
                rows[f"{name}_en"] = None
            merged(rows, f"{name}_en", rows[name])

    return settle


def _settle_exclusive(
    rows: pd.DataFrame, spec: WorkTable, reading: Reading, faults: Faults
) -> None:
    _english("type")(rows, spec, reading, faults)
    if "area_km2" not in rows:
        rows["area_km2"] = None
    merged(rows, "area_km2", rows["grid_id"].map(reading.lookups.areas))
    more = rows["informants"].astype("Int64") > rows["units"].astype("Int64")
    _fault(faults, spec, "informants", more, "is more than the units that owe one")


def _settle_compound(rows: pd.DataFrame, spec: WorkTable, reading: Reading, faults: Faults) -> None:
    assert isinstance(spec, Compounds)
    if "lon" not in rows or "lat" not in rows:
        return
    lon, lat = to_degrees(rows["lon"].astype(float), rows["lat"].astype(float), spec.crs)
    rows["lon"], rows["lat"] = lon, lat
    if "grid_id" not in rows:
        rows["grid_id"] = None
    merged(rows, "grid_id", reading.lookups.locator.by_point(lon, lat))


def _settle_activity(rows: pd.DataFrame, spec: WorkTable, reading: Reading, faults: Faults) -> None:
    """Numbers made of ids, the same in every extract: the table has no column for a source's own."""
    assert isinstance(spec, Activities)
    text = faults.frame.apply(lambda column: column.str.strip())
    ids = joined(text, spec.id)
    _fault(faults, spec, "id", ids.str.strip("\x1f") == "", "the id is empty")
    rows["activity_id"] = _numbers(rows["kind"], ids)
    if spec.of:
        of = joined(text, spec.of)
        kind = rows["kind"].where(~rows["kind"].isin(PROBLEM_OF), "problem")
        rows["of_id"] = _numbers(kind, of).where(of.str.strip("\x1f") != "", None)
    rows["day"] = days_of(rows["at"], reading.zone).astype("object")


def _numbers(kinds: pd.Series, ids: pd.Series) -> pd.Series:
    """63 bits of a fingerprint: of a million ids two hardly ever share one."""
    found = [
        int.from_bytes(hashlib.blake2b(f"{k}\x1f{i}".encode(), digest_size=8).digest(), "big") >> 1
        for k, i in zip(kinds, ids, strict=True)
    ]
    return pd.Series(found, index=ids.index, dtype="object")


def _settle_rating(rows: pd.DataFrame, spec: WorkTable, reading: Reading, faults: Faults) -> None:
    highest = rows["kind"].map(RATED)
    for name in ("level", "level_before"):
        if name in rows:
            above = rows[name].astype("Int64") > highest.astype("Int64")
            _fault(faults, spec, name, above, "is above the highest: 5 stars, 1 for a flag")


def _fault(faults: Faults, spec: WorkTable, name: str, mask: pd.Series, reason: str) -> None:
    told = getattr(spec, name)
    column = told[0] if isinstance(told, list) else (told.column or name)
    faults.add(mask.fillna(False).astype(bool), column, reason)


SECTIONS: Mapping[str, Section] = {
    "access_items": Section(
        access_item,
        ("code",),
        {
            "code": _text("code"),
            "batch": Field("batch", whole(1, 1000)),
            "class_code": _text("class_code"),
            "class_name": _text("class_name"),
            "class_name_en": _text("class_name_en", required=False),
            "name": _text("name"),
            "name_en": _text("name_en", required=False),
            "department": Field("department_id", department, required=False),
            "lead_level": Field("lead_level", word(*LEAD_LEVELS)),
            "valid_from": Field("valid_from", day),
            "valid_to": Field("valid_to", day, required=False),
        },
        number="item_id",
        settle=_english("class_name", "name"),
    ),
    "compounds": Section(
        compound,
        ("code",),
        {
            "code": _text("code"),
            "name": _text("name"),
            "kind": _text("kind"),
            "grid": Field("grid_id", grid, required=False),
            "managed": Field("managed", flag),
            "lon": Field("lon", decimal(-1e9, 1e9), required=False),
            "lat": Field("lat", decimal(-1e9, 1e9), required=False),
        },
        number="compound_id",
        settle=_settle_compound,
        version=("cases", "grids"),
    ),
    "exclusive_grids": Section(
        exclusive_grid,
        ("grid_id",),
        {
            "grid": Field("grid_id", grid),
            "type": _text("type"),
            "type_en": _text("type_en", required=False),
            "people": Field("people", whole(0, MOST), required=False),
            "area_km2": Field("area_km2", decimal(0, 1e6), required=False),
            "risk": Field("risk", word(*RISKS), required=False),
            "head_is_civil_servant": Field("head_is_civil_servant", flag),
            "units": Field("units", whole(0, MOST)),
            "informants": Field("informants", whole(0, MOST)),
            "reported_at": Field("reported_at", moment, required=False),
            "subject_org": _text("subject_org", required=False),
            "territorial_org": _text("territorial_org", required=False),
            "supervising_dept": _text("supervising_dept", required=False),
            "linked_grid": Field("linked_grid_id", grid, required=False),
        },
        settle=_settle_exclusive,
        version=("cases", "grids"),
    ),
    "staff": Section(
        staff,
        ("code",),
        {
            "code": _text("code"),
            "grid": Field("grid_id", grid),
            "role": Field("role", named("posts")),
            "name": _text("name", required=False),
            "phone": _text("phone", required=False),
            "force": Field("force", named("forces"), required=False),
            "team": Field("team", named("teams"), required=False),
            "duty_mode": Field("duty_mode", word(*DUTY_MODES)),
            "on_duty": Field("on_duty", flag, default=1),
        },
        number="staff_id",
    ),
    "activities": Section(
        activity,
        ("activity_id",),
        {
            "kind": Field("kind", word(*ACTIVITIES)),
            "grid": Field("grid_id", grid),
            "department": Field("department_id", department, required=False),
            "part": _text("part", required=False),
            "title": Field("title", open_text, required=False),
            "at": Field("at", moment),
            "due_at": Field("due_at", moment, required=False),
            "done_at": Field("done_at", moment, required=False),
            "amount": Field("amount", whole(0, MOST), default=1),
        },
        settle=_settle_activity,
    ),
    "ratings": Section(
        rating,
        ("grid_id", "kind", "period", "day"),
        {
            "grid": Field("grid_id", grid),
            "kind": Field("kind", word(*RATED)),
            "period": _text("period"),
            "day": Field("day", day),
            "level": Field("level", whole(0, 5)),
            "level_before": Field("level_before", whole(0, 5), required=False),
            "indicator": _text("indicator", required=False),
        },
        number="rating_id",
        settle=_settle_rating,
    ),
    "case_parties": Section(
        case_party,
        ("case_id", "role", "name"),
        {
            "case": Field("case_id", case),
            "role": Field("role", word(*PARTY_ROLES)),
            "name": Field("name", open_text),
            "department": Field("department_id", department, required=False),
        },
    ),
}
"""By mapping key, in the order in which they are loaded; the access list comes before the cases."""

BEFORE_CASES = ("access_items",)
"""Sections that cases refer to."""

PARTICULARS: Mapping[str, Field] = {
    "importance": Field("importance", whole(1, 3), required=False),
    "urgency": Field("urgency", whole(1, 3), required=False),
    "access_item": Field("access_item_id", item, required=False),
    "cross_type": Field("cross_type", word(*CROSS_TYPES), required=False),
    "lead_level": Field("lead_level", word(*LEAD_LEVELS), required=False),
}
"""What more [cases] may tell of a case, by mapping key."""
