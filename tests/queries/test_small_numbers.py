"""Small counts stay hidden: attacked by linear programming over everything that is shown."""

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from queries.cheapest_way import cheapest_way
from queries.small_numbers import State, Unprotectable, protect


@st.composite
def tables(draw, most_rows=9, most_columns=4):
    """A random tree, counts that are mostly small, and a k for each column."""
    rows = draw(st.integers(1, most_rows))
    parents = [-1, *(draw(st.integers(max(0, row - 4), row - 1)) for row in range(1, rows))]
    columns = draw(st.integers(1, most_columns))
    count = st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 40))
    inner = set(parents)
    own = [
        [draw(count) if row not in inner or draw(st.booleans()) else 0 for _ in range(columns)]
        for row in range(rows)
    ]
    smallest = [draw(st.sampled_from([3, 5, 10])) for _ in range(columns)]
    return parents, np.array(own, np.int64), smallest


def equations(parents, table):
    """Every sum that holds in a table, as rows of a matrix whose product with the counts is nought."""
    parents = [*parents, *table.rest]
    rows, columns = table.counts.shape
    sums = []
    for row in range(rows):
        sums.append({row * columns + c: 1 for c in range(columns - 1)})
        sums[-1][row * columns + columns - 1] = -1
        children = [child for child, parent in enumerate(parents) if parent == row]
        for column in range(columns) if children else ():
            sums.append({child * columns + column: 1 for child in children})
            sums[-1][row * columns + column] = -1
    matrix = lil_matrix((len(sums), rows * columns))
    for number, one in enumerate(sums):
        for cell, sign in one.items():
            matrix[number, cell] = sign
    return matrix.tocsr()


def intervals(parents, table):
    """(least, greatest) possible value of each hidden count, for one who knows all that is shown."""
    columns = table.counts.shape[1]
    matrix = equations(parents, table)
    bounds = []
    for cell, (value, state) in enumerate(
        zip(table.counts.ravel(), table.states.ravel(), strict=True)
    ):
        small = (1, table.smallest[cell % columns] - 1)
        bounds.append({State.SHOWN: (value, value), State.SMALL: small}.get(state, (0, None)))
    found = {}
    for cell in np.flatnonzero(table.states.ravel()):
        ends = []
        for sign in (1, -1):
            goal = np.zeros(table.counts.size)
            goal[cell] = sign
            answer = linprog(
                goal, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=bounds, method="highs"
            )
            assert answer.status in (0, 3)
            ends.append(sign * answer.fun if answer.status == 0 else np.inf)
        found[cell] = tuple(ends)
    return found


@settings(max_examples=40, deadline=None)
@given(tables())
def test_no_hidden_count_can_be_worked_out(case):
    parents, own, smallest = case
    table = protect(parents, own, smallest)
    assert table.width in (1, 2)
    for low, high in intervals(parents, table).values():
        assert high - low >= table.width - 1e-6


@settings(max_examples=100, deadline=None)
@given(tables(most_rows=14, most_columns=5))
def test_every_small_count_is_hidden_and_nothing_shown_is_untrue(case):
    parents, own, smallest = case
    table = protect(parents, own, smallest)
    small = (table.counts > 0) & (table.counts < np.array(table.smallest))
    assert (table.states[small] != State.SHOWN).all()
    assert small[table.states == State.SMALL].all()
    assert table.counts[0, :-1].tolist() == own.sum(axis=0).tolist()
    for row, column in np.ndindex(table.counts.shape):
        shown = table.value(row, column)
        assert shown in (None, table.counts[row, column])
    again = protect(list(parents), own.copy(), list(smallest))
    assert (again.states == table.states).all()


@settings(max_examples=25, deadline=None)
@given(tables(most_rows=7, most_columns=3))
def test_with_totals_known_from_elsewhere_nothing_can_be_worked_out_either(case):
    parents, own, smallest = case
    if len(smallest) == 1 and own.any():
        # All that is told is the total, which is known: nothing small can be hidden.
        with suppress(Unprotectable):
            assert not (protect(parents, own, smallest, totals=False).states > 0).any()
        return
    table = protect(parents, own, smallest, totals=False)
    for low, high in intervals(parents, table).values():
        assert high - low >= table.width - 1e-6


def test_a_total_does_not_give_away_the_one_small_count():
    table = protect([-1, 0, 0, 0], np.array([[0, 0], [3, 40], [50, 60], [70, 80]]), [5, 5])
    assert table.text(1, 0) == "<5"
    withheld = {(int(r), int(c)) for r, c in np.argwhere(table.states == State.WITHHELD)}
    assert len(withheld) == 3
    assert table.text(0, 2) == "303"


