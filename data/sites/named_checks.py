"""What the rules of a site name of its other tables: stages, categories, sources, working time."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from data.sites.folder import SITE_FILE
from data.sites.shape import Problem
from data.stage_limits import MOST_STEPS, STAGES
from data.working_time import WORKING_CLOCKS

Stages = Iterable[Mapping[str, Any]]
"""The [[stage]] entries of a site.toml, of the right form."""


def stage_problems(stages: Stages) -> Iterator[Problem]:
    """Stage limits that contradict each other, or that belong to no stage."""
    seen: dict[tuple[str | None, str], int] = {}
    steps: dict[str, int] = {}
    for number, entry in enumerate(stages, 1):
        at, stage, category = f"stage[{number}].stage", entry["stage"], entry.get("category")
        first = seen.setdefault((category, stage), number)
        if first != number:
            of = "all categories" if category is None else f"category {category!r}"
            yield _problem(
                at, f"{stage!r} of {of} is that of stage[{first}] already", "keep one of them"
            )
        if stage in STAGES:
            continue
        if category is None:
            wrong = f"{stage!r} is no stage, and a handling step belongs to a category"
            yield _problem(at, wrong, _meant(stage, STAGES, "name its category"))
            continue
        steps[category] = steps.get(category, 0) + 1
        if steps[category] == MOST_STEPS + 1:
            wrong = f"category {category!r} has more than {MOST_STEPS} handling steps"
            yield _problem(at, wrong, "leave some out")


def category_problems(stages: Stages, known: Collection[str], fix: str) -> Iterator[Problem]:
    """Stage limits of a category that there is not."""
    for number, entry in enumerate(stages, 1):
        code = entry.get("category")
        if code is not None and code not in known:
            yield _problem(
                f"stage[{number}].category", f"there is no {code!r}", _meant(code, known, fix)
            )


def clock_problems(stages: Stages) -> Iterator[Problem]:
    """Stage limits that run in working time, for a site that has none."""
    for number, entry in enumerate(stages, 1):
        if entry["clock"] in WORKING_CLOCKS:
            wrong = f"{entry['clock']} runs in working time, and the site has none"
            yield _problem(f"stage[{number}].clock", wrong, "give it a calendar")


def source_problems(site: Mapping[str, Any], known: Collection[str], fix: str) -> Iterator[Problem]:
    """Sources that a site.toml names and that there are not."""
    for key in ("worker_sources", "silent_after"):
        for code in site.get(key, ()):
            if code not in known:
                yield _problem(key, f"there is no source {code!r}", _meant(code, known, fix))


def _problem(key: str, wrong: str, fix: str) -> Problem:
    return Problem(SITE_FILE, key, wrong, fix)


def _meant(code: str, known: Collection[str], fix: str) -> str:
    near = difflib.get_close_matches(code, known, 1)
    return f"did you mean {near[0]!r}?" if near else fix
