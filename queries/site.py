"""A site as the queries see it: two databases, a clock, its trees and its vocabularies."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import lt
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, select

from data.case_run import clock_of
from data.case_tables import category, department, source
from data.case_tables import hierarchy as h
from data.clock import Clock
from data.databases import open_databases
from data.days import epoch_of, local_day
from data.encryption import Keyring, demo_keyring, read_keyring
from data.errors import SetupError
from data.grids import Grid, GridTree, read_tree
from data.rules import read_calendar_of
from data.settings import Settings
from data.working_time import WorkClock
from queries.edge_days import EdgeDays
from queries.facts import Facts, read_facts
from queries.followed_states import FollowedStates
from queries.held_states import HeldStates
from queries.known_steps import Known
from queries.late_states import read_late
from queries.memory import Newest, Recent
from queries.open_states import OpenStates
from queries.prepared import Prepared
from queries.remarked_states import read_remarked
from queries.rights import Depth, Right
from queries.sight import OutOfSight, Sight
from queries.versions import (
    CaseParts,
    LastLook,
    Versions,
    case_parts,
    is_older,
    persons_version,
    versions_of,
)
from queries.visitor import Visitor
from queries.words import Words

if TYPE_CHECKING:
    from queries.scope import Scope

ALL = Right(Depth.PLAIN)
"""What may be seen of everything where nobody in particular asks."""

T = TypeVar("T")

ANSWER_SECONDS = 20.0
"""How long figures of an instant are asked for again: a tick of the clock, and those who come late. While cases
come in every second, so many instants are remembered at a time."""

LOOK_UP_SECONDS = 1.0
"""How long a look at the versions is good for: one screen refresh is one look."""


class Item(NamedTuple):
    """A word of a vocabulary: a source, a category or a department."""

    item_id: int
    code: str
    name: Words
    group: Words | None = None


@dataclass
class Site:
    """Everything a question needs; one per process, handed down, never global.

    What it keeps is left out of its repr: trees of thousands of grids refer to one another. Without
    `uses_tiles` it asks the cases themselves, to hold one against the other. `known`: the moment
    whose records it reads, None for today's (queries.known makes such sites and keeps them in `knowns`).
    """

    case: Engine
    population: Engine
    clock: Clock
    _kept: Newest = field(default_factory=Newest, repr=False)
    answers: Recent = field(default_factory=lambda: Recent(4000, ANSWER_SECONDS), repr=False)
    drawings: Recent = field(default_factory=lambda: Recent(200), repr=False)
    drawn: Recent = field(default_factory=lambda: Recent(600, ANSWER_SECONDS), repr=False)
    uses_tiles: bool = True
    keyring: Keyring = field(default_factory=demo_keyring, repr=False)
    edge_days: EdgeDays = field(default_factory=EdgeDays, repr=False)
    late_states: FollowedStates = field(
        default_factory=lambda: FollowedStates(read_late), repr=False
    )
    remarked_states: FollowedStates = field(
        default_factory=lambda: FollowedStates(read_remarked), repr=False
    )
    held_states: HeldStates = field(default_factory=HeldStates, repr=False)
    open_states: OpenStates = field(default_factory=OpenStates, repr=False)
    known: Known | None = None
    knowns: Recent = field(default_factory=lambda: Recent(8), repr=False)
    origin: "Site | None" = field(default=None, repr=False)
    """Of a site as known at a moment: that of today, with which it shares all but its own answers."""
    prepared: Prepared = field(default_factory=Prepared, repr=False)
    is_exact: bool = False
    """Whether small counts of people are told as they are: for a program that holds figures against records."""
    sight: Sight | None = field(default=None, repr=False)
    """Whose eyes look at it; None for a program's own, and on a server that is open to everybody."""
    _cases_look: LastLook[CaseParts] = field(default_factory=lambda: LastLook(is_older), repr=False)
    _persons_look: LastLook[int] = field(default_factory=lambda: LastLook(lt), repr=False)

    def seen_by(self, visitor: Visitor | None, screen: str) -> "Site":
        """The same site as a visitor sees it on a screen; itself for nobody in particular.

        What is kept is shared: answers are looked up after `admit`, and by what they are about, which is
        the same for all who may ask. What is made to be kept is made from `whole`.
        """
        return self if visitor is None else replace(self, sight=Sight(visitor, screen))

    @property
    def whole(self) -> "Site":
        """The site without anybody's eyes: for what is made once for all."""
        return self if self.sight is None else replace(self, sight=None)

    def right(self, kind: str, tree: GridTree, grid: Grid, department: str | None = None) -> Right:
        """How much of a kind of data may be seen at a grid; everything without a sight."""
        return ALL if self.sight is None else self.sight.right(kind, tree, grid, department)

    def admit(self, scope: "Scope", kind: str = "case_figures", level: int | None = None) -> None:
        """Raise OutOfSight for a question whose answer the visitor may not see.

        level: the level of grids that the answer is split into, if it is.
        """
        if self.sight is None:
            return
        right = self.right(kind, scope.tree, scope.grid, scope.department)
        level = scope.grid.level if level is None else level
        if not right.depth or level > self.sight.deepest(right, scope.tree):
            raise OutOfSight(f"{kind} of {scope.tree.code}/{scope.grid.code}")

    def sees(self, tree: GridTree, grid: Grid) -> bool:
        """Whether a grid is one that the visitor may know of."""
        return self.sight is None or self.sight.sees(tree, grid)

    def way(self, tree: GridTree, grid: Grid) -> list[Grid]:
        """The steps down to a grid, as far up as the visitor sees."""
        return tree.path(grid) if self.sight is None else self.sight.way(tree, grid)

    def tops(self, tree: GridTree) -> tuple[Grid, ...]:
        """The grids that one may begin at."""
        return (tree.top,) if self.sight is None else self.sight.tops(tree)

    def keep(self, name: object, version: object, make: Callable[[], T]) -> T:
        """What `make` gave for this version; made once, even when many ask at the same time."""
        return self._kept.get(name, version, make)

    def versions(self) -> dict[str, int]:
        """Version of each part of the case database: cases, grids; looked up once a second."""
        return self._case_parts().versions

    def changed_at(self) -> int | None:
        """Epoch seconds of the newest change of the cases; None before the first one."""
        return self._case_parts().changed_at or None

    def population_version(self) -> int:
        """Version of the population database; looked up once a second."""
        held = self._persons_look.recent(LOOK_UP_SECONDS)
        return self._look_at_persons() if held is None else held

    def look(self) -> Versions:
        """The versions as both databases have them now; who asks this site later gets none older."""
        return versions_of(self._look_at_cases().versions, self._look_at_persons())

    def _case_parts(self) -> CaseParts:
        held = self._cases_look.recent(LOOK_UP_SECONDS)
        return self._look_at_cases() if held is None else held

    def _look_at_cases(self) -> CaseParts:
        return self._cases_look.anew(lambda: case_parts(self.case), self._forget)

    def _look_at_persons(self) -> int:
        return self._persons_look.anew(lambda: persons_version(self.population), self._forget)

    def _forget(self) -> None:
        """Let go of all that is kept: a database was put back from a copy, and its versions come again."""
        if self.origin is not None:
            self.origin._forget()
        kept = self._kept, self.answers, self.drawings, self.drawn, self.knowns, self.prepared
        states = self.edge_days, self.late_states, self.remarked_states, self.held_states
        for one in (*kept, *states, self.open_states):
            one.clear()

    def facts(self) -> Facts:
        """Name, zone, named periods; raises SetupError for a database without a site."""
        facts = self.keep(
            "facts", self.versions().get("grids"), lambda: _read(self.case, read_facts)
        )
        if self.sight is None or self.sight.is_whole:
            return facts
        # What was published is of the whole site.
        return replace(facts, published=())

    def tree(self, code: str | None = None) -> GridTree | None:
        """A hierarchy by code, the default one without; None when there is no such hierarchy.

        One of which the visitor may see nothing is none; their default is the first that has anything.
        """
        known = [one for one, _ in self.hierarchies()]
        if self.sight is not None and code is None:
            code = known[0] if known else None
        if code not in known and (code is not None or self.sight is not None):
            return None
        version = self.versions().get("grids")
        return self.keep(("tree", code), version, lambda: _read(self.case, read_tree, code))

    def hierarchies(self) -> list[tuple[str, Words]]:
        """Code and name of every hierarchy of which anything may be seen, the default one first."""
        held = self.keep("hierarchies", self.versions().get("grids"), self._hierarchies)
        return [one for one in held if self.sight is None or self.sight.opens(one[0])]

    def _hierarchies(self) -> list[tuple[str, Words]]:
        with self.case.connect() as connection:
            rows = connection.execute(
                select(h.c.code, h.c.name, h.c.name_en).order_by(
                    h.c.is_default.desc(), h.c.hierarchy_id
                )
            )
            return [(code, Words(name, name_en)) for code, name, name_en in rows]

    def sources(self) -> dict[str, Item]:
        """All sources by code, in the site's order."""
        return self._words("source", _sources)

    def categories(self) -> dict[str, Item]:
        """All categories by code."""
        return self._words("category", _categories)

    def departments(self) -> dict[str, Item]:
        """All departments by code."""
        return self._words("department", _departments)

    def work_clock(self) -> WorkClock | None:
        """The clock of the site's working time; None where all limits run in natural time."""
        version = self.versions().get("cases")
        return self.keep("work_clock", version, lambda: _read(self.case, _work_clock))

    def _words(self, name: str, read: Callable[[Connection], dict[str, Item]]) -> dict[str, Item]:
        return self.keep(name, self.versions().get("cases"), lambda: _read(self.case, read))

    def as_of(self) -> int:
        """The instant figures are computed for: the clock's tick, or the newest change since."""
        return self.clock.as_of(self.changed_at() or 0)

    def today(self, as_of: int) -> int:
        """Day number of an instant in the site's zone."""
        return local_day(as_of, self.facts().zone)


