"""The data-quality panel tells what the last check of the tiles found."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town

from data.tiles.build import build
from data.verify import note, verify
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
    with town.case.begin() as connection:
        assert verify(connection, False, False) == 1
    assert "days = months: closed" in capsys.readouterr().out
    assert checked(town).differing > 0
    with town.case.begin() as connection:
        assert verify(connection, True, True) == 1
    told = checked(town)
    assert told.differing > 0
    assert told.healed
    with town.case.begin() as connection:
        assert verify(connection, True, False) == 0
    assert (checked(town).differing, checked(town).healed) == (0, False)


def test_what_was_noted_is_what_is_told(town):
    with town.case.begin() as connection:
        build(connection, ZONE, at(31))
        note(connection, at(33), is_full=True, differing=4, healed=False)
    assert checked(town) == TileCheck(at(33), 4, False)
