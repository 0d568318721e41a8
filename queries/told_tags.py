"""How many persons, houses and companies carry a tag: the tags that may be told, and what is told of them.

Which may be told, and what protects each, is found from the records (queries.tag_choice) once for a
version of the population and a day, behind whoever asks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from sqlalchemy import Row, Select, and_, func, or_, select

from data.grids import GridTree
from data.population_tables import house, legal_entity, person, tag, tag_assignment
from queries.completeness import PERSONS_KNOWN
from queries.people import Attribute, attributes, hidden_kinds
from queries.person_pick import sizes
from queries.population_counts import counts_of
from queries.protected import SMALLEST, SMALLEST_OLD, Counts, ProtectedCounts
from queries.register import by_grid
from queries.scope import Scope
from queries.shown_counts import NOT_TOLD, Shown, attribute, home_tree, shown, shown_at
from queries.site import Site
from queries.tag_choice import FEW, PLAIN, Carried, Choice, Split, lacks, split_of, splits_of
from queries.tag_classes import OPEN, may_be_told
from queries.words import Words

MOST_TAGS = 12
"""So many tags are told of: open ones, and sensitive ones of each owner."""
CARRIED, NOT_CARRIED = "carried", "not carried"
SUBJECTS = {"person": "persons", "house": "houses", "legal_entity": "legal_entities"}
_KEYS = {
    "person": person.c.person_id,
    "house": house.c.house_id,
    "legal_entity": legal_entity.c.entity_id,
}

NO_TABLE = ProtectedCounts({}, {}, None)
t = tag_assignment.c


@dataclass(frozen=True)
class TagCount:
    """How many persons, houses or entities of a grid carry a tag; not `ready` while that is being prepared."""

    name: Words
    subject: str
    shown: Shown
    is_ready: bool = True


@dataclass(frozen=True)
class ToldTag:
    """A tag that may be told, and what it says of attributes: the tables that protect it."""

    tag_id: int
    name: Words
    subject: str
    owner: str | None
    is_open: bool
    splits: tuple[Split, ...]


def open_tags(site: Site, scope: Scope) -> list[TagCount] | None:
    """The site's most frequent tags of sensitivity 0, and how many below the grid carry each.

    The same tags for every grid: which of them are frequent in one would tell of its people. None while
    it is being prepared which tags may be told.
    """
    told = told_tags(site)
    return None if told is None else _counts(site, scope, (one for one in told if one.is_open))


def sensitive_tags(site: Site, scope: Scope, owner: str | None = None) -> list[TagCount] | None:
    """The same of the sensitive tags of persons, of one owner's where one is named."""
    told = told_tags(site)
    if told is None:
        return None
    mine = (one for one in told if not one.is_open and owner in (None, one.owner))
    return _counts(site, scope, islice(mine, MOST_TAGS))


def told_tags(site: Site) -> tuple[ToldTag, ...] | None:
    """The tags that may be told, the most frequent first; None while they are being looked for."""
    site = site.whole
    day = site.today(site.as_of())
    version = (site.population_version(), site.versions().get("grids"), day)
    return site.prepared.get("told tags", version, lambda: tuple(_chosen(site)))


def _counts(site: Site, scope: Scope, tags: Iterable[ToldTag]) -> list[TagCount]:
    """A tag is told of a grid only where no part of the make-up of its kind of records is hidden."""
    hidden = hidden_kinds(site, scope)
    known = attributes(site)
    found = []
    for one in tags:
        told, is_ready = _told(site, scope, one, known)
        if SUBJECTS[one.subject] in hidden:
            told = NOT_TOLD
        found.append(TagCount(one.name, one.subject, told, is_ready))
    return [one for one in found if one.shown.value != 0]


def _told(
    site: Site, scope: Scope, one: ToldTag, known: Mapping[str, Attribute]
) -> tuple[Shown, bool]:
    """What is told of a tag if every table that protects it tells its part, and whether all are there."""
    kind = SUBJECTS[one.subject]
    # All are asked for at once, so that they are prepared together.
    parts = [_parts(site, one, split, known) for split in one.splits]
    is_ready = all(table.is_ready for part in parts for table, _ in (*part.told, *part.others))
    found = NOT_TOLD
    for part in parts:
        cells = [
            shown_at(site, table, kind, scope.tree, scope.grid, value)
            for table, value in (*part.told, *part.others)
        ]
        if any(cell.value is None for cell in cells):
            return NOT_TOLD, is_ready
        found = shown(sum(cell.value or 0 for cell in cells[: len(part.told)]))
    return found, is_ready


class _Parts(NamedTuple):
    """Tables and values that add up to a tag, and the others that must be told where it is."""

    told: list[tuple[ProtectedCounts, str]]
    others: list[tuple[ProtectedCounts, str]]


def _parts(site: Site, one: ToldTag, split: Split, known: Mapping[str, Attribute]) -> _Parts:
    by = known[split.attribute].told() if split is not PLAIN else NO_TABLE
    told = [(by, value) for value in split.carried]
    others = [(by, value) for value in split.mixed if value in by.columns]
    if split.mixed:
        held = _carried(site, one, split, known)
        told.append((held, CARRIED))
        others.append((held, NOT_CARRIED))
    return _Parts(told, others)


