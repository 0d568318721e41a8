"""Lists of cases: those behind a figure, the newest, the open ones as points, and one with its timeline.

A list is made from the counter of its figure, so its length is the figure. Nothing here reads who
reported a case or where exactly they live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, not_, select

from data.case_tables import case_derived as d
from data.case_tables import case_event as e
from data.case_tables import case_path as p
from data.case_tables import case_record as r
from data.case_tables import survey as s
from queries.counters import AS_OF, Counter
from queries.metrics import Metric, Part
from queries.question import Question, with_path
from queries.scope import Scope
from queries.site import Site
from queries.standing import light_of, seconds_left

Order = tuple[ColumnElement[Any], ...]

PAGE = 50
RECENT_DAYS = 7
MOST_POINTS = 5000
_ROW = (
    r.c.case_id,
    r.c.code,
    r.c.title,
    r.c.road,
    r.c.location,
    r.c.lon,
    r.c.lat,
    d.c.source_id,
    d.c.category_id,
    d.c.department_id,
    d.c.reported_at,
    d.c.accepted_at,
    d.c.closed_at,
    d.c.original_deadline,
    d.c.effective_deadline,
    d.c.warn_at,
    d.c.limit_clock,
    d.c.hung_since,
    d.c.is_open,
    d.c.is_hung,
    d.c.is_void,
    d.c.is_rejected,
    d.c.on_time_effective,
    d.c.n_extend,
    d.c.n_supervise,
    d.c.n_rework,
    d.c.n_reopen,
)


@dataclass(frozen=True)
class CaseRow:
    """One line of a list. Times are epoch seconds; grid_id is the deepest grid known.

    `left_seconds` (negative after the deadline) and `left_clock` as `seconds_left` gives them.
    """

    code: str
    title: str
    road: str | None
    location: str
    lon: float | None
    lat: float | None
    source_id: int
    category_id: int
    department_id: int | None
    grid_id: int | None
    reported_at: int
    closed_at: int | None
    original_deadline: int | None
    effective_deadline: int | None
    hung_since: int | None
    left_seconds: int | None
    left_clock: str
    light: str
    extended: int
    supervised: int
    reworked: int
    reopened: int


@dataclass(frozen=True)
class CaseList:
    """A page of cases and how many there are in all."""

    total: int
    rows: tuple[CaseRow, ...]
    page: int

    @property
    def pages(self) -> int:
        """How many pages the whole list has."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class CaseEvent:
    """One step of a case's timeline."""

    type: str
    at: int
    actor_role: str | None
    department_id: int | None
    deadline: int | None
    note: str | None
    inferred: bool


@dataclass(frozen=True)
class CaseDetail:
    """One case as it stood at the as-of time, with its steps and ratings so far."""

    row: CaseRow
    kind: str
    address_masked: str | None
    flags: str | None
    paused_seconds: int
    handling_seconds: int | None
    work_seconds: int | None
    events: tuple[CaseEvent, ...]
    satisfaction: str | None
    path_ids: tuple[int, ...]


def behind(
    site: Site, metric: Metric, part: Part, scope: Scope, *, as_of: int, page: int = 1
) -> CaseList:
    """The cases that a figure is made of, most urgent first for stocks, newest first otherwise."""
    assert isinstance(metric.top, Counter)
    top, bottom = metric.top, metric.bottom or metric.top
    condition = {
        "top": top.condition,
        "bottom": bottom.condition,
        "rest": and_(bottom.condition, not_(func.coalesce(top.condition, False))),
    }[part]
    if metric.seconds is not None:
        condition = and_(condition, metric.seconds.is_not(None))
    picked = _pick(Question(site, scope, None, as_of, 0), top.clock, condition)
    order: Order
    if top.order:
        order = top.order
    elif top.clock == "stock":
        order = (d.c.effective_deadline.asc().nulls_last(), d.c.case_id)
    else:
        order = (d.c.reported_at.desc(), d.c.case_id.desc())
    with site.case.connect() as connection:
        counted = select(func.count()).select_from(picked.subquery())
        total = int(connection.execute(counted, {"as_of": as_of}).scalar_one())
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    rows = _rows(site, picked, order, scope, as_of, PAGE, (page - 1) * PAGE)
    return CaseList(total, rows, page)


def newest(site: Site, scope: Scope, *, as_of: int, limit: int) -> tuple[CaseRow, ...]:
    """The cases reported last, within a week of now whatever the period."""
    today = site.today(as_of)
    question = Question(site, scope.on(today - RECENT_DAYS + 1, today), None, as_of, 0)
    picked = _pick(question, "reported", d.c.reported_day.is_not(None))
    order = (d.c.reported_at.desc(), d.c.case_id.desc())
    return _rows(site, picked, order, scope, as_of, limit, 0)


