"""Which cases a visitor may see one by one: the conditions that lists and case pages are asked under."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, or_, select

from data.case_tables import case_derived as d
from data.case_tables import case_event as e
from data.case_tables import case_path as p
from data.case_tables import case_path_now as n
from data.case_tables import case_record as r
from queries.rights import Right
from queries.scope import Scope
from queries.sight import DISCIPLINE
from queries.site import Site
from queries.visitor import Allowed

AT_A_TIME = 500
"""Codes that one question names."""

INSPECTED: ColumnElement[bool] = or_(
    d.c.is_hung == 1, d.c.n_hang > 0, d.c.is_extended == 1, d.c.is_supervised == 1
)
"""What the inspectors look at (纪工委): cases that were parked, extended or are supervised."""


def is_inspection(site: Site, scope: Scope) -> bool:
    """Whether only cases that the inspectors look at are told one by one."""
    right = site.right("case_detail", scope.tree, scope.grid, scope.department)
    return right.limit == DISCIPLINE


def told_of(site: Site, scope: Scope) -> list[ColumnElement[bool]]:
    """What must hold of each case of a list besides being in its scope."""
    return [INSPECTED] if is_inspection(site, scope) else []


def in_sight(site: Site, case_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """The condition that a case lies where the visitor may see any; none without a sight."""
    if site.sight is None:
        return []
    return [or_(false(), *(_within(site, one, case_id) for one in _rights(site)))]


def seen_standing(site: Site) -> list[ColumnElement[bool]]:
    """The condition that a version of a case is one that the visitor may see; none without a sight."""
    if site.sight is None:
        return []
    parts = [and_(_within(site, one, d.c.case_id), *_standing(one.right)) for one in _rights(site)]
    return [or_(false(), *parts)]


def sees_case(site: Site, code: str, as_of: int) -> bool:
    """Whether the visitor may see a case of this code as it stood at an instant."""
    return bool(seen_codes(site, [code], as_of))


def seen_codes(site: Site, codes: Iterable[str], as_of: int) -> set[str]:
    """Those of the codes whose case the visitor may see as it stood at an instant."""
    stands = and_(d.c.valid_from <= as_of, d.c.valid_to > as_of, *seen_standing(site))
    cases = select(r.c.code).join(d, d.c.case_id == r.c.case_id).where(stands)
    wanted, found = list(dict.fromkeys(codes)), set[str]()
    with site.case.connect() as connection:
        for first in range(0, len(wanted), AT_A_TIME):
            some = r.c.code.in_(wanted[first : first + AT_A_TIME])
            found.update(connection.execute(cases.where(some)).scalars())
    return found


def _rights(site: Site) -> list[Allowed]:
    if site.sight is None:
        return []
    return [*site.sight.rights("case_detail"), *site.sight.tasks("case_detail")]


def _standing(right: Right) -> list[ColumnElement[bool]]:
    return [INSPECTED] if right.limit == DISCIPLINE else []


def own_tasks(site: Site) -> ColumnElement[bool]:
    """The condition that a case is one of the visitor's own tasks; nobody in particular has any."""
    tasks = site.sight.tasks("case_detail") if site.sight is not None else []
    return or_(false(), *(_within(site, one, d.c.case_id) for one in tasks))


def _within(site: Site, one: Allowed, case_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a case lies within a grant, by the grids of its report or by today's.

    Of a right to one's own tasks: and has a step that one of the visitor's posts took.
    """
    lies = _lies_within(site, one, case_id)
    if one.right.reach != "tasks" or site.sight is None:
        return lies
    acted = select(e.c.case_id).where(
        e.c.case_id == case_id, e.c.actor.in_(site.sight.visitor.posts)
    )
    return and_(lies, acted.correlate(d, r).exists())


def _lies_within(site: Site, one: Allowed, case_id: ColumnElement[int]) -> ColumnElement[bool]:
    grant = one.grant
    if grant.reach == "site":
        return case_id.is_not(None)
    if grant.reach == "department":
        item = site.departments().get(grant.department or "")
        if item is None:
            return false()
        if case_id is d.c.case_id:
            return d.c.department_id == item.item_id
        # Theirs at any time: whether it is so at the moment that is asked for, its state tells.
        return case_id.in_(select(d.c.case_id).where(d.c.department_id == item.item_id))
    tree = site.tree(grant.tree)
    grid = tree.by_code.get(grant.grid or "") if tree is not None and grant.tree else None
    if tree is None or grid is None:
        return false()
    if grid.level == 0:
        return case_id.is_not(None)

    def here(path: Table) -> Any:
        of_tree = path.c.hierarchy_id == tree.hierarchy_id
        of_grid = path.c[f"grid_{grid.level}"] == grid.grid_id
        found = select(path.c.case_id).where(path.c.case_id == case_id, of_tree, of_grid)
        return found.correlate(d, r).exists()

    return or_(here(p), here(n))
