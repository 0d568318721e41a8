"""Make-up of the population below a grid: ages, sexes, kinds of residence, entities, open tags.

Totals only. Cells under SMALLEST are given as None and shown as <5 (domain.md §5.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from data.days import local_time
from data.population_tables import legal_entity, person, tag, tag_assignment
from queries.grid_sums import grid_sums
from queries.protected import SMALLEST
from queries.scope import Scope
from queries.site import Site
from queries.words import Words

OLDEST = 200
AGE_BANDS = ((0, 14), (15, 59), (60, 79), (80, OLDEST))
MOST_TAGS = 12

Cells = Mapping[str, int | None]


@dataclass(frozen=True)
class MakeUp:
    """Counts by age band (`0–14` …), sex, kind of residence and kind of entity; None = under 5."""

    ages: Cells
    sexes: Cells
    residence: Cells
    entities: Cells


def make_up(site: Site, scope: Scope, as_of: int) -> MakeUp:
    """The make-up below the scope's grid, from the register; empty cells where there is none."""
    year = local_time(as_of, site.facts().zone).year
    age = year - person.c.birth_year
    band = case(
        *((age.between(low, high), band_name(low, high)) for low, high in AGE_BANDS), else_="?"
    )
    return MakeUp(
        ages=_cells(site, scope, ("ages", year), person.c.grid_code, band),
        sexes=_cells(site, scope, "sexes", person.c.grid_code, person.c.sex),
        residence=_cells(site, scope, "residence", person.c.grid_code, person.c.residence_kind),
        entities=_cells(site, scope, "entities", legal_entity.c.grid_code, legal_entity.c.kind),
    )


def band_name(low: int, high: int) -> str:
    """`15–59`, and `80+` for the last band."""
    return f"{low}–{high}" if high < OLDEST else f"{low}+"


def open_tags(site: Site, scope: Scope) -> list[tuple[Words, str, int | None]]:
    """(name, subject, count) of the most frequent tags of sensitivity 0 below the grid."""

    def names() -> dict[int, tuple[Words, str]]:
        statement = select(tag).where(tag.c.sensitivity == 0)
        with site.population.connect() as connection:
            rows = connection.execute(statement)
            return {r.tag_id: (Words(r.name, r.name_en), r.subject) for r in rows}

    known = site.keep("open tags", site.population_version(), names)
    cells = _counts(site, scope, "tags", tag_assignment.c.grid_code, tag_assignment.c.tag_id)
    counted = [(*known[int(key)], n) for key, n in cells.items() if int(key) in known]
    counted.sort(key=lambda row: -row[2])
    return [(words, subject, _shown(n)) for words, subject, n in counted[:MOST_TAGS]]


def _cells(site: Site, scope: Scope, name: object, code: ColumnElement, by: ColumnElement) -> Cells:
    counts = _counts(site, scope, name, code, by)
    return {key: _shown(n) for key, n in sorted(counts.items())}


def _shown(n: int) -> int | None:
    return None if 0 < n < SMALLEST else n


def _counts(
    site: Site, scope: Scope, name: object, code: ColumnElement, by: ColumnElement
) -> dict[str, int]:
    """Records per value below the grid, from counts per grid that are kept until the data change."""

    def read() -> dict[str | None, dict[str, int]]:
        statement = select(code, by, func.count()).group_by(code, by)
        held: dict[str | None, dict[str, int]] = {}
        with site.population.connect() as connection:
            for grid_code, value, n in connection.execute(statement):
                held.setdefault(grid_code, {})[str(value)] = n
        return held

    version, tree = site.population_version(), scope.tree
    per_grid = site.keep(("make-up", name), version, read)
    if scope.grid is tree.top:
        # With what lies in no grid of the hierarchy.
        return site.keep(("make-up of all", name), version, lambda: _added_up(per_grid))
    versions = version, site.versions().get("grids")
    sums = site.keep(("make-up", name, tree.code), versions, lambda: grid_sums(tree, per_grid))
    return sums.below(scope.grid)


def _added_up(per_grid: Mapping[str | None, Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for cell in per_grid.values():
        for value, n in cell.items():
            total[value] = total.get(value, 0) + n
    return total
