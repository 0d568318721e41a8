"""The data-quality panel tells what the last check of the tiles found."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town

from data import verify as checking
from data.errors import SetupError
from data.tiles.build import build
from data.verify import note, verify
from queries.measure import measure
from queries.memory import Recent
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.tile_check import TileCheck, tile_check


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    made = found_town(request.param, tmp_path, "tilecheck")
    made.take([Case("1", "reported 0, accepted 1 due 25, closed 10", "A1")], now=30)
    yield made
    made.close()


def checked(town: Town) -> TileCheck | None:
    site = town.city.site(at(40))
    held = tile_check(site)
    site.case.dispose()
    site.population.dispose()
    return held


def test_without_tiles_there_is_nothing_to_tell_and_new_ones_are_unchecked(town):
    assert checked(town) is None
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
    assert checked(town) == TileCheck(None, 0, False)


def test_a_fault_is_told_until_it_is_put_right(town, capsys):
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
        connection.exec_driver_sql("UPDATE tile_closed SET n_closed = n_closed + 1 WHERE grain = 0")
    with town.case.connect() as connection:
        assert verify(connection, False, False) == 1
    assert "days = months: closed" in capsys.readouterr().out
    assert checked(town).differing > 0
    with town.case.connect() as connection:
        assert verify(connection, True, True) == 1
    told = checked(town)
    assert told.differing > 0
    assert told.healed
    with town.case.connect() as connection:
        assert verify(connection, True, False) == 0
    assert (checked(town).differing, checked(town).healed) == (0, False)


def test_what_was_noted_is_what_is_told(town):
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
        note(connection, at(33), is_full=True, differing=4, healed=False)
    assert checked(town) == TileCheck(at(33), 4, False)


def test_steps_of_days_are_checked_and_put_right_too(town):
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
        connection.exec_driver_sql("DELETE FROM case_turn")
    with town.case.connect() as connection:
        assert verify(connection, True, False) == 1
    with town.case.connect() as connection:
        assert verify(connection, True, True) == 1
    with town.case.connect() as connection:
        assert verify(connection, True, False) == 0


def test_cases_that_change_during_a_check_are_no_fault_and_nothing_is_healed_over_them(
    town, monkeypatch
):
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
    whole = checking.full

    def meanwhile(*arguments, **options):
        town.take([Case("2", "reported 2, accepted 3 due 25, closed 10", "A2")], now=32)
        return whole(*arguments, **options)

    monkeypatch.setattr(checking, "full", meanwhile)
    with town.case.connect() as connection:
        assert verify(connection, True, True) == 0
    monkeypatch.undo()
    with town.case.connect() as connection:
        connection.exec_driver_sql("UPDATE tile_closed SET n_closed = n_closed + 1 WHERE grain = 0")
        connection.commit()
    monkeypatch.setattr(checking, "full", lambda *a, **o: _then(town, whole(*a, **o)))
    with town.case.connect() as connection, pytest.raises(SetupError, match="changed during"):
        verify(connection, True, True)


def _then(town, missing):
    town.take([Case("3", "reported 2, accepted 3 due 25", "A2")], now=33)
    return missing


def test_cases_that_change_while_tiles_are_built_leave_none_in_force(town):
    with town.case.connect() as connection, pytest.raises(SetupError, match="Cases changed"):
        build(connection, ZONE, at(31), between=_once(town, connection))
    assert checked(town) is None


def _once(town, connection):
    waiting = [Case("4", "reported 2, accepted 3 due 25", "A2")]

    def between() -> None:
        connection.commit()
        if waiting:
            town.take([waiting.pop()], now=32)

    return between


def test_who_holds_old_tiles_in_memory_does_not_go_by_half_built_ones(town):
    town.take([Case(str(n), "reported 2, accepted 3 due 25", "A2") for n in range(5, 9)], now=32)
    with town.case.begin() as connection:
        build(connection, ZONE, at(33))
    site, seen = town.city.site(at(40)), []
    scope = read_scope(site, {"days": "30"}, at(40))

    def open_now() -> float | None:
        site.answers = Recent(10)
        return measure(site, [BY_KEY["open"]], scope, as_of=at(40)).total("open").n

    assert open_now() == 4

    with town.case.connect() as connection:

        def between() -> None:
            connection.commit()
            seen.append(open_now())

        build(connection, ZONE, at(34), between=between)
        connection.commit()
    assert seen
    assert {*seen, open_now()} == {4}
    site.case.dispose()
    site.population.dispose()
