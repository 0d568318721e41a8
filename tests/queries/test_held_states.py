"""What is held in memory of a grid's cases follows every change, and answers for an hour of instants."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from conftest import ENGINES
from hand_town import COUNTED
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import Case, Town, at, found_town
from sqlalchemy import select
from test_tile_upkeep import cases

from data.engines import steady
from data.versions import version_of
from data.work_tables import case_metadata
from queries import held_cases, held_states
from queries.held_states import HeldStates, Stretch
from queries.known import as_known
from queries.measure import measure
from queries.memory import Recent
from queries.metrics import METRICS
from queries.scope import read_scope
from queries.site import Site

TAKEN = tuple(metric for metric in METRICS if metric.seconds is not None)
FIRST = Case("1", "reported 1, accepted 2 due 26, closed 30", "A1")
SECOND = Case("2", "reported 3, accepted 4 due 28", "A2")


@pytest.fixture(scope="module", params=ENGINES)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder: Path = tmp_path_factory.mktemp(f"held-{request.param}")
    made = found_town(request.param, folder, "held")
    yield made
    made.close()


@pytest.fixture(scope="module")
def later() -> Iterator[int]:
    """Hours at which something comes in, one after the other: the database's clock never goes back."""
    return count(4000)


def figures(site: Site, grid: str, instant: int) -> dict[object, object]:
    # Nothing that is remembered of figures helps: they are counted from what is held.
    site.answers = Recent(4000, 60.0)
    scope = read_scope(site, {"grid": grid, "days": "30"}, instant)
    told: dict[object, object] = {}
    for by in (None, "grid", "category"):
        found = measure(site, (*COUNTED, *TAKEN), scope, by, as_of=instant).figures
        told[by] = {m: {k: f for k, f in one.items() if f.n or f.d} for m, one in found.items()}
    return told


@pytest.mark.parametrize("by_day", [False, True], ids=["by grid", "by day"])
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(made=cases(), hours=st.lists(st.integers(1500, 2300), min_size=2, max_size=3))
def test_whatever_comes_in_whatever_order_it_is_what_the_cases_say(
    town, later, by_day, made, hours
):
    town.forget()
    held, raw = town.city.site(at(0)), town.city.site(at(0))
    raw.uses_tiles = False
    newest = max(hours)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(held_cases, "_way", lambda c, s, a, only: by_day or s.grid.level == 0)
        for number, hour in enumerate(hours):
            town.take(made, until=hour, now=next(later))
            for site in (held, raw):
                site.look()
            for grid in ("T", "A"):
                for instant in (at(newest), at(newest) + 1799)[: number + 1]:
                    assert figures(held, grid, instant) == figures(raw, grid, instant)


@pytest.fixture
def counted(
    town: Town, later: Iterator[int], monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[int | None]]:
    """A town of one case; of each reading how many cases were asked for, None for all."""
    town.forget()
    town.take([FIRST], until=100, now=next(later))
    asked: list[int | None] = []
    states = held_cases._states

    def noted(*given):
        read = states(*given)

        def noting(connection, stretch, ids):
            asked.append(None if ids is None else len(ids))
            return read(connection, stretch, ids)

        return noting

    monkeypatch.setattr(held_cases, "_states", noted)
    yield asked


def test_all_is_read_once_an_hour_and_then_what_changed(town, later, counted):
    site = town.city.site(at(40))
    for minutes in (0, 10, 59):
        figures(site, "A", at(40) + 60 * minutes)
    assert counted == [None]
    town.take([SECOND], until=100, now=next(later))
    site.look()
    before = figures(site, "A", at(40))
    assert counted == [None, 2], "with those of the second in which it was read"
    assert figures(site, "A", at(40)) == before
    figures(site, "A", at(41))
    assert counted == [None, 2, None]


def test_where_much_changed_all_is_read_again(town, later, counted, monkeypatch):
    monkeypatch.setattr(held_states, "MOST_CHANGED", 1)
    site = town.city.site(at(40))
    figures(site, "A", at(40))
    town.take(
        [SECOND, Case("3", "reported 5, accepted 6 due 28", "A1")], until=100, now=next(later)
    )
    site.look()
    figures(site, "A", at(40))
    assert counted == [None, None]


def held_in(site: Site) -> list[object]:
    return [one.states for held in site.held_states._places.values() for one in held.values()]


def test_a_change_elsewhere_leaves_what_is_held_as_it_is(town, later, counted):
    town.take([Case("8", "reported 5, accepted 6 due 28", "B1")], until=100, now=next(later))
    site = town.city.site(at(40))
    figures(site, "A", at(40))
    before = held_in(site)
    town.take([Case("9", "reported 5, accepted 6 due 28", "B1")], until=100, now=next(later))
    site.look()
    figures(site, "A", at(40))
    assert held_in(site) == before and len(before) == 1
    assert counted == [None, 2]


