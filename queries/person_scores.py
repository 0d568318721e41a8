"""Scores of persons by the code of their seat or post: 监督员, 受理员, 值班长, 派遣员 (domain.md §4.3).

A person is counted by the steps that name them in the event log, done in the period on cases of the
area. A step that is still owed names nobody and counts against nobody. What each part is: see
queries.person_roles; where a part has no figure there is no total (queries.scores).
"""

from collections.abc import Mapping

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, select

from data import bulk
from data.case_tables import case_derived as d
from data.case_tables import case_event as e
from data.case_tables import case_record as r
from data.counters import AS_OF, DECIDED, TAKEN_OF_REPORTED
from data.days import day_start
from data.person_steps import READ, events_for, person_steps
from data.score_weights import WHOLE
from data.work_tables import staff
from queries.figures import Figure, percent
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.paths import lies_below
from queries.person_roles import ROLES, SUPERVISOR, Role, RolePart
from queries.question import Question
from queries.scope import FILTERS, Scope
from queries.scores import Part, Score, score_of
from queries.site import Site
from queries.stage_account import site_rules
from queries.work_counts import work_version
from queries.work_rules import work_rules

Figures = Mapping[str, Figure]
"""By the code of the person."""


def person_scores(site: Site, role: str, scope: Scope, *, as_of: int) -> dict[str, Score]:
    """The score of each person of a role who did anything, by code; KeyError for an unknown role."""
    site.admit(scope)
    site.admit(scope, "staff_scores")
    asked = ("person_scores", role, scope.key, as_of, work_version(site))
    return site.answers.get(asked, lambda: _scores(site, ROLES[role], scope, as_of))


def _scores(site: Site, role: Role, scope: Scope, as_of: int) -> dict[str, Score]:
    steps = _steps(site, role, scope, as_of)
    reports = _reports(site, scope, as_of) if role is SUPERVISOR else {}
    codes = sorted(set(steps["actor"]) | set(reports))
    figures = {part.key: _figures(part, steps) for part in role.parts if part.steps}
    if role is SUPERVISOR:
        figures["valid_reports"] = reports
        figures["not_missed"] = _missed(site, codes, scope, as_of)
    weights = site.facts().score_weights[role.key]
    done = steps.groupby("actor").size()
    found = {}
    for code in codes:
        parts = tuple(
            _part(part, weights[part.key] / WHOLE, figures[part.key].get(code))
            for part in role.parts
        )
        reported = reports.get(code)
        n = int(done.get(code, 0)) + (0 if reported is None else int(reported.d or 0))
        found[code] = score_of(parts, n)
    return found


def _part(part: RolePart, weight: float, figure: Figure | None) -> Part:
    held = figure or Figure(None, None, None)
    points = held.value
    if part.key == "not_missed" and points is not None:
        points = 100 - points
    return Part(part.key, part.label, weight, points, held, part.formula)


def _figures(part: RolePart, steps: pd.DataFrame) -> Figures:
    """n and d of one part for everybody who did its steps."""
    own = steps[steps["type"].isin(part.steps)]
    if part.key == "volume":
        distinct = own.drop_duplicates(["actor", "case_id"]) if len(part.steps) > 1 else own
        counts = distinct.groupby("actor").size()
        most = int(counts.max()) if len(counts) else 0
        return {str(code): _figure(int(n), most) for code, n in counts.items()}
    if part.key.endswith("_right"):
        good, known = own["is_right"], pd.Series(True, index=own.index)
    else:
        good, known = own["is_timed"] & own["in_time"], own["is_timed"]
    sums = pd.DataFrame({"n": good, "d": known}).astype("int64").groupby(own["actor"]).sum()
    return {str(row.Index): _figure(int(row.n), int(row.d)) for row in sums.itertuples()}


def _figure(n: int, d: int) -> Figure:
    return Figure(n, d, percent(n, d))


