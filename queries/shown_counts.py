"""How many persons, households, houses and companies are told of a grid: every such count comes from here.

One hierarchy, the one that most people live in, has its counts protected. A grid of another one is told
what its records are on the grids of the first add up to, if all of those are told: it then says nothing new.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, case, func, select

from data.grids import Grid, GridTree
from data.population_tables import house, household, legal_entity, person
from queries.completeness import PERSONS_KNOWN, is_whole
from queries.protected import (
    HIDDEN,
    SMALLEST,
    TOTAL,
    Counts,
    ProtectedCounts,
    protected_counts,
)
from queries.register import basis, by_grid, count_records
from queries.scope import Scope
from queries.site import Site
from queries.work_rules import work_rules

TABLES = {
    "persons": person,
    "households": household,
    "houses": house,
    "legal_entities": legal_entity,
}
ALL, FRESH, STALE = "all", "fresh", "stale"
COMPLETE, INCOMPLETE = "complete", "incomplete"
FRESH_KINDS = ("persons", "houses", "legal_entities")
"""Kinds of records that are verified."""


class Shown(NamedTuple):
    """A count if it may be told, and what is printed: `12`, `<5` or `…`; `` where nobody knows any."""

    value: float | None
    text: str

    @property
    def is_hidden(self) -> bool:
        """Whether there is a count that is not told."""
        return self.value is None and bool(self.text)


NOT_TOLD = Shown(None, HIDDEN)


def shown(value: float) -> Shown:
    """A count that may be told."""
    return Shown(value, f"{value:,.0f}")


def home_tree(site: Site) -> GridTree | None:
    """The hierarchy on whose grids most persons live; of equals the first."""
    site = site.whole

    def find() -> GridTree | None:
        at = by_grid(site, "persons") or {}
        trees = [tree for code, _ in site.hierarchies() if (tree := site.tree(code)) is not None]
        lives = [
            sum(n for code, n in at.items() if code is not None and code in tree.by_code)
            for tree in trees
        ]
        return trees[lives.index(max(lives))] if trees else None

    version = site.population_version(), site.versions().get("grids")
    return site.keep("home tree", version, find)


def totals(site: Site, kind: str) -> ProtectedCounts:
    """The protected table of how many records of a kind there are on each grid of the home tree."""
    home = home_tree(site)
    assert home is not None

    def read() -> Counts:
        return {code: {ALL: int(n)} for code, n in (by_grid(site, kind) or {}).items()}

    return protected_counts(site, home, ("total", kind), read, {ALL: SMALLEST})


def attribute(
    site: Site,
    kind: str,
    name: str,
    read: Callable[[], Counts],
    smallest: Mapping[str, int],
    when: int = 0,
) -> ProtectedCounts:
    """The protected table of a kind of records by one of their attributes; arguments as there."""
    home = home_tree(site)
    assert home is not None
    return protected_counts(
        site,
        home,
        name,
        read,
        smallest,
        totals=False,
        within=lambda: totals(site, kind),
        when=when,
    )


def counted_by(
    site: Site, kind: str, by: ColumnElement[Any], rows: FromClause | None = None
) -> Callable[[], Counts]:
    """Reads the records of a kind by grid and the value of an expression over their table, or over `rows`."""
    held_in = TABLES[kind] if rows is None else rows

    def read() -> Counts:
        code = TABLES[kind].c.grid_code
        statement = select(code, by, func.count()).select_from(held_in).group_by(code, by)
        held: dict[str | None, dict[str, int]] = {}
        with site.population.connect() as connection:
            for grid_code, value, n in connection.execute(statement):
                held.setdefault(grid_code, {})[str(value)] = n
        return held

    return read


def fresh_by(site: Site, kind: str) -> ColumnElement[str]:
    """Whether a record was verified of late, as of today."""
    today = site.today(site.as_of())
    since = today - work_rules(site).fresh_days
    return case((TABLES[kind].c.verified_day.between(since, today), FRESH), else_=STALE)


def fresh_records(site: Site, kind: str) -> ProtectedCounts:
    """The protected table of the records of a kind that were verified of late, as of today."""
    smallest = {FRESH: SMALLEST, STALE: SMALLEST}
    read = counted_by(site, kind, fresh_by(site, kind))
    return attribute(site, kind, f"fresh {kind}", read, smallest, site.today(site.as_of()))


def complete_by(kind: str) -> ColumnElement[str]:
    """Whether all is known of a record that should be, as a value of the table."""
    return case((is_whole(kind), COMPLETE), else_=INCOMPLETE)


def complete_counts(site: Site, kind: str) -> Callable[[], Counts]:
    """Reads the records of a kind by grid and whether they are complete."""
    rows = PERSONS_KNOWN if kind == "persons" else None
    return counted_by(site, kind, complete_by(kind), rows)


def complete_records(site: Site, kind: str) -> ProtectedCounts:
    """The protected table of the records of a kind of which all is known that should be."""
    smallest = {COMPLETE: SMALLEST, INCOMPLETE: SMALLEST}
    return attribute(site, kind, f"complete {kind}", complete_counts(site, kind), smallest)


def is_protected(site: Site, kind: str) -> bool:
    """Whether counts of this kind are made of single records; what an authority publishes is not hidden."""
    return not site.is_exact and (kind not in ("persons", "households") or basis(site) != "area")


def shown_at(
    site: Site, held: ProtectedCounts, kind: str, tree: GridTree, grid: Grid, value: str = TOTAL
) -> Shown:
    """What a protected table of the home tree tells of a grid of any hierarchy."""
    home = home_tree(site)
    if home is None or not held.is_ready:
        return NOT_TOLD
    if tree.code == home.code or grid.level == 0:
        code = home.top.code if grid.level == 0 else grid.code
        n = held.value(code, value)
        return Shown(None, held.text(code, value)) if n is None else shown(n)
    at, added = by_grid(site, kind) or {}, 0.0
    for below in tree.subtree(grid):
        if not at.get(below.code):
            continue
        place = home.by_code.get(below.code)
        n = None if place is None or home.children(place) else held.value(below.code, value)
        if n is None:
            return NOT_TOLD
        added += n
    return shown(added)


def shown_records(
    site: Site, kind: str, scope: Scope, level: int | None
) -> Mapping[str | int | None, Shown]:
    """Records below the scope's grid, by the keys of `queries.register.count_records`.

    What lies in no grid of the level is told where all the others are: it is what they leave.
    """
    counts = count_records(site, kind, scope, level)
    if not is_protected(site, kind) or all(n is None for n in counts.values()):
        return {key: Shown(None, "") if n is None else shown(n) for key, n in counts.items()}
    held, tree = totals(site, kind), scope.tree
    whole = shown_at(site, held, kind, tree, scope.grid)
    if level is None:
        return {None: whole}
    found: dict[str | int | None, Shown] = {
        grid.code: shown_at(site, held, kind, tree, grid)
        for grid in tree.at_level(scope.grid, level)
    }
    told = [one.value for one in (whole, *found.values())]
    known = [n for n in told if n is not None]
    rest = shown(known[0] - sum(known[1:])) if len(known) == len(told) else NOT_TOLD
    return {**found, "": rest}


def hides(site: Site, kind: str, scope: Scope, level: int | None) -> Callable[[object], bool]:
    """By key of `shown_records`, whether the number of records is one that is not told."""
    if not is_protected(site, kind):
        return lambda _: False
    found = shown_records(site, kind, scope, level)
    return lambda key: found.get(key, NOT_TOLD).is_hidden  # type: ignore[call-overload]
