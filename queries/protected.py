"""Counts of people by grid and value as they may be shown: small ones hidden, and what would tell them.

The table is the whole hierarchy's, protected once for a version of the population and the same for
everybody: who sees a part of the site sees the same counts hidden as who sees all of it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.grids import GridTree
from queries.site import Site
from queries.small_numbers import Protected, State, Unprotectable, protect

log = logging.getLogger(__name__)

SMALLEST, SMALLEST_OLD = 5, 10
"""k, and k for people of 60 and older (domain.md §5.2)."""
TOTAL = ""
"""The value that stands for all of a grid's people."""

Counts = Mapping[str | None, Mapping[str, int]]


@dataclass(frozen=True)
class ProtectedCounts:
    """What is shown of a table. Where nothing may be shown (a wrong setting) every text is `…`."""

    rows: Mapping[str, int]
    columns: Mapping[str, int]
    table: Protected | None

    def text(self, code: str, value: str = TOTAL) -> str:
        """`12`, `<5`, or `…`; `…` too for a grid or a value that the table has not."""
        at = self._at(code, value)
        return "…" if at is None or self.table is None else self.table.text(*at)

    def value(self, code: str, value: str = TOTAL) -> int | None:
        """The count if it may be shown, else None."""
        at = self._at(code, value)
        return None if at is None or self.table is None else self.table.value(*at)

    def is_small(self, code: str, value: str = TOTAL) -> bool:
        """Whether it is shown as less than k."""
        at = self._at(code, value)
        return self.table is not None and at is not None and self.table.states[at] == State.SMALL

    def _at(self, code: str, value: str) -> tuple[int, int] | None:
        row, column = self.rows.get(code), self.columns.get(value)
        return None if row is None or column is None else (row, column)


def protected_counts(
    site: Site,
    tree: GridTree,
    name: object,
    counts: Counts,
    smallest: Mapping[str, int],
    *,
    totals: bool = True,
) -> ProtectedCounts:
    """The counts (by leaf code, None = in no grid, and value) of a hierarchy, protected; kept by `name`.

    smallest: k of every value there can be, in the order of the columns; with another among the counts
    nothing is shown. totals=False where several attributes of the same people are shown: the table then
    says nothing of totals. People of codes that the hierarchy has not are counted with its top.
    """
    version = (site.population_version(), site.versions().get("grids"))
    return site.keep(
        ("protected", tree.code, name),
        version,
        lambda: _protected(tree, counts, list(smallest), list(smallest.values()), totals),
    )


def _protected(
    tree: GridTree, counts: Counts, values: Sequence[str], smallest: list[int], totals: bool
) -> ProtectedCounts:
    rows = {grid.code: row for row, grid in enumerate(tree.order)}
    columns = {value: column for column, value in enumerate([*values, TOTAL] if totals else values)}
    parents = [-1 if g.parent_id is None else tree.by_id[g.parent_id].first for g in tree.order]
    own = np.zeros((len(rows), len(values)), np.int64)
    try:
        for code, cells in counts.items():
            row = rows.get(code, 0) if code is not None else 0
            for value, n in cells.items():
                own[row, values.index(value)] += n
        return ProtectedCounts(rows, columns, protect(parents, own, smallest, totals=totals))
    except (Unprotectable, ValueError) as error:
        log.error("the counts of people cannot be protected and are not shown: %s", error)
        return ProtectedCounts(rows, columns, None)
