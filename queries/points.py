"""Cases as points of a map: open ones, or what endangers the public, wherever it was settled."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, select

from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from data.case_tables import category as c
from data.counters import OPEN, OVERDUE
from queries.case_rows import URGENT, Order, pick
from queries.question import Question
from queries.scope import Scope
from queries.site import Site
from queries.standing import light_of
from queries.urgent_cases import LIGHT, most_urgent

MOST_POINTS = 5000
LOOKED_AT = 2
"""As many cases for each point that may be shown are read first: most have a true location."""
COLUMNS = (
    r.c.code,
    r.c.title,
    r.c.lon,
    r.c.lat,
    r.c.location,
    d.c.closed_at,
    d.c.effective_deadline,
    d.c.light_due,
    d.c.light_warn,
    d.c.is_open,
    d.c.is_hung,
    d.c.is_void,
    d.c.is_rejected,
    d.c.on_time_effective,
)


class Point(NamedTuple):
    """A case where it lies; `light` as in queries.standing."""

    code: str
    title: str
    lon: float
    lat: float
    light: str


def open_points(
    site: Site, scope: Scope, *, as_of: int, most: int = MOST_POINTS
) -> tuple[Point, ...]:
    """Open cases with a true location, overdue ones first; none where there are more than `most`."""
    return _open_points(site, scope, as_of, OPEN.condition, most)


def overdue_points(site: Site, scope: Scope, *, as_of: int, most: int) -> tuple[Point, ...]:
    """Overdue cases with a true location; none where there are more than `most`."""
    return _open_points(site, scope, as_of, OVERDUE.condition, most)


def hazard_points(
    site: Site, scope: Scope, *, as_of: int, most: int = MOST_POINTS
) -> tuple[Point, ...]:
    """Cases of public safety (公共安全) reported in the period, closed ones too, with a true location.

    None where there are more than `most`.
    """
    safety = select(c.c.category_id).where(c.c.line == "safety")
    newest = (d.c.reported_at.desc(), d.c.case_id)
    return _points(site, scope, as_of, "reported", d.c.category_id.in_(safety), newest, most)


def _open_points(
    site: Site, scope: Scope, as_of: int, condition: ColumnElement[bool], most: int
) -> tuple[Point, ...]:
    told = ("code", "title", "lon", "lat", LIGHT)
    first = most_urgent(
        site, scope, condition, as_of=as_of, told=(*told, "location"), most=MOST_POINTS
    )
    if first is None:
        return _points(site, scope, as_of, "stock", condition, URGENT, most)
    true = (first["location"] == "exact") & ~np.isnan(first["lon"]) & ~np.isnan(first["lat"])
    if np.count_nonzero(true) > most:
        return ()
    return tuple(map(Point, *(first[name][true].tolist() for name in told)))


def _points(
    site: Site,
    scope: Scope,
    as_of: int,
    clock: str,
    condition: ColumnElement[bool],
    order: Order,
    most: int,
) -> tuple[Point, ...]:
    """Of the first cases those with a true location; none where there are more than `most`.

    Which have one is told here: asked for it, SQLite reads all records for a filter beforehand.
    """
    picked = pick(Question(site, scope, None, as_of, 0), clock, condition).order_by(*order)
    with site.case.connect() as connection:
        # So many are as good as sure to hold more than `most`, or all there are.
        for limit in sorted({min(LOOKED_AT * most + 1, MOST_POINTS), MOST_POINTS}):
            rows = _first(connection, picked.limit(limit), order, as_of)
            found = [row for row in rows if row.location == "exact" and row.lon is not None]
            if len(found) > most:
                return ()
            if len(rows) < limit:
                break
    return tuple(
        Point(one.code, one.title, one.lon, one.lat, light_of(one, as_of)) for one in found
    )


def _first(connection: Connection, picked: Select, order: Order, as_of: int) -> Sequence[Any]:
    chosen = picked.subquery("chosen")
    version = and_(d.c.case_id == chosen.c.case_id, d.c.valid_from == chosen.c.valid_from)
    tables = chosen.join(d, version).join(r, r.c.case_id == d.c.case_id)
    told = select(*COLUMNS).select_from(tables).order_by(*order)
    return connection.execute(told, {"as_of": as_of}).all()