def _carried(
    site: Site, one: ToldTag, split: Split, known: Mapping[str, Attribute]
) -> ProtectedCounts:
    """The protected table of who carries a tag and who does not, of those of whom a part does."""
    kind = SUBJECTS[one.subject]
    least = SMALLEST_OLD if one.subject == "person" else SMALLEST

    def read() -> Counts:
        tags = counts_of(site, "tag")
        everybody = by_grid(site, kind) or {}
        held: Counts = {at: {"all": int(n)} for at, n in everybody.items()}
        if split is not PLAIN:
            held = known[split.attribute].read()
        counts = {}
        for at in everybody:
            cells = held.get(at, {})
            carry = tags.get(at, {}).get(str(one.tag_id), 0)
            carry -= sum(cells.get(value, 0) for value in split.carried)
            mixed = sum(cells.get(value, 0) for value in split.mixed)
            # Less than nobody where a mistake in the records stands alone.
            counts[at] = {CARRIED: carry, NOT_CARRIED: max(mixed - carry, 0)}
        return counts

    name = f"tag {one.tag_id} by {split.attribute}"
    smallest = {CARRIED: least, NOT_CARRIED: least}
    return attribute(site, kind, name, read, smallest, site.today(site.as_of()))


def _chosen(site: Site) -> Iterator[ToldTag]:
    """The tags that may be told, the most frequent first; open ones before others."""
    rows = _candidates(site)
    known = attributes(site)
    home = home_tree(site)
    splits: dict[int, tuple[Split, ...]] = {}
    choices: dict[str, _Records] = {}
    for subject, kind in SUBJECTS.items():
        mine = [row.tag_id for row in rows if row.subject == subject]
        if mine and home is not None:
            by = {name: one for name, one in known.items() if one.kind == kind}
            splits |= _splits(site, subject, mine, by)
            choices[subject] = _Records(site, subject, home)
    told: Counter[str | None] = Counter()
    for row in rows:
        owner = None if row.sensitivity == OPEN else f"of {row.owner}"
        of = splits.get(row.tag_id)
        if of is None or told[owner] == MOST_TAGS or not choices[row.subject].takes(row.tag_id, of):
            continue
        told[owner] += 1
        name = Words(row.name, row.name_en)
        yield ToldTag(row.tag_id, name, row.subject, row.owner, row.sensitivity == OPEN, of)


def _candidates(site: Site) -> list[Row]:
    """Open tags, then the sensitive ones of persons, the most frequent first."""
    is_sensitive = and_(tag.c.sensitivity > OPEN, tag.c.subject == "person")
    wanted = select(tag).where(or_(tag.c.sensitivity == OPEN, is_sensitive))
    with site.population.connect() as connection:
        known = connection.execute(wanted).all()
    carried = sizes(site)
    rows = [
        row
        for row in known
        if row.subject in SUBJECTS
        and may_be_told(row.subject, row.class_name)
        and carried.get(row.tag_id, 0) >= FEW
    ]
    return sorted(rows, key=lambda r: (r.sensitivity > OPEN, -carried[r.tag_id], r.tag_id))


def _splits(
    site: Site, subject: str, tag_ids: Sequence[int], by: Mapping[str, Attribute]
) -> dict[int, tuple[Split, ...]]:
    """How each of some tags goes with the attributes; without those that must not be told."""
    tabled: dict[int, dict[str, Counter[str]]] = {}
    values = [one.by for one in by.values()]
    key = _KEYS[subject]
    rows = PERSONS_KNOWN if subject == "person" else key.table
    statement = (
        select(t.tag_id, *values, func.count())
        .join_from(tag_assignment, rows, t.subject_id == key)
        .where(t.tag_id.in_(tag_ids))
        .group_by(t.tag_id, *values)
    )
    with site.population.connect() as connection:
        for tag_id, *held, n in connection.execute(statement):
            of = tabled.setdefault(tag_id, {name: Counter() for name in by})
            for name, value in zip(by, held, strict=True):
                of[name][str(value)] += n
    everybody = {name: Counter[str]() for name in by}
    for name, one in by.items():
        for cells in one.read().values():
            everybody[name].update(cells)
    found = {}
    for tag_id, of in tabled.items():
        kept = splits_of([split_of(name, of[name], everybody[name]) for name in by])
        tabled_by = (one for one in kept or () if one is not PLAIN)
        if any(lacks(one, of[one.attribute], everybody[one.attribute]) for one in tabled_by):
            continue
        # Rows of records that there are not would make its counts those of nobody.
        if kept is not None and all(
            sum(cells.values()) == sizes(site).get(tag_id, 0) for cells in of.values()
        ):
            found[tag_id] = kept
    return found


class _Records:
    """The records of a kind, and which tags of them are chosen."""

    def __init__(self, site: Site, subject: str, home: GridTree) -> None:
        self._site = site
        self._home = home
        self._ids = _ids(site, select(_KEYS[subject]))
        self._choice = Choice(len(self._ids), self._below(by_grid(site, SUBJECTS[subject]) or {}))

    def takes(self, tag_id: int, splits: tuple[Split, ...]) -> bool:
        """Choose a tag if it may be told beside those that are chosen."""
        carry = _ids(self._site, select(t.subject_id).where(t.tag_id == tag_id))
        counts = counts_of(self._site, "tag")
        at = {code: held.get(str(tag_id), 0) for code, held in counts.items()}
        records = np.searchsorted(self._ids, carry)
        return self._choice.takes(Carried(records, self._below(at), splits))

    def _below(self, at: Mapping[str | None, float]) -> np.ndarray:
        """How many of them are on each grid of the home tree and below it, in the tree's order."""
        rows = {grid.code: row for row, grid in enumerate(self._home.order)}
        before = np.zeros(len(rows) + 1, np.int64)
        for code, n in at.items():
            before[1 + (rows.get(code, 0) if code is not None else 0)] += int(n)
        before = before.cumsum()
        return np.array([before[g.last + 1] - before[g.first] for g in self._home.order])


def _ids(site: Site, statement: Select[tuple[int]]) -> np.ndarray:
    with site.population.connect() as connection:
        found = connection.execution_options(yield_per=50_000).execute(statement).scalars()
        return np.sort(np.fromiter(found, np.int64))
