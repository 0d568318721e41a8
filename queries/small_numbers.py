"""Hides small counts of people, and as many others as it takes that no sum gives them back.

Pure. A table counts people by grid and by one attribute: rows are the grids of a tree, columns the
attribute's values, with a total for each row; a grid's row is the sum of its children's. A count
from 1 to k - 1 is SMALL and shown as `<k`. From the sums around it could be worked out, so others are
WITHHELD: the sums of such a table are a network (each count lies in two of them), and a count cannot be
worked out if some other people could stand in a ring of unknown counts, moved around it.

Every count that is not shown has at least `width` + 1 possible values for someone who knows all that
is shown, that SMALL ones lie between 1 and k - 1 and that no count is negative. A table must be the
whole site's, so that everybody sees the same counts hidden. Tables that tell the same people apart by
several attributes share their totals, and one could give away a total that another hides: protect each
of them with `totals=False`, which holds even for those who know all totals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from queries.cheapest_way import FOREVER, Arcs, Way, cheapest_way

LEAST = 3
"""Smallest allowed k: below, `<k` would itself say how many."""
WANTED_WIDTH = 2
HIDDEN_COST, SHOWN_COST, RELABEL_COST, ZERO_COST = 1, 8, 60, 200

"""What a ring prefers: counts that are hidden anyway, then small ones; a nought, last of all."""
HIGH_COST = 40
"""What it costs more with each step that a grid stands above the lowest: many look at the large ones."""


class Unprotectable(ValueError):
    """The settings are wrong, or a count cannot be hidden: nothing of the table may be shown."""


class State(IntEnum):
    """What is shown of a count: itself, `<k`, or nothing (it may be of any size)."""

    SHOWN = 0
    SMALL = 1
    WITHHELD = 2


@dataclass(frozen=True)
class Protected:
    """counts and states by row and column, the total being the last column.

    After the rows of the tree come those for people of a grid who are in none of its children,
    `rest`: the grid's row each. width: how far apart the possible values of any hidden count are at least.
    """

    counts: np.ndarray
    states: np.ndarray
    smallest: tuple[int, ...]
    rest: tuple[int, ...]
    width: int

    def value(self, row: int, column: int) -> int | None:
        """The count if it may be shown, else None."""
        shown = self.states[row, column] == State.SHOWN
        return int(self.counts[row, column]) if shown else None

    def text(self, row: int, column: int) -> str:
        """`12`, `<5` or `…`."""
        if self.states[row, column] == State.SMALL:
            return f"<{self.smallest[column]}"
        value = self.value(row, column)
        return "…" if value is None else str(value)


def protect(
    parents: Sequence[int], own: np.ndarray, smallest: Sequence[int], *, totals: bool = True
) -> Protected:
    """Decide what is shown of a table; the same table always gives the same answer.

    parents: row of each row's parent, -1 for the first alone, parents before children. own: whole
    numbers, people by row and column who are counted in that row and not in one below. smallest: k for
    each column. totals=False: the totals may be known and are not hidden, not even small ones; then there must be
    two columns or more. Raises Unprotectable.
    """
    parents, own, smallest = _checked(parents, own, smallest)
    table = _Table(parents, own, smallest, totals=totals)
    return table.protected()


def _checked(
    parents: Sequence[int], own: np.ndarray, smallest: Sequence[int]
) -> tuple[list[int], np.ndarray, list[int]]:
    own = np.asarray(own)
    wrong = [k for k in smallest if isinstance(k, bool) or not isinstance(k, int) or k < LEAST]
    if wrong or not len(smallest):
        raise Unprotectable(f"the smallest count must be a whole number of {LEAST} or more")
    if own.ndim != 2 or own.shape != (len(parents), len(smallest)) or own.dtype.kind not in "iu":
        raise Unprotectable("counts must be whole numbers, a row per grid and a column per value")
    if (own < 0).any():
        raise Unprotectable("a count is negative")
    ordered = all(0 <= parent < row for row, parent in enumerate(parents) if row)
    if not len(parents) or parents[0] != -1 or not ordered:
        raise Unprotectable(
            "the first row must be the top, and parents stand before their children"
        )
    return [int(parent) for parent in parents], own.astype(np.int64), [int(k) for k in smallest]


class _Table:
    """The network: a count is an arc from one sum to another, numbered row * width + column."""

    def __init__(
        self, parents: list[int], own: np.ndarray, smallest: list[int], *, totals: bool
    ) -> None:
        inner = set(parents)
        self.rest = tuple(row for row in sorted(inner - {-1}) if own[row].any())
        self.parents = parents + list(self.rest)
        counts = np.vstack([own, own[list(self.rest)]])
        counts[list(self.rest)] = 0
        for row in range(len(self.parents) - 1, 0, -1):
            counts[self.parents[row]] += counts[row]
        self.counts = np.column_stack([counts, counts.sum(axis=1)])
        self.columns = self.counts.shape[1]
        self.smallest = [*smallest, min(smallest)]
        self.totals = totals
        small = (self.counts > 0) & (self.counts < np.array(self.smallest))
        self.value = self.counts.ravel().tolist()
        small[:, -1] &= totals
        self.high_costs = [HIGH_COST * height * height for height in self._heights()]
        self.state = np.where(small, State.SMALL, State.SHOWN).ravel().tolist()
        self.width = WANTED_WIDTH
        self._join(inner)
        amounts = (sign * n for n in range(1, WANTED_WIDTH + 1) for sign in (1, -1))
        self.costs = {n: [self._cost(arc, n) for arc in range(len(self.ends))] for n in amounts}

    def _heights(self) -> list[int]:
        """How many steps each row stands above the lowest that is below it."""
        heights = [0] * len(self.parents)
        for row in range(len(self.parents) - 1, 0, -1):
            parent = self.parents[row]
            heights[parent] = max(heights[parent], heights[row] + 1)
        return heights

    def _join(self, inner: set[int]) -> None:
        """Arcs run up the tree in each column and down it in the totals, so that all sums are flows."""
        top = len(self.parents) * self.columns
        self.ends: list[tuple[int, int]] = []
        self.arcs: Arcs = [[] for _ in range(top + 1)]
        for row, parent in enumerate(self.parents):
            for column in range(self.columns):
                # Of a grid without children all columns meet in one sum: its row's.
                low = row * self.columns + (column if row in inner else 0)
                high = top if parent < 0 else parent * self.columns + column
                total = column == self.columns - 1
                self.ends.append((high, low) if total else (low, high))
                if not total or self.totals:
                    arc = len(self.ends) - 1
                    self.arcs[low].append((arc, high, not total))
                    self.arcs[high].append((arc, low, total))

    def protected(self) -> Protected:
        safe: set[int] = set()
        for arc, state in enumerate(list(self.state)):
            if state == State.SMALL and arc not in safe:
                safe.update(self._hide(arc))
        shape = self.counts.shape
        states = np.array(self.state, np.uint8).reshape(shape)
        return Protected(self.counts, states, tuple(self.smallest), self.rest, self.width)

    def _hide(self, arc: int) -> list[int]:
        """Withhold the cheapest ring through a count, and say which counts it makes safe."""
        for amount in range(WANTED_WIDTH, 0, -1):
            cost, ring = self._ring(arc, 1, amount, limit=FOREVER)
            cheaper = self._ring(arc, -1, amount, limit=cost)
            if ring := cheaper[1] or ring:
                self.width = min(self.width, amount)
                for member, sign in ring:
                    self.state[member] = self._after(member, sign * amount)
                    self._set_costs(member)
                return [member for member, _ in ring]
        raise Unprotectable("a count cannot be hidden")

    def _ring(self, arc: int, sign: int, amount: int, *, limit: int) -> tuple[int, Way]:
        """The cheapest ring through a count that changes by `sign` times the amount, and what it costs."""
        rise, fall = self.costs[amount], self.costs[-amount]
        own = (rise if sign > 0 else fall)[arc]
        tail, head = self.ends[arc]
        start, goal = (head, tail) if sign > 0 else (tail, head)
        cost, way = cheapest_way(self.arcs, (rise, fall), (start, goal), own, limit, without=arc)
        return cost, [(arc, sign), *way] if way else []

    def _set_costs(self, arc: int) -> None:
        for change, costs in self.costs.items():
            costs[arc] = self._cost(arc, change)

    def _cost(self, arc: int, change: int) -> int:
        """What it costs to let a count change so; FOREVER where it would be less than nought."""
        value, state = self.value[arc], self.state[arc]
        if value + change < 0:
            return FOREVER
        if state == State.SMALL:
            return HIDDEN_COST if self._stays_small(arc, change) else RELABEL_COST
        high = 0 if state == State.WITHHELD else self.high_costs[arc // self.columns]
        if value == 0:
            return HIDDEN_COST if state == State.WITHHELD else ZERO_COST + high
        # Better no ring that only holds if a withheld count might be a small one.
        least = self.smallest[arc % self.columns]
        turns = RELABEL_COST if value >= least > value + change else 0
        if state == State.WITHHELD:
            return HIDDEN_COST + turns
        return SHOWN_COST + 2 * int(value).bit_length() + turns + high

    def _after(self, arc: int, change: int) -> State:
        keeps = self.state[arc] == State.SMALL and self._stays_small(arc, change)
        return State.SMALL if keeps else State.WITHHELD

    def _stays_small(self, arc: int, change: int) -> bool:
        return 0 < self.value[arc] + change < self.smallest[arc % self.columns]
