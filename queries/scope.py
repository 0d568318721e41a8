"""What someone is looking at: which grids of which hierarchy, which days, which cases.

This is the boundary of trust: whatever comes in from a URL becomes a Scope here or is refused with a
ScopeError that says which part is wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from data.days import day_number, day_of
from data.grids import Grid, GridTree
from queries.assessment import PERIODS
from queries.site import Site

DEFAULT_DAYS = 30
LONGEST_DAYS = 3660
EARLIEST, LATEST = date(1980, 1, 1), date(2199, 12, 31)
"""Days outside cannot be turned into instants of every time zone."""
FILTERS = ("source", "category", "department")
Zoning = Literal["reported", "now"]
"""By which grids a case is placed: those of when it was reported, or today's (按现行网格)."""


class ScopeError(ValueError):
    """A part of a scope cannot be understood; `part` names it, `value` is what was given."""

    def __init__(self, part: str, value: str) -> None:
        super().__init__(f"{part}={value!r}")
        self.part = part
        self.value = value


@dataclass(frozen=True)
class Scope:
    """A hierarchy's grid, an inclusive range of local days and up to three filters (codes).

    `earlier` are the first and last day it is held against where these are not the days just before.
    """

    tree: GridTree
    grid: Grid
    first_day: int
    last_day: int
    period: str = ""
    source: str | None = None
    category: str | None = None
    department: str | None = None
    earlier: tuple[int, int] | None = None
    zoning: Zoning = "reported"

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return self.last_day - self.first_day + 1

    @property
    def key(self) -> tuple[object, ...]:
        """What tells two scopes apart."""
        where = (self.tree.code, self.grid.code, self.first_day, self.last_day)
        return (*where, self.source, self.category, self.department, self.zoning)

    @property
    def unfiltered(self) -> "Scope":
        """The same question about all that is there: records of people have no source and no department."""
        return replace(self, source=None, category=None, department=None)

    def at(self, grid: Grid) -> "Scope":
        """The same question asked of another grid."""
        return replace(self, grid=grid)

    def on(self, first_day: int, last_day: int) -> "Scope":
        """The same question asked of other days."""
        return replace(self, first_day=first_day, last_day=last_day, period="", earlier=None)

    def previous(self) -> "Scope":
        """What a trend is held against: the days of the same number just before, or `earlier`."""
        return self.on(*(self.earlier or (self.first_day - self.days, self.first_day - 1)))

    @property
    def step_back(self) -> int:
        """Seconds from the end of the earlier days to the end of these (days of 24 hours)."""
        return (self.last_day - self.previous().last_day) * 86_400


def read_scope(site: Site, parts: Mapping[str, str], as_of: int) -> Scope:
    """Make a scope of the named parts; raise ScopeError for the first that is wrong."""
    tree = site.tree(parts.get("hierarchy"))
    if tree is None and not site.hierarchies():
        raise ScopeError("nothing", "")
    if tree is None:
        raise ScopeError("hierarchy", parts.get("hierarchy", ""))
    grid = read_grid(site, tree, "grid", parts["grid"]) if "grid" in parts else _first(site, tree)
    first, last, period, earlier = _days(site, parts, as_of)
    known = (site.sources, site.categories, site.departments)
    for name, words in zip(FILTERS, known, strict=True):
        if name in parts and parts[name] not in words():
            raise ScopeError(name, parts[name])
    filters = {name: parts.get(name) for name in FILTERS}
    filters["department"] = _department(site, tree, grid, parts.get("department"))
    zoning = _zoning(parts.get("zoning"))
    return Scope(tree, grid, first, last, period, **filters, earlier=earlier, zoning=zoning)


def read_grid(site: Site, tree: GridTree, part: str, code: str) -> Grid:
    """The grid of this code; ScopeError for one that is not there, or that the visitor may not see."""
    grid = tree.by_code.get(code)
    if grid is None or not site.sees(tree, grid):
        raise ScopeError(part, code)
    return grid


def _first(site: Site, tree: GridTree) -> Grid:
    """Where one begins without naming a grid: at the top, or at the first of one's own."""
    tops = site.tops(tree)
    if not tops:
        # Granted a grid that is no more.
        raise ScopeError("nothing", "")
    return tops[0]


def _department(site: Site, tree: GridTree, grid: Grid, given: str | None) -> str | None:
    """The department asked for; one of the visitor's where they see no other, however asked."""
    theirs = () if site.sight is None else site.sight.departments(tree, grid)
    known = [code for code in theirs if code in site.departments()]
    if not theirs:
        return given
    if not known or given not in (None, *known):
        raise ScopeError("department", given or theirs[0])
    return known[0] if given is None else given


def _zoning(given: str | None) -> Zoning:
    """Only what differs from the default is ever said."""
    if given not in (None, "now"):
        raise ScopeError("zoning", given)
    return "reported" if given is None else "now"


Days = tuple[int, int, str, tuple[int, int] | None]


def _days(site: Site, parts: Mapping[str, str], as_of: int) -> Days:
    today = site.today(as_of)
    if "from" in parts or "to" in parts:
        first = read_day("from", parts.get("from", ""))
        last = read_day("to", parts["to"]) if "to" in parts else today
        if first > last:
            raise ScopeError("from", f"{day_of(first)} > {day_of(last)}")
        if last - first >= LONGEST_DAYS:
            raise ScopeError("from", parts["from"])
        return first, last, "", None
    if "period" in parts:
        if parts["period"] in PERIODS:
            found = site.facts().assessment.period(parts["period"], today)
            return found.first, found.last, parts["period"], found[2:]
        for named in site.facts().periods:
            if named.key == parts["period"]:
                return named.first_day, named.last_day, named.key, None
        raise ScopeError("period", parts["period"])
    text = parts.get("days", str(DEFAULT_DAYS))
    if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= LONGEST_DAYS:
        raise ScopeError("days", text)
    return today - int(text) + 1, today, "", None


def read_day(part: str, text: str) -> int:
    """Day number of an ISO date within the years that the program knows; raises ScopeError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ScopeError(part, text) from None
    if not EARLIEST <= day <= LATEST:
        raise ScopeError(part, text)
    return day_number(day)
