"""Reads a mapping file into `data.load.mapping`; every slip is named with its place and the fix."""

import dataclasses
import re
import types
import typing
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.calendar_file import read_calendar, read_day_names
from data.case_tables import DEEPEST
from data.errors import InputError
from data.load.inputs import case_columns
from data.load.key_rules import parse_rules
from data.load.mapping import Cases, Limit, Mapping, Step
from data.load.points import converter
from data.load.site_folder import with_rules
from data.load.site_mapping import Hierarchy
from data.load.work_checks import work_slips
from data.load.work_mapping import Cell
from data.load.work_sections import SECTIONS
from data.toml_file import nearest_key, read_toml
from data.working_time import WORKING_CLOCKS

_TYPE_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a day, such as 2011-07-01 without quotation marks",
}
HIDING = ("test", "self_handled", "anonymous")
"""What looks at a column for certain words only and keeps none of it."""
_SET_BY_PROGRAM = {"folder", "path", "working_time", "day_names", "site_rules"}


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping; raise InputError for the first thing that is not right."""
    table = read_toml(path, "mapping")
    try:
        mapping = _build(Mapping, table, "")
        _check(mapping)
        mapping = dataclasses.replace(mapping, folder=path.resolve().parent, path=path)
        return _with_rules(_with_calendar(mapping))
    except _SlipError as slip:
        raise InputError(f"{path}: {slip}") from None


class _SlipError(Exception):
    """Something in the mapping is wrong; becomes an InputError with the file's name."""


def _with_calendar(mapping: Mapping) -> Mapping:
    """The mapping with what its calendar file holds."""
    site = mapping.site
    if site.calendar is None:
        return mapping
    file = mapping.folder / site.calendar
    try:
        calendar, names = read_calendar(file), read_day_names(file)
    except InputError as error:
        raise _SlipError(f"[site] calendar: {error}") from None
    if calendar.zone != site.zone:
        raise _SlipError(
            f"[site] calendar: {file} has zone = {calendar.zone!r}, but site.zone is "
            f"{site.zone!r}; give both the same, working time runs on the site's clock."
        )
    return dataclasses.replace(mapping, working_time=calendar, day_names=names)


def _with_rules(mapping: Mapping) -> Mapping:
    """The mapping with the rules of the site folder that it names."""
    try:
        return with_rules(mapping)
    except InputError as error:
        raise _SlipError(f"[site] rules: {error}") from None


def _build(cls: Any, table: dict[str, Any], where: str) -> Any:
    """Make a dataclass from a TOML table, by the types of its fields."""
    fields = {f.name: f for f in dataclasses.fields(cls) if f.name not in _SET_BY_PROGRAM}
    hints = typing.get_type_hints(cls)
    place = f"[{where}]" if where else "the top of the file"
    for key in table:
        if key not in fields:
            raise _SlipError(f"unknown key {key!r} in {place}; {nearest_key(key, list(fields))}")
    values = {}
    for name, spec in fields.items():
        if name in table:
            inner = f"{where}.{name}" if where else name
            values[name] = _value(hints[name], table[name], inner)
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise _SlipError(f"{place} lacks {name!r}.")
    return cls(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return _value(next(t for t in inner if t is not type(None)), value, where)
    if origin is Literal:
        if value not in inner:
            raise _SlipError(f"{where} = {value!r}: choose one of {', '.join(map(repr, inner))}.")
        return value
    if origin is list:
        if where in SECTIONS and isinstance(value, dict):
            return [_build(inner[0], value, where)]
        if not isinstance(value, list):
            raise _SlipError(f"{where} must be a list in [ ].")
        return [_value(inner[0], item, f"{where}.{n}") for n, item in enumerate(value, 1)]
    if origin is dict:
        if not isinstance(value, dict):
            raise _SlipError(f"{where} must be a table of words.")
        return {key: _value(inner[1], item, f"{where}.{key!r}") for key, item in value.items()}
    if hint is Cell and isinstance(value, str):
        return Cell(column=value)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise _SlipError(f"{where} must be a table, [{where}] or {{ … }}.")
        return _build(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, (bool, datetime)) and hint is not bool):
        raise _SlipError(f"{where} = {value!r} must be {_TYPE_NAMES[hint]}.")
    return value


