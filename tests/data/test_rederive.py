"""States derived by older rules are found out, and can be made anew."""

from collections.abc import Iterator

import pandas as pd
import pytest
from conftest import ENGINES
from small_town import ZONE, Case, Town, at, found_town
from sqlalchemy import Connection, Table

from data import bulk, helpers, rederive
from data.case_tables import case_derived
from data.databases import open_databases
from data.derive import DERIVED_KEY
from data.errors import SetupError
from data.rederive import main, rederive_all
from data.rules import write_calendar
from data.settings import read_settings
from data.working_time import WorkCalendar

CASES = (
    Case("a", "reported 9, accepted 9.5 due 30, dispatched 10, closed 15"),
    Case("b", "reported 10, accepted 11"),
)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path, monkeypatch) -> Iterator[Town]:
    founded = found_town(request.param, tmp_path, "rederive")
    monkeypatch.setenv("CASE_DATABASE_URL", founded.city.case_url)
    monkeypatch.setenv("POPULATION_DATABASE_URL", founded.city.population_url)
    yield founded
    founded.close()


def test_states_are_made_anew_from_the_events_alone(town):
    town.take(CASES)
    told = ", ".join(c.name for c in case_derived.columns if c.name != "recorded_from")
    before = town.rows("case_derived", told)
    with town.case.begin() as connection:
        connection.exec_driver_sql("UPDATE case_derived SET is_open = 1, closed_at = 5")
    assert rederive_all(town.city.case_url) == 2
    assert town.rows("case_derived", told) == before


def test_states_that_come_out_alike_are_not_written(town, monkeypatch):
    town.take(CASES)
    written: dict[str, int] = {}
    insert = bulk.insert

    def noted(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
        written[table.name] = written.get(table.name, 0) + len(rows)
        insert(connection, table, rows)

    monkeypatch.setattr(bulk, "insert", noted)
    assert rederive_all(town.city.case_url) == 2
    assert not any(written.values())
    with town.case.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE case_derived SET is_open = 1 WHERE closed_at = {at(15)}"
        )
    rederive_all(town.city.case_url)
    assert written["case_derived"] == 1


@pytest.mark.parametrize("many", [0, 50_000])
def test_what_other_processes_derive_is_written_and_remembered(town, monkeypatch, many):
    town.take(CASES)
    told = ", ".join(c.name for c in case_derived.columns if c.name != "recorded_from")
    before = town.rows("case_derived", told)
    with town.case.begin() as connection:
        connection.exec_driver_sql("UPDATE case_derived SET is_open = 1 WHERE case_id = 1")
        connection.exec_driver_sql("UPDATE case_derived SET n_earlier = 7 WHERE case_id = 2")
        connection.exec_driver_sql("UPDATE case_derived SET recorded_from = 5")
    monkeypatch.setattr(helpers, "MANY", many)
    monkeypatch.setattr(helpers, "helpers", lambda: 2)
    monkeypatch.setattr(rederive, "PORTION", 1)
    assert rederive_all(town.city.case_url) == 2
    assert town.rows("case_derived", told) == before
    past = town.rows("case_derived_past", "case_id, is_open, n_earlier")
    assert {(case_id, count) for case_id, _, count in past} == {(1, 0), (2, 7)}
    assert all(is_open for case_id, is_open, _ in past if case_id == 1)


def test_a_calendar_that_comes_later_counts_for_all_cases(town):
    town.take(CASES)
    worked = "case_id, work_seconds"
    assert {seconds for _, seconds in town.rows("case_derived", worked)} == {None}
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
    rederive_all(town.city.case_url)
    # 09:00 to 15:00 with two hours of noon.
    assert (1, 4 * 3600) in town.rows("case_derived", worked)


def test_screens_do_not_start_on_states_of_older_rules(town, capsys):
    town.take(CASES)
    settings = read_settings()
    open_databases(settings)
    with town.case.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM site_setting WHERE key = '{DERIVED_KEY}'")
    with pytest.raises(SetupError, match=r"rules 1.*data\.rederive"):
        open_databases(settings)
    assert main([]) == 0
    assert "2 cases" in capsys.readouterr().out
    open_databases(settings)


def test_a_database_without_a_site_is_told_what_to_do(town, capsys):
    with town.case.begin() as connection:
        connection.exec_driver_sql("DELETE FROM site_setting")
    assert main([]) == 2
    assert "data.load" in capsys.readouterr().err
