"""Makes rows of the case tables out of checked items; words become ids, grids become paths."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from data import bulk
from data.arrival.checks import Item
from data.case_tables import case_record, category, department
from data.ingest import CaseBatch
from data.load.case_events import stored_events
from data.load.case_rows import DOORS
from data.load.locate import Locator
from data.load.plain import NUMBERS

RECORD = [
    *("code", "kind", "source_id", "category_id", "department_id", "title", "road"),
    *("address_masked", "lon", "lat", "location", "anonymous", "self_handled", "in_grid"),
    *("importance", "urgency", "is_test", "flags"),
]
PLAIN = ("road", "importance", "urgency", "in_grid")
WHOLE = ("department_id", "in_grid", "importance", "urgency")
SURVEY = [
    *("code", "cycle_no", "surveyed_at", "channel", "reached", "responded", "solved"),
    "satisfaction",
]
EVENT_WHOLE = dict.fromkeys(("department_id", "deadline", "limit_seconds"), "Int64")
EVENT = [
    *("code", "type", "at", "actor_role", "actor", "department_id", "deadline"),
    *("limit_seconds", "limit_clock", "lead_level", "stage", "note"),
]


@dataclass
class Known:
    """What the database knows of the items of a batch.

    stored: rows of case_record by code; older: codes of items that tell less than is known already.
    """

    prefix: str
    source_id: int
    categories: Mapping[str, int]
    departments: Mapping[str, int]
    locators: Sequence[Locator]
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    older: set[str] = field(default_factory=set)

    def code_of(self, item: Item) -> str:
        """The code of an item's case in the database."""
        return self.prefix + str(item.values["id"])


def known_of(
    connection: Connection,
    items: Sequence[Item],
    source_id: int,
    prefix: str,
    locators: Sequence[Locator],
) -> Known:
    """Look up what items name, and refuse those that name what there is not."""
    categories = connection.execute(select(category.c.code, category.c.category_id))
    departments = connection.execute(select(department.c.code, department.c.department_id))
    known = Known(
        prefix,
        source_id,
        {code: int(number) for code, number in categories},
        {code: int(number) for code, number in departments},
        locators,
    )
    codes = [known.code_of(item) for item in items]
    columns = [case_record.c[name] for name in RECORD]
    rows = bulk.read_for(connection, select(*columns), case_record.c.code, codes)
    known.stored = {row["code"]: row for row in rows.to_dict("records")}
    log = stored_events(connection, [code for code in codes if code in known.stored])
    newest = log.groupby("code")["at"].max().to_dict() if len(log) else {}
    for item in items:
        _look_up(item, known)
        code = known.code_of(item)
        if max(event["at"] for event in item.lists["events"]) < newest.get(code, 0):
            known.older.add(code)
    return known


def _look_up(item: Item, known: Known) -> None:
    values = item.values
    if values["category"] not in known.categories:
        item.refuse("category", f"there is no category {values['category']}")
    if values["department"] not in (None, *known.departments):
        item.refuse("department", f"there is no department {values['department']}")
    for number, event in enumerate(item.lists["events"]):
        if event["department"] not in (None, *known.departments):
            where = f"events[{number}].department"
            item.refuse(where, f"there is no department {event['department']}")
    grid = values["grid"]
    if grid is not None and not any(grid in one.tree.by_code for one in known.locators):
        item.refuse("grid", f"there is no grid {grid}")
    stored = known.stored.get(known.code_of(item))
    if stored is None and all(event["type"] != "reported" for event in item.lists["events"]):
        item.refuse("events", "a case that is not known yet begins with an event `reported`")
    if stored is not None and int(stored["source_id"]) != known.source_id:
        item.refuse("id", "another source has a case of this id; give this token a prefix")


def batch_of(connection: Connection, items: Sequence[Item], known: Known, now: int) -> CaseBatch:
    """The batch that items make; they are all good."""
    codes = pd.Series([known.code_of(item) for item in items])
    points = pd.DataFrame([{n: item.values[n] for n in ("lon", "lat")} for item in items])
    points = points.astype(float)
    paths = [_paths(one, items, codes, points) for one in known.locators]
    in_no_grid = paths[0].drop(columns=["code", "hierarchy_id"]).isna().all(axis=1).tolist()
    records = [
        known.stored[code] if code in known.older else _record(item, code, known, bare)
        for item, code, bare in zip(items, codes, in_no_grid, strict=True)
    ]
    cases = pd.DataFrame(records, columns=RECORD)
    cases = cases.astype(dict.fromkeys(WHOLE, "Int64") | {"lon": float, "lat": float})
    return CaseBatch(
        cases=cases,
        paths=pd.concat(paths, ignore_index=True),
        events=_events(items, codes, known),
        surveys=_surveys(items, codes),
    )


def _record(item: Item, code: str, known: Known, in_no_grid: bool) -> dict[str, Any]:
    values = item.values
    title, address = _struck(values["title"]), _struck(_building(values["address"]))
    struck = title != values["title"] or address != _building(values["address"])
    flags = [name for name, is_so in (("no_grid", in_no_grid), ("number_masked", struck)) if is_so]
    return {
        "code": code,
        "kind": values["kind"] or "事件",
        "source_id": known.source_id,
        "category_id": known.categories[values["category"]],
        "department_id": known.departments.get(values["department"]),
        "title": title,
        "address_masked": address,
        "lon": values["lon"],
        "lat": values["lat"],
        "location": "none" if values["lon"] is None else "exact",
        **{name: values[name] for name in PLAIN},
        **{name: values[name] or 0 for name in ("anonymous", "self_handled", "is_test")},
        "flags": ",".join(flags) or None,
    }


def _struck(text: str | None) -> str | None:
    """A text without telephone and identity numbers."""
    return None if text is None else NUMBERS.sub("***", text)


def _building(address: str | None) -> str | None:
    """An address down to the building."""
    for pattern in DOORS if address else ():
        address = re.sub(pattern, "", str(address)).strip()
    return address or None


def _paths(
    locator: Locator, items: Sequence[Item], codes: pd.Series, points: pd.DataFrame
) -> pd.DataFrame:
    """The path of each item in one hierarchy: by its grid where that is one of it, else by its point."""
    named = [locator.tree.by_code.get(item.values["grid"] or "") for item in items]
    by_code = pd.Series([None if grid is None else grid.grid_id for grid in named], dtype="Int64")
    found = by_code.fillna(locator.by_point(points["lon"], points["lat"]))
    path = locator.path_frame(found)
    path.insert(0, "hierarchy_id", locator.tree.hierarchy_id)
    path.insert(0, "code", codes)
    return path


def _events(items: Sequence[Item], codes: pd.Series, known: Known) -> pd.DataFrame:
    rows = []
    for item, code in zip(items, codes, strict=True):
        for event in item.lists["events"]:
            number = known.departments.get(event["department"])
            note = _struck(event["note"])
            rows.append({**event, "code": code, "department_id": number, "note": note})
    return pd.DataFrame(rows, columns=EVENT).astype({"at": "int64", **EVENT_WHOLE})


def _surveys(items: Sequence[Item], codes: pd.Series) -> pd.DataFrame:
    rows = []
    for item, code in zip(items, codes, strict=True):
        for one in item.lists["surveys"]:
            rows.append({**one, "code": code, "cycle_no": one["cycle"], "surveyed_at": one["at"]})
    frame = pd.DataFrame(rows, columns=SURVEY)
    return frame.astype({"reached": "Int64", "responded": "Int64", "solved": "Int64"})
