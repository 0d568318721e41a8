"""The late states of a grid are kept in memory as of one data version, and follow the changes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town
from sqlalchemy import Connection

from data.engines import steady
from data.tiles.build import build
from data.tiles.tables import ALL, NOWHERE, Set
from data.versions import version_of
from queries import followed_states, late_states
from queries.followed_states import FollowedStates
from queries.late_days import late_sums
from queries.late_states import read_late
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

LATE = Case("1", "reported 1, accepted 2 due 26, closed 80", "A1")
"""54 hours too late: three begun days."""
WAITING = Case("2", "reported 3, accepted 4 due 28", "A2")
IN_TIME = Case("3", "reported 3, accepted 4 due 28, closed 6", "A1")
SETS = [Set(NOWHERE, 0, ALL), *(Set(1, level, ALL) for level in (1, 2))]
DAYS = BY_KEY["late_days"]


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    made = found_town(request.param, tmp_path, "late")
    made.take([LATE, IN_TIME], until=100, now=100)
    with made.case.begin() as connection:
        build(connection, ZONE, at(100), sets=SETS)
    yield made
    made.close()


def kept(held: FollowedStates, connection: Connection, site: Site) -> int:
    """How many states of A are kept as of the newest version."""
    tree = site.tree()
    found = held.of(connection, tree, tree.by_code["A"], version_of(connection, "cases"), 1)
    assert found is not None
    return len(found["case_id"])


def by_grid(site: Site, hour: int, scope_of: str = "A") -> dict[object, float | None]:
    scope = read_scope(site, {"grid": scope_of, "days": "60"}, at(hour))
    found = measure(site, [DAYS], scope, "grid", as_of=at(hour)).figures[DAYS.key]
    return {key: figure.n for key, figure in found.items() if figure.n}


def test_they_are_read_once_for_a_version_and_only_changed_cases_after_it(town):
    site = town.city.site(at(100))
    read = []
    held = FollowedStates(lambda *a: read.append(a) or read_late(*a))
    with town.case.connect() as connection:
        before = kept(held, connection, site)
        assert kept(held, connection, site) == before > 0
    assert len(read) == 1
    town.take([WAITING], until=100, now=101)
    with town.case.connect() as connection:
        assert kept(held, connection, site) > before
    assert len(read) == 2
    assert [asked[-1] is None for asked in read] == [True, False], "the changed case, not the grid"


def test_a_reader_that_began_earlier_sees_them_as_they_were(town):
    site = town.city.site(at(100))
    held = FollowedStates(read_late)
    with town.case.connect() as early, town.case.connect() as late:
        steady(early)
        version_of(early, "cases")
        before = kept(held, late, site)
        late.rollback()
        town.take([WAITING], until=100, now=101)
        assert kept(held, late, site) > before
        assert kept(held, early, site) == before


@pytest.mark.parametrize("hour", [27, 50, 79, 80, 100, 400])
def test_days_overdue_of_any_instant_are_the_raw_ones(town, hour, monkeypatch):
    town.take([WAITING], until=100, now=101)
    fast, raw = town.city.site(at(hour)), town.city.site(at(hour))
    raw.uses_tiles = False
    answered = []

    def noted(*arguments):
        found = late_sums(*arguments)
        answered.append(found is not None)
        return found

    monkeypatch.setattr("queries.measure.late_sums", noted)
    assert by_grid(fast, hour) == by_grid(raw, hour)
    assert answered == [True, False]
    assert by_grid(raw, hour)


def test_a_grid_of_too_many_cases_is_left_to_the_raw_query(town, monkeypatch):
    monkeypatch.setattr(late_states, "MOST", 0)
    fast, raw = town.city.site(at(100)), town.city.site(at(100))
    raw.uses_tiles = False
    assert by_grid(fast, 100) == by_grid(raw, 100) != {}
    held, tree = replace(fast).late_states, fast.tree()
    with town.case.connect() as connection:
        assert held.of(connection, tree, tree.by_code["A"], 1, 1) is None


def test_after_more_changes_than_are_worth_following_all_are_read(town, monkeypatch):
    monkeypatch.setattr(followed_states, "MOST_CHANGED", 0)
    site, read = town.city.site(at(100)), []
    held = FollowedStates(lambda *a: read.append(a[-1] is None) or read_late(*a))
    with town.case.connect() as connection:
        kept(held, connection, site)
    town.take([WAITING], until=100, now=101)
    with town.case.connect() as connection:
        kept(held, connection, site)
    assert read == [True, True]


def test_of_a_grid_only_the_states_of_the_newest_tiles_are_kept(town):
    site = town.city.site(at(100))
    tree, held = site.tree(), FollowedStates(read_late)
    with town.case.connect() as connection:
        for tiles in (1, 2, 3):
            held.of(connection, tree, tree.by_code["A"], 1, tiles)
            held.of(connection, tree, tree.by_code["B"], 1, tiles)
    assert [key[0] for key in held._held] == [3, 3]
