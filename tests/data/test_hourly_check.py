"""The ingester finds spoiled sums at its start and every hour, and writes them anew grid by grid."""

import logging

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, at, found_town
from sqlalchemy import text

from data.hourly_check import HOUR, HourlyCheck, check
from data.stored_settings import read_setting
from data.tiles.build import build
from data.tiles.tables import ALL, CATEGORY, HISTOGRAM, NOWHERE, Set, tile_state
from data.verify import VERIFIED, full

DIMS = (ALL, CATEGORY, HISTOGRAM)
SETS = [Set(NOWHERE, 0, ALL), *(Set(1, level, dim) for level in (1, 2) for dim in DIMS)]
CASES = [
    Case("1", "reported 0, accepted 1 due 25, closed 10, surveyed 12 satisfied", "A1"),
    Case("2", "reported 3, accepted 4 due 28, hung 9", "A2"),
    Case("3", "reported 30, accepted 31 due 55, closed 70, reopened 90 due 120", "B1"),
    Case("4", "reported 40, accepted 41 due 65, cancelled 50", "A"),
]


@pytest.fixture(params=ENGINES)
def town(request, tmp_path):
    made = found_town(request.param, tmp_path, "hourly")
    with made.case.begin() as connection:
        build(connection, ZONE, 0, sets=SETS)
    made.take(CASES, now=100)
    yield made
    made.close()


def differing(town):
    with town.case.connect() as connection:
        return full(connection, ZONE).number


def spoil(town, statement, **values):
    with town.case.begin() as connection:
        assert connection.execute(text(statement), values).rowcount > 0


def checked(town, turn=0):
    with town.case.connect() as connection:
        return check(connection, turn, at(101))


def told(town):
    with town.case.connect() as connection:
        return read_setting(connection, tile_state, VERIFIED)


def version(town):
    return dict(town.rows("data_version", "part, version"))["tiles"]


def test_sums_that_agree_are_left_alone(town):
    before = version(town)
    assert [checked(town, turn) for turn in range(8)] == [0] * 8
    assert version(town) == before
    assert told(town) == {"at": at(101), "full": False, "differing": 0, "healed": False}


def test_a_grid_whose_days_are_not_its_months_is_written_anew(town, caplog):
    grid = town.grid_ids["A1"]
    spoil(town, "UPDATE tile_closed SET n_closed = 7 WHERE grid_id = :g AND grain = 0", g=grid)
    before = version(town)
    with caplog.at_level(logging.ERROR):
        assert checked(town) > 0
    assert f"days = months: closed, hierarchy 1, grid {grid}" in caplog.text
    assert differing(town) == 0
    assert version(town) > before
    assert told(town)["healed"]
    assert checked(town) == 0
    assert not told(town)["differing"]


def test_missing_rows_and_rows_too_many_are_put_right(town):
    spoil(town, "DELETE FROM tile_accepted WHERE grid_id = :g AND grain = 0", g=town.grid_ids["A2"])
    spoil(town, "UPDATE tile_hist SET value = value + 1 WHERE grid_id = :g", g=town.grid_ids["A"])
    for turn in range(5):
        checked(town, turn)
    assert differing(town) == 0


def test_what_sums_of_sums_cannot_see_is_found_when_the_grid_has_its_turn(town):
    """A day and its month altered alike, with every split, agree with one another."""
    spoil(
        town,
        "UPDATE tile_closed SET n_closed = n_closed + 1 WHERE grid_id = :g",
        g=town.grid_ids["B"],
    )
    assert differing(town) > 0
    assert sum(checked(town, turn) for turn in range(5)) > 0
    assert differing(town) == 0


def test_a_fault_of_the_whole_is_put_right_from_all_cases(town):
    spoil(town, "UPDATE tile_stock SET n_open = n_open + 1 WHERE grid_id = 0")
    assert checked(town) > 0
    assert differing(town) == 0
    assert told(town)["healed"]


def test_it_is_due_at_the_start_and_once_an_hour_whatever_the_clock_does(town, monkeypatch):
    made = []
    monkeypatch.setattr(
        "data.hourly_check.check", lambda _connection, turn, _now: made.append(turn) or 0
    )
    hourly = HourlyCheck(town.case)
    start = 500 * HOUR
    for now in (
        start,
        start + 10,
        start + HOUR,
        start - 5 * HOUR,
        start + HOUR + 1,
        start + 2 * HOUR,
    ):
        hourly.when_due(now)
    assert made == [500, 501, 502]


def test_without_tiles_there_is_nothing_to_check(tmp_path):
    bare = found_town("sqlite", tmp_path, "bare")
    bare.take(CASES, now=100)
    assert HourlyCheck(bare.case).when_due(at(101)) == 0
    bare.close()
