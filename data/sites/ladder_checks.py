"""What can be wrong with the ladder of a site: levels, hierarchies, names, counts, exclusive grids."""

from collections.abc import Iterator
from itertools import pairwise
from string import Formatter
from typing import Any

from data.case_tables import DEEPEST
from data.sites.folder import SITE_FILE
from data.sites.shape import Problem
from data.toml_file import nearest_key

FIELDS = ("stem", "n", "parent_n", "parent", "kind")
"""What a pattern of names may hold in braces."""
SPREAD = 2.5
"""A grid has at most this many times the children that an average one has."""


def ladder_problems(site: dict[str, Any]) -> Iterator[Problem]:
    """Problems of a site.toml whose keys are all there and of the right form."""
    levels: list[dict[str, Any]] = site["level"]
    if len(levels) < 2:
        yield _problem("level", "there must be at least two levels", "add [[level]] entries")
        return
    yield from _repeated("level", "key", levels)
    yield from _repeated("hierarchy", "code", site["hierarchy"])
    for number, level in enumerate(levels, 1):
        yield from _level_problems(f"level[{number}]", number - 1, level, levels)
    yield from _count_problems(levels)
    yield from _duty_problems(site)
    yield from _exclusive_problems(site)
    yield from _tree_problems(site)


def _problem(key: str, wrong: str, fix: str) -> Problem:
    return Problem(SITE_FILE, key, wrong, fix)


