"""Make-up of the population of a grid: ages, sexes, kinds of residence, entities, open tags.

Totals only. What is so small that it points at persons is not told (domain.md §5.2, queries.protected).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, select

from data.days import local_time
from data.grids import Grid
from data.population_tables import house, household, legal_entity, person
from queries.population_counts import counts_of, values_of
from queries.protected import SMALLEST, SMALLEST_OLD, TOTAL, Counts, ProtectedCounts
from queries.register import by_grid
from queries.scope import Scope
from queries.shown_counts import (
    FRESH_KINDS,
    NOT_TOLD,
    Shown,
    attribute,
    complete_by,
    complete_counts,
    complete_records,
    counted_by,
    fresh_by,
    fresh_records,
    shown_at,
    totals,
)
from queries.site import Site

OLDEST = 200
AGE_BANDS = ((0, 14), (15, 59), (60, 79), (80, OLDEST))
OLD = 60
UNKNOWN = "?"
AT_HOME, ELSEWHERE = ("独居", "空巢"), "elsewhere"
USAGE = "usage"

Cells = Mapping[str, Shown]


@dataclass(frozen=True)
class MakeUp:
    """Counts by age band (`0–14` …), sex, kind of residence and kind of entity; noughts are left out."""

    ages: Cells
    sexes: Cells
    residence: Cells
    entities: Cells
    is_ready: bool = True
    """Whether all of it is there; what is not is still being prepared."""


class Attribute(NamedTuple):
    """What records of a kind are counted by: an expression over their table, its counts, what is told of them."""

    kind: str
    by: ColumnElement[Any]
    read: Callable[[], Counts]
    told: Callable[[], ProtectedCounts]


def make_up(site: Site, scope: Scope) -> MakeUp:
    """The make-up below the scope's grid, from the register; empty cells where there is none."""
    found = {name: (one.kind, one.told()) for name, one in _make_up(site).items()}
    cells = {
        name: _cells(site, scope, kind, held)
        for name, (kind, held) in found.items()
        if name != USAGE
    }
    return MakeUp(**cells, is_ready=all(held.is_ready for _, held in found.values()))


def attributes(site: Site) -> dict[str, Attribute]:
    """All that any screen tells of records by, or what a tag may say in other words; by name."""
    year = _year(site)
    homes = Attribute(
        "persons",
        _home_kind(year),
        counted_by(site, "persons", _home_kind(year)),
        partial(_homes, site, year),
    )
    fresh = {
        f"fresh {kind}": Attribute(
            kind,
            fresh_by(site, kind),
            counted_by(site, kind, fresh_by(site, kind)),
            partial(fresh_records, site, kind),
        )
        for kind in FRESH_KINDS
    }
    complete = {
        f"complete {kind}": Attribute(
            kind,
            complete_by(kind),
            complete_counts(site, kind),
            partial(complete_records, site, kind),
        )
        for kind in FRESH_KINDS
    }
    return _make_up(site) | {"homes": homes} | fresh | complete


def _make_up(site: Site) -> dict[str, Attribute]:
    """The usage of houses is printed nowhere, but tags partition the houses by it."""
    year = _year(site)
    age = year - person.c.birth_year
    bands = ((age.between(low, high), band_name(low, high)) for low, high in AGE_BANDS)
    by = {
        "sexes": ("persons", "sex", person.c.sex),
        "residence": ("persons", "residence", person.c.residence_kind),
        "entities": ("legal_entities", "entity", legal_entity.c.kind),
        USAGE: ("houses", USAGE, house.c.usage),
    }
    ages_of = Attribute(
        "persons",
        case(*bands, else_=UNKNOWN),
        partial(_bands, site, year),
        partial(ages, site, year),
    )
    return {"ages": ages_of} | {
        name: Attribute(kind, column, partial(counts_of, site, key), partial(_by, site, kind, key))
        for name, (kind, key, column) in by.items()
    }


def _year(site: Site) -> int:
    """The year now, whatever day is looked at: the register is read as it is now."""
    return local_time(site.as_of(), site.facts().zone).year


