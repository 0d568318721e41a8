"""The cheapest way from one sum of a table to another, by counts that may change (Dijkstra's). Pure.

Among counts that are hidden anyway a way costs nearly nothing, so that from one end alone most of a large
table would be looked at. Both ends are: the same way is found, of a fraction of the table.
"""

import heapq

FOREVER = 1 << 60
"""What cannot be done costs so much."""

Arcs = list[list[tuple[int, int, bool]]]
"""By sum, the counts that lie in it: their number, the other sum, and whether they rise on the way there."""
Costs = tuple[list[int], list[int]]
"""What it costs to let each count rise, and fall; one or more."""
Way = list[tuple[int, int]]
"""Counts and by which sign each changes when people are moved around."""


def cheapest_way(
    arcs: Arcs, costs: Costs, ends: tuple[int, int], own: int, limit: int, *, without: int
) -> tuple[int, Way]:
    """The counts on the way between two sums that costs least, last first, and what it costs.

    own: what it costs to begin with. without: a count that is not to be used. Empty where every way costs
    as much as the limit. Of several cheapest ways always the same is found.
    """
    start, goal = ends
    rise, fall = costs
    best: dict[int, int] = {start: own}
    came: dict[int, tuple[int, int, int]] = {}
    heap = [(own, start)] if own < limit else []
    back = _Back(arcs, costs, goal, without)
    least = limit
    while heap:
        cost, node = heapq.heappop(heap)
        if node == goal:
            return cost, _way(came, start, goal)
        if cost > best[node]:
            continue
        if cost + back.reached < least:
            least = back.search(best, cost, least)
        if cost + back.at_least(node) > least:
            continue
        for other, to, forward in arcs[node]:
            total = cost + (rise if forward else fall)[other]
            if other == without or total >= best.get(to, limit):
                continue
            # As cheap as the cheapest may stay: which of them is found must not depend on this.
            if total + back.at_least(to) <= least:
                best[to] = total
                came[to] = (node, other, 1 if forward else -1)
                heapq.heappush(heap, (total, to))
    return limit, []


class _Back:
    """How far it is from sums to the goal, as far as it was looked for from there."""

    def __init__(self, arcs: Arcs, costs: Costs, goal: int, without: int) -> None:
        self._arcs, self._costs, self._without = arcs, costs, without
        self._best = {goal: 0}
        self._done: dict[int, int] = {}
        self._heap = [(0, goal)]
        self.reached = 0
        """All that lies nearer to the goal was found."""

    def at_least(self, node: int) -> int:
        """What it costs to come from a sum to the goal, or less."""
        return self._done.get(node, self.reached)

    def search(self, ahead: dict[int, int], cost: int, least: int) -> int:
        """Look as far as the other search came, and tell what the cheapest known way costs.

        ahead: what the other search knows; cost: how far it came; least: the cheapest known so far.
        """
        rise, fall = self._costs
        heap, best = self._heap, self._best
        while heap and heap[0][0] <= cost and cost + heap[0][0] < least:
            far, node = heapq.heappop(heap)
            self.reached = far
            if far > best[node]:
                continue
            self._done[node] = far
            if node in ahead:
                least = min(least, ahead[node] + far)
            for other, to, forward in self._arcs[node]:
                total = far + (fall if forward else rise)[other]
                if other != self._without and total < best.get(to, least):
                    best[to] = total
                    heapq.heappush(heap, (total, to))
        if not heap:
            self.reached = FOREVER
        return least


def _way(came: dict[int, tuple[int, int, int]], start: int, goal: int) -> Way:
    way, node = [], goal
    while node != start:
        node, arc, change = came[node]
        way.append((arc, change))
    return way
