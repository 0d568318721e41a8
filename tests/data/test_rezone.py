"""After a re-zoning every case is found in today's grids: by its point, or by its old grid."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from rezoned_town import (
    CASES,
    TODAY,
    paths_of_today,
    place_anew,
    rezoned_town,
    today,
    write_area,
)
from small_town import Case, Town, found_town, grids

from data import rezone as module
from data.rezone import Rezoned, main

UNTOUCHED = ("case_record", "case_path", "case_event", "case_derived")


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    """The re-zoned town, for the test alone."""
    founded = rezoned_town(request.param, tmp_path)
    yield founded
    founded.close()


def version(town: Town) -> object:
    return dict(town.rows("data_version", "part, version"))["cases"]


def test_only_cases_that_lie_elsewhere_have_a_path_of_today(town):
    """`patrol` has the same grids as before; there nothing is held."""
    assert paths_of_today(town) == {("area", code): path for code, path in TODAY.items()}


def test_nothing_else_is_written(town):
    before = {table: town.rows(table) for table in UNTOUCHED}
    write_area(town, grids("area"))
    place_anew(town)
    assert {table: town.rows(table) for table in UNTOUCHED} == before


def test_the_same_grids_again_change_nothing_not_even_the_version(town):
    before, known = town.rows("case_path_now"), version(town)
    again = place_anew(town)
    assert again["area"] == Rezoned(cases=len(CASES), moved=len(TODAY), changed=0)
    assert again["patrol"] == Rezoned(cases=len(CASES), moved=0, changed=0)
    assert (town.rows("case_path_now"), version(town)) == (before, known)


def test_grids_that_go_back_leave_no_path_of_today(town):
    known = version(town)
    write_area(town, grids("area"))
    assert place_anew(town)["area"] == Rezoned(len(CASES), 0, changed=len(TODAY))
    assert town.rows("case_path_now") == []
    assert version(town) == known + 1


def test_portions_make_no_difference(town, monkeypatch):
    whole = town.rows("case_path_now")
    monkeypatch.setattr(module, "PORTION", 3)
    assert place_anew(town)["area"] == Rezoned(len(CASES), len(TODAY), changed=0)
    write_area(town, grids("area"))
    place_anew(town)
    write_area(town, today())
    place_anew(town)
    assert town.rows("case_path_now") == whole


def test_a_new_case_has_the_path_of_today_already(town):
    """It comes with it; placing all anew finds nothing to add."""
    before = town.rows("case_path_now")
    town.take([Case("new", "reported 100, accepted 101 due 300", "B1", lon=120.025)], now=102)
    assert place_anew(town)["area"].changed == 0
    assert town.rows("case_path_now") == before


def test_a_point_that_contradicts_the_sources_grid_code_does_not_move_its_case(tmp_path):
    """The import said that the code counts: a re-zoning is no reason to take the point after all."""
    town = found_town("sqlite", tmp_path)
    town.take([Case("doubtful", "reported 0", "B1", lon=120.015)])
    with town.case.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE case_record SET flags = 'crowded_point,grid_key_differs_from_point'"
        )
    assert place_anew(town)["area"].moved == 0
    with town.case.begin() as connection:
        connection.exec_driver_sql("UPDATE case_record SET flags = NULL")
    assert place_anew(town)["area"].moved == 1
    assert paths_of_today(town)["area", "doubtful"] == ("A", "A2")
    town.close()


def test_a_case_none_of_whose_grids_is_left_lies_in_none(tmp_path):
    """No exact point and no grid of today: 未落格, so that sums still add up."""
    town = found_town("sqlite", tmp_path)
    town.take([Case("gone", "reported 0", "B1", location="none")])
    rows = grids("area")
    write_area(town, rows[~rows["code"].isin(["B", "B1"])])
    place_anew(town)
    assert paths_of_today(town) == {("area", "gone"): (None, None)}
    town.close()


def test_the_command_says_how_many_cases_moved_in_each_hierarchy(town, monkeypatch, capsys):
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    with town.case.begin() as connection:
        connection.exec_driver_sql("DELETE FROM case_path_now")
    for changed in (7, 0):
        assert main([]) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"area: 7 of 10 cases lie elsewhere by today's grids ({changed} changed)",
            "patrol: 0 of 10 cases lie elsewhere by today's grids (0 changed)",
        ]


def test_the_command_refuses_a_database_that_is_not_there(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CASE_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite")
    assert main([]) == 2
    assert "CASE_DATABASE_URL" in capsys.readouterr().err
