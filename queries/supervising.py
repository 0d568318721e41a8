"""督办: what one may be about, whom it reaches, by when an answer is due, and whether the case moved after.

A grant covers what lies at its grid or below, along its own hierarchy, or belongs to its department. Whoever
covers a case or grid with the right `supervision` is addressed, whoever does with `supervise` may issue. With that
right whoever handles the case is addressed too, wherever their grants reach: who stands for a post that took a
step of it before the 督办 was issued, as the case is among their own tasks (queries.tasks).
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from sqlalchemy import Connection, func, select

from data.accounts.access import Access
from data.accounts.grants import Grant, grants_at
from data.accounts.posts import standing_for
from data.case_tables import case_event as e
from data.case_tables import case_record as r
from data.errors import InputError
from data.grids import GridTree
from data.linkage.supervision import Limit, Supervision, Target
from data.working_time import CLOCKS, DAY, HOUR, WORKING_CLOCKS, limit_seconds
from queries.cases import one_case
from queries.posts import posts_of_case
from queries.rights import ROLES, SCREENS, right
from queries.scope import ScopeError, read_grid, read_scope
from queries.seen_cases import seen_codes
from queries.site import Site
from queries.visitor import Visitor

MOST_HOURS, MOST_DAYS = 720, 60
AT_A_TIME = 500

Path = Callable[[str, str], Iterable[str]]
"""(hierarchy, grid) -> codes from the top down to it; empty for a grid that is not there."""


class NoLimit(InputError):
    """A limit that cannot be."""


def covers(grant: Grant, target: Target, path: Path) -> bool:
    """Whether a grant reaches what a 督办 is about."""
    if grant.reach == "site":
        return True
    if grant.reach == "department":
        return target.department is not None and grant.department == target.department
    return grant.reach == "grid" and any(
        tree == grant.tree and grant.grid in tuple(path(tree, grid)) for tree, grid in target.places
    )


def is_addressed(visitor: Visitor, target: Target, path: Path) -> bool:
    """Whether a visitor is one of those who owe the answer."""
    may = [grant for grant in visitor.in_force if _addresses(grant)]
    handles = not set(target.posts).isdisjoint(visitor.posts)
    return any(handles or covers(grant, target, path) for grant in may)


def may_supervise(visitor: Visitor, screen: str, target: Target, path: Path) -> bool:
    """Whether a visitor may issue a 督办 of this from a screen."""
    rights = visitor.allowed("supervise", screen)
    return any(covers(grant, target, path) for _, grant in rights)


def overseen(
    site: Site, visitor: Visitor, screen: str, held: Iterable[Supervision], path: Path
) -> list[Supervision]:
    """Those that a visitor may look at because they may issue such ones from a screen.

    Of cases only those that they see by now, unless it is their own doing: issued by them, or owed.
    """
    mine = [one for one in held if may_supervise(visitor, screen, one.target, path)]
    codes = (one.target.code for one in mine if one.target.kind == "case")
    seen = seen_codes(site.seen_by(visitor, screen), codes, site.as_of())
    return [
        one
        for one in mine
        if one.target.kind != "case"
        or one.target.code in seen
        or one.issuer_id == visitor.account_id
        or is_addressed(visitor, one.target, path)
    ]


def addressed(access: Access, target: Target, path: Path) -> list[int]:
    """The accounts that owe the answer just now."""
    with access.engine.connect() as connection:
        return addressed_at(connection, target, access.now(), path)


def addressed_at(connection: Connection, target: Target, now: int, path: Path) -> list[int]:
    """The same by a connection to the app's database, at an instant."""
    handlers = standing_for(connection, target.posts)
    found = (
        one
        for one, grant in grants_at(connection, now)
        if _addresses(grant) and (one in handlers or covers(grant, target, path))
    )
    return list(dict.fromkeys(found))


def _addresses(grant: Grant) -> bool:
    """Whether a grant's role is one that 督办 are addressed to."""
    return grant.role in ROLES and any(
        right(grant.role, screen, "supervision").depth for screen in SCREENS
    )


def case_target(site: Site, code: str, as_of: int) -> Target:
    """A case as the visitor of the site may see it. Raises ScopeError for one they may not."""
    held = one_case(site, code, read_scope(site, {}, as_of), as_of=as_of)
    if held is None:
        raise ScopeError("case", code)
    whole = site.whole
    places = []
    for tree in _trees(whole):
        scope = read_scope(whole, {"hierarchy": tree.code}, as_of)
        found = one_case(whole, code, scope, as_of=as_of)
        steps = [tree.by_id[i] for i in found.path_ids if i in tree.by_id] if found else []
        places.append((tree.code, steps[-1].code if steps else tree.top.code))
    departments = {item.item_id: item.code for item in whole.departments().values()}
    department = departments.get(held.row.department_id or 0)
    unit = f"department:{department}" if department else f"grid:{'/'.join(places[0])}"
    posts = posts_of_case(whole, code, as_of)
    return Target("case", code, held.row.title, tuple(places), department, unit, posts)


def grid_target(site: Site, tree_code: str, grid_code: str) -> Target:
    """A grid that the visitor of the site may see. Raises ScopeError for one they may not."""
    tree = site.tree(tree_code)
    if tree is None:
        raise ScopeError("hierarchy", tree_code)
    grid = read_grid(site, tree, "grid", grid_code)
    places = ((tree.code, grid.code),)
    return Target("grid", grid.code, grid.name, places, None, f"grid:{tree.code}/{grid.code}")


def _trees(site: Site) -> list[GridTree]:
    found = (site.tree(code) for code, _ in site.hierarchies())
    return [tree for tree in found if tree is not None]


def reply_limit(site: Site, clock: str, amount: int, now: int) -> Limit:
    """By when an answer is due that is given so many hours or days of a clock. Raises NoLimit."""
    most = MOST_HOURS if clock.endswith("hour") else MOST_DAYS
    if clock not in CLOCKS or not 1 <= amount <= most:
        raise NoLimit(f"{amount} {clock}: 1 to {most} by one of {', '.join(CLOCKS)}")
    if clock not in WORKING_CLOCKS:
        return Limit(clock, amount, now + amount * (DAY if clock == "natural_day" else HOUR))
    work_clock = site.work_clock()
    if work_clock is None:
        raise NoLimit(f"{clock}: this site keeps no working time; use urgent_hour or natural_day")
    seconds = limit_seconds(work_clock.calendar, amount, clock)
    due = work_clock.deadline(np.array([now]), np.array([seconds]))
    return Limit(clock, amount, int(due[0]))


def clocks_of(site: Site) -> tuple[str, ...]:
    """The clocks by which a limit can be given here."""
    if site.work_clock() is not None:
        return CLOCKS
    return tuple(one for one in CLOCKS if one not in WORKING_CLOCKS)


def moved(site: Site, wanted: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of (case, instant) those whose case had a further step after the instant, up to now."""
    now = site.as_of()
    newest: dict[str, int] = {}
    codes = list(dict.fromkeys(code for code, _ in wanted))
    with site.case.connect() as connection:
        for first in range(0, len(codes), AT_A_TIME):
            some = codes[first : first + AT_A_TIME]
            steps = select(r.c.code, func.max(e.c.at)).join(e, e.c.case_id == r.c.case_id)
            steps = steps.where(r.c.code.in_(some), e.c.at <= now).group_by(r.c.code)
            newest |= {row[0]: int(row[1]) for row in connection.execute(steps)}
    return {one for one in wanted if newest.get(one[0], one[1]) > one[1]}
