"""Lists of cases: those behind a figure, the newest, and one with its timeline.

A list is made from the counter of its figure, so its length is the figure. Nothing here reads who
reported a case or where exactly they live.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, func, select

from data.case_tables import case_derived as d
from data.case_tables import case_event as e
from data.case_tables import case_record as r
from data.case_tables import survey as s
from data.counters import AS_OF
from data.odd_events import oddities
from queries.case_rows import (
    COLUMNS,
    URGENT,
    CaseRow,
    case_rows,
    id_of,
    joined,
    pick,
    read_rows,
    rows_of,
)
from queries.listed import Listed, listed
from queries.masking import mask_note
from queries.measure import add_up
from queries.metrics import Metric, Part
from queries.paging import Turn
from queries.paths import STEPS, is_large, path_steps
from queries.question import Question
from queries.scope import Scope
from queries.seen_cases import seen_standing
from queries.site import Site
from queries.urgent_cases import most_urgent

PAGE = 50
RECENT_DAYS = 7


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
    """One step of a case's timeline. `step` names the handling step that step_done ends.

    `odd` is the key of why the step makes no sense where it came (data.odd_events), None if it does.
    """

    type: str
    at: int
    actor_role: str | None
    department_id: int | None
    deadline: int | None
    note: str | None
    inferred: bool
    step: str | None = None
    odd: str | None = None


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
    site: Site,
    metric: Metric,
    part: Part,
    scope: Scope,
    *,
    as_of: int,
    page: int = 1,
    turn: Turn | None = None,
) -> CaseList:
    """The cases that a figure is made of, most urgent first for stocks, newest first otherwise.

    By the definition in force on the scope's last day. A case that counts in part is in `top`, and in
    `rest` too: it is not all that keeps the rate from 100 %, nor all that counts. With a `turn` the page's
    lines are those that it says, and `page` only what it is called.
    """
    held = listed(site, metric, part, scope)
    total = _length(site, held, scope, as_of)
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    turned, skipped = turn if page > 1 else None, (page - 1) * PAGE
    ids = None if turned else _urgent_ids(site, held, part, scope, as_of, skipped + PAGE)
    if ids is not None:
        rows = rows_of(site, ids[skipped:], held.order, scope, as_of)
    else:
        picked = held.keys(Question(site, scope, None, as_of, 0))
        rows = read_rows(site, picked, held.order, scope, as_of, PAGE, turned or skipped)
    return CaseList(total, rows, page)


def _urgent_ids(
    site: Site, held: Listed, part: Part, scope: Scope, as_of: int, most: int
) -> Sequence[int] | None:
    """The first of a list of open cases as they are now; 'rest' is no plain condition."""
    if held.clock != "stock" or held.order is not URGENT or part == "rest":
        return None
    told = ["case_id"]
    found = most_urgent(site, scope, held.condition, as_of=as_of, told=told, most=most)
    return None if found is None else found["case_id"].astype(np.int64).tolist()


def _length(site: Site, held: Listed, scope: Scope, as_of: int) -> int:
    """How many cases the list holds: its counter's sum where it is one, which is kept ready."""
    if held.counter is not None:
        return add_up(site, [held.counter], scope, as_of=as_of)[held.counter.key]
    counted = select(func.count()).select_from(
        held.keys(Question(site, scope, None, as_of, 0)).subquery()
    )
    with site.case.connect() as connection:
        return int(connection.execute(counted, {"as_of": as_of}).scalar_one())


def newest(site: Site, scope: Scope, *, as_of: int, limit: int) -> tuple[CaseRow, ...]:
    """The cases reported last, within a week of now whatever the period."""
    today = site.today(as_of)
    order = (d.c.reported_at.desc(), d.c.case_id.desc())
    day, week = scope.on(today, today), scope.on(today - RECENT_DAYS + 1, today)
    # Of a large grid today's are enough; a week's would all be looked up and sorted for the newest few.
    for days in (day, week) if is_large(day) else (week,):
        question = Question(site, days, None, as_of, 0)
        picked = pick(question, "reported", d.c.reported_day.is_not(None))
        rows = read_rows(site, picked, order, scope, as_of, limit)
        if len(rows) >= limit:
            break
    return rows


def one_case(site: Site, code: str, scope: Scope, *, as_of: int) -> CaseDetail | None:
    """The case of this code as it stood at `as_of`; None when there was none."""
    extra: tuple[ColumnElement[Any], ...]
    extra = (r.c.kind, r.c.address_masked, r.c.flags, r.c.self_handled, d.c.paused_seconds)
    extra += (d.c.handling_seconds, d.c.work_seconds, d.c.satisfaction, *path_steps(scope))
    statement = select(*COLUMNS, *extra).select_from(joined(scope))
    statement = statement.where(d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF)
    statement = statement.where(*seen_standing(site))
    with site.case.connect() as connection:
        of_case = d.c.case_id == id_of(site, connection, code)
        held = connection.execute(statement.where(of_case), {"as_of": as_of}).first()
        if held is None:
            return None
        steps = connection.execute(
            select(e).where(e.c.case_id == held.case_id, e.c.at <= as_of).order_by(e.c.at, e.c.seq)
        ).all()
        rated = connection.execute(
            select(s).where(s.c.case_id == held.case_id, s.c.surveyed_at <= as_of)
        ).all()
    events = _events(steps, bool(held.self_handled)) + [
        CaseEvent("surveyed", x.surveyed_at, None, None, None, x.satisfaction, False) for x in rated
    ]
    path = [held._mapping[name] for name in STEPS]
    return CaseDetail(
        row=case_rows(site, [held], as_of)[0],
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


def _events(steps: Sequence[Any], self_handled: bool) -> list[CaseEvent]:
    columns = ["seq", "type", "at", "deadline", "limit_seconds"]
    told = pd.DataFrame([[x._mapping[name] for name in columns] for x in steps], columns=columns)
    odd = dict(oddities(told, self_handled=self_handled)) if steps else {}
    return [
        CaseEvent(
            x.type,
            x.at,
            x.actor_role,
            x.department_id,
            x.deadline,
            mask_note(x.note),
            bool(x.inferred),
            x.stage,
            odd.get(x.seq),
        )
        for x in steps
    ]
