"""Counts of people by grid and value as they may be shown: small ones hidden, and what would tell them.

The table is the whole hierarchy's, protected once for a version of the population and the same for
everybody: who sees a part of the site sees the same counts hidden as who sees all of it. It takes
seconds, so that it is prepared (queries.prepared); until it is there nothing of it is shown.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.grids import GridTree
from queries.protect_apart import protect_apart
from queries.site import Site
from queries.small_numbers import Protected, State, Unprotectable, protect

log = logging.getLogger(__name__)

SMALLEST, SMALLEST_OLD = 5, 10
"""k, and k for people of 60 and older (domain.md §5.2)."""
TOTAL = ""
"""The value that stands for all of a grid's people."""
HIDDEN = "…"

Counts = Mapping[str | None, Mapping[str, int]]


@dataclass(frozen=True)
class ProtectedCounts:
    """What is shown of a table. Where nothing may be shown (a wrong setting) every text is `…`.

    So it is while the table is being prepared: it is not `ready` then.
    """

    rows: Mapping[str, int]
    columns: Mapping[str, int]
    table: Protected | None
    is_ready: bool = True

    def text(self, code: str, value: str = TOTAL) -> str:
        """`12`, `<5`, or `…`; `…` too for a grid or a value that the table has not."""
        at = self._at(code, value)
        return HIDDEN if at is None or self.table is None else self.table.text(*at)

    def value(self, code: str, value: str = TOTAL) -> int | None:
        """The count if it may be shown, else None."""
        at = self._at(code, value)
        return None if at is None or self.table is None else self.table.value(*at)

    def _at(self, code: str, value: str) -> tuple[int, int] | None:
        row, column = self.rows.get(code), self.columns.get(value)
        return None if row is None or column is None else (row, column)


PREPARING = ProtectedCounts({}, {}, None, is_ready=False)


def protected_counts(
    site: Site,
    tree: GridTree,
    name: object,
    counts: Counts | Callable[[], Counts],
    smallest: Mapping[str, int],
    *,
    totals: bool = True,
    within: Callable[[], ProtectedCounts] | None = None,
    when: int = 0,
) -> ProtectedCounts:
    """The counts (by leaf code, None = in no grid, and value) of a hierarchy, protected; kept by `name`.

    smallest: k of every value there can be, in the order of the columns; with another among the counts
    nothing is shown. totals=False where several attributes of the same people are shown: the table then
    says nothing of totals. within: the table of those totals; of a grid whose total is hidden it then
    tells no value at all. when: the day or year that the values depend on. People of codes that the
    hierarchy has not are counted with its top.
    """
    version = (site.population_version(), site.versions().get("grids"), when)

    def make() -> ProtectedCounts:
        held = counts() if callable(counts) else counts
        by = protect_apart if site.prepared.is_begun else protect
        made = _protected(by, tree, held, smallest, totals=totals)
        return made if within is None else _within(made, within())

    found = site.prepared.get(("protected", tree.code, name), version, make)
    return PREPARING if found is None else found


def _protected(
    by: Callable[..., Protected],
    tree: GridTree,
    counts: Counts,
    smallest: Mapping[str, int],
    *,
    totals: bool,
) -> ProtectedCounts:
    values = list(smallest)
    rows = {grid.code: row for row, grid in enumerate(tree.order)}
    columns = {value: column for column, value in enumerate([*values, TOTAL] if totals else values)}
    parents = [-1 if g.parent_id is None else tree.by_id[g.parent_id].first for g in tree.order]
    own = np.zeros((len(rows), len(values)), np.int64)
    try:
        for code, cells in counts.items():
            row = rows.get(code, 0) if code is not None else 0
            for value, n in cells.items():
                own[row, values.index(value)] += n
        return ProtectedCounts(
            rows, columns, by(parents, own, list(smallest.values()), totals=totals)
        )
    except (Unprotectable, ValueError) as error:
        log.error("the counts of people cannot be protected and are not shown: %s", error)
        return ProtectedCounts(rows, columns, None)


def _within(made: ProtectedCounts, totals: ProtectedCounts) -> ProtectedCounts:
    """Nothing of the grids whose total is hidden, not even noughts.

    A hidden total stays unknown then: somebody could stand in another grid of its ring, with all that
    they are, and no count that is shown would change.
    """
    if made.table is None or totals.table is None or made.rows != totals.rows:
        return ProtectedCounts(made.rows, made.columns, None)
    states = made.table.states.copy()
    grids = len(made.rows)
    states[:grids][(totals.table.states[:grids] != State.SHOWN).any(axis=1)] = State.WITHHELD
    return replace(made, table=replace(made.table, states=states))