def open_points(site: Site, scope: Scope, *, as_of: int) -> tuple[CaseRow, ...]:
    """Open cases with a true location, overdue ones first: the points of a map."""
    picked = _pick(Question(site, scope, None, as_of, 0), "stock", d.c.is_open == 1)
    order = (d.c.effective_deadline.asc().nulls_last(), d.c.case_id)
    rows = _rows(site, picked, order, scope, as_of, MOST_POINTS, 0)
    return tuple(row for row in rows if row.lon is not None and row.location == "exact")


def one_case(site: Site, code: str, scope: Scope, *, as_of: int) -> CaseDetail | None:
    """The case of this code as it stood at `as_of`; None when there was none."""
    extra: tuple[ColumnElement[Any], ...]
    extra = (r.c.kind, r.c.address_masked, r.c.flags, d.c.paused_seconds, d.c.handling_seconds)
    extra += (d.c.work_seconds, d.c.satisfaction, *_path_columns())
    statement = select(*_ROW, *extra).select_from(_joined(scope))
    statement = statement.where(r.c.code == code, d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF)
    with site.case.connect() as connection:
        held = connection.execute(statement, {"as_of": as_of}).first()
        if held is None:
            return None
        steps = connection.execute(
            select(e).where(e.c.case_id == held.case_id, e.c.at <= as_of).order_by(e.c.at, e.c.seq)
        ).all()
        rated = connection.execute(
            select(s).where(s.c.case_id == held.case_id, s.c.surveyed_at <= as_of)
        ).all()
    events = [
        CaseEvent(x.type, x.at, x.actor_role, x.department_id, x.deadline, x.note, bool(x.inferred))
        for x in steps
    ]
    events += [
        CaseEvent("surveyed", x.surveyed_at, None, None, None, x.satisfaction, False) for x in rated
    ]
    path = [held._mapping[column.name] for column in _path_columns()]
    return CaseDetail(
        row=_case_rows(site, [held], as_of)[0],
        kind=held.kind,
        address_masked=held.address_masked,
        flags=held.flags,
        paused_seconds=held.paused_seconds,
        handling_seconds=held.handling_seconds,
        work_seconds=held.work_seconds,
        events=tuple(sorted(events, key=lambda event: event.at)),
        satisfaction=held.satisfaction,
        path_ids=tuple(i for i in path if i is not None),
    )


def _path_columns() -> list[ColumnElement[int]]:
    return [column for name, column in p.c.items() if name.startswith("grid_")]


def _joined(scope: Scope) -> FromClause:
    return with_path(scope).join(r, r.c.case_id == d.c.case_id)


def _pick(question: Question, clock: str, condition: ColumnElement[bool]) -> Select:
    """Keys of the cases of a cohort; what they are called is looked up for one page only."""
    statement = select(d.c.case_id, d.c.valid_from).select_from(question.tables())
    return statement.where(question.cohort(clock), condition)


def _rows(
    site: Site, picked: Select, order: Order, scope: Scope, as_of: int, limit: int, offset: int
) -> tuple[CaseRow, ...]:
    chosen = picked.order_by(*order).limit(limit).offset(offset)
    path = and_(p.c.case_id == d.c.case_id, p.c.hierarchy_id == scope.tree.hierarchy_id)
    with site.case.connect() as connection:
        ids = [row.case_id for row in connection.execute(chosen, {"as_of": as_of})]
        named = select(*_ROW, *_path_columns()).select_from(
            d.outerjoin(p, path).join(r, r.c.case_id == d.c.case_id)
        )
        named = named.where(d.c.case_id.in_(ids), d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF)
        rows = connection.execute(named.order_by(*order), {"as_of": as_of})
        return _case_rows(site, rows.all(), as_of)


def _case_rows(site: Site, rows: Sequence[Any], as_of: int) -> tuple[CaseRow, ...]:
    left = seconds_left(site.work_clock(), rows, as_of)
    return tuple(_case_row(row, as_of, *its) for row, its in zip(rows, left, strict=True))


def _case_row(row: object, as_of: int, left: int | None, left_clock: str) -> CaseRow:
    case = row._mapping  # type: ignore[attr-defined]
    steps = [case[column.name] for column in _path_columns()]
    known = [step for step in steps if step is not None]
    return CaseRow(
        code=case["code"],
        title=case["title"],
        road=case["road"],
        location=case["location"],
        lon=case["lon"],
        lat=case["lat"],
        source_id=case["source_id"],
        category_id=case["category_id"],
        department_id=case["department_id"],
        grid_id=known[-1] if known else None,
        reported_at=case["reported_at"],
        closed_at=case["closed_at"],
        original_deadline=case["original_deadline"],
        effective_deadline=case["effective_deadline"],
        hung_since=case["hung_since"],
        left_seconds=left,
        left_clock=left_clock,
        light=light_of(row, as_of),
        extended=case["n_extend"],
        supervised=case["n_supervise"],
        reworked=case["n_rework"],
        reopened=case["n_reopen"],
    )
