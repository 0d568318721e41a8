"""职责准入清单: what a station may be asked to do, how much of it came up, and what lay outside (S0-11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import and_, case, func, select

from data.case_tables import case_derived as d
from data.counters import ACCEPTED_VALID
from data.work_tables import access_item as a
from queries.figures import Figure, percent
from queries.listed import listed
from queries.metrics import Metric, Part
from queries.question import Question
from queries.scope import Scope
from queries.site import Site
from queries.words import Words

K = TypeVar("K")


class AccessItem(NamedTuple):
    """An item of the list; days as `data.days` has them, `last_day` None while it is on the list."""

    item_id: int
    code: str
    batch: int
    class_code: str
    class_name: Words
    name: Words
    department_id: int | None
    lead_level: str
    first_day: int
    last_day: int | None

    def holds(self, first_day: int, last_day: int) -> bool:
        """Whether it was on the list on one of these days."""
        return self.first_day <= last_day and (self.last_day is None or self.last_day >= first_day)


@dataclass(frozen=True)
class Breakdown:
    """Cases behind a figure by class code and by department id; None: not on the list, no department.

    Each adds up to `total`, most cases first; `off_list` of them went to a station all the same.
    """

    total: int
    off_list: int
    by_class: tuple[tuple[str | None, int], ...]
    by_department: tuple[tuple[int | None, int], ...]


@dataclass(frozen=True)
class AccessUse:
    """Cases accepted in a period by item id (None: under no item) and what share the list covers.

    `coverage` is of management cases: those under an item ÷ all. `off_list` is the number of 越权派单.
    """

    counts: Mapping[int | None, int]
    coverage: Figure
    off_list: int


def access_items(site: Site) -> dict[int, AccessItem]:
    """The whole list by item id, in the order of its codes, items that were taken off included."""
    return site.keep("access_items", site.versions().get("cases"), lambda: _items(site))


def breakdown(site: Site, metric: Metric, part: Part, scope: Scope, *, as_of: int) -> Breakdown:
    """The cases that `queries.cases.behind` lists, counted by class and department in one query."""
    question = Question(site, scope, None, as_of, 0)
    keys = listed(site, metric, part, scope).keys(question).subquery()
    version = and_(d.c.case_id == keys.c.case_id, d.c.valid_from == keys.c.valid_from)
    statement = (
        select(
            a.c.class_code,
            d.c.department_id,
            func.count().label("n"),
            func.sum(d.c.is_off_list).label("off_list"),
        )
        .select_from(keys.join(d, version).outerjoin(a, a.c.item_id == d.c.access_item_id))
        .group_by(a.c.class_code, d.c.department_id)
    )
    classes: dict[str | None, int] = {}
    departments: dict[int | None, int] = {}
    off_list = 0
    with site.case.connect() as connection:
        for row in connection.execute(statement, {"as_of": as_of}):
            classes[row.class_code] = classes.get(row.class_code, 0) + int(row.n)
            departments[row.department_id] = departments.get(row.department_id, 0) + int(row.n)
            off_list += int(row.off_list)
    return Breakdown(sum(classes.values()), off_list, _most(classes), _most(departments))


def access_use(site: Site, scope: Scope, *, as_of: int) -> AccessUse:
    """How much of what was accepted in the period falls under each item, as of then."""
    question = Question(site, scope, None, as_of, 0)
    managed = func.sum(case((d.c.is_management == 1, 1), else_=0)).label("managed")
    statement = (
        select(
            d.c.access_item_id,
            func.count().label("n"),
            managed,
            func.sum(d.c.is_off_list).label("off_list"),
        )
        .select_from(question.tables())
        .where(question.cohort(ACCEPTED_VALID.clock), ACCEPTED_VALID.condition)
        .group_by(d.c.access_item_id)
    )
    with site.case.connect() as connection:
        rows = connection.execute(statement, {"as_of": as_of}).all()
    all_managed = sum(int(row.managed) for row in rows)
    covered = sum(int(row.managed) for row in rows if row.access_item_id is not None)
    return AccessUse(
        counts={row.access_item_id: int(row.n) for row in rows},
        coverage=Figure(covered, all_managed, percent(covered, all_managed)),
        off_list=sum(int(row.off_list) for row in rows),
    )


def _items(site: Site) -> dict[int, AccessItem]:
    with site.case.connect() as connection:
        rows = connection.execute(select(a).order_by(a.c.code)).all()
    return {
        row.item_id: AccessItem(
            item_id=row.item_id,
            code=row.code,
            batch=row.batch,
            class_code=row.class_code,
            class_name=Words(row.class_name, row.class_name_en),
            name=Words(row.name, row.name_en),
            department_id=row.department_id,
            lead_level=row.lead_level,
            first_day=row.valid_from,
            last_day=None if row.valid_to is None else row.valid_to - 1,
        )
        for row in rows
    }


def _most(counts: dict[K, int]) -> tuple[tuple[K, int], ...]:
    """Most first; what has no key last among the equal ones."""
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is None, str(pair[0]))))