def _steps(site: Site, role: Role, scope: Scope, as_of: int) -> pd.DataFrame:
    """data.person_steps of the role in the area and period, without test cases."""
    first, last = _bounds(site, scope, as_of)
    doing = and_(e.c.type.in_(role.steps), e.c.actor.is_not(None), e.c.at.between(first, last))
    below = lies_below(scope, e.c.case_id)
    named = select(e.c.case_id).join(r, r.c.case_id == e.c.case_id)
    named = named.where(doing, *_cases(site, scope), *below)
    columns = (*(e.c[name] for name in READ), r.c.category_id, r.c.self_handled)
    log = select(*columns).join(r, r.c.case_id == e.c.case_id)
    log = log.where(e.c.case_id.in_(named), e.c.at <= as_of, e.c.type.in_(events_for(role.steps)))
    with site.case.connect() as connection:
        events = bulk.read(connection, log)
    cases = events.drop_duplicates("case_id").set_index("case_id")
    found = person_steps(events[READ], cases["category_id"], site_rules(site), site.work_clock())
    on_the_spot = found["case_id"].map(cases["self_handled"]).eq(1) & found["type"].eq("closed")
    return found[found["type"].isin(role.steps) & found["at"].between(first, last) & ~on_the_spot]


def _bounds(site: Site, scope: Scope, as_of: int) -> tuple[int, int]:
    """First and last second of the scope's days, as far as they have come."""
    zone = site.facts().zone
    last = day_start(scope.last_day + 1, zone) - 1
    return day_start(scope.first_day, zone), min(last, as_of)


def _cases(site: Site, scope: Scope) -> list[ColumnElement[bool]]:
    parts = [r.c.is_test == 0]
    for column, code, items in (
        (r.c.source_id, scope.source, site.sources),
        (r.c.category_id, scope.category, site.categories),
        (r.c.department_id, scope.department, site.departments),
    ):
        if code is not None:
            parts.append(column == items()[code].item_id)
    return parts


def _reports(site: Site, scope: Scope, as_of: int) -> Figures:
    """K22 有效上报率 of each person: the counters of that metric, split by who reported."""
    question = Question(site, scope, None, as_of, scope.grid.level)
    held = site.sources()
    own = [held[code].item_id for code in work_rules(site).worker_sources if code in held]
    by = and_(e.c.case_id == d.c.case_id, e.c.type == "reported", e.c.actor.is_not(None))
    sums = [func.sum(counter.amount) for counter in (TAKEN_OF_REPORTED, DECIDED)]
    statement = (
        select(e.c.actor, *sums)
        .select_from(question.tables().join(e, by))
        .where(question.cohort("reported"), d.c.source_id.in_(own))
        .group_by(e.c.actor)
    )
    with site.case.connect() as connection:
        rows = connection.execute(statement, {AS_OF.key: as_of}).all()
    return {code: _figure(int(n), int(of)) for code, n, of in rows}


def _missed(site: Site, codes: list[str], scope: Scope, as_of: int) -> Figures:
    """K22 漏报率 of the grid that a person's post belongs to, as far as it lies in the area."""
    if any(getattr(scope, name) for name in FILTERS):
        return {}
    with site.case.connect() as connection:
        posts = connection.execute(select(staff.c.code, staff.c.grid_id)).all()
    wanted = set(codes)
    grids = {
        code: scope.tree.by_id[grid_id]
        for code, grid_id in posts
        if code in wanted and grid_id in scope.tree.by_id
    }
    metric = [BY_KEY["missed_rate"]]
    found: dict[str, Figure] = {}
    for level in {grid.level for grid in grids.values() if grid.level > scope.grid.level}:
        answer = measure(site, metric, scope, "grid", as_of=as_of, level=level)
        by_grid = answer.figures["missed_rate"]
        found |= {code: by_grid[g.code] for code, g in grids.items() if g.code in by_grid}
    own = [code for code, grid in grids.items() if grid == scope.grid]
    if own:
        total = measure(site, metric, scope, as_of=as_of).total("missed_rate")
        found |= dict.fromkeys(own, total)
    return found