def open_site(settings: Settings) -> Site:
    """Open both databases and set the clock; SetupError says what must be put right."""
    case, population = open_databases(settings)
    site = Site(case, population, Clock())
    if settings.seal_keys or settings.seal_key_file.exists():
        site.keyring = read_keyring(settings.seal_key_file, settings.seal_keys)
    if settings.as_of:
        try:
            at = epoch_of(settings.as_of, site.facts().zone)
        except ValueError:
            raise SetupError(
                f"AS_OF={settings.as_of!r} is not a time; write it like 2011-12-31T18:00."
            ) from None
        site.clock = Clock.starting_at(at)
    site.facts()
    return site


def _read(engine: Engine, read: Callable[..., T], *arguments: object) -> T:
    with engine.connect() as connection:
        return read(connection, *arguments)


def _work_clock(connection: Connection) -> WorkClock | None:
    calendar = read_calendar_of(connection, read_facts(connection).zone)
    return None if calendar is None else clock_of(calendar)


def _sources(connection: Connection) -> dict[str, Item]:
    rows = connection.execute(select(source).order_by(source.c.position)).mappings()
    return {
        r["code"]: Item(r["source_id"], r["code"], Words(r["name"], r["name_en"])) for r in rows
    }


def _categories(connection: Connection) -> dict[str, Item]:
    rows = connection.execute(select(category).order_by(category.c.code)).mappings()
    return {
        r["code"]: Item(
            r["category_id"],
            r["code"],
            Words(r["name"], r["name_en"]),
            Words(r["class_name"], r["class_name_en"]),
        )
        for r in rows
    }


def _departments(connection: Connection) -> dict[str, Item]:
    rows = connection.execute(select(department).order_by(department.c.code)).mappings()
    return {
        r["code"]: Item(r["department_id"], r["code"], Words(r["name"], r["name_en"])) for r in rows
    }
