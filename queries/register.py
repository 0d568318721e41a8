"""Counts of the population database: how many, by grid. Totals only, never a person."""

from collections.abc import Mapping
from fractions import Fraction

from sqlalchemy import func, select

from data.grids import Grid, GridTree
from data.population_tables import area_population, population_setting
from queries.population_counts import records_of
from queries.scope import Scope
from queries.site import Site

_COUNTED = {
    "persons": "sex",
    "households": "household",
    "houses": "usage",
    "legal_entities": "entity",
}
"""An attribute that every record of a kind has, by which it is counted."""
_AREA = {"persons": area_population.c.population, "households": area_population.c.households}


def count_records(
    site: Site, kind: str, scope: Scope, level: int | None
) -> Mapping[str | int | None, float | None]:
    """Records below the scope's grid: {None: total}, or by code of the grids of a level and ''.

    Records without a known grid count in the whole area and, by grid, as '' (未落格). Where nobody has
    told how many there are, each is None and not 0 (domain.md S1-04).
    """
    at = by_grid(site, kind)
    tree, grid = scope.tree, scope.grid
    if at is None:
        if level is None:
            return {None: None}
        return dict.fromkeys([*(child.code for child in tree.at_level(grid, level)), ""])
    version = site.population_version(), site.versions().get("grids")
    sums, lost = site.keep(("register", kind, tree.code), version, lambda: _sums(tree, at))

    def below(place: Grid) -> float:
        return float(sums[place.last + 1] - sums[place.first])

    total = below(grid) + (lost if grid is tree.top else 0.0)
    if level is None:
        return {None: total}
    counts: dict[str | int | None, float] = {
        child.code: below(child) for child in tree.at_level(grid, level)
    }
    counts[""] = total - sum(counts.values())
    return counts


def _sums(tree: GridTree, at: Mapping[str | None, float]) -> tuple[list[Fraction], float]:
    """Records on all grids before each one of the hierarchy, exact; and those on none of them."""
    running = [Fraction(0)]
    for grid in tree.order:
        running.append(running[-1] + Fraction(at.get(grid.code, 0.0)))
    lost = sum(n for code, n in at.items() if code is None or code not in tree.by_code)
    return running, float(lost)


def by_grid(site: Site, kind: str) -> Mapping[str | None, float] | None:
    """Records per grid code as registered (leaf, or where the record is only known to belong).

    None where there is no register and no area has a total either.
    """
    return site.keep(("register", kind), site.population_version(), lambda: _read(site, kind))


def basis(site: Site) -> str:
    """'register' when persons are kept one by one, 'area' when only published totals are."""

    def read() -> str:
        with site.population.connect() as connection:
            held = connection.execute(
                select(population_setting.c.value).where(population_setting.c.key == "basis")
            ).scalar()
        return str(held or "register")

    return site.keep("basis", site.population_version(), read)


def _read(site: Site, kind: str) -> dict[str | None, float] | None:
    by_area = kind in _AREA and basis(site) == "area"
    if not by_area:
        return {code: float(n) for code, n in records_of(site, _COUNTED[kind]).items()}
    statement = select(area_population.c.grid_code, func.sum(_AREA[kind]))
    statement = statement.group_by(area_population.c.grid_code)
    with site.population.connect() as connection:
        rows = [(code, n) for code, n in connection.execute(statement)]
    if all(n is None for _, n in rows):
        return None
    return {code: float(n or 0) for code, n in rows}
