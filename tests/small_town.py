"""A small invented town whose cases are written as one line each, so that figures can be worked by hand.

Two trees share three grids, named by code:

    area (default)          T ─ A ─ A1, A2
                              ├ B ─ B1
                              └ C             nothing below, nothing happens there
    patrol                  T ─ P ─ A1, B1
                              └ Q ─ A2
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import shapely
from conftest import City, copies, migrated
from sqlalchemy import Connection, Engine

from data import bulk
from data.case_tables import category, department, site_setting, source
from data.days import epoch_of
from data.engines import CASE, POPULATION, engine_for
from data.grid_writing import write_hierarchy
from data.ingest import CaseBatch, Ingested, ingest

ZONE = "Asia/Shanghai"
START = epoch_of("2026-03-02T00:00", ZONE)
"""Hour 0 of every line: the beginning of a local day."""

SOURCES = {"hotline": 1, "patrol": 2, "app": 3}
CATEGORIES = {"road": 1, "noise": 2, "water": 3}
DEPARTMENTS = {"works": 1, "police": 2, "idle": 3}
TREES = {"area": {"A1": "A", "A2": "A", "B1": "B"}, "patrol": {"A1": "P", "B1": "P", "A2": "Q"}}
TOPS = {"area": ["A", "B", "C"], "patrol": ["P", "Q"]}
UNITS = {"urgent_hour": 3600, "work_hour": 3600, "work_day": 8 * 3600, "natural_day": 86_400}
"""Seconds of its clock that one of a limit stands for."""
COLUMNS = {"lead": "lead_level", "step": "stage", "by": "actor"}
"""Words of a step that stand before what one column of the log holds."""
RATINGS = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "unrated")


@dataclass(frozen=True)
class Case:
    """A case: its steps are `reported 0, accepted 1 due 25, closed 10, surveyed 12 satisfied`.

    Numbers are hours after START. A step may go on with `due 25`, with `limit 4 work_hour` (in that
    clock's own units; the town works eight hours a day), with `lead station`, with `step fence` (of
    step_done) and with `by SL-1`, the seat that acted. A survey is `unreached`, `unrated` or has a
    satisfaction, and may go on with `responded` and `solved`.
    """

    code: str
    steps: str
    leaf: str = ""
    source: str = "hotline"
    category: str = "road"
    department: str | None = "works"
    anonymous: bool = False
    self_handled: bool = False
    is_test: bool = False
    in_grid: bool | None = None
    title: str = "路面破损"
    lon: float = 120.005
    lat: float = 30.005
    location: str | None = None
    importance: int | None = None
    urgency: int | None = None
    item: int | None = None
    caller: str | None = None


def at(hour: float) -> int:
    """Epoch second of an hour of the town."""
    return START + round(hour * 3600)


def events_of(cases: Iterable[Case], until: float | None = None) -> pd.DataFrame:
    """Rows of the event log up to an hour: code, type, at, deadline, limit, lead level, step, seat."""
    rows = []
    for case in cases:
        for type_, hour, *rest in _words(case, until):
            if type_ == "surveyed":
                continue
            row = {"code": case.code, "type": type_, "at": at(float(hour))}
            while rest:
                name = rest.pop(0)
                if name == "due":
                    row["deadline"] = at(float(rest.pop(0)))
                elif name in COLUMNS:
                    row[COLUMNS[name]] = rest.pop(0)
                else:
                    amount, clock = float(rest.pop(0)), rest.pop(0)
                    row |= {"limit_clock": clock, "limit_seconds": round(amount * UNITS[clock])}
            rows.append(row)
    words = ["limit_clock", *COLUMNS.values()]
    frame = pd.DataFrame(rows, columns=["code", "type", "at", "deadline", "limit_seconds", *words])
    whole = {"at": "int64", "deadline": "Int64", "limit_seconds": "Int64"}
    return frame.astype(whole | dict.fromkeys(words, object))


def surveys_of(cases: Iterable[Case], until: float | None = None) -> pd.DataFrame:
    """Rows of the surveys up to an hour."""
    rows = []
    for case in cases:
        asked = [words for words in _words(case, until) if words[0] == "surveyed"]
        for number, (_, hour, answer, *more) in enumerate(asked, start=1):
            reached = int(answer != "unreached")
            row = {
                "code": case.code,
                "cycle_no": number,
                "surveyed_at": at(float(hour)),
                "channel": "phone",
                "reached": reached,
                "responded": int("responded" in more) if reached else None,
                "solved": int("solved" in more) if reached else None,
                "satisfaction": answer if reached and answer != "unrated" else None,
            }
            rows.append(row)
    kinds = dict.fromkeys(["code", "channel", "satisfaction"], object)
    kinds |= dict.fromkeys(["cycle_no", "surveyed_at", "reached"], "int64")
    kinds |= dict.fromkeys(["responded", "solved"], "Int64")
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def _words(case: Case, until: float | None) -> list[list[str]]:
    steps = [step.split() for step in case.steps.split(",")]
    return [words for words in steps if until is None or float(words[1]) <= until]


def records_of(cases: Iterable[Case]) -> pd.DataFrame:
    """Rows of case_record without the columns that the ingester fills in."""
    rows = [
        {
            "code": case.code,
            "kind": "事件",
            "source_id": SOURCES[case.source],
            "category_id": CATEGORIES[case.category],
            "department_id": DEPARTMENTS[case.department] if case.department else None,
            "title": case.title,
            "road": "海晏路",
            "address_masked": "海晏路1号",
            "lon": case.lon,
            "lat": case.lat,
            "location": case.location or ("exact" if case.leaf else "none"),
            "anonymous": int(case.anonymous),
            "self_handled": int(case.self_handled),
            "is_test": int(case.is_test),
            "in_grid": None if case.in_grid is None else int(case.in_grid),
            "importance": case.importance,
            "urgency": case.urgency,
            "access_item_id": case.item,
            "caller_key": case.caller,
        }
        for case in cases
    ]
    gaps = ["department_id", "in_grid", "importance", "urgency", "access_item_id"]
    whole = dict.fromkeys(gaps, "Int64")
    return pd.DataFrame(rows).astype(whole) if rows else pd.DataFrame()


def paths_of(cases: Iterable[Case], grid_ids: dict[str, int]) -> pd.DataFrame:
    """Rows of case_path in both trees; a case may be known to a district only, or to nothing."""
    rows = []
    for case in cases:
        for number, (tree, parents) in enumerate(TREES.items(), start=1):
            district = parents.get(case.leaf, case.leaf if case.leaf in TOPS[tree] else None)
            leaf = case.leaf if case.leaf in parents else None
            rows.append((case.code, number, grid_ids.get(district or ""), grid_ids.get(leaf or "")))
    frame = pd.DataFrame(rows, columns=["code", "hierarchy_id", "grid_1", "grid_2"])
    return frame.astype({"grid_1": "Int64", "grid_2": "Int64"})


def batch_of(
    cases: Iterable[Case], grid_ids: dict[str, int], until: float | None = None
) -> CaseBatch:
    """What a source would deliver of these cases at an hour."""
    known = [case for case in cases if _words(case, until)]
    return CaseBatch(
        records_of(known),
        paths_of(known, grid_ids),
        events_of(known, until),
        surveys_of(known, until),
    )


def grids(tree: str) -> pd.DataFrame:
    """One of the two trees as rows for write_hierarchy; the grids A1, A2 and B1 have a shape."""
    squares = {
        code: shapely.box(120 + 0.01 * n, 30, 120.01 + 0.01 * n, 30.01)
        for n, code in enumerate(TREES["area"])
    }
    parents = {"T": None} | dict.fromkeys(TOPS[tree], "T") | TREES[tree]
    return pd.DataFrame(
        {
            "code": list(parents),
            "parent_code": list(parents.values()),
            "name": [f"第{code}格" for code in parents],
            "name_en": [f"Grid {code}" for code in parents],
            "kind": "网格",
            "geometry": pd.Series([squares.get(code) for code in parents], dtype=object),
            "households": pd.array([10] * len(parents), dtype="Int64"),
            "residents": pd.array([None] * len(parents), dtype="Int64"),
        }
    )


def write_ground(connection: Connection) -> dict[str, int]:
    """Settings, vocabularies and both trees; gives the grid ids by code."""
    week = {"key": "week", "name": "第一周", "name_en": "Week one"}
    settings = {
        "name": ["示范镇", "Sample Town"],
        "zone": ZONE,
        "periods": [week | {"from": "2026-03-02", "to": "2026-03-08"}],
    }
    for key, value in settings.items():
        connection.execute(site_setting.insert().values(key=key, value=value))
    for table, words in ((source, SOURCES), (category, CATEGORIES), (department, DEPARTMENTS)):
        rows = pd.DataFrame({"code": list(words), f"{table.name}_id": list(words.values())})
        rows = rows.assign(name=rows["code"] + "名", name_en=rows["code"].str.title())
        rows = rows.assign(position=range(len(rows)), kind="部门", standard="local")
        rows = rows.assign(class_code="1", class_name="市容", class_name_en="Street")
        rows["line"] = rows["code"].map({"road": "management", "water": "service"})
        bulk.insert(connection, table, rows)
    ids: dict[str, int] = {}
    for number, tree in enumerate(TREES):
        ids |= write_hierarchy(
            connection,
            grids(tree),
            code=tree,
            name=tree,
            name_en=tree,
            level_names=[("镇", "Town"), ("社区", "District"), ("网格", "Grid")],
            scheme="town",
            is_default=number == 0,
        )
    return ids


@dataclass(frozen=True)
class Town:
    """A town's databases, open for writing, and its grid ids; `city` opens them as a screen does."""

    city: City
    case: Engine
    population: Engine
    grid_ids: dict[str, int]

    def take(self, cases: Iterable[Case], until: float | None = None, now: float = 0) -> Ingested:
        """Ingest what a source would deliver of these cases at an hour."""
        with self.case.begin() as connection:
            batch = batch_of(list(cases), self.grid_ids, until)
            return ingest(connection, batch, zone=ZONE, now=at(now))

    def forget(self) -> None:
        """Let nothing have happened in it."""
        with self.case.begin() as connection:
            for table in ("case_derived", "survey", "case_event", "case_path", "case_record"):
                connection.exec_driver_sql(f"DELETE FROM {table}")

    def publish(self, *figures: dict[str, object]) -> None:
        """Say what the town has published elsewhere."""
        with self.case.begin() as connection:
            connection.execute(site_setting.insert().values(key="published", value=list(figures)))

    def rows(self, table: str, columns: str = "*") -> list[tuple[object, ...]]:
        """All rows of a table of the case database, in one order."""
        with self.case.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT {columns} FROM {table}")
            return sorted((tuple(row) for row in found), key=str)

    def close(self) -> None:
        """Let go of the databases."""
        self.case.dispose()
        self.population.dispose()


def founded(case_url: str, population_url: str) -> dict[str, int]:
    """Write the ground of the town into two empty databases; gives the grid ids by code."""
    migrated(case_url, population_url)
    case = engine_for(case_url, CASE, writable=True)
    with case.begin() as connection:
        ids = write_ground(connection)
    case.dispose()
    return ids


def found_town(
    engine: str,
    folder: Path,
    name: str = "town",
    make: Callable[[str, str], dict[str, int]] = founded,
) -> Town:
    """A town of an engine in which nothing has happened yet, or what `make` does; a copy, made once."""
    (case_url, population_url), ids = copies(engine, folder, name, make)
    return _opened(case_url, population_url, folder, dict(ids))


def found_town_at(case_url: str, population_url: str, folder: Path) -> Town:
    """The same in two empty databases."""
    return _opened(case_url, population_url, folder, founded(case_url, population_url))


def _opened(case_url: str, population_url: str, folder: Path, ids: dict[str, int]) -> Town:
    case, population = (
        engine_for(url, kind, writable=True)
        for url, kind in ((case_url, CASE), (population_url, POPULATION))
    )
    return Town(City(case_url, population_url, folder), case, population, ids)
