"""The settings and stage limits that a site.toml makes, in a demo build and in a load alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.sites.keys import NATURAL_HOUR
from data.stage_limits import StageLimit
from data.working_time import HOUR, WorkCalendar, limit_seconds

TABLES = (
    *("lights", "assessment", "steps", "duty_weights", "worker_sources", "scores"),
    "silent_after",
)
"""Keys of site.toml whose values are settings as they stand."""
LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "priority": ("priorities", ("key", "name", "when", "colour")),
    "definition": ("definitions", ("metric", "variant", "valid_from")),
    "post": ("posts", ("key", "name")),
    "force": ("forces", ("key", "name")),
    "team": ("teams", ("key", "name")),
    "scene": ("scenes", ("name", "name_en", "fragment", "seconds")),
    "published": ("published", ("key", "metric", "value", "n", "d", "period", "name", "source")),
}
"""Sections of site.toml that are lists, with the setting each becomes and what of it is kept."""
SETTINGS = (*TABLES, *(key for key, _ in LISTS.values()))
"""Every setting that a site.toml can make."""


@dataclass(frozen=True)
class SiteRules:
    """What a site.toml says of rules (data.sites.keys.RULES), checked; `file` is where it says so."""

    file: Path
    held: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """The name of the site's folder."""
        return self.file.parent.name


def rules_of(site: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a site.toml makes, by key; what it leaves out is not there."""
    rules = {name: site[name] for name in TABLES if name in site}
    for name, (key, kept) in LISTS.items():
        if name in site:
            rules[key] = [{one: entry[one] for one in kept if one in entry} for entry in site[name]]
    return rules


def stage_limits_of(
    site: Mapping[str, Any], calendar: WorkCalendar, categories: Mapping[str, int]
) -> tuple[StageLimit, ...]:
    """The stage limits of a site.toml in their order; categories: id by the code that it names."""
    return tuple(
        StageLimit(
            stage=entry["stage"],
            limit_seconds=_seconds(calendar, entry["limit"], entry["clock"]),
            limit_clock=None if entry["clock"] == NATURAL_HOUR else entry["clock"],
            category_id=categories[entry["category"]] if "category" in entry else None,
            position=position,
            name=entry["name"][0],
            name_en=entry["name"][1],
        )
        for position, entry in enumerate(site.get("stage", []), 1)
    )


def _seconds(calendar: WorkCalendar, limit: float, clock: str) -> int:
    return round(limit * HOUR) if clock == NATURAL_HOUR else limit_seconds(calendar, limit, clock)