def ages(site: Site, year: int) -> ProtectedCounts:
    """The protected table of ages in a year, by bands."""
    smallest = {
        band_name(low, high): SMALLEST_OLD if low >= OLD else SMALLEST for low, high in AGE_BANDS
    }
    smallest[UNKNOWN] = SMALLEST

    return attribute(site, "persons", "ages", partial(_bands, site, year), smallest, year)


def _bands(site: Site, year: int) -> Counts:
    bands: dict[str | None, dict[str, int]] = {}
    for code, born in counts_of(site, "birth_year").items():
        held = bands.setdefault(code, {})
        for value, n in born.items():
            band = band_of(year - int(value))
            held[band] = held.get(band, 0) + n
    return bands


def band_of(age: int) -> str:
    """The name of the band that an age lies in; `?` for one that nobody can have."""
    names = (band_name(low, high) for low, high in AGE_BANDS if low <= age <= high)
    return next(names, UNKNOWN)


def band_name(low: int, high: int) -> str:
    """`15–59`, and `80+` for the last band."""
    return f"{low}–{high}" if high < OLDEST else f"{low}+"


def old_at_home(site: Site, scope: Scope, grids: Sequence[Grid]) -> list[Cells]:
    """Of each of some grids the people of 60 and older who live alone (独居) and in an empty nest (空巢).

    Told, as tags are, only where no part of the make-up is hidden. The table is of the old alone: ages
    tell how many these are, so those of them who live otherwise must not be few either.
    """
    held = _homes(site, _year(site))
    rows: list[Cells] = []
    for grid in grids:
        is_open = "persons" not in hidden_kinds(site, scope.at(grid))
        rows.append(
            {
                one: shown_at(site, held, "persons", scope.tree, grid, one) if is_open else NOT_TOLD
                for one in AT_HOME
            }
        )
    return rows


def _home_kind(year: int) -> ColumnElement[str]:
    """How somebody of 60 or older lives; `?` for everybody else."""
    is_old = year - person.c.birth_year >= OLD
    mine = household.c.household_id == person.c.household_id
    kind = select(household.c.kind).where(mine).scalar_subquery()
    at_home = ((and_(is_old, kind == one), one) for one in AT_HOME)
    return case(*at_home, (is_old, ELSEWHERE), else_=UNKNOWN)


def _homes(site: Site, year: int) -> ProtectedCounts:
    smallest = dict.fromkeys((*AT_HOME, ELSEWHERE), SMALLEST_OLD)

    def read() -> Counts:
        found = counted_by(site, "persons", _home_kind(year))()
        return {at: {one: held.get(one, 0) for one in smallest} for at, held in found.items()}

    return attribute(site, "persons", "homes", read, smallest, year)


def entity_kinds(site: Site) -> ProtectedCounts:
    """The protected table of companies and shops by kind."""
    return _by(site, "legal_entities", "entity")


def hidden_kinds(site: Site, scope: Scope) -> set[str]:
    """The kinds of records of which a part of the grid's make-up is not told."""
    found = set()
    for one in _make_up(site).values():
        held = one.told()
        told = (
            shown_at(site, held, one.kind, scope.tree, scope.grid, value)
            for value in held.columns or (TOTAL,)
        )
        if any(part.is_hidden for part in told):
            found.add(one.kind)
    return found


def _by(site: Site, kind: str, name: str) -> ProtectedCounts:
    """The protected table of an attribute of `data.population_tiles`."""
    known = values_of(site, name)
    if len(known) < 2:
        # Everybody has it: it says no more than the total.
        whole = totals(site, kind)
        return replace(whole, columns=dict.fromkeys(known, whole.columns.get(TOTAL, 0)))
    smallest = dict.fromkeys(known, SMALLEST)
    return attribute(site, kind, name, lambda: counts_of(site, name), smallest)


def _cells(site: Site, scope: Scope, kind: str, held: ProtectedCounts) -> Cells:
    if not by_grid(site, kind):
        return {}
    found = {
        value: shown_at(site, held, kind, scope.tree, scope.grid, value) for value in held.columns
    }
    # A table of which nothing is told has all its lines left out; so has one that is being prepared.
    return {value: one for value, one in found.items() if one.value != 0 and value != UNKNOWN}
