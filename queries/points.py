"""Cases as points of a map: open ones, or what endangers the public, wherever it was settled."""

from sqlalchemy import ColumnElement, select

from data.case_tables import case_derived as d
from data.case_tables import category as c
from queries.case_rows import URGENT, CaseRow, Order, pick, read_rows
from queries.question import Question
from queries.scope import Scope
from queries.site import Site

MOST_POINTS = 5000


def open_points(site: Site, scope: Scope, *, as_of: int) -> tuple[CaseRow, ...]:
    """Open cases with a true location, overdue ones first."""
    return _points(site, scope, as_of, "stock", d.c.is_open == 1, URGENT)


def hazard_points(site: Site, scope: Scope, *, as_of: int) -> tuple[CaseRow, ...]:
    """Cases of public safety (公共安全) reported in the period, closed ones too, with a true location."""
    safety = select(c.c.category_id).where(c.c.line == "safety")
    newest = (d.c.reported_at.desc(), d.c.case_id)
    return _points(site, scope, as_of, "reported", d.c.category_id.in_(safety), newest)


def _points(
    site: Site,
    scope: Scope,
    as_of: int,
    clock: str,
    condition: ColumnElement[bool],
    order: Order,
) -> tuple[CaseRow, ...]:
    picked = pick(Question(site, scope, None, as_of, 0), clock, condition)
    rows = read_rows(site, picked, order, scope, as_of, MOST_POINTS, 0)
    return tuple(row for row in rows if row.lon is not None and row.location == "exact")