def _check(mapping: Mapping) -> None:
    """What the types cannot say: references between tables, rules, patterns, zones."""
    _check_zone(mapping.site.zone, "site.zone")
    for period in mapping.site.period:
        if period.last_day < period.first_day:
            raise _SlipError(f"site.period {period.key!r} ends before it begins.")
    if not mapping.hierarchy:
        raise _SlipError("at least one [[hierarchy]] is needed.")
    if sum(h.default for h in mapping.hierarchy) > 1:
        raise _SlipError("only one [[hierarchy]] may have default = true.")
    codes = [h.code for h in mapping.hierarchy]
    if len(set(codes)) < len(codes):
        raise _SlipError("two [[hierarchy]] have the same code.")
    for hierarchy in mapping.hierarchy:
        _check_levels(hierarchy)
    _check_crs(mapping)
    _check_work(mapping)
    if mapping.cases:
        _check_cases(mapping)
    if mapping.population:
        _check_level(mapping.default_hierarchy(), mapping.population.level, "population.level")
        _check_rules(mapping.population.grid.rules, "population.grid.rules")


def _check_work(mapping: Mapping) -> None:
    for slip in work_slips(mapping):
        raise _SlipError(slip)
    for name in SECTIONS:
        for spec in getattr(mapping, name):
            _check_zone(spec.zone or mapping.site.zone, f"{name}.zone")
            for key, cell in vars(spec).items():
                _check_rules(cell.rules if isinstance(cell, Cell) else [], f"{name}.{key}")


def _check_levels(hierarchy: Hierarchy) -> None:
    where = f"hierarchy {hierarchy.code!r}"
    if not 2 <= len(hierarchy.level) <= DEEPEST + 1:
        raise _SlipError(f"{where} has {len(hierarchy.level)} levels; 2 to {DEEPEST + 1} work.")
    if len({level.id for level in hierarchy.level}) < len(hierarchy.level):
        raise _SlipError(f"{where}: two levels have the same id.")
    for depth, level in enumerate(hierarchy.level):
        place = f"{where}, level {level.id!r}"
        if (level.code is None) == (level.file is None):
            raise _SlipError(f"{place}: give either a file with a key, or (top only) a code.")
        if level.code is not None and depth > 0:
            raise _SlipError(f"{place}: only the top level can be a bare code; name its file.")
        if level.file is not None and level.key is None:
            raise _SlipError(f"{place}: say which property holds the code: key = {{ column = … }}.")
        if level.geometry == "children" and depth == len(hierarchy.level) - 1:
            raise _SlipError(f'{place}: the lowest level has no children; use geometry = "file".')
        for key in (level.key, level.parent):
            _check_rules(key.rules if key else [], place)
        above = hierarchy.level[depth - 1] if depth > 1 else None
        if above and above.geometry == "children" and level.parent is None:
            raise _SlipError(
                f"{place}: the level above is the union of its children, so say to which parent "
                "each belongs: parent = { column = … }."
            )


def _check_cases(mapping: Mapping) -> None:
    cases = mapping.cases
    assert cases is not None
    _check_zone(cases.time.zone or mapping.site.zone, "cases.time.zone")
    for name in ("road_remove", "address_remove"):
        for pattern in getattr(cases.place, name):
            try:
                re.compile(pattern)
            except re.error as error:
                raise _SlipError(
                    f"cases.place.{name}: {pattern!r} is no pattern ({error})."
                ) from None
    if (cases.place.lon is None) != (cases.place.lat is None):
        raise _SlipError("[cases.place] needs both lon and lat, or neither.")
    for point in (*cases.place.default_points, *cases.place.real_points):
        if len(point) != 2:
            raise _SlipError(f"[cases.place]: {point} must be [longitude, latitude].")
    for vocabulary in (cases.source, cases.department):
        for word, names in (vocabulary.names if vocabulary else {}).items():
            if len(names) != 2:
                raise _SlipError(f'{word!r} must be named twice: ["中文", "English"].')
    _check_status(mapping)
    for done in cases.actor.columns:
        # A case counts as accepted when it was reported, where nothing else is told.
        if getattr(cases.time, done) is None and done != "accepted":
            raise _SlipError(
                f"[cases.actor] {done}: nothing says when that was done; give [cases.time] a column "
                f"{done} too, or leave it out."
            )
    _check_caller(cases)
    if cases.limit:
        _check_limit(cases.limit, mapping.site.calendar is not None)
    by_code = {h.code: h for h in mapping.hierarchy}
    for locate in cases.locate:
        if locate.hierarchy not in by_code:
            raise _SlipError(f"cases.locate: there is no hierarchy {locate.hierarchy!r}.")
        for step in locate.by:
            _check_step(by_code[locate.hierarchy], step, cases.place.lon is not None)
    if {locate.hierarchy for locate in cases.locate} != set(by_code) or len(cases.locate) != len(
        by_code
    ):
        raise _SlipError("each [[hierarchy]] needs exactly one [[cases.locate]].")


