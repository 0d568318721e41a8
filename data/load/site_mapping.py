"""What a mapping file may say of the site and its grids; see data.load.mapping."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Period:
    """`[[site.period]]`: a stretch of days that has a name; days are written 2011-07-01."""

    key: str
    name: str
    name_en: str
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Site:
    """`[site]`: what the screens call the place and which clock it lives by.

    `calendar` is a file beside the mapping with its working time, see data.calendar_file; `rules`: the
    folder, or the name of a site, whose site.toml says its rules, see docs/sites.md.
    """

    key: str
    name: str
    name_en: str
    zone: str
    calendar: str | None = None
    rules: str | None = None
    period: list[Period] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class KeyColumn:
    """A column that holds grid codes, and the rules that bring them to one spelling."""

    column: str
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Level:
    """`[[hierarchy.level]]`: one level, top first; the top may be a bare `code` without a file.

    `unit_name` may name properties of the file in braces, and {code}. geometry = "children" makes
    each shape the union of those below it: for levels whose published outline differs from its
    parts, or that exist only as a column of a lower level's file.
    """

    id: str
    name: str
    name_en: str
    unit_name: str
    unit_name_en: str | None = None
    kind: str = "网格"
    code: str | None = None
    file: str | None = None
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    key: KeyColumn | None = None
    parent: KeyColumn | None = None
    geometry: Literal["file", "children"] = "file"
    households: str | None = None
    residents: str | None = None


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """`[[hierarchy]]`: a tree of grids; `nesting_tolerance` is the share of a grid that may lie out."""

    code: str
    name: str
    name_en: str
    level: list[Level]
    default: bool = False
    nesting_tolerance: float = 0.01
