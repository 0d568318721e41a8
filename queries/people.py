"""Make-up of the population of a grid: ages, sexes, kinds of residence, entities, open tags.

Totals only. What is so small that it points at persons is not told (domain.md §5.2, queries.protected).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, case, select

from data.days import local_time
from data.grids import Grid
from data.population_tables import household, person, tag
from queries.person_pick import sizes
from queries.population_counts import counts_of
from queries.protected import SMALLEST, SMALLEST_OLD, TOTAL, Counts, ProtectedCounts
from queries.register import by_grid
from queries.scope import Scope
from queries.shown_counts import NOT_TOLD, Shown, attribute, counted_by, shown_at, totals
from queries.site import Site
from queries.tag_classes import OPEN, may_be_told
from queries.words import Words

OLDEST = 200
AGE_BANDS = ((0, 14), (15, 59), (60, 79), (80, OLDEST))
OLD = 60
MOST_TAGS = 12
UNKNOWN = "?"
AT_HOME, ELSEWHERE = ("独居", "空巢"), "elsewhere"
CARRIED, NOT_CARRIED = "carried", "not carried"
USAGE = "usage"
SUBJECTS = {"person": "persons", "house": "houses", "legal_entity": "legal_entities"}

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


@dataclass(frozen=True)
class TagCount:
    """How many persons, houses or entities of a grid carry a tag; not `ready` while that is being prepared."""

    name: Words
    subject: str
    shown: Shown
    is_ready: bool = True


def make_up(site: Site, scope: Scope) -> MakeUp:
    """The make-up below the scope's grid, from the register; empty cells where there is none."""
    found = _attributes(site)
    cells = {
        name: _cells(site, scope, kind, held)
        for name, (kind, held) in found.items()
        if name != USAGE
    }
    return MakeUp(**cells, is_ready=all(held.is_ready for _, held in found.values()))


