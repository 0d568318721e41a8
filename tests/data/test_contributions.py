"""Counters evaluated in numpy are the counters that SQL adds up, at every instant."""

from collections.abc import Iterator

import pandas as pd
import pytest
from conftest import NOW, City
from sqlalchemy import Connection, and_, func, select

from data import bulk
from data.case_tables import FOREVER
from data.case_tables import case_derived as d
from data.contributions import CLOCKS, is_kept, kept_counters, needed_columns, steps
from data.counters import CLOCK_DAY, COUNTERS, LATE_DAYS
from data.databases import open_database
from data.engines import CASE
from data.row_values import Rows

DAY = 86_400
INSTANTS = [NOW - days * DAY + 777 * days for days in (0, 1, 2, 7, 31, 90, 200, 390)]
INSTANTS += [NOW + 5 * DAY, NOW + 400 * DAY, FOREVER - 1]


@pytest.fixture(scope="module")
def connection(city: City) -> Iterator[Connection]:
    engine = open_database(city.case_url, CASE)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def versions(connection: Connection) -> pd.DataFrame:
    columns = [d.c[name] for name in needed_columns()]
    return pd.DataFrame(
        bulk.read_arrays(connection, select(*columns).order_by(d.c.case_id, d.c.valid_from))
    )


def raw(connection: Connection, clock: str, as_of: int) -> list[int]:
    cohort = d.c.is_open == 1 if clock == "stock" else CLOCK_DAY[clock].is_not(None)
    sums = [func.coalesce(func.sum(c.amount), 0) for c in kept_counters(clock)]
    where = and_(d.c.valid_from <= as_of, d.c.valid_to > as_of, cohort)
    return [int(n) for n in connection.execute(select(*sums).where(where), {"as_of": as_of}).one()]


@pytest.mark.parametrize("as_of", INSTANTS)
def test_the_steps_up_to_an_instant_add_up_to_what_sql_counts_at_it(connection, versions, as_of):
    for clock in CLOCKS:
        held = steps(versions, clock)
        mine = held.amounts[held.at <= as_of].sum(axis=0)
        assert mine.tolist() == raw(connection, clock, as_of), (clock, as_of)


def test_the_city_has_cases_in_almost_every_counter(versions):
    ever = {
        counter.key: (steps(versions, clock).amounts[:, number] > 0).any()
        for clock in CLOCKS
        for number, counter in enumerate(kept_counters(clock))
    }
    assert {key for key, seen in ever.items() if not seen} <= {
        "no_deadline",
        "parked_long",
        "odd_cases",
        "repeat_often",
        "taken_without_department",
    }


def test_only_what_grows_with_the_clock_is_not_kept():
    assert [counter.key for counter in COUNTERS if not is_kept(counter)] == [LATE_DAYS.key]


def test_a_condition_that_cannot_be_evaluated_is_refused_and_not_guessed(versions):
    with pytest.raises(TypeError, match="no way to evaluate"):
        Rows(versions).is_true(func.lower(d.c.satisfaction) == "satisfied")


def test_no_cases_have_no_steps(versions):
    for clock in CLOCKS:
        assert len(steps(versions.iloc[:0], clock).at) == 0
