"""What is counted besides cases: activities, posts, exclusive grids, ratings, records and visits.

Every row lies on a grid of any level; queries.work_counts adds them up. Kinds of activities as in
data.events, domain.md K22–K30.
"""

from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from data.counters import AS_OF, DECIDED, OPEN, REPORTED, TAKEN_OF_REPORTED, Counter
from data.population_tables import house, household, legal_entity, person, visit
from data.work_tables import activity, exclusive_grid, rating, staff
from queries.words import Words

DUTY_MODES = ("resident", "reporting", "part_time")
"""常驻, 报到, 兼职 (domain.md S0-08)."""

WorkClock = Literal["planned", "falls_due", "visited", "rated", "quarter", "stock"]

WORK_CLOCK_WORDS = {
    "planned": Words(
        "计划、登记或提出的日期在统计期内", "planned, entered or asked for in the period"
    ),
    "falls_due": Words("期限在统计期内到期", "due in the period"),
    "visited": Words("走访日期在统计期内", "visited in the period"),
    "rated": Words("评定日期在统计期内", "decided in the period"),
    "quarter": Words("统计期所触及的各季度，整季计", "whole quarters that the period touches"),
}
"""Clocks that cases do not have; `stock` is in data.counters."""

TODAY: BindParameter[int] = bindparam("today", type_=Integer)
FRESH_FROM: BindParameter[int] = bindparam("fresh_from", type_=Integer)
"""First day on which a check is still fresh today."""
REPORTED_FROM: BindParameter[int] = bindparam("reported_from", type_=BigInteger)
"""First instant from which a report of an exclusive grid is recent."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Rows on grids. `place` is a grid_id, in the population database a grid_code.

    A row counts at `instead` in a hierarchy without its place. `known`: it was there at the as-of time.
    """

    rows: FromClause
    place: ColumnElement
    in_population: bool = False
    instead: ColumnElement | None = None
    day: ColumnElement | None = None
    due: ColumnElement | None = None
    department: ColumnElement | None = None
    known: ColumnElement[bool] | None = None
    kind: ColumnElement | None = None


@dataclass(frozen=True, eq=False)
class WorkCounter:
    """Sum of `amount` over the rows of a ground that fulfil a condition.

    With `once` the different values of that column are counted; with `grids` the grids that have any,
    of the lowest level at which there are some: each once, however often. `kind` is what the condition
    says of the ground's kind: rows are found by it.
    """

    key: str
    ground: Ground
    condition: ColumnElement[bool]
    clock: WorkClock = "stock"
    amount: ColumnElement = field(default_factory=lambda: literal(1, Integer))
    once: ColumnElement | None = None
    grids: bool = False
    kind: str = ""

    @property
    def total(self) -> ColumnElement:
        """The aggregate; nothing at all may be null."""
        if self.once is not None:
            return func.count(distinct(case((self.condition, self.once))))
        return func.sum(case((self.condition, self.amount), else_=0))


@dataclass(frozen=True, eq=False)
class CaseCount:
    """Cases of a counter, of the grid workers' own sources only if `of_workers`."""

    counter: Counter
    of_workers: bool = True

    @property
    def key(self) -> str:
        """Tells it from the counter itself."""
        return f"{self.counter.key}_by_workers" if self.of_workers else self.counter.key

    @property
    def clock(self) -> str:
        """The clock that picks the cases."""
        return self.counter.clock


@dataclass(frozen=True, eq=False)
class Together:
    """The sum of several."""

    key: str
    parts: tuple["WorkCounter | CaseCount", ...]

    @property
    def clock(self) -> str:
        """The clock of the first part."""
        return self.parts[0].clock


@dataclass(frozen=True, eq=False)
class UnitsOutside:
    """Units whose claims in a quarter are more or fewer than asked for, see queries.claims."""

    key: str
    clock: WorkClock = "quarter"


Leaf = WorkCounter | CaseCount | UnitsOutside
Work = Leaf | Together


def leaves(work: Work) -> tuple[Leaf, ...]:
    """What has to be counted for it."""
    return work.parts if isinstance(work, Together) else (work,)


