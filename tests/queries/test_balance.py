"""期初在办 + 受理 + 重办 = 办结 + 作废/并案 + 期末在办, by hand and for any grid and period."""

from collections.abc import Iterator
from dataclasses import astuple

import pytest
from conftest import ENGINES, City
from demo_scopes import few, questions
from hand_town import AS_OF, hand_town, scope_of
from hypothesis import given
from hypothesis import strategies as st
from small_town import Case, at

from queries.balance import balance, balance_by_grid
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import UNLOCATED
from queries.site import Site

EXTRA = (
    # Accepted and closed in the same second, then reopened and closed in the same second.
    Case("X1", "reported 1, accepted 2, closed 2, reopened 9, closed 9", "C"),
    # Never open: rejected. Taken on after all, then cancelled.
    Case("X2", "reported 1, rejected 2, accepted 30, cancelled 40", "C"),
)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = hand_town(request.param, tmp_path_factory.mktemp("balance"))
    town.take(EXTRA, now=228)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


@pytest.fixture(scope="module")
def demo(city: City) -> Iterator[Site]:
    site = city.site()
    yield site
    site.case.dispose()
    site.population.dispose()


def flows(site: Site, as_of: int = AS_OF, **parts: str) -> tuple[int, ...]:
    held = balance(site, scope_of(site, as_of, **parts), as_of=as_of)
    assert held.holds
    return astuple(held)


def test_the_whole_time_of_the_town(site):
    # Came in: 17 accepted, X1 and X2; again: 17 and X1. Went out: 10 closed, 17 and X1 twice; 13
    # and X2 cancelled. Six are open.
    assert flows(site) == (0, 19, 2, 13, 2, 6)


def test_a_day_begins_with_what_was_open(site):
    # Day 1 (24–48 h) begins with 02, 03, 04. In: 06, 13, 17, X2 (30 h). Out: 02, 03, 06 closed,
    # 13 (40 h) and X2 (40 h) cancelled.
    assert flows(site, from_="2026-03-03", to="2026-03-03") == (3, 4, 0, 3, 2, 2)


def test_a_period_that_is_not_over_ends_now(site):
    # 17 is reopened at 60 h, 07–12 have not come but 11 and 12.
    assert flows(site, at(60), from_="2026-03-04", to="2026-03-10") == (2, 1, 1, 1, 0, 3)


def test_by_grid_every_child_has_its_balance(site):
    scope = scope_of(site)
    parts = balance_by_grid(site, scope, as_of=AS_OF)
    assert set(parts) == {"A", "B", "C", UNLOCATED}
    assert all(part.holds for part in parts.values())
    assert astuple(parts["C"]) == (0, 2, 1, 2, 1, 0)
    assert tuple(map(sum, zip(*map(astuple, parts.values()), strict=True))) == flows(site)


def test_filters_narrow_it(site):
    assert flows(site, source="app") == (0, 3, 0, 1, 0, 2)
    assert flows(site, grid="A1", category="noise") == (0, 2, 0, 1, 0, 1)


@few
@given(data=st.data())
def test_it_holds_for_any_grid_and_period_of_the_demo(demo, data):
    scope, as_of = data.draw(questions(demo))
    whole = balance(demo, scope, as_of=as_of)
    assert whole.holds
    if scope.grid.level < scope.tree.deepest():
        parts = balance_by_grid(demo, scope, as_of=as_of)
        assert all(part.holds for part in parts.values())
        sums = tuple(map(sum, zip(*map(astuple, parts.values()), strict=True)))
        assert sums == astuple(whole)
    if scope.last_day >= demo.today(as_of):
        stock = measure(demo, [BY_KEY["open"]], scope, as_of=as_of).total("open").n
        assert whole.closing == stock