def _check_caller(cases: Cases) -> None:
    """A column that is kept hashed only must not be kept plain under another name."""
    hidden = ("[cases] caller", *(f"[cases.{name}] column" for name in HIDING))
    for wanting, column in case_columns(cases).items():
        if column is not None and column == cases.caller and wanting not in hidden:
            raise _SlipError(
                f"[cases] caller: {column!r} is read by {wanting} too and would be stored as it is; "
                "give the caller a column of its own."
            )


def _check_status(mapping: Mapping) -> None:
    status = mapping.cases.status if mapping.cases else None
    if status is None:
        return
    words = [*status.open, *status.closed, *status.cancelled, *status.rejected]
    twice = {word for word in words if words.count(word) > 1}
    if twice:
        raise _SlipError(f"[cases.status]: {sorted(twice)[0]!r} is listed under two meanings.")


def _check_limit(limit: Limit, has_calendar: bool) -> None:
    where = "[cases.limit]"
    if (limit.clock is None) == (limit.clock_column is None):
        raise _SlipError(
            f"{where}: say on which clock the limits run: either clock = … for all rows, or "
            "clock_column = … with [cases.limit.clocks]."
        )
    if limit.clock is not None and limit.clocks:
        raise _SlipError(f"{where}: clocks goes with clock_column; remove it or clock.")
    if limit.clock is None and not limit.clocks:
        raise _SlipError(
            f"{where}: say what the words of {limit.clock_column!r} mean, in "
            '[cases.limit.clocks]: "工作日" = "work_day".'
        )
    working = [clock for clock in limit.possible_clocks() if clock in WORKING_CLOCKS]
    if working and not has_calendar:
        raise _SlipError(
            f"{where}: {working[0]} runs in working time only, and the site has none; name a "
            'calendar file in [site]: calendar = "calendar.toml".'
        )


def _check_step(hierarchy: Hierarchy, step: Step, has_point: bool) -> None:
    if step.point:
        if step.column or step.level:
            raise _SlipError("cases.locate: a step is either a column or point = true, not both.")
        if not has_point:
            raise _SlipError("cases.locate: point = true needs lon and lat in [cases.place].")
        return
    if not step.column or not step.level:
        raise _SlipError("cases.locate: a step needs column and level, or point = true.")
    _check_level(hierarchy, step.level, "cases.locate")
    _check_rules(step.rules, f"cases.locate {step.column!r}")


def _check_level(hierarchy: Hierarchy, level: str, where: str) -> None:
    known = [item.id for item in hierarchy.level]
    if level not in known:
        raise _SlipError(
            f"{where}: {level!r} is no level of hierarchy {hierarchy.code!r} ({', '.join(known)})."
        )


def _check_rules(rules: list[str], where: str) -> None:
    try:
        parse_rules(rules)
    except ValueError as error:
        raise _SlipError(f"{where}: {error}") from None


def _check_crs(mapping: Mapping) -> None:
    levels = [level for hierarchy in mapping.hierarchy for level in hierarchy.level]
    place = mapping.cases.place if mapping.cases else None
    tables = [place, mapping.entities, *levels, *mapping.compounds]
    for table in tables:
        try:
            converter(table.crs if table else None)
        except ValueError as error:
            raise _SlipError(str(error)) from None


def _check_zone(zone: str, where: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _SlipError(f"{where} = {zone!r} is no time zone; e.g. Asia/Shanghai.") from None
