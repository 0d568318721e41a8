"""The list behind a figure as a file: whole, in the list's order, with masked fields only.

Nothing here reads who reported a case or where exactly they live (domain.md §5.3).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from queries.listed import listed
from queries.masking import mask_text
from queries.metrics import Metric, Part
from queries.paths import STEPS, beside_path, path_steps
from queries.question import Question
from queries.scope import Scope
from queries.site import Site
from queries.standing import light_of

MOST = 10_000
_TIMES = (
    d.c.reported_at,
    d.c.accepted_at,
    d.c.closed_at,
    d.c.original_deadline,
    d.c.effective_deadline,
)
_STANDING = (d.c.light_due, d.c.light_warn, d.c.is_open, d.c.is_hung, d.c.is_void, d.c.is_rejected)
_COLUMNS = (
    r.c.code,
    r.c.title,
    r.c.road,
    r.c.address_masked,
    d.c.source_id,
    d.c.category_id,
    d.c.department_id,
    d.c.access_item_id,
    d.c.is_off_list,
    d.c.lead_level,
    d.c.on_time_effective,
)


@dataclass(frozen=True)
class ExtractRow:
    """A case as it may leave the building. Times are epoch seconds; grid_id is the deepest known."""

    code: str
    title: str
    road: str | None
    address_masked: str | None
    source_id: int
    category_id: int
    department_id: int | None
    access_item_id: int | None
    off_list: bool
    lead_level: str | None
    grid_id: int | None
    light: str
    reported_at: int
    accepted_at: int | None
    closed_at: int | None
    original_deadline: int | None
    effective_deadline: int | None


@dataclass(frozen=True)
class Extract:
    """The first MOST cases of a list and how many it has in all."""

    total: int
    rows: tuple[ExtractRow, ...]

    @property
    def is_cut(self) -> bool:
        """Whether a file ends before the list does."""
        return self.total > MOST


def extract(
    site: Site, metric: Metric, part: Part, scope: Scope, *, as_of: int, limit: int | None = None
) -> Extract:
    """The cases that `queries.cases.behind` lists, page after page; limit: fewer of them than MOST."""
    held = listed(site, metric, part, scope)
    picked, order = held.keys(Question(site, scope, None, as_of, 0)), held.order
    first = picked.order_by(*order).limit(min(limit or MOST, MOST)).subquery()
    same = and_(d.c.case_id == first.c.case_id, d.c.valid_from == first.c.valid_from)
    tables = first.join(d, same).join(r, r.c.case_id == d.c.case_id)
    named = select(*_COLUMNS, *_TIMES, *_STANDING, *path_steps(scope))
    named = named.select_from(beside_path(tables, scope))
    bound = {"as_of": as_of}
    with site.case.connect() as connection:
        counted = select(func.count()).select_from(picked.subquery())
        total = int(connection.execute(counted, bound).scalar_one())
        rows = connection.execute(named.order_by(*order), bound).all()
    return Extract(total, tuple(_row(row, as_of) for row in rows))


def _row(row: Any, as_of: int) -> ExtractRow:
    path = [row._mapping[name] for name in STEPS]
    return ExtractRow(
        code=row.code,
        title=mask_text(row.title),
        road=row.road,
        address_masked=row.address_masked,
        source_id=row.source_id,
        category_id=row.category_id,
        department_id=row.department_id,
        access_item_id=row.access_item_id,
        off_list=bool(row.is_off_list),
        lead_level=row.lead_level,
        grid_id=next((grid for grid in reversed(path) if grid is not None), None),
        light=light_of(row, as_of),
        reported_at=row.reported_at,
        accepted_at=row.accepted_at,
        closed_at=row.closed_at,
        original_deadline=row.original_deadline,
        effective_deadline=row.effective_deadline,
    )
