"""Somebody's own tasks: the open cases that one of their posts took a step of, most urgent first."""

from sqlalchemy import select

from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from data.counters import AS_OF
from queries.case_rows import URGENT, CaseRow, read_rows
from queries.scope import Scope
from queries.seen_cases import own_tasks as are_own
from queries.site import Site

MOST = 100
"""How many are listed."""


def own_tasks(site: Site, scope: Scope, *, as_of: int) -> tuple[CaseRow, ...]:
    """The visitor's tasks as they stood at `as_of`; none for whom no post is on record.

    One more than MOST where there are more.

    A case is somebody's when its log names their post (domain.md §3.5: the actor of a step).
    """
    picked = select(d.c.case_id, d.c.valid_from).select_from(d.join(r, r.c.case_id == d.c.case_id))
    picked = picked.where(d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF, d.c.is_open == 1)
    return read_rows(site, picked.where(are_own(site)), URGENT, scope, as_of, MOST + 1)