def test_counts_of_one_that_make_up_a_small_total_are_not_told_by_its_name():
    """Four grids with somebody in each, and `<5` in all, would be one in each."""
    table = protect([-1, 0, 0, 0, 0], np.array([[0], [1], [1], [1], [1]]), [5])
    for low, high in intervals([-1, 0, 0, 0, 0], table).values():
        assert high - low >= 1


def test_people_of_no_child_have_a_row_of_their_own():
    table = protect([-1, 0, 0], np.array([[2], [30], [40]]), [5])
    assert table.rest == (0,)
    assert table.counts.tolist() == [[72, 72], [30, 30], [40, 40], [2, 2]]
    assert table.text(3, 0) == "<5"


@pytest.mark.parametrize("smallest", [[0], [2], [-5], [5.0], [True], [None], ["5"], [], [5, 5]])
def test_a_wrong_setting_shows_nothing(smallest):
    with pytest.raises(Unprotectable):
        protect([-1], np.array([[3]]), smallest)


@pytest.mark.parametrize(
    ("parents", "own"),
    [
        ([-1], np.array([[-3]])),
        ([-1], np.array([[3.5]])),
        ([0], np.array([[3]])),
        ([-1, 1], np.array([[3], [3]])),
        ([-1, -1], np.array([[3], [3]])),
        ([], np.zeros((0, 1), int)),
        ([-1], np.array([3])),
    ],
)
def test_a_wrong_table_shows_nothing(parents, own):
    with pytest.raises(Unprotectable):
        protect(parents, own, [5])


def test_a_street_of_333_grids_and_20_values_is_protected_in_time():
    rng = np.random.default_rng(5)
    parents = [-1, *[0] * 17, *(1 + leaf % 17 for leaf in range(333))]
    weights = rng.gamma(0.4, 60, 20)
    own = rng.poisson(weights[None, :] * rng.gamma(2, 0.5, (len(parents), 1)))
    own[:18] = 0
    began = time.process_time()
    table = protect(parents, own, [5] * 15 + [10] * 5)
    assert time.process_time() - began < 10
    small = int(((table.counts > 0) & (table.counts < np.array(table.smallest))).sum())
    print(small, int((table.states == State.WITHHELD).sum()), table.counts.size, table.width)
    assert small > 500


def test_a_city_of_6696_grids_with_few_companies_each_is_protected_in_seconds():
    """Nearly all is small: the hidden counts hang together, and each has to find its ring among them."""
    rng = np.random.default_rng(1)
    parents, lowest = [-1], [0]
    for number in (17, 175, 846, 5657):
        first = len(parents)
        parents += [lowest[n % len(lowest)] for n in range(number)]
        lowest = list(range(first, len(parents)))
    own = np.zeros((len(parents), 5), np.int64)
    shares = np.array([[0.5, 0.3, 0.05, 0.05, 0.1]])
    own[lowest] = rng.poisson(rng.gamma(2, 10, (len(lowest), 1)) * shares)
    began = time.process_time()
    table = protect(parents, own, [5] * 5, totals=False)
    assert time.process_time() - began < 10
    assert (table.states == State.SMALL).sum() > 10_000


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_cheapest_way_costs_what_a_plain_search_finds(data):
    sums = data.draw(st.integers(2, 12))
    node, cost = st.integers(0, sums - 1), st.integers(1, 30)
    counts = data.draw(st.lists(st.tuples(node, node, cost, cost), min_size=1, max_size=40))
    arcs = [[] for _ in range(sums)]
    for number, (low, high, _, _) in enumerate(counts):
        arcs[low].append((number, high, True))
        arcs[high].append((number, low, False))
    costs = [rise for *_, rise, _ in counts], [fall for *_, fall in counts]
    limit, own = data.draw(st.integers(1, 150)), data.draw(cost)
    ends = (0, sums - 1)
    found, way = cheapest_way(arcs, costs, ends, own, limit, without=0)
    far = [own] + [limit] * (sums - 1)
    for _ in range(sums):
        for low, high, rise, fall in counts[1:]:
            far[high] = min(far[high], far[low] + rise)
            far[low] = min(far[low], far[high] + fall)
    assert found == min(far[-1], limit) and bool(way) == (found < limit)
    if way:
        assert own + sum(costs[sign < 0][arc] for arc, sign in way) == found