def _attributes(site: Site) -> dict[str, tuple[str, ProtectedCounts]]:
    """By the name of each attribute, the kind of records that have it and its protected table.

    The usage of houses is printed nowhere, but tags partition the houses by it.
    """
    return {
        "ages": ("persons", ages(site, _year(site))),
        "sexes": ("persons", _by(site, "persons", "sex")),
        "residence": ("persons", _by(site, "persons", "residence")),
        "entities": ("legal_entities", _by(site, "legal_entities", "entity")),
        USAGE: ("houses", _by(site, "houses", USAGE)),
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

    def read() -> Counts:
        bands: dict[str | None, dict[str, int]] = {}
        for code, born in counts_of(site, "birth_year").items():
            held = bands.setdefault(code, {})
            for value, n in born.items():
                band = band_of(year - int(value))
                held[band] = held.get(band, 0) + n
        return bands

    return attribute(site, "persons", "ages", read, smallest, year)


def band_of(age: int) -> str:
    """The name of the band that an age lies in; `?` for one that nobody can have."""
    names = (band_name(low, high) for low, high in AGE_BANDS if low <= age <= high)
    return next(names, UNKNOWN)


def band_name(low: int, high: int) -> str:
    """`15–59`, and `80+` for the last band."""
    return f"{low}–{high}" if high < OLDEST else f"{low}+"


def open_tags(site: Site, scope: Scope) -> list[TagCount]:
    """The site's most frequent tags of sensitivity 0, and how many below the grid carry each.

    The same tags for every grid: which of them are frequent in one would tell of its people. A tag may
    say the same as ages do (退休): it is told of a grid only where no part of the make-up is hidden.
    Classes that queries.tag_classes names are told nowhere.
    """
    return _told_tags(site, scope, _frequent(site, is_open=True))


def sensitive_tags(site: Site, scope: Scope, owner: str | None = None) -> list[TagCount]:
    """The same of the sensitive tags of persons, of one owner's where one is named."""
    return _told_tags(site, scope, _frequent(site, is_open=False, owner=owner))


def old_at_home(site: Site, scope: Scope, grids: Sequence[Grid]) -> list[Cells]:
    """Of each of some grids the people of 60 and older who live alone (独居) and in an empty nest (空巢).

    Told, as tags are, only where no part of the make-up is hidden. The table is of the old alone: ages
    tell how many these are, so those of them who live otherwise must not be few either.
    """
    year = _year(site)
    is_old = year - person.c.birth_year >= OLD
    mine = household.c.household_id == person.c.household_id
    kind = select(household.c.kind).where(mine).scalar_subquery()
    at_home = ((and_(is_old, kind == one), one) for one in AT_HOME)
    by = case(*at_home, (is_old, ELSEWHERE), else_=UNKNOWN)
    smallest = dict.fromkeys((*AT_HOME, ELSEWHERE), SMALLEST_OLD)

    def read() -> Counts:
        found = counted_by(site, "persons", by)()
        return {at: {one: held.get(one, 0) for one in smallest} for at, held in found.items()}

    held = attribute(site, "persons", "homes", read, smallest, year)
    rows: list[Cells] = []
    for grid in grids:
        is_open = "persons" not in _hidden_kinds(site, scope.at(grid))
        rows.append(
            {
                one: shown_at(site, held, "persons", scope.tree, grid, one) if is_open else NOT_TOLD
                for one in AT_HOME
            }
        )
    return rows


def _hidden_kinds(site: Site, scope: Scope) -> set[str]:
    """The kinds of records of which a part of the grid's make-up is not told."""
    return {
        kind
        for kind, held in _attributes(site).values()
        for value in held.columns or (TOTAL,)
        if shown_at(site, held, kind, scope.tree, scope.grid, value).is_hidden
    }


def _told_tags(site: Site, scope: Scope, tags: Sequence[tuple[int, Words, str]]) -> list[TagCount]:
    where = scope.tree, scope.grid
    hidden = _hidden_kinds(site, scope)
    found = []
    for tag_id, name, subject in tags:
        kind = SUBJECTS[subject]
        held = _carried(site, tag_id, subject)
        told = NOT_TOLD if kind in hidden else shown_at(site, held, kind, *where, CARRIED)
        found.append(TagCount(name, subject, told, held.is_ready))
    return [one for one in found if one.shown.value != 0]


def _frequent(
    site: Site, *, is_open: bool, owner: str | None = None
) -> list[tuple[int, Words, str]]:
    """Id, name and subject of the tags that are carried most of those that may be told.

    Of sensitive ones those of persons.
    """
    wanted = select(tag).where(tag.c.sensitivity == OPEN)
    if not is_open:
        wanted = select(tag).where(tag.c.sensitivity > OPEN, tag.c.subject == "person")
    if owner is not None:
        wanted = wanted.where(tag.c.owner == owner)

    def read() -> list[tuple[int, Words, str]]:
        with site.population.connect() as connection:
            known = connection.execute(wanted).all()
        rows = [row for row in known if may_be_told(row.subject, row.class_name)]
        carried = sizes(site)
        rows = sorted(rows, key=lambda row: (-carried.get(row.tag_id, 0), row.tag_id))
        return [(row.tag_id, Words(row.name, row.name_en), row.subject) for row in rows[:MOST_TAGS]]

    return site.keep(("frequent tags", is_open, owner), site.population_version(), read)


def _carried(site: Site, tag_id: int, subject: str) -> ProtectedCounts:
    """The protected table of who carries a tag and who does not; of persons by the k of the old."""
    kind = SUBJECTS[subject]
    least = SMALLEST_OLD if subject == "person" else SMALLEST

    def read() -> Counts:
        tags = counts_of(site, "tag")
        carried = {code: held.get(str(tag_id), 0) for code, held in tags.items()}
        everybody = by_grid(site, kind) or {}
        return {
            at: {CARRIED: carried.get(at, 0), NOT_CARRIED: int(n) - carried.get(at, 0)}
            for at, n in everybody.items()
        }

    smallest = {CARRIED: least, NOT_CARRIED: least}
    return attribute(site, kind, f"tag {tag_id}", read, smallest)


def _by(site: Site, kind: str, name: str) -> ProtectedCounts:
    """The protected table of an attribute of `data.population_tiles`."""
    known = sorted({value for held in counts_of(site, name).values() for value in held})
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
