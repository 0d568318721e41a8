"""Takes over the rules of a site folder (docs/sites.md), and keeps the states of cases in step with them."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, select

from data.case_tables import category, site_setting, source
from data.errors import InputError, SetupError
from data.load.mapping import Mapping
from data.load.site_calendar import take_back_flags, write_working_time
from data.load.site_mapping import Period
from data.load.summary import Part
from data.load.vocabulary import Vocabularies, read_names
from data.rederive import renew_states
from data.rules import Rules, read_calendar_of, read_rules
from data.sites.folder import SITE_FILE, SITES, site_names
from data.sites.named_checks import category_problems, clock_problems, source_problems
from data.sites.problems import check_rules
from data.sites.settings import SETTINGS, SiteRules, rules_of, stage_limits_of
from data.sites.shape import Problem
from data.stage_limits import StageLimit, read_stage_limits, write_stage_limits
from data.stored_settings import read_setting, write_setting
from data.versions import bump
from data.working_time import MINUTES, WorkCalendar

OWNER = "rules_folder"
"""Setting that remembers from which folder the rules were taken."""
STAGES = "stage limits"
"""What the table of that name is called among the settings."""

Category = tuple[str, str]
"""大类 and 小类 as the case files write them."""


def with_rules(mapping: Mapping) -> Mapping:
    """The mapping with the rules of the folder it names; raises InputError with all that is wrong."""
    if mapping.site.rules is None:
        return mapping
    folder = _folder(mapping.folder, mapping.site.rules)
    usual = mapping.default_hierarchy()
    trees = {tree.code: len(tree.level) - 1 for tree in (usual, *mapping.hierarchy)}
    named = [period.key for period in mapping.site.period]
    held, problems = check_rules(folder, trees, named)
    period = held.get("period", {})
    if not problems and "from" in period and period["key"] in named:
        wrong = f"the mapping has a [[site.period]] {period['key']!r} too"
        problems.append(Problem(SITE_FILE, "period.key", wrong, "keep one of them"))
    rules = SiteRules(folder / SITE_FILE, held)
    _refuse(rules, problems)
    site = mapping.site
    if "from" in period:
        first, last = (date.fromisoformat(period[end]) for end in ("from", "to"))
        extra = Period(
            key=period["key"],
            name=period["name"],
            name_en=period["name_en"],
            first_day=first,
            last_day=last,
        )
        site = dataclasses.replace(site, period=[*site.period, extra])
    return dataclasses.replace(mapping, site=site, site_rules=rules)


def _folder(beside: Path, name: str) -> Path:
    for folder in (SITES / name, beside / name):
        if (folder / SITE_FILE).is_file():
            return folder
    raise InputError(
        f"There is no {beside / name / SITE_FILE}, and no site of that name; name a folder beside "
        f"the mapping, or one of {', '.join(site_names())}."
    )


def _refuse(rules: SiteRules, problems: Iterable[Problem]) -> None:
    if lines := "\n".join(f"  {problem}" for problem in problems):
        raise InputError(f"{rules.file} cannot be used:\n{lines}")


def write_site_rules(connection: Connection, mapping: Mapping, now: int) -> list[Part]:
    """Write working time and rules where they differ, and renew all states, once, if they must be.

    What there is to tell of either. Raises InputError before anything is committed.
    """
    zone = mapping.site.zone
    before = _read(connection, zone)
    working_time = write_working_time(connection, mapping, now)
    rules = _write_rules(connection, mapping, now)
    after = read_rules(connection, zone)
    if after != before:
        moved = before is not None and before.calendar != after.calendar
        part, count = (working_time, "renewed") if moved else (rules, "renewed_by_rules")
        number = renew_states(connection, zone, now)
        if part:
            part.count(count, number)
        if after.calendar:
            take_back_flags(connection, after.calendar)
    return [part for part in (working_time, rules) if part]


def _read(connection: Connection, zone: str) -> Rules | None:
    """The rules in force; None when nobody could go by them."""
    try:
        return read_rules(connection, zone)
    except SetupError:
        return None


def _write_rules(connection: Connection, mapping: Mapping, now: int) -> Part | None:
    part = Part("rules")
    rules, owner = mapping.site_rules, read_setting(connection, site_setting, OWNER)
    if rules is None:
        if owner is None:
            return None
        part.note(
            f"the mapping names none, so those of an earlier load ({owner}) stay; name their "
            'folder in [site]: rules = "…".'
        )
        return part
    limits = _checked_limits(connection, mapping, rules, now)
    told: dict[str, list[str]] = {"new": [], "changed": [], "removed": []}
    for key, value in rules_of(rules.held).items():
        known = _is_set(connection, key)
        if write_setting(connection, site_setting, key, value):
            told["changed" if known else "new"].append(key)
    for key in SETTINGS:
        if key not in rules_of(rules.held) and _is_set(connection, key):
            connection.execute(site_setting.delete().where(site_setting.c.key == key))
            told["removed"].append(key)
    if what := _write_limits(connection, limits):
        told[what].append(f"{STAGES} ({len(limits)})" if limits else STAGES)
    write_setting(connection, site_setting, OWNER, rules.folder)
    changes = [f"{what}: {', '.join(keys)}" for what, keys in told.items() if keys]
    if not changes:
        return None
    # What a site says of itself is read again when the version of the grids changes.
    bump(connection, "grids", now)
    part.note(f"{rules.folder}/{SITE_FILE}: {'; '.join(changes)}.")
    return part


def _is_set(connection: Connection, key: str) -> bool:
    statement = select(site_setting.c.key).where(site_setting.c.key == key)
    return connection.execute(statement).first() is not None


def _checked_limits(
    connection: Connection, mapping: Mapping, rules: SiteRules, now: int
) -> tuple[StageLimit, ...]:
    """The stage limits, after all that the rules name was found in the database or the mapping."""
    stages, zone = rules.held.get("stage", []), mapping.site.zone
    calendar = read_calendar_of(connection, zone)
    sources = set(connection.execute(select(source.c.code)).scalars())
    sources |= set(mapping.cases.source.names if mapping.cases else ())
    categories = _Categories(connection, mapping)
    fix = "write CLASS / ITEM of the cases, and list it in names_file of [cases.category]"
    problems = [
        *category_problems(stages, categories.names, fix),
        *([] if calendar else clock_problems(stages)),
        *source_problems(rules.held, sources, "list it in [cases.source.names]"),
    ]
    _refuse(rules, problems)
    ids = {name: categories.write(name) for name in _named(stages)}
    if categories.added:
        bump(connection, "cases", now)
    # Hours and natural days are as long under any calendar.
    return stage_limits_of(rules.held, calendar or WorkCalendar(zone, ((0, MINUTES),)), ids)


def _named(stages: Iterable[dict[str, str]]) -> set[str]:
    return {entry["category"] for entry in stages if "category" in entry}


def _write_limits(connection: Connection, limits: tuple[StageLimit, ...]) -> str | None:
    try:
        held: tuple[StageLimit, ...] | None = read_stage_limits(connection).rows
    except InputError:
        held = None
    if held == limits:
        return None
    write_stage_limits(connection, limits)
    if not limits:
        return "removed"
    return "new" if held == () else "changed"


class _Categories:
    """The categories that rules may name, by code or by their 小类 alone where only one has it.

    Besides those of the database they are those of the mapping's names file: a limit must be there
    before the first case of its category.
    """

    def __init__(self, connection: Connection, mapping: Mapping) -> None:
        self._connection = connection
        self._cases = mapping.cases
        rows = connection.execute(select(category.c.category_id, category.c.code))
        self._ids = {code: key for key, code in rows}
        self._listed: dict[str, Category] = {}
        if self._cases:
            self._file = read_names(self._cases.category, mapping.folder)
            pairs = zip(self._file["class"], self._file["item"], strict=True)
            self._listed = {f"{class_} / {item}": (class_, item) for class_, item in pairs}
        codes = dict.fromkeys([*self._ids, *self._listed])
        items = {code: code.rpartition(" / ")[2] for code in codes}
        times = Counter(items.values())
        alone = {item: code for code, item in items.items() if times[item] == 1}
        self.names = alone | {code: code for code in codes}
        self.added = False

    def write(self, name: str) -> int:
        """The id of a category by a name that it goes by; it is added when it has no case yet."""
        code = self.names[name]
        if code in self._ids:
            return self._ids[code]
        assert self._cases is not None
        words = Vocabularies(self._cases.source, None, self._file)
        class_, item = self._listed[code]
        standard = self._cases.category.standard
        self._ids[code] = words.category_id(self._connection, class_, item, standard)
        self.added = True
        return self._ids[code]