_a = activity.c
ACTIVITY = Ground(
    activity,
    _a.grid_id,
    day=_a.day,
    due=_a.due_at,
    department=_a.department_id,
    known=_a.at <= AS_OF,
    kind=_a.kind,
)
_done = _a.done_at <= AS_OF
_due = and_(_a.due_at.is_not(None), or_(_done, _a.due_at < AS_OF))
_in_time = and_(_due, _done, _a.done_at <= _a.due_at)
_of = activity.alias("of_activity")
_problems = select(_of.c.activity_id).where(_of.c.kind == "problem", _of.c.at <= AS_OF)
_claimed = select(_of.c.of_id).where(
    _of.c.kind == "claim", _of.c.at <= AS_OF, _of.c.of_id.is_not(None)
)


def _activities(
    key: str,
    kind: str,
    condition: ColumnElement[bool] | None = None,
    clock: WorkClock = "planned",
    *,
    grids: bool = False,
) -> WorkCounter:
    of_kind = _a.kind == kind
    whole = of_kind if condition is None else and_(of_kind, condition)
    return WorkCounter(key, ACTIVITY, whole, clock, grids=grids, kind=kind)


REPORTS = CaseCount(REPORTED)
REPORTS_DECIDED = CaseCount(DECIDED)
REPORTS_VALID = CaseCount(TAKEN_OF_REPORTED)
DUTY_DAYS = WorkCounter("duty_days", ACTIVITY, _a.kind == "duty", "planned", _a.amount, kind="duty")
MISSED = _activities("missed", "missed")
TO_BE_FOUND = Together("to_be_found", (MISSED, REPORTS))
PATROLS = _activities("patrols", "patrol")
PATROLS_DONE = _activities("patrols_done", "patrol", _done)
PATROLS_WITH_FINDS = _activities("patrols_with_finds", "patrol", and_(_done, _a.amount > 0))
GRIDS_TO_PATROL = _activities("grids_to_patrol", "patrol", grids=True)
GRIDS_PATROLLED = _activities("grids_patrolled", "patrol", _done, grids=True)
NEEDS = _activities("needs", "need")
NEEDS_MAPPED = _activities("needs_mapped", "need", _a.of_id.in_(_problems))
PROBLEMS = _activities("problems", "problem")
PROBLEMS_CLAIMED = _activities("problems_claimed", "problem", _a.activity_id.in_(_claimed))
CLAIMS_DUE = _activities("claims_due", "claim", _due, "falls_due")
CLAIMS_IN_TIME = _activities("claims_in_time", "claim", _in_time, "falls_due")
CLAIMS_OUTSIDE = UnitsOutside("claims_outside")
LEDGER = _activities("ledger_entries", "ledger")
LEDGER_CLEARED = _activities("ledger_cleared", "ledger", _done)
WHISTLES_DUE = _activities("whistles_due", "whistle", _due)
WHISTLES_ANSWERED = _activities("whistles_answered", "whistle", _in_time)

STAFF = Ground(staff, staff.c.grid_id)
_weight = case(
    *((staff.c.duty_mode == mode, bindparam(f"weight_{mode}", type_=Float)) for mode in DUTY_MODES),
    else_=literal(1.0, Float),
)
STAFF_ON_DUTY = WorkCounter(
    "staff_on_duty", STAFF, and_(staff.c.on_duty == 1, staff.c.name.is_not(None)), amount=_weight
)
OPEN_CASES = CaseCount(OPEN, of_workers=False)

_x = exclusive_grid.c
EXCLUSIVE = Ground(exclusive_grid, _x.grid_id, instead=_x.linked_grid_id)
_every_exclusive = _x.grid_id.is_not(None)
EXCLUSIVE_GRIDS = WorkCounter("exclusive_grids", EXCLUSIVE, _every_exclusive)
CIVIL_HEADS = WorkCounter("civil_heads", EXCLUSIVE, _x.head_is_civil_servant == 1)
UNITS = WorkCounter("units", EXCLUSIVE, _every_exclusive, amount=_x.units)
INFORMANTS = WorkCounter("informants", EXCLUSIVE, _every_exclusive, amount=_x.informants)
REPORTING = WorkCounter("reporting", EXCLUSIVE, _x.reported_at.between(REPORTED_FROM, AS_OF))
LARGE_ENOUGH = WorkCounter("large_enough", EXCLUSIVE, or_(_x.people >= 1000, _x.area_km2 >= 1.0))

