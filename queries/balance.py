"""The balance of a period: open before + came in = went out + open after (domain.md §4.1).

Counted from what happened to each case, not from its latest dates: a case that was closed twice went
out twice. Every figure on a screen that is in doubt can be held against it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
)

from data.case_tables import case_derived as d
from data.counters import AS_OF
from data.days import day_start
from queries.paths import below, beside_path, path_step
from queries.question import UNLOCATED, filters
from queries.scope import Scope
from queries.site import Site

FLOWS = ("accepted", "reopened", "closed", "void")
_before = d.alias("before")
_START: BindParameter[int] = bindparam("start", type_=BigInteger)


@dataclass(frozen=True)
class Balance:
    """Cases open at the start, flows between, open at the end (parked ones are among them).

    `void` are open cases that were cancelled, merged or rejected after all.
    """

    opening: int
    accepted: int
    reopened: int
    closed: int
    void: int
    closing: int

    @property
    def holds(self) -> bool:
        """期初在办 + 受理 + 重办 = 办结 + 作废/并案 + 期末在办."""
        came = self.opening + self.accepted + self.reopened
        return came == self.closed + self.void + self.closing


def balance(site: Site, scope: Scope, *, as_of: int) -> Balance:
    """The balance of the scope's period, up to `as_of` where that comes first."""
    return _balances(site, scope, as_of, None)[UNLOCATED]


def balance_by_grid(site: Site, scope: Scope, *, as_of: int) -> dict[str, Balance]:
    """The balance of every grid one level down and of UNLOCATED; they add up to the scope's."""
    return _balances(site, scope, as_of, scope.grid.level + 1)


def _balances(site: Site, scope: Scope, as_of: int, level: int | None) -> dict[str, Balance]:
    zone = site.facts().zone
    start = day_start(scope.first_day, zone) - 1
    end = max(start, min(day_start(scope.last_day + 1, zone) - 1, as_of))
    codes = [UNLOCATED]
    if level is not None:
        codes += [grid.code for grid in scope.tree.at_level(scope.grid, level)]
    # A grid that lies elsewhere by now keeps the cases it had here: it comes in where it is met.
    found: dict[str, dict[str, int]] = defaultdict(_nothing, {code: _nothing() for code in codes})
    for name, at in (("opening", start), ("closing", end)):
        for key, n in _count(site, scope, level, [func.count()], _stock(), at, at):
            found[_code(scope, key)][name] += n or 0
    flows = [func.sum(case((condition, 1), else_=0)) for condition in _flows()]
    for key, *amounts in _count(site, scope, level, flows, _changed(), start, end):
        for name, amount in zip(FLOWS, amounts, strict=True):
            found[_code(scope, key)][name] += int(amount or 0)
    return {code: Balance(**amounts) for code, amounts in found.items()}


def _nothing() -> dict[str, int]:
    return dict.fromkeys(("opening", *FLOWS, "closing"), 0)


def _stock() -> ColumnElement[bool]:
    return and_(d.c.valid_from <= AS_OF, d.c.valid_to > AS_OF, d.c.is_open == 1)


def _changed() -> ColumnElement[bool]:
    return and_(d.c.valid_from > _START, d.c.valid_from <= AS_OF)


def _flows() -> Sequence[ColumnElement[bool]]:
    """What the step from the state before to this one is, in the order of FLOWS.

    A state of no duration leaves no row: a case accepted and closed in one second came in and went
    out, one reopened and closed again in one second likewise.
    """
    was_open = func.coalesce(_before.c.is_open, 0) == 1
    was_closed = func.coalesce(_before.c.is_closed, 0) == 1
    was_taken = func.coalesce(_before.c.is_accepted, 0) == 1
    is_open, is_closed = d.c.is_open == 1, d.c.is_closed == 1
    again = and_(was_closed, is_closed, d.c.n_reopen > _before.c.n_reopen)
    fresh = ~was_taken & ~was_closed
    undone = was_taken & ~was_open & ~was_closed
    return (
        and_(fresh, is_open | is_closed),
        (was_closed & is_open) | (undone & (is_open | is_closed)) | again,
        and_(~was_closed, is_closed) | again,
        and_(was_open, ~is_open, ~is_closed),
    )


def _count(
    site: Site,
    scope: Scope,
    level: int | None,
    amounts: Sequence[ColumnElement[int]],
    condition: ColumnElement[bool],
    start: int,
    end: int,
) -> list[tuple[int | None, ...]]:
    """Rows of (grid id, amounts…) of the cases below the scope's grid that its filters let through."""
    column = path_step(scope, f"grid_{level}") if level is not None else null()
    tables = d.outerjoin(
        _before, and_(_before.c.case_id == d.c.case_id, _before.c.valid_to == d.c.valid_from)
    )
    statement = select(column.label("key"), *amounts).select_from(beside_path(tables, scope))
    statement = statement.where(condition, *below(scope), *filters(site, scope))
    if level is not None:
        statement = statement.group_by(column)
    with site.case.connect() as connection:
        rows = connection.execute(statement, {"as_of": end, "start": start})
        return [tuple(row) for row in rows]


def _code(scope: Scope, key: int | None) -> str:
    grid = scope.tree.by_id.get(key) if key is not None else None
    return UNLOCATED if grid is None else grid.code
