"""A large city is the demo city several times over: every figure is, and no day is out of range."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from conftest import ENGINES, POSTGRESQL
from sqlalchemy import BigInteger, Select, func, inspect, select

from benchmarks.copies import DAY_COLUMNS, DURATIONS, INSTANTS, LOG, STATES, UNMOVED
from benchmarks.large_city import NOW, LargeCity, Place, large_city
from benchmarks.serving import CannotRun
from benchmarks.snapshot import open_city
from data import counters
from data.case_tables import FOREVER, case_event, case_path, case_record, survey
from data.case_tables import case_derived as d
from data.counters import Counter
from queries.measure import add_up
from queries.scope import Scope
from queries.site import Site

TIMES = 4
YEAR = 364
AGED = {"response_due", "response_in_time", "supervision_due", "supervision_answered"}
"""Counters that ask whether a wait is over by now: it is, for a case that was moved back."""
COUNTERS = [
    held for held in vars(counters).values() if isinstance(held, Counter) and held.key not in AGED
]


class Two(NamedTuple):
    """The small demo city, and one of four times its cases."""

    place: Place
    own: Site
    large: Site

    def own_and_large(self, statement: Select) -> tuple[Any, Any]:
        """The one row of both cities."""
        rows = []
        for site in (self.own, self.large):
            with site.case.connect() as connection:
                rows.append(connection.execute(statement).one())
        return rows[0], rows[1]


@pytest.fixture(scope="module", params=ENGINES)
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp(f"large-{request.param}")
    place = Place(100, request.param, url=POSTGRESQL or None, size="small", folder=folder)
    first = large_city(place)
    own = open_city(replace(first, case_url=first.own_url))
    with own.case.connect() as connection:
        n = connection.execute(select(func.count()).select_from(case_record)).scalar_one()
    own.case.dispose()  # PostgreSQL copies a database only while nobody is in it
    large = open_city(large_city(replace(place, cases=TIMES * n, with_log=True)))
    yield Two(place, own, large)
    for site in (own, large):
        site.case.dispose()
        site.population.dispose()


def counted(site: Site, days: tuple[int, int]) -> dict[str, int]:
    tree = site.tree()
    assert tree is not None
    return add_up(site, COUNTERS, Scope(tree, tree.top, *days), as_of=NOW)


def test_every_counter_is_so_many_times_the_citys(two):
    today = two.own.today(NOW)
    all_days = today - 1500, today + 600
    own = counted(two.own, all_days)
    assert sum(amount > 0 for amount in own.values()) > 30
    assert counted(two.large, all_days) == {key: TIMES * n for key, n in own.items()}


@pytest.mark.parametrize("table", [case_record, case_path, d, case_event, survey], ids=str)
def test_every_row_is_there_so_many_times(two, table):
    own, large = two.own_and_large(select(func.count()).select_from(table))
    assert large[0] == TIMES * own[0] > 0


def test_the_copies_fill_three_years_and_end_today(two):
    own, large = two.own_and_large(select(func.min(d.c.reported_day), func.max(d.c.reported_day)))
    assert (large[0], large[1]) == (own[0] - 2 * YEAR, own[1])


def test_the_week_keeps_its_rhythm(two):
    weekday = d.c.closed_day % 7
    busy = select(*(func.count().filter(weekday == day) for day in range(7)))
    own, large = two.own_and_large(busy)
    assert list(large) == [TIMES * n for n in own]
    assert max(own) > 1.2 * min(own)


def test_every_case_has_one_state_at_any_instant(two):
    """Nobody is open twice, and the newest state still holds."""
    newest = select(func.count(), func.count(d.c.case_id.distinct())).where(d.c.valid_to == FOREVER)
    _, (states, cases) = two.own_and_large(newest)
    assert states == cases > 0
    backwards = select(func.count()).where(d.c.valid_from >= d.c.valid_to)
    assert two.own_and_large(backwards)[1][0] == 0


def test_open_cases_are_as_many_and_as_late_in_every_copy(two):
    late = select(func.count(), func.sum(NOW - d.c.effective_deadline))
    own, large = two.own_and_large(late.where(d.c.is_open == 1, d.c.valid_to == FOREVER))
    assert list(large) == [TIMES * amount for amount in own]


def test_indexes_and_keys_are_as_they_were(two):
    def held(site: Site, table: str) -> list[tuple[Any, ...]]:
        engine = inspect(site.case)
        indexes = [
            (one["name"], one["column_names"], sorted(one.get("dialect_options", {})))
            for one in engine.get_indexes(table)
        ]
        keys = [(one["name"], one["referred_table"]) for one in engine.get_foreign_keys(table)]
        return sorted(indexes) + sorted(keys, key=str)

    for table in (*STATES, *LOG):
        assert held(two.large, table.name) == held(two.own, table.name)


def test_a_part_of_a_copy_takes_cases_of_all_weeks(two):
    few = open_city(large_city(two.place))
    weeks = select(func.count(), func.count((d.c.reported_day // 7).distinct()))
    own, (n, held) = Two(two.place, two.own, few).own_and_large(
        weeks.where(d.c.valid_to == FOREVER)
    )
    few.case.dispose()
    assert 95 <= n <= 100 < own[0]
    assert held >= 0.8 * own[1]


def test_a_city_that_is_there_is_not_built_again(two):
    assert large_city(two.place).built_seconds == 0


def test_every_column_of_time_is_known(two):
    """A new column of instants would otherwise stay where it is in all copies."""
    big = {
        column.name
        for table in (*STATES, *LOG)
        for column in table.columns
        if isinstance(column.type, BigInteger)
    }
    days = {column.name for table in STATES for column in table.columns if "day" in column.name}
    assert big == INSTANTS | DURATIONS | UNMOVED
    assert days - {"is_same_day"} == DAY_COLUMNS


def test_too_large_a_city_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    usage = type(shutil.disk_usage(tmp_path))(100, 50, 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(CannotRun, match=r"10,000,000 cases need about 32.4 GB .* 1.0 GB are free"):
        large_city(Place(10_000_000, size="small", folder=tmp_path / "there"))
    assert list(tmp_path.iterdir()) == []


def test_postgresql_needs_an_address(tmp_path):
    with pytest.raises(CannotRun, match="--url"):
        large_city(Place(100, "postgresql", folder=tmp_path))


def test_a_large_city_says_what_it_holds():
    city = LargeCity(5, "sqlite:////nowhere/case.sqlite", "", "")
    assert city.engine == "sqlite"
