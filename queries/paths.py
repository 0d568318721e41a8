"""Where a case lies: by the grids of when it was reported, or by today's (domain.md §2.2 c).

`case_path` has the path of every case, `case_path_now` that by today's grids where it differs. By the
grids of its report, which is what is asked nearly always, nothing of the latter is read.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, case, func, or_, select

from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.case_tables import case_path_now as n
from data.grids import GridTree
from queries.scope import Scope
from queries.site import Site

OPEN_SHARE = 0.005
"""So many of three years' cases are open at a time, more or less."""

STEPS = tuple(column.name for column in p.c if column.name.startswith("grid_"))
"""Names of the columns of a path, from the level below the top down."""


def path_step(scope: Scope, name: str) -> ColumnElement[Any]:
    """The column of a path, by the scope's zoning."""
    if scope.zoning == "reported":
        return p.c[name]
    # Not the first that is known: by today's grids a case may lie in none.
    return case((n.c.case_id.is_not(None), n.c[name]), else_=p.c[name])


def path_steps(scope: Scope) -> tuple[ColumnElement[Any], ...]:
    """All columns of a path, each by its name in STEPS."""
    if scope.zoning == "reported":
        return tuple(p.c[name] for name in STEPS)
    return tuple(path_step(scope, name).label(name) for name in STEPS)


def beside_path(tables: FromClause, scope: Scope) -> FromClause:
    """Tables with `case_derived` among them, joined with the path in the scope's hierarchy if any."""
    of_tree = p.c.hierarchy_id == scope.tree.hierarchy_id
    return _today(tables.outerjoin(p, and_(p.c.case_id == d.c.case_id, of_tree)), scope)


def with_path(scope: Scope, *, stock: bool = False) -> FromClause:
    """Derived cases with their path in the scope's hierarchy; `stock`: only open ones are asked for.

    `+ 0` keeps the database from starting with the paths of a grid: it then goes from the period's, or
    the open, cases to their paths. Good for a large grid and few days; a small grid's cases are fewer
    still. A case without a path in a hierarchy that came later is 未落格 in it, not lost.
    """
    if scope.zoning == "now":
        return beside_path(d, scope)
    case_id = d.c.case_id + 0 if is_large(scope, stock) else d.c.case_id
    same = and_(p.c.case_id == case_id, p.c.hierarchy_id == scope.tree.hierarchy_id)
    return d.join(p, same, isouter=scope.grid.level == 0)


def below(scope: Scope) -> list[ColumnElement[bool]]:
    """The condition that a case lay below the scope's grid; none at the top."""
    if scope.grid.level == 0:
        return []
    name = f"grid_{scope.grid.level}"
    here = path_step(scope, name) == scope.grid.grid_id
    if scope.zoning == "reported" or is_large(scope):
        return [here]
    # No index has the column chosen of two: the few cases that may lie here are looked up first.
    may_lie = [
        select(path.c.case_id).where(
            path.c.hierarchy_id == scope.tree.hierarchy_id, path.c[name] == scope.grid.grid_id
        )
        for path in (p, n)
    ]
    return [d.c.case_id.in_(may_lie[0].union(may_lie[1])), here]


def lies_below(scope: Scope, case_id: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """The condition that the case of an id lies below the scope's grid, by the scope's zoning."""
    if scope.grid.level == 0:
        return []
    name, tree = f"grid_{scope.grid.level}", scope.tree.hierarchy_id

    def here(path: Table) -> Select[Any]:
        of_grid = path.c[name] == scope.grid.grid_id
        return select(path.c.case_id).where(path.c.hierarchy_id == tree, of_grid)

    if scope.zoning == "reported":
        return [case_id.in_(here(p))]
    elsewhere = select(n.c.case_id).where(n.c.hierarchy_id == tree)
    stays = and_(case_id.in_(here(p)), case_id.not_in(elsewhere))
    return [or_(case_id.in_(here(n)), stays)]


def rezoned(site: Site, tree: GridTree) -> int:
    """Cases that lie elsewhere in the hierarchy by today's grids than when they were reported."""
    versions = site.versions()
    version = versions.get("cases"), versions.get("grids")
    return site.keep(("rezoned", tree.code), version, lambda: _rezoned(site, tree))


def _rezoned(site: Site, tree: GridTree) -> int:
    counted = select(func.count()).select_from(n).where(n.c.hierarchy_id == tree.hierarchy_id)
    with site.case.connect() as connection:
        return int(connection.execute(counted).scalar_one())


def _today(tables: FromClause, scope: Scope) -> FromClause:
    if scope.zoning == "reported":
        return tables
    of_tree = n.c.hierarchy_id == scope.tree.hierarchy_id
    return tables.outerjoin(n, and_(n.c.case_id == d.c.case_id, of_tree))


def is_large(scope: Scope, stock: bool = False) -> bool:
    """Whether the grid holds more of the area than the period holds of a year, or all that is open.

    Looking up a case by its path costs about four times as much as by its day (measured).
    """
    share = (scope.grid.last - scope.grid.first + 1) / len(scope.tree.order)
    if stock:
        return share > OPEN_SHARE
    return 4 * share > min(scope.days, 365) / 365
