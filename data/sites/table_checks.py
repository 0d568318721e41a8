"""What can be wrong with the tables of a site: columns, codes, and what one names of another."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.calendar_file import read_calendar
from data.errors import InputError
from data.sites.folder import SITE_FILE, TABLES, table_path
from data.sites.keys import RHYTHM
from data.sites.ladder_checks import most_children
from data.sites.named_checks import category_problems, clock_problems, source_problems
from data.sites.shape import Problem, check_shape
from data.toml_file import nearest_key, read_toml
from data.working_time import CLOCKS

Rows = list[dict[str, str]]

COLUMNS = {
    "sources.csv": "code name name_en position share public hours self_handled accept_minutes",
    "categories.csv": (
        "code standard class_code class_name class_name_en name name_en kind line theme weight limit "
        "limit_clock department street_share season title"
    ),
    "departments.csv": "code name name_en lateness",
    "places.csv": "use text pinyin",
    "industries.csv": "industry kind risk weight suffix",
    "tags.csv": "code name name_en subject class_name sensitivity owner field value share",
}
LINES = ("management", "service", "safety")
SEASONS = ("", "summer", "winter", "rain")
USES = (
    "road_first",
    "road_second",
    "road_kind",
    "compound_first",
    "compound_second",
    "yard",
    "shop",
)
OWN_POOLS = ("site", "stations")
ZONE = "Asia/Shanghai"


def table_problems(folder: Path, site: dict[str, Any]) -> Iterator[Problem]:
    """Problems of the tables beside a site.toml whose keys are of the right form."""
    tables: dict[str, Rows] = {}
    rhythm: dict[str, Any] = {}
    for name in TABLES:
        path = table_path(folder, site, name)
        if path is None:
            lender = f" and in {site['tables']}" if "tables" in site else ""
            fix = 'add it, or borrow tables: tables = "../demo"'
            yield Problem(name, "-", f"is missing here{lender}", fix)
            if name == "calendar.toml":
                yield from clock_problems(site.get("stage", []))
        elif name in COLUMNS:
            rows, problems = _read(path, COLUMNS[name].split())
            tables[name] = rows
            yield from problems
        elif name == "calendar.toml":
            yield from _calendar_problems(path)
        else:
            try:
                rhythm = read_toml(path, "rhythm")
                yield from check_shape(name, rhythm, RHYTHM)
            except InputError as error:
                yield Problem(name, "-", str(error).rstrip("."), "correct it")
    if set(tables) == set(COLUMNS) and all(tables.values()):
        yield from _source_problems(tables, rhythm)
        yield from _category_problems(tables)
        yield from _place_problems(tables["places.csv"], site)
        yield from _rule_problems(site, tables)
        yield from _access_problems(folder, site, tables)


def _read(path: Path, columns: list[str]) -> tuple[Rows, list[Problem]]:
    """The rows of a table, none when it lacks a column; and its own problems."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            held = list(reader.fieldnames or [])
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Problem(path.name, "-", f"cannot be read ({error})", "save it as CSV UTF-8")]
    if missing := [name for name in columns if name not in held]:
        near = nearest_key(missing[0], held).rstrip(".")
        return [], [Problem(path.name, "row 1", f"has no column {missing[0]!r}", f"add it; {near}")]
    problems = []
    if not rows:
        problems.append(Problem(path.name, "-", "has no rows", "add at least one"))
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        at = f"row {number}"
        if None in row or None in row.values():
            problems.append(Problem(path.name, at, "has too many or too few fields", "correct it"))
            return [], problems
        code = row.get("code")
        if code is not None and seen.setdefault(code, number) != number:
            wrong = f"the code {code!r} is that of row {seen[code]} already"
            problems.append(Problem(path.name, at, wrong, "choose another"))
    return rows, problems


def _calendar_problems(path: Path) -> Iterator[Problem]:
    try:
        calendar = read_calendar(path)
    except InputError as error:
        wrong, _, fix = str(error).removeprefix(f"{path}: ").partition("; ")
        yield Problem(path.name, "-", wrong.rstrip("."), fix.rstrip(".") or "correct it")
        return
    if calendar.zone != ZONE:
        yield Problem(
            path.name, "zone", f"{calendar.zone!r} is not that of the demo", f"use {ZONE}"
        )


def _number(text: str, low: float = 0.0) -> bool:
    try:
        return float(text) >= low
    except ValueError:
        return False


def _source_problems(tables: dict[str, Rows], rhythm: dict[str, Any]) -> Iterator[Problem]:
    themes = sorted({row["theme"] for row in tables["categories.csv"]})
    rows = tables["sources.csv"]
    for number, row in enumerate(rows, 2):
        at = f"row {number} ({row['code']})"
        if not _number(row["share"]):
            yield Problem("sources.csv", at, "has no share", "write the part of cases it brings")
        if row["hours"] not in rhythm.get("hours", {}):
            fix = f"choose from {', '.join(rhythm.get('hours', {}))}"
            yield Problem("sources.csv", at, f"hours {row['hours']!r} are not in rhythm.toml", fix)
        if row["public"] not in ("0", "1"):
            yield Problem("sources.csv", at, f"public is {row['public']!r}", "write 0 or 1")
        for name in ("self_handled", "accept_minutes", "position"):
            if not _number(row[name]):
                yield Problem("sources.csv", at, f"{name} is {row[name]!r}", "write a number")
        for theme in themes:
            if not _number(row.get(theme, "")):
                wrong = f"has no weight for the theme {theme!r}"
                yield Problem(
                    "sources.csv", at, wrong, "add a column with a number for each source"
                )
    if not any(_number(row["share"], 1e-9) for row in rows):
        yield Problem("sources.csv", "share", "no source has any cases", "write shares above 0")


