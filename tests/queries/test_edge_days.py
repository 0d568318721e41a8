"""The day of the instant is kept in memory as of one data version, and follows the changes."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town
from sqlalchemy import Connection, select

from data.case_tables import data_version
from data.engines import steady
from data.tiles.build import build
from queries import edge_days
from queries.edge_days import EdgeDays

DAY_0 = at(0) // 86_400 + 1
"""The town's first day: its midnight is 16:00 of the day before in UTC."""
FIRST = Case("1", "reported 1, accepted 2 due 26", "A1")
SECOND = Case("2", "reported 3, accepted 4 due 28, closed 6", "B1")


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    made = found_town(request.param, tmp_path, "edges")
    made.take([FIRST], until=2, now=2)
    with made.case.begin() as connection:
        build(connection, ZONE, at(2))
    yield made
    made.close()


def version_of(connection: Connection) -> int:
    statement = select(data_version.c.version).where(data_version.c.part == "cases")
    return connection.execute(statement).scalar_one()


def accepted(held: EdgeDays, connection: Connection) -> int:
    version = version_of(connection)
    day = held.day(connection, DAY_0, version, 1, ZONE)
    return int(day["accepted"].amounts[:, 0].sum())


def test_a_day_is_read_once_for_a_version_and_only_changed_cases_after_it(town, monkeypatch):
    read = []
    whole = edge_days.read_histories
    monkeypatch.setattr(
        edge_days, "read_histories", lambda *a: read.append(a) or whole(*a), raising=True
    )
    held = EdgeDays()
    with town.case.connect() as connection:
        assert accepted(held, connection) == accepted(held, connection) == 1
    assert len(read) == 1
    town.take([SECOND], until=6, now=6)
    with town.case.connect() as connection:
        assert accepted(held, connection) == 2
    assert len(read) == 2, "the changed case, not the day"


def test_a_reader_that_began_earlier_sees_the_day_as_it_was(town):
    held = EdgeDays()
    with town.case.connect() as early, town.case.connect() as late:
        steady(early)
        assert version_of(early) == 1
        town.take([SECOND], until=6, now=6)
        assert accepted(held, late) == 2
        assert accepted(held, early) == 1
        assert accepted(held, late) == 2


def test_a_change_of_another_day_reads_nothing_of_this_one(town):
    held = EdgeDays()
    with town.case.connect() as connection:
        assert accepted(held, connection) == 1
    town.take([Case("3", "reported 60, accepted 61 due 90", "A2")], until=61, now=61)
    with town.case.connect() as connection:
        assert accepted(held, connection) == 1


def test_after_tiles_were_built_anew_the_day_is_read_again(town):
    held = EdgeDays()
    with town.case.connect() as connection:
        assert accepted(held, connection) == 1
    with town.case.begin() as connection:
        build(connection, ZONE, at(3))
    town.take([SECOND], until=6, now=6)
    with town.case.connect() as connection:
        assert accepted(held, connection) == 2


def test_only_so_many_days_are_kept(town):
    held = EdgeDays()
    with town.case.connect() as connection:
        version = version_of(connection)
        for day in range(DAY_0, DAY_0 + 2 * edge_days.HELD):
            held.day(connection, day, version, 1, ZONE)
    assert len(held._held) == edge_days.HELD