def _repeated(list_name: str, key: str, entries: list[dict[str, Any]]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        first = seen.setdefault(entry[key], number)
        if first != number:
            place = f"{list_name}[{number}].{key}"
            yield _problem(
                place, f"{entry[key]!r} is that of {list_name}[{first}] already", "choose another"
            )


def _level_problems(
    at: str, position: int, level: dict[str, Any], levels: list[dict[str, Any]]
) -> Iterator[Problem]:
    kinds = level["kinds"]
    shares = level.get("kind_shares", [1.0] * len(kinds))
    if len(shares) != len(kinds) or sum(shares) <= 0:
        yield _problem(f"{at}.kind_shares", "is not one share for each kind", "write as many")
    if len(level["names"]) not in (1, len(kinds)):
        yield _problem(f"{at}.names", "is not one pattern for each kind", "write one, or as many")
    if level.get("kinds_follow") and (
        position == 0 or len(levels[position - 1]["kinds"]) != len(kinds)
    ):
        yield _problem(
            f"{at}.kinds_follow", "the level above has another number of kinds", "leave it out"
        )
    if position > 0 and "digits" not in level:
        yield _problem(f"{at}.digits", "is missing", "write how many digits the code goes on by")
    for pattern in (text for pair in level["names"] for text in pair):
        yield from _pattern_problems(f"{at}.names", pattern)
    has_stem = any("pool" in one for one in levels[: position + 1])
    if not has_stem and any("{stem" in text for pair in level["names"] for text in pair):
        yield _problem(f"{at}.names", "no level from here up has a pool", "add pool to one")


def _pattern_problems(at: str, pattern: str) -> Iterator[Problem]:
    try:
        fields = [name for _, name, _, _ in Formatter().parse(pattern) if name is not None]
        for name in fields:
            if name not in FIELDS:
                near = nearest_key(name, FIELDS).rstrip(".")
                yield _problem(at, f"{{{name}}} is not known in {pattern!r}", near)
        pattern.format(**{name: 1 if name in ("n", "parent_n") else "a" for name in FIELDS})
    except (ValueError, KeyError, IndexError):
        yield _problem(at, f"{pattern!r} is no pattern", 'write e.g. "{stem} Grid {n:02d}"')


def _count_problems(levels: list[dict[str, Any]]) -> Iterator[Problem]:
    for size in ("full", "small"):
        if levels[0][size] != 1:
            yield _problem(f"level[1].{size}", "the top level must have one grid", "write 1")
        for number, (above, level) in enumerate(pairwise(levels), 2):
            if level[size] < above[size]:
                yield _problem(
                    f"level[{number}].{size}",
                    f"{level[size]} are fewer than the {above[size]} of level {above['key']!r}",
                    "a level has at least as many grids as the one above",
                )


def most_children(count: int, above: int) -> int:
    """How many children of `count` one of `above` grids may get."""
    return count if above == 1 else int(SPREAD * count / above) + 2


def _digit_problems(site: dict[str, Any]) -> Iterator[Problem]:
    """Codes go on from the level above in the first hierarchy that has the level."""
    counts = {level["key"]: level["full"] for level in site["level"]}
    for number, level in enumerate(site["level"][1:], 2):
        trees = [tree["levels"] for tree in site["hierarchy"] if level["key"] in tree["levels"]]
        if trees and "digits" in level:
            place = trees[0].index(level["key"])
            above = counts[trees[0][place - 1]] if place else 1
            if most_children(level["full"], above) >= 10 ** level["digits"]:
                yield _problem(
                    f"level[{number}].digits",
                    f"{level['digits']} are too few to number {level['full']} in {above}",
                    "write more",
                )


def _duty_problems(site: dict[str, Any]) -> Iterator[Problem]:
    keys = [level["key"] for level in site["level"]]
    for duty, key in site["roles_of_levels"].items():
        if key not in keys:
            near = nearest_key(key, keys).rstrip(".")
            yield _problem(f"roles_of_levels.{duty}", f"there is no level {key!r}", near)
    exclusive = [site["exclusive"]["key"]] if "exclusive" in site else []
    for number, post in enumerate(site.get("post", []), 1):
        if post.get("level", keys[0]) not in (*keys, *exclusive):
            near = nearest_key(post["level"], [*keys, *exclusive]).rstrip(".")
            yield _problem(f"post[{number}].level", f"there is no level {post['level']!r}", near)
    placed = [post["key"] for post in site.get("post", []) if post.get("level") in keys]
    if "seats" in site and site["seats"]["supervisor"] not in placed:
        wrong = f"{site['seats']['supervisor']!r} is no [[post]] with a level of the ladder"
        near = nearest_key(site["seats"]["supervisor"], placed).rstrip(".")
        yield _problem("seats.supervisor", wrong, near)
    road = site["roles_of_levels"]["road"]
    if road == keys[0] or (road in keys and road not in site["hierarchy"][0]["levels"]):
        yield _problem(
            "roles_of_levels.road", f"{road!r} is the top or not in the first hierarchy", "lower it"
        )
    station = site["roles_of_levels"].get("station")
    if station == keys[-1]:
        yield _problem("roles_of_levels.station", "is the leaf", "stations need grids below them")
    if (station is None) != ("stations" not in site):
        yield _problem("stations", "goes with roles_of_levels.station", "have both or neither")


def _exclusive_problems(site: dict[str, Any]) -> Iterator[Problem]:
    rule = site.get("exclusive")
    if rule is None:
        return
    levels = {level["key"]: level for level in site["level"]}
    leaf = site["level"][-1]
    if rule["parent"] not in levels or rule["parent"] == leaf["key"]:
        yield _problem(
            "exclusive.parent", f"{rule['parent']!r} is no level above the leaf", "name one"
        )
    if rule["key"] in levels:
        yield _problem("exclusive.key", f"{rule['key']!r} is a level already", "choose another")
    for size in ("full", "small"):
        if rule[size] > leaf[size]:
            yield _problem(
                f"exclusive.{size}",
                f"{rule[size]} are more than the {leaf[size]} of level {leaf['key']!r}",
                "each lies in a leaf of its own",
            )
        above = levels.get(rule["parent"], leaf)[size]
        if rule[size] < above:
            yield _problem(
                f"exclusive.{size}",
                f"{rule[size]} are fewer than their {above} parents",
                "add some",
            )


def _tree_problems(site: dict[str, Any]) -> Iterator[Problem]:
    keys = [level["key"] for level in site["level"]]
    exclusive = site.get("exclusive", {})
    known = [*keys, *([exclusive["key"]] if exclusive else [])]
    complete = True
    for number, tree in enumerate(site["hierarchy"], 1):
        at, levels = f"hierarchy[{number}].levels", tree["levels"]
        for key in levels:
            if key not in known:
                complete = False
                near = nearest_key(key, known).rstrip(".")
                yield _problem(at, f"there is no level {key!r}", near)
        if not set(levels) <= set(known):
            continue
        if [key for key in known if key in levels] != levels:
            yield _problem(at, "are not in the order of the ladder", "write them from the top down")
        elif levels[0] != keys[0]:
            yield _problem(at, f"must begin with the top, {keys[0]!r}", "add it")
        if levels[-1] not in (keys[-1], exclusive.get("key")):
            yield _problem(at, f"must end in the leaf, {keys[-1]!r}", "add it")
        if exclusive and levels[-1] == exclusive["key"] and levels[-2:-1] != [exclusive["parent"]]:
            yield _problem(
                at, f"{exclusive['key']!r} must follow its parent {exclusive['parent']!r}", "add it"
            )
        if len(levels) - 1 > DEEPEST:
            yield _problem(at, f"has more than {DEEPEST} levels below the top", "leave some out")
    if site["hierarchy"][0]["levels"][-1] != keys[-1]:
        yield _problem("hierarchy[1].levels", "the first must end in the leaf", "reorder them")
    used = {key for tree in site["hierarchy"] for key in tree["levels"]}
    for key in known:
        if key not in used:
            yield _problem(f"level {key!r}", "is in no hierarchy", "name it in one or remove it")
    if complete and set(known) <= used:
        yield from _digit_problems(site)