def _category_problems(tables: dict[str, Rows]) -> Iterator[Problem]:
    name = "categories.csv"
    known = department_codes(tables["departments.csv"])
    for number, row in enumerate(tables[name], 2):
        at = f"row {number} ({row['code']})"
        if row["department"] not in known:
            wrong = f"there is no department {row['department']!r}"
            fix = nearest_key(row["department"], sorted(known)).rstrip(".")
            yield Problem(name, at, wrong, f"add it to departments.csv or its covers; {fix}")
        for column, choice in (("limit_clock", CLOCKS), ("line", LINES), ("season", SEASONS)):
            if row[column] not in choice:
                wrong = f"{column} is {row[column]!r}"
                yield Problem(
                    name, at, wrong, f"choose from {', '.join(c or '(empty)' for c in choice)}"
                )
        for column in ("weight", "limit"):
            if not _number(row[column], 1e-9):
                yield Problem(name, at, f"{column} is {row[column]!r}", "write a number above 0")
        if not _number(row["street_share"]) or float(row["street_share"]) > 1:
            yield Problem(name, at, "street_share is no share", "write a number from 0 to 1")
    departments = tables["departments.csv"]
    if len(departments) < 3:
        yield Problem("departments.csv", "-", "has fewer than three departments", "add some")
    for number, row in enumerate(departments, 2):
        if not _number(row["lateness"]):
            wrong = f"lateness is {row['lateness']!r}"
            yield Problem("departments.csv", f"row {number}", wrong, "write a number, 1 = ordinary")


def _rule_problems(site: dict[str, Any], tables: dict[str, Rows]) -> Iterator[Problem]:
    categories, sources = (
        [row["code"] for row in tables[name]] for name in ("categories.csv", "sources.csv")
    )
    stages = site.get("stage", [])
    yield from category_problems(stages, categories, "write a code of categories.csv")
    yield from source_problems(site, sources, "write codes of sources.csv")


def department_codes(departments: Rows) -> dict[str, str]:
    """Every code by which a department may be named, with its own code: `covers` lists others."""
    own = {row["code"]: row["code"] for row in departments}
    covered = {code: row["code"] for row in departments for code in row.get("covers", "").split()}
    return covered | own


def _place_problems(places: Rows, site: dict[str, Any]) -> Iterator[Problem]:
    held: dict[str, int] = {}
    for row in places:
        held[row["use"]] = held.get(row["use"], 0) + 1
    for use in USES:
        if use not in held:
            yield Problem("places.csv", use, "has no rows", "add words for it")
    above = 1
    for number, level in enumerate(site["level"], 1):
        pool = level.get("pool", "")
        parts = pool.split("+")
        unknown = [part for part in parts if part and part not in (*held, *OWN_POOLS)]
        if unknown:
            near = nearest_key(unknown[0], [*held, *OWN_POOLS]).rstrip(".")
            yield Problem(SITE_FILE, f"level[{number}].pool", f"there is no {unknown[0]!r}", near)
        elif pool and pool not in OWN_POOLS:
            words = 1
            for part in parts:
                words *= held[part]
            # Two parts with the same sound are not put together, and none is used twice.
            words = words if len(parts) == 1 else int(0.9 * words)
            if most_children(level["full"], above) > words:
                wrong = f"{pool!r} has too few names for {level['full']} grids in {above}"
                yield Problem(SITE_FILE, f"level[{number}].pool", wrong, "add words to places.csv")
        above = level["full"]


def _access_problems(
    folder: Path, site: dict[str, Any], tables: dict[str, Rows]
) -> Iterator[Problem]:
    rule = site.get("access")
    if rule is None:
        return
    path = table_path(folder, site, rule["table"])
    if path is None:
        fix = "add it or leave [access] out"
        yield Problem(SITE_FILE, "access.table", f"there is no {rule['table']!r}", fix)
        return
    rows, problems = _read(path, ["code", "batch", "class_code", "name", "name_en", "department"])
    yield from problems
    for key, held in (
        ("items", len(rows)),
        ("batches", len({row["batch"] for row in rows})),
        ("classes", len({row["class_code"] for row in rows})),
    ):
        if rows and held != rule[key]:
            wrong = f"{path.name} has {held}, not {rule[key]}"
            yield Problem(SITE_FILE, f"access.{key}", wrong, "correct one of them")
    known = department_codes(tables["departments.csv"])
    for number, row in enumerate(rows, 2):
        if row["department"] not in known:
            wrong = f"there is no department {row['department']!r}"
            yield Problem(path.name, f"row {number}", wrong, "add it to departments.csv")
