"""How far the cases of a period can be relied on: what is odd, missing or remarked, by kind.

Nothing here is left out of a figure: odd cases are kept and counted like others (domain.md §3.5).
"""

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select

from data.case_tables import case_derived as d
from data.case_tables import case_record as r
from queries.question import Question
from queries.scope import Scope
from queries.site import Site

ODD = d.c.n_odd > 0
KINDS = {
    "odd": ODD,
    "no_place": r.c.location == "none",
    "default_point": r.c.location == "default_point",
    "no_deadline": and_(d.c.is_accepted == 1, d.c.effective_deadline.is_(None)),
    "no_department": and_(d.c.is_accepted == 1, d.c.department_id.is_(None)),
}
"""What may be wrong with a case, and how it is told; a case may have several."""


@dataclass(frozen=True)
class DataQuality:
    """Cases reported in the period, how many have a fault of each kind, and the import's remarks."""

    reported: int
    faults: Mapping[str, int]
    remarks: Mapping[str, int]


def data_quality(site: Site, scope: Scope, *, as_of: int) -> DataQuality:
    """Count faults among the cases reported in the period, as things stood at `as_of`."""
    version = site.versions().get("cases"), site.versions().get("grids")
    asked = ("data quality", scope.key, as_of, version)
    return site.answers.get(asked, lambda: _counted(site, scope, as_of))


def _counted(site: Site, scope: Scope, as_of: int) -> DataQuality:
    question = Question(site, scope, None, as_of, scope.grid.level)
    tables = question.tables().join(r, r.c.case_id == d.c.case_id)
    cohort = question.cohort("reported")
    sums = (func.sum(case((fault, 1), else_=0)) for fault in KINDS.values())
    totals = select(func.count(), *sums).select_from(tables).where(cohort)
    told = select(r.c.flags, func.count()).select_from(tables)
    told = told.where(cohort, r.c.flags.is_not(None)).group_by(r.c.flags)
    remarks: Tally[str] = Tally()
    with site.case.connect() as connection:
        reported, *counts = connection.execute(totals, {"as_of": as_of}).one()
        for flags, n in connection.execute(told, {"as_of": as_of}):
            remarks.update({flag: n for flag in flags.split(",") if flag})
    faults = {key: int(n or 0) for key, n in zip(KINDS, counts, strict=True)}
    return DataQuality(int(reported), faults, dict(remarks.most_common()))
