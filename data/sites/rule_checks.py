"""What can be wrong with the rules of a site: lights, priorities, definitions, scenes, figures."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from data.events import EVENT_TYPES
from data.score_weights import sum_slips
from data.sites.folder import SITE_FILE
from data.sites.named_checks import stage_problems
from data.sites.shape import Problem
from data.toml_file import nearest_key

CELLS = [[importance, urgency] for importance in (1, 2, 3) for urgency in (1, 2, 3)]
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CODE = re.compile(r"[0-9A-Z]{6,12}")


def site_problems(site: dict[str, Any]) -> Iterator[Problem]:
    """Problems of a site.toml beside its ladder and rules; its keys are of the right form."""
    if not _CODE.fullmatch(site["code"]):
        yield _problem(
            "code", f"{site['code']!r} is no code of an area", "write 6 to 12 digits or capitals"
        )
    if abs(site["centre"][1]) > 85:
        yield _problem("centre", "the latitude is beyond 85 degrees", "write [lon, lat]")
    for end in ("from", "to"):
        if end in site["period"]:
            wrong = "a made-up site lays its period before the day it is built"
            yield _problem(f"period.{end}", wrong, "leave it out")
    yield from _size_problems(site)
    yield from _station_problems(site)


def rule_problems(
    site: dict[str, Any], trees: Mapping[str, int], periods: Collection[str]
) -> Iterator[Problem]:
    """Problems of the rules in a site.toml whose keys are of the right form.

    trees: levels below the top by hierarchy, the default one first; periods: keys of the named ones.
    """
    yield from _priority_problems(site.get("priority", []))
    yield from _definition_problems(site.get("definition", []))
    for name in ("post", "force", "team", "priority", "published"):
        yield from _repeated(name, site.get(name, []))
    for event in site.get("steps", {}):
        if event not in EVENT_TYPES:
            near = nearest_key(event, EVENT_TYPES).rstrip(".")
            yield _problem(f"steps.{event}", "is no event of a case", near)
    begins = site.get("assessment", {}).get("day_begins", "00:00")
    if not _CLOCK.fullmatch(begins):
        yield _problem("assessment.day_begins", f"{begins!r} is no time", 'write e.g. "12:00"')
    for role, wrong, fix in sum_slips(site.get("scores", {})):
        yield _problem(f"scores.{role}", wrong, fix)
    yield from stage_problems(site.get("stage", []))
    yield from _period_problems(site.get("period", {}))
    yield from _scene_problems(site.get("scene", []), trees)
    yield from _figure_problems(site.get("published", []), periods)


def _problem(key: str, wrong: str, fix: str) -> Problem:
    return Problem(SITE_FILE, key, wrong, fix)


def _repeated(name: str, entries: list[dict[str, Any]]) -> Iterator[Problem]:
    keys = [entry["key"] for entry in entries]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _problem(name, f"the key {key!r} is used twice", "choose another for one")


def _priority_problems(priorities: list[dict[str, Any]]) -> Iterator[Problem]:
    taken: dict[tuple[int, int], str] = {}
    for number, priority in enumerate(priorities, 1):
        at = f"priority[{number}].when"
        if not priority["when"]:
            yield _problem(at, "no cell has this priority", "write [[importance, urgency], …]")
        for cell in priority["when"]:
            if cell not in CELLS:
                yield _problem(at, f"{cell!r} is no cell", "write two numbers from 1 to 3")
                continue
            first = taken.setdefault((cell[0], cell[1]), priority["key"])
            if first != priority["key"]:
                yield _problem(at, f"{cell!r} is one of {first!r} already", "leave it in one")
    yield from _colour_problems(priorities)
    if priorities:
        for cell in CELLS:
            if (cell[0], cell[1]) not in taken:
                yield _problem("priority", f"no priority has the cell {cell!r}", "add it to one")


def _colour_problems(priorities: list[dict[str, Any]]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for number, priority in enumerate(priorities, 1):
        colour = priority.get("colour")
        if colour in owner:
            wrong = f"{colour!r} is the colour of {owner[colour]!r} already"
            yield _problem(f"priority[{number}].colour", wrong, "choose another, or leave it out")
        elif colour is not None:
            owner[colour] = priority["key"]


def _definition_problems(definitions: list[dict[str, Any]]) -> Iterator[Problem]:
    seen = set()
    for number, definition in enumerate(definitions, 1):
        at = f"definition[{number}].valid_from"
        begins = definition["valid_from"]
        if not _is_day(begins):
            yield _problem(at, f"{begins!r} is no day", 'write e.g. "2026-01-01"')
        if (definition["metric"], begins) in seen:
            yield _problem(at, "another version begins on that day", "choose another day")
        seen.add((definition["metric"], begins))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _period_problems(period: dict[str, str]) -> Iterator[Problem]:
    days = [period.get(end) for end in ("from", "to")]
    for end, day in zip(("from", "to"), days, strict=True):
        if day is None and any(days):
            yield _problem(f"period.{end}", "is missing", "give both days, or neither")
        elif day is not None and not _is_day(day):
            yield _problem(f"period.{end}", f"{day!r} is no day", 'write e.g. "2026-01-01"')
    # Days that are written in full are in the order of their texts.
    if all(day and _is_day(day) for day in days) and str(days[0]) > str(days[1]):
        yield _problem("period.to", "comes before from", "write the earlier day as from")


def _scene_problems(scenes: list[dict[str, Any]], trees: Mapping[str, int]) -> Iterator[Problem]:
    for number, scene in enumerate(scenes, 1):
        at = f"scene[{number}].fragment"
        told = dict(parse_qsl(scene["fragment"]))
        code = told.get("hierarchy", next(iter(trees)))
        if code not in trees:
            near = nearest_key(code, list(trees)).rstrip(".")
            yield _problem(at, f"there is no hierarchy {code!r}", near)
            continue
        level, deepest = told.get("level", "0"), trees[code]
        if not level.isdigit() or int(level) > deepest:
            yield _problem(at, f"level={level} is not in {code!r}", f"choose from 0 to {deepest}")


def _figure_problems(figures: list[dict[str, Any]], periods: Collection[str]) -> Iterator[Problem]:
    known = ", ".join(map(repr, periods))
    for number, figure in enumerate(figures, 1):
        at = f"published[{number}]"
        if figure["period"] not in periods:
            fix = f"choose from {known}" if known else "name it in [[site.period]] of the mapping"
            yield _problem(f"{at}.period", f"there is no {figure['period']!r}", fix)
        if not re.fullmatch(r"\d+(\.\d+)?", figure["value"]):
            yield _problem(f"{at}.value", f"{figure['value']!r} is no number", 'write e.g. "99.88"')
        if figure.get("n", 0) > figure.get("d", figure.get("n", 0)):
            yield _problem(f"{at}.n", "is more than d", "give the part as n and the whole as d")


def _size_problems(site: dict[str, Any]) -> Iterator[Problem]:
    leaf = site["level"][-1]
    for name, size in site.get("size", {}).items():
        at = f"size.{name}"
        if size.get("compounds", 0) > leaf[name]:
            yield _problem(f"{at}.compounds", f"are more than {leaf[name]} leaves", "write fewer")
        accepted = size.get("window_accepted")
        if size.get("window_closed", 0) > (accepted or 10**12):
            yield _problem(f"{at}.window_closed", "is more than are accepted", "write fewer")


def _station_problems(site: dict[str, Any]) -> Iterator[Problem]:
    stations = site.get("stations")
    levels = {level["key"]: level for level in site["level"]}
    level = levels.get(site["roles_of_levels"].get("station", ""))
    if stations is None or level is None:
        return
    for key in ("names", "staff_quota"):
        if len(stations[key]) < level["full"]:
            yield _problem(
                f"stations.{key}", f"has {len(stations[key])} of {level['full']}", "add the others"
            )
