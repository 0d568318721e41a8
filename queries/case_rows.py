"""Lines of cases: what a list, a feed or a map tells of a case, as it stood at an instant.

Nothing here reads who reported a case or where exactly they live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, select

from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from data.counters import AS_OF
from queries.masking import mask_text
from queries.paging import Turn, backwards, beyond, parts_of
from queries.paths import STEPS, beside_path, path_steps, with_path
from queries.question import Question
from queries.scope import Scope
from queries.seen_cases import in_sight, told_of
from queries.site import Site
from queries.standing import LIGHT, light_of, seconds_left

Order = tuple[ColumnElement[Any], ...]

URGENT: Order = (d.c.light_due.asc().nulls_last(), d.c.case_id)
"""What turns or turned red first comes first."""

COLUMNS = (
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
    *LIGHT,
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
    d.c.n_odd,
    d.c.is_off_list,
    d.c.priority,
)


@dataclass(frozen=True)
class CaseRow:
    """One line of a list. Times are epoch seconds; grid_id is the deepest grid known.

    `left_seconds` (negative after the deadline) and `left_clock` as `seconds_left` gives them.
    `priority` is the position among the site's (分色), None where it is not told.
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
    odd: int
    off_list: bool
    priority: int | None


def id_of(site: Site, connection: Connection, code: str) -> int | None:
    """The id of the case of this code, to ask for its states by: no engine has to search them then.

    None for a case that the visitor may not see, as for one that is not there.
    """
    wanted = select(r.c.case_id).where(r.c.code == code, *in_sight(site, r.c.case_id))
    return connection.execute(wanted).scalar()


def joined(scope: Scope) -> FromClause:
    """Derived cases with their path in the scope's hierarchy and their record."""
    return with_path(scope).join(r, r.c.case_id == d.c.case_id)


def pick(question: Question, clock: str, condition: ColumnElement[bool]) -> Select:
    """Keys of the cases of a cohort; what they are called is looked up for one page only."""
    site, scope = question.site, question.scope
    site.admit(scope, "case_detail")
    statement = select(d.c.case_id, d.c.valid_from).select_from(question.tables(clock))
    return statement.where(question.cohort(clock), condition, *told_of(site, scope))


def read_rows(
    site: Site,
    picked: Select,
    order: Order,
    scope: Scope,
    as_of: int,
    limit: int,
    start: int | Turn = 0,
) -> tuple[CaseRow, ...]:
    """At most `limit` lines of the picked cases: from so many lines on, or by a turn of the page.

    A turn by a case that is not there gives the first lines.
    """
    with site.case.connect() as connection:
        chosen = _page(site, connection, picked, order, as_of, start).limit(limit)
        ids = [row.case_id for row in connection.execute(chosen, {"as_of": as_of})]
        return _named(site, connection, ids, order, scope, as_of)


def rows_of(
    site: Site, ids: Sequence[int], order: Order, scope: Scope, as_of: int
) -> tuple[CaseRow, ...]:
    """Lines of these cases, of which it is known already that the visitor may see them."""
    with site.case.connect() as connection:
        return _named(site, connection, ids, order, scope, as_of)


def _named(
    site: Site,
    connection: Connection,
    ids: Sequence[int],
    order: Order,
    scope: Scope,
    as_of: int,
) -> tuple[CaseRow, ...]:
    named = select(*COLUMNS, *path_steps(scope)).select_from(
        beside_path(d, scope).join(r, r.c.case_id == d.c.case_id)
    )
    named = named.where(d.c.case_id.in_(ids), d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF)
    rows = connection.execute(named.order_by(*order), {"as_of": as_of})
    return case_rows(site, rows.all(), as_of)


def _page(
    site: Site,
    connection: Connection,
    picked: Select,
    order: Order,
    as_of: int,
    start: int | Turn,
) -> Select:
    if not isinstance(start, Turn):
        chosen = picked.order_by(*order)
        return chosen.offset(start) if start else chosen
    here = select(*(part.value for part in parts_of(order))).where(
        d.c.case_id == id_of(site, connection, start.code),
        d.c.valid_from <= AS_OF,
        d.c.valid_to > AS_OF,
    )
    values = connection.execute(here, {"as_of": as_of}).first()
    if values is None:
        return picked.order_by(*order)
    chosen = picked.where(beyond(order, values, forward=start.forward))
    return chosen.order_by(*(order if start.forward else backwards(order)))


def case_rows(site: Site, rows: Sequence[Any], as_of: int) -> tuple[CaseRow, ...]:
    """Rows of COLUMNS and `path_steps` as lines."""
    left = seconds_left(site.work_clock(), rows, as_of)
    return tuple(_case_row(row, as_of, *its) for row, its in zip(rows, left, strict=True))


def _case_row(row: object, as_of: int, left: int | None, left_clock: str) -> CaseRow:
    case = row._mapping  # type: ignore[attr-defined]
    known = [grid for grid in (case[name] for name in STEPS) if grid is not None]
    return CaseRow(
        code=case["code"],
        title=mask_text(case["title"]),
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
        odd=case["n_odd"],
        off_list=bool(case["is_off_list"]),
        priority=case["priority"],
    )