_r = rating.c
RATING = Ground(rating, _r.grid_id, day=_r.day, known=_r.day <= TODAY)
STARS_UP = WorkCounter(
    "stars_up", RATING, and_(_r.kind == "star", _r.level > _r.level_before), "rated"
)
STARS_DOWN = WorkCounter(
    "stars_down", RATING, and_(_r.kind == "star", _r.level < _r.level_before), "rated"
)
_newest = func.row_number().over(
    partition_by=(_r.grid_id, _r.kind), order_by=(_r.day.desc(), _r.rating_id.desc())
)
_standing = (
    select(_r.grid_id, _r.kind, _r.level, _newest.label("newest"))
    .where(_r.day <= TODAY)
    .subquery("standing")
)
STANDING = Ground(_standing, _standing.c.grid_id)
FLAGS_HELD = WorkCounter(
    "flags_held",
    STANDING,
    and_(_standing.c.newest == 1, _standing.c.kind == "flag", _standing.c.level == 1),
)

SHOPS = ("商户", "个体")
"""Kinds of legal_entity that are shops; all others are companies (domain.md S0-14)."""

_e = legal_entity.c


def _records(table: Table) -> Ground:
    """The expression keeps SQLite from the index of the grids: one pass is twice as fast (measured)."""
    place = func.coalesce(table.c.grid_code, literal_column("''"))
    return Ground(table, place, in_population=True)


HOUSES, PERSONS, ENTITIES = _records(house), _records(person), _records(legal_entity)
HOMES = Ground(household, household.c.grid_code, in_population=True)
VISITED_HOMES = Ground(
    visit.join(
        household,
        and_(visit.c.subject == "household", household.c.household_id == visit.c.subject_id),
    ),
    household.c.grid_code,
    in_population=True,
    day=visit.c.day,
    known=visit.c.day <= TODAY,
)
VISITED_ENTITIES = Ground(
    visit.join(
        legal_entity,
        and_(visit.c.subject.in_(("shop", "company")), _e.entity_id == visit.c.subject_id),
    ),
    _e.grid_code,
    in_population=True,
    day=visit.c.day,
    known=visit.c.day <= TODAY,
)


def _fresh(verified: ColumnElement[int]) -> ColumnElement[bool]:
    return verified.between(FRESH_FROM, TODAY)


def _visited(key: str, ground: Ground, condition: ColumnElement[bool]) -> WorkCounter:
    return WorkCounter(key, ground, condition, "visited", once=visit.c.subject_id)


ALL_HOUSES = WorkCounter("all_houses", HOUSES, house.c.house_id.is_not(None))
FRESH_HOUSES = WorkCounter("fresh_houses", HOUSES, _fresh(house.c.verified_day))
ALL_PERSONS = WorkCounter("all_persons", PERSONS, person.c.person_id.is_not(None))
FRESH_PERSONS = WorkCounter("fresh_persons", PERSONS, _fresh(person.c.verified_day))
ALL_ENTITIES = WorkCounter("all_entities", ENTITIES, _e.entity_id.is_not(None))
FRESH_ENTITIES = WorkCounter("fresh_entities", ENTITIES, _fresh(_e.verified_day))
ALL_SHOPS = WorkCounter("all_shops", ENTITIES, _e.kind.in_(SHOPS))
ALL_COMPANIES = WorkCounter("all_companies", ENTITIES, _e.kind.not_in(SHOPS))
FRESH_RECORDS = (FRESH_PERSONS, FRESH_HOUSES, FRESH_ENTITIES)
KINDS_OF_ENTITIES = (ALL_SHOPS, ALL_COMPANIES)
"""What tells how many entities of a grid are of some kinds."""
ALL_HOMES = WorkCounter("all_homes", HOMES, household.c.household_id.is_not(None))
HOMES_VISITED = _visited("homes_visited", VISITED_HOMES, visit.c.subject_id.is_not(None))
SHOPS_VISITED = _visited("shops_visited", VISITED_ENTITIES, _e.kind.in_(SHOPS))
COMPANIES_VISITED = _visited("companies_visited", VISITED_ENTITIES, _e.kind.not_in(SHOPS))
