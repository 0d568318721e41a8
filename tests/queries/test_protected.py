"""Protected counts of the demo's people: small ones hidden at every level, sums that hold, one for all."""

import pytest
from sqlalchemy import func, select

from data.population_tables import person
from queries.protected import SMALLEST, SMALLEST_OLD, protected_counts
from queries.small_numbers import State

KINDS = {"户籍": SMALLEST, "流动": SMALLEST, "境外": SMALLEST_OLD}


@pytest.fixture
def counts(site):
    statement = select(person.c.grid_code, person.c.residence_kind, func.count())
    statement = statement.group_by(person.c.grid_code, person.c.residence_kind)
    held = {}
    with site.population.connect() as connection:
        for code, kind, n in connection.execute(statement):
            held.setdefault(code, {})[kind] = n
    return held


def test_every_small_count_is_hidden_and_every_other_is_true(site, counts):
    tree = site.tree()
    shown = protected_counts(site, tree, "kinds", counts, KINDS)
    hidden = 0
    for grid in tree.order:
        codes = {below.code for below in tree.subtree(grid)}
        codes |= {None} if grid.level == 0 else set()
        for kind, least in KINDS.items():
            true = sum(counts.get(code, {}).get(kind, 0) for code in codes)
            value = shown.value(grid.code, kind)
            assert value in (None, true)
            assert not (0 < true < least and value is not None)
            text = shown.text(grid.code, kind)
            assert text in (f"<{least}", "…") if value is None else text == str(true)
            hidden += value is None
    assert hidden > 10
    total = sum(sum(cells.values()) for cells in counts.values())
    assert shown.table.counts[0, -1] == total


def test_it_is_made_once_for_a_version_and_is_the_same_from_the_same_counts(site, city, counts):
    tree = site.tree()
    first = protected_counts(site, tree, "kinds", counts, KINDS)
    assert protected_counts(site, tree, "kinds", counts, KINDS) is first
    backwards = dict(reversed(list(counts.items())))
    again = protected_counts(city.site(), tree, "kinds", backwards, KINDS)
    assert (again.table.states == first.table.states).all()
    assert (again.table.states == State.WITHHELD).any()


@pytest.mark.parametrize(
    "smallest", [{**KINDS, "户籍": 0}, {**KINDS, "户籍": None}, {"户籍": 5}, {}]
)
def test_a_wrong_setting_shows_nothing_of_the_table(site, counts, smallest):
    tree = site.tree()
    shown = protected_counts(site, tree, ("wrong", str(smallest)), counts, smallest)
    for grid in tree.order[:20]:
        for value in ("", "户籍", "境外"):
            assert shown.text(grid.code, value) == "…"
            assert shown.value(grid.code, value) is None


def test_without_totals_small_counts_are_hidden_all_the_same(site, counts):
    tree = site.tree()
    shown = protected_counts(site, tree, "alone", counts, KINDS, totals=False)
    small = (shown.table.counts[:, :-1] > 0) & (shown.table.counts[:, :-1] < list(KINDS.values()))
    assert small.any()
    assert (shown.table.states[:, :-1][small] != State.SHOWN).all()
    assert shown.text(tree.top.code) == "…"


def test_an_unknown_grid_or_value_is_not_told_apart_from_a_hidden_one(site, counts):
    shown = protected_counts(site, site.tree(), "kinds", counts, KINDS)
    assert shown.text("no such grid") == shown.text(site.tree().top.code, "no such kind") == "…"
