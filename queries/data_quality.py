"""How far the cases of a period can be relied on: what is odd, missing or remarked, by kind.

Nothing here is left out of a figure: odd cases are kept and counted like others (domain.md §3.5).
"""

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import FromClause, and_, func, select

from data.case_tables import IS_REMARKED
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.case_tables import case_record as r
from data.counters import (
    AS_OF,
    ODD,
    REPORTED,
    TAKEN_WITHOUT_DEADLINE,
    TAKEN_WITHOUT_DEPARTMENT,
    Counter,
)
from queries.measure import add_up
from queries.paths import below, beside_path
from queries.question import filters
from queries.scope import Scope
from queries.scoped_states import followed_in, stands_in
from queries.site import Site

KINDS: dict[str, Counter | str] = {
    "odd": ODD,
    "no_place": "none",
    "default_point": "default_point",
    "no_deadline": TAKEN_WITHOUT_DEADLINE,
    "no_department": TAKEN_WITHOUT_DEPARTMENT,
}
"""What may be wrong with a case: a counter, or how it was located; a case may have several."""


Remark = tuple[str, str | None]
"""How a case was located, and what was remarked when it was imported."""


@dataclass(frozen=True)
class DataQuality:
    """Cases reported in the period, how many have a fault of each kind, and the import's remarks."""

    reported: int
    faults: Mapping[str, int]
    remarks: Mapping[str, int]


def data_quality(site: Site, scope: Scope, *, as_of: int) -> DataQuality:
    """Count faults among the cases reported in the period, as things stood at `as_of`."""
    site.admit(scope)
    version = site.versions().get("cases"), site.versions().get("grids")
    asked = ("data quality", scope.key, as_of, version)
    return site.answers.get(asked, lambda: _counted(site, scope, as_of))


def _counted(site: Site, scope: Scope, as_of: int) -> DataQuality:
    counters = {key: held for key, held in KINDS.items() if isinstance(held, Counter)}
    sums = add_up(site, [REPORTED, *counters.values()], scope, as_of=as_of)
    located: Tally[str] = Tally()
    remarks: Tally[str] = Tally()
    for (location, flags), n in _remarked(site, scope, as_of).items():
        located[location] += n
        remarks.update({flag: n for flag in (flags or "").split(",") if flag})
    faults = {
        key: sums[held.key] if isinstance(held, Counter) else located[held]
        for key, held in KINDS.items()
    }
    return DataQuality(sums[REPORTED.key], faults, dict(remarks.most_common()))


def _remarked(site: Site, scope: Scope, as_of: int) -> Mapping[Remark, int]:
    """Cases reported in the days, of those whose records have something to tell; they are few.

    Kept in memory where changes can be followed, which is beside tiles; and by the grids that cases saw.
    """
    tree, held = scope.tree, site.remarked_states
    at = followed_in(site, scope, lambda c, cases, tiles: held.of(c, tree, tree.top, cases, tiles))
    if at is None:
        return _looked_for(site, scope, as_of)
    inside = stands_in(at, site, scope, as_of)
    inside &= (at["reported_day"] >= scope.first_day) & (at["reported_day"] <= scope.last_day)
    return Tally(zip(at["location"][inside], at["flags"][inside], strict=True))


def _looked_for(site: Site, scope: Scope, as_of: int) -> Mapping[Remark, int]:
    told = select(r.c.case_id, r.c.location, r.c.flags).where(IS_REMARKED).cte("remarked")
    tables: FromClause = told.join(d, d.c.case_id == told.c.case_id)
    if scope.grid.level and scope.zoning == "reported":
        of_tree = p.c.hierarchy_id == scope.tree.hierarchy_id
        tables = tables.join(p, and_(p.c.case_id == told.c.case_id, of_tree))
    elif scope.grid.level:
        tables = beside_path(tables, scope)
    statement = select(told.c.location, told.c.flags, func.count()).select_from(tables)
    statement = statement.where(
        # `+ 0`: from the records to their states, not from the states of all the days.
        (d.c.reported_day + 0).between(scope.first_day, scope.last_day),
        d.c.valid_from <= AS_OF,
        d.c.valid_to > AS_OF,
        *below(scope),
        *filters(site, scope),
    ).group_by(told.c.location, told.c.flags)
    with site.case.connect() as connection:
        rows = connection.execute(statement, {"as_of": as_of})
        return {(location, flags): int(n) for location, flags, n in rows}
