"""The grids that somebody may look into: what every look-up of a person, house or company stays inside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, false, true

from data.grids import Grid, GridTree

MOST_AT_ONCE = 128
"""Grids that one statement asks for; the first asks for one only, for a page is often full by then."""


@dataclass(frozen=True)
class Area:
    """Codes of grids, or all there is with what lies in no grid. An empty area holds nothing."""

    codes: frozenset[str] = frozenset()
    everything: bool = False
    _ordered: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ordered", tuple(sorted(self.codes)))

    def holds(self, code: str | None) -> bool:
        """Whether a record of this grid lies in the area; of no grid, in everything only."""
        return self.everything or code in self.codes

    def condition(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """The same as a condition on a column of codes."""
        if self.everything:
            return true()
        return column.in_(self._ordered) if self._ordered else false()

    def stretches(self, after: str | None = None) -> Iterator[Sequence[str]]:
        """The codes in order from `after` on, few of them first, then more and more at a time."""
        codes = [code for code in self._ordered if after is None or code >= after]
        first, size = 0, 1
        while first < len(codes):
            yield codes[first : first + size]
            first, size = first + size, min(2 * size, MOST_AT_ONCE)


EVERYTHING = Area(everything=True)
NOTHING = Area()


def area_of(tree: GridTree, grids: Iterable[Grid]) -> Area:
    """The subtrees of some grids; everything where the top is one of them."""
    codes: set[str] = set()
    for grid in grids:
        if grid.level == 0:
            return EVERYTHING
        codes.update(below.code for below in tree.subtree(grid))
    return Area(frozenset(codes))
