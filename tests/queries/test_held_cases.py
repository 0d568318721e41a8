"""Small questions are counted from cases held in memory, and are those of the raw query."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import NOW, City
from demo_scopes import few, questions
from hand_town import COUNTED
from hypothesis import given
from hypothesis import strategies as st

from queries import held_cases
from queries.held_states import HeldStates
from queries.measure import measure
from queries.memory import Recent
from queries.metrics import METRICS
from queries.question import DIMENSIONS
from queries.scope import Scope, read_scope
from queries.site import Site

TAKEN = tuple(metric for metric in METRICS if metric.seconds is not None)
FLOWS = tuple(metric for metric in COUNTED if metric.clock != "stock")
either_way = pytest.mark.parametrize("by_day", [False, True], ids=["by grid", "by day"])


@pytest.fixture(scope="module")
def pair(city: City) -> Iterator[tuple[Site, Site]]:
    """The city that holds cases, and the same one asked by the raw query only."""
    held, raw = city.site(), city.site()
    raw.uses_tiles = False
    yield held, raw
    for opened in (held, raw):
        opened.case.dispose()
        opened.population.dispose()


def figures(site: Site, metrics, scope: Scope, by, as_of: int):
    """What is there of each metric; keys of nothing may or may not be named."""
    found = measure(site, metrics, scope, by, as_of=as_of).figures
    return {m: {k: f for k, f in held.items() if f.n or f.d} for m, held in found.items()}


@contextmanager
def by_one_way(held: Site, *, by_day: bool) -> Iterator[pytest.MonkeyPatch]:
    """All that was read is let go of, and cases are found by this way, whichever is shorter: both must do."""
    held.answers, held.held_states = Recent(4000, 60.0), HeldStates()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(held_cases, "_way", lambda c, s, a, only: by_day or s.grid.level == 0)
        yield patched


@either_way
@few
@given(data=st.data())
def test_any_question_is_answered_alike(pair, by_day, data):
    held, raw = pair
    scope, as_of = data.draw(questions(held))
    by = data.draw(st.sampled_from([None, *DIMENSIONS]))
    if by == "grid" and scope.grid.level == scope.tree.deepest():
        by = None
    metrics = (*(FLOWS if by == "day" else COUNTED), *TAKEN)
    with by_one_way(held, by_day=by_day):
        told = figures(held, metrics, scope, by, as_of)
    assert told == figures(raw, metrics, scope, by, as_of)


@either_way
@few
@given(data=st.data())
def test_what_tiles_leave_open_is_told_by_the_cases_of_one_clock(pair, by_day, data):
    """How long few cases took, of a grid whose sums the tiles tell."""
    held, raw = pair
    scope, as_of = data.draw(questions(held))
    with by_one_way(held, by_day=by_day) as patched:
        patched.setattr("queries.durations.kept_buckets", lambda *asked: {})
        told = figures(held, TAKEN, scope, None, as_of)
    clocks = {place[-1] for place in held.held_states._places}
    assert clocks == {metric.top.clock for metric in TAKEN}
    assert told == figures(raw, TAKEN, scope, None, as_of)


@pytest.fixture
def read(pair, monkeypatch) -> list[object]:
    """What was read of the cases since all was let go of."""
    statements: list[object] = []
    arrays = held_cases.bulk.read_arrays

    def noted(connection, statement):
        statements.append(statement)
        return arrays(connection, statement)

    monkeypatch.setattr(held_cases.bulk, "read_arrays", noted)
    pair[0].held_states = HeldStates()
    return statements


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize(("days", "readings"), [("1", 1), ("7", 1), ("32", 1), ("40", 3)])
def test_the_days_before_are_read_with_those_that_are_asked_for(pair, read, level, days, readings):
    """Those of more than a month before are not: each case would come with all that it was since."""
    held, raw = pair
    tree = held.tree()
    grid = tree.at_level(tree.top, level)[0].code
    scope = read_scope(held, {"grid": grid, "days": days}, NOW)
    for asked, back in ((scope, 0), (scope.previous(), scope.step_back), (scope, 86_400)):
        as_of = NOW - 79 - back
        told = figures(held, COUNTED, asked, None, as_of)
        assert told == figures(raw, COUNTED, asked, None, as_of)
    assert len(read) == readings


def test_the_cases_of_a_grid_are_read_once_for_all_that_panels_ask(pair, read):
    site = pair[0]
    tree = site.tree()
    scope = read_scope(site, {"grid": tree.at_level(tree.top, 2)[0].code, "days": "20"}, NOW)
    for by in (None, "category", "source", "grid"):
        measure(site, COUNTED, scope, by, as_of=NOW - 77)
    measure(site, TAKEN, scope, as_of=NOW - 77)
    measure(site, FLOWS, scope.on(scope.last_day, scope.last_day), as_of=NOW - 77)
    assert len(read) == 1


def test_too_many_cases_are_left_to_the_database(pair, monkeypatch):
    held, raw = pair
    monkeypatch.setattr(held_cases, "MOST", 0)
    held.held_states = HeldStates()
    held_cases._below.cache_clear()
    held_cases._fallen.cache_clear()
    scope = read_scope(held, {"days": "20"}, NOW)
    try:
        assert figures(held, COUNTED, scope, None, NOW - 78) == figures(
            raw, COUNTED, scope, None, NOW - 78
        )
        (place,) = held.held_states._places.values()
        assert [reading.states for reading in place.values()] == [None]
    finally:
        held_cases._below.cache_clear()
        held_cases._fallen.cache_clear()
