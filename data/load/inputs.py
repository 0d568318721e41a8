"""Finds and opens every file of a load before anything is written, so that a slip costs nothing."""

import dataclasses
import re
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import InputError
from data.load.mapping import Cases, Entities, Mapping, Population
from data.load.text_tables import TextTable, open_table
from data.load.work_mapping import Cell, WorkTable
from data.load.work_sections import PARTICULARS, SECTIONS

BRACES = re.compile(r"\{(.*?)\}")
TIMES = [
    "reported",
    "verify_sent",
    "verified",
    "accepted",
    "dispatched",
    "received",
    "responded",
    "handled",
    "check_sent",
    "checked",
    "closed",
    "deadline",
]

Wanted = dict[str, str | None]
"""Columns that must be there, by the place in the mapping that names them."""


@dataclass(frozen=True)
class Inputs:
    """The opened tables of each part; empty when the part is not loaded. `work`: by section."""

    cases: list[TextTable] = field(default_factory=list)
    population: list[TextTable] = field(default_factory=list)
    entities: list[TextTable] = field(default_factory=list)
    work: dict[str, list[tuple[WorkTable, list[TextTable]]]] = field(default_factory=dict)


def open_inputs(mapping: Mapping, source: Path, parts: tuple[str, ...]) -> Inputs:
    """Open what the parts need; raise InputError for the first file or column that is missing."""
    if not source.is_dir():
        raise InputError(f"--source {source} is no folder.")
    if "grids" in parts:
        for level in (level for hierarchy in mapping.hierarchy for level in hierarchy.level):
            if level.file and not (source / level.file).exists():
                raise InputError(f"There is no file {source / level.file} (level {level.id!r}).")
    tables: dict[str, list[TextTable]] = {}
    cases, people, entities = mapping.cases, mapping.population, mapping.entities
    if cases and "cases" in parts:
        wanted = case_columns(cases)
        tables["cases"] = _open(source, cases.file, wanted, cases.time.format)
    if people and "population" in parts:
        tables["population"] = _open(source, people.file, _population_columns(people))
    if entities and "entities" in parts:
        tables["entities"] = _open(source, entities.file, _entity_columns(entities))
    work = {
        name: [(spec, _open_work(source, name, spec)) for spec in getattr(mapping, name)]
        for name in SECTIONS
        if name in parts and getattr(mapping, name)
    }
    return Inputs(**tables, work=work)


def _open_work(source: Path, name: str, spec: WorkTable) -> list[TextTable]:
    wanted: Wanted = {}
    for spot in dataclasses.fields(spec):
        told = getattr(spec, spot.name)
        if isinstance(told, Cell):
            wanted[f"[{name}] {spot.name}"] = told.column
    for part in ("id", "of"):
        wanted |= {f"[{name}] {part}, {column}": column for column in getattr(spec, part, [])}
    return _open(source, spec.file, wanted, spec.format)


def _open(
    source: Path, pattern: str, wanted: Wanted, date_format: str = "%Y-%m-%d"
) -> list[TextTable]:
    """Open the file, or the files in order of their names when the pattern holds a star."""
    found = sorted(source.glob(pattern)) if "*" in pattern else [source / pattern]
    found = [path for path in found if ".rejected." not in path.name or "*" not in pattern]
    if not found or not all(path.exists() for path in found):
        raise InputError(f"There is no file {source / pattern}; check --source and the mapping.")
    tables = [open_table(path, date_format) for path in found]
    for table in tables:
        table.need(wanted)
    return tables


def case_columns(cases: Cases) -> Wanted:
    """Every column of the case file that the mapping names, by the place that names it."""
    wanted: Wanted = {"[cases] id": cases.id, "[cases] title": cases.title}
    wanted["[cases] caller"] = cases.caller
    for stage in TIMES:
        wanted[f"[cases.time] {stage}"] = getattr(cases.time, stage)
    wanted |= {f"[cases.actor] {step}": name for step, name in cases.actor.columns.items()}
    for name in ("status", "source", "department", "test", "self_handled", "anonymous"):
        part = getattr(cases, name)
        wanted[f"[cases.{name}] column"] = part.column if part else None
    if cases.limit:
        wanted["[cases.limit] value"] = cases.limit.value
        wanted["[cases.limit] clock_column"] = cases.limit.clock_column
    wanted["[cases.category] class_column"] = cases.category.class_column
    wanted["[cases.category] item_column"] = cases.category.item_column
    for name in PARTICULARS:
        cell = getattr(cases, name)
        wanted[f"[cases] {name}"] = cell.column if cell else None
    for name in ("road", "address", "lon", "lat"):
        wanted[f"[cases.place] {name}"] = getattr(cases.place, name)
    for plan in cases.locate:
        for step in plan.by:
            wanted[f"[[cases.locate]] {plan.hierarchy}, {step.column}"] = step.column
    return wanted


def _population_columns(people: Population) -> Wanted:
    return {
        "[population] grid.column": people.grid.column,
        "[population] population": people.population,
        "[population] households": people.households,
    }


def _entity_columns(entities: Entities) -> Wanted:
    wanted: Wanted = {
        f"[entities] {name}": getattr(entities, name)
        for name in ("industry", "lon", "lat", "point")
    }
    wanted |= {f"[entities] id, {column}": column for column in entities.id}
    for template in entities.name:
        wanted |= {f"[entities] name, {c}": c for c in BRACES.findall(template) or [template]}
    wanted |= {f"[entities] address, {c}": c for c in BRACES.findall(entities.address or "")}
    return wanted