def test_who_began_earlier_sees_them_as_they_were(town, later, counted):
    held = HeldStates()
    site = town.city.site(at(40))
    scope = read_scope(site, {"grid": "A", "days": "30"}, at(40))
    stretch = Stretch(scope.first_day, scope.last_day, at(40), at(41))

    def size(connection) -> int:
        version = version_of(connection, "cases")
        states = held.of(
            connection,
            "A",
            stretch,
            version,
            held_cases._states(site, scope, lambda *_: False, None),
        )
        return states.states.size

    with town.case.connect() as early, town.case.connect() as late:
        steady(early)
        before = size(early)
        town.take([SECOND], until=100, now=next(later))
        assert size(late) > before
        assert size(early) == before
        assert size(late) > before


TABLES = case_metadata.sorted_tables
COLUMNS = {name: np.array([1, 2]) for name in ("case_id", "valid_from", "valid_to")}


def asked(
    held: HeldStates, monkeypatch: pytest.MonkeyPatch
) -> tuple[Callable[[str, int], None], list[tuple[str, int]]]:
    """What asks for two states of a place on a day, and what was read for it."""
    monkeypatch.setattr(held_states, "changed_at_of", lambda *_: 0)
    readings: list[tuple[str, int]] = []

    def ask(place: str, day: int) -> None:
        def read(*_: object) -> dict[str, np.ndarray]:
            readings.append((place, day))
            return COLUMNS

        held.of(None, place, Stretch(day, day, 5, 6), 1, read)  # type: ignore[arg-type]

    return ask, readings


def test_what_nobody_asked_for_longest_is_let_go_of_one_place_too(monkeypatch):
    monkeypatch.setattr(held_states, "HELD_ROWS", 3 * (2 + held_states.OVERHEAD))
    ask, readings = asked(HeldStates(), monkeypatch)
    for place, day in (("a", 1), ("b", 1), ("a", 2), ("a", 1), ("a", 3)):
        ask(place, day)
    assert readings == [("a", 1), ("b", 1), ("a", 2), ("a", 3)]
    for place, day in (("a", 1), ("a", 2), ("a", 3), ("b", 1)):
        ask(place, day)
    assert readings[4:] == [("b", 1)]


def test_what_nobody_asked_for_of_late_is_let_go(monkeypatch):
    now = [0.0]
    ask, readings = asked(HeldStates(lambda: now[0]), monkeypatch)
    for now[0], place in ((0.0, "a"), (3000.0, "b"), (3500.0, "a"), (6700.0, "c"), (6800.0, "a")):
        ask(place, 1)
    assert readings == [("a", 1), ("b", 1), ("c", 1)]
    ask("b", 1)
    assert readings[3:] == [("b", 1)]


def test_what_is_being_read_when_all_is_let_go_of_is_not_kept(monkeypatch):
    monkeypatch.setattr(held_states, "changed_at_of", lambda *_: 0)
    held, begun, finish, read = HeldStates(), Event(), Event(), []

    def slow(*_: object) -> dict[str, np.ndarray]:
        read.append(1)
        begun.set()
        assert finish.wait(10)
        return COLUMNS

    with ThreadPoolExecutor(1) as threads:
        slower = threads.submit(held.of, None, "a", Stretch(0, 1, 5, 6), 1, slow)
        assert begun.wait(10)
        held.clear()
        finish.set()
        slower.result(10)
    held.of(None, "a", Stretch(0, 1, 5, 6), 1, slow)
    assert len(read) == 2


@pytest.mark.parametrize("looks", ["site", "as known"])
def test_a_database_put_back_from_a_copy_is_read_anew(town, later, looks):
    """Else what is held of the later one would pass for the cases of a new one of the same version."""
    site, raw = town.city.site(at(40)), town.city.site(at(40))
    raw.uses_tiles = False
    town.forget()
    town.take([FIRST], until=100, now=next(later))
    with town.case.connect() as connection:
        kept = {one: connection.execute(select(one)).mappings().all() for one in TABLES}
    town.take([SECOND], until=100, now=next(later))
    for one in (site, raw):
        one.look()
    assert figures(site, "A", at(40)) == figures(raw, "A", at(40))
    with town.case.begin() as connection:
        for one in reversed(TABLES):
            connection.execute(one.delete())
        for one, rows in kept.items():
            if rows:
                connection.execute(one.insert(), [dict(row) for row in rows])
    (site if looks == "site" else as_known(site, at(40))).look()
    town.take([Case("3", "reported 5, accepted 6 due 28", "A1")], until=100, now=next(later))
    for one in (site, raw):
        one.look()
    assert figures(site, "A", at(40)) == figures(raw, "A", at(40))
