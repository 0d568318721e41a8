"""Loading grids that were cut anew places known cases in them, beside the path they came with."""

import pytest
from load_town import DISTRICTS, GRIDS, SIDE, SOUTH, WEST, Town, cases, cell, features, row, strip
from shapely import box
from shapely.geometry import mapping

EAST_OF_TOWN = "A5|2024-03-03 09:00:00|||处置中|热线|噪声|装修||噪声|东街|120.025|30.005||"


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    founded = Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)
    founded.cases([*cases(), row(EAST_OF_TOWN)])
    code, printed = founded.load()
    assert code == 0, printed
    return founded


def cut_anew(town: Town) -> str:
    """0101 is cut in two, 0102 goes to the other district under a code of that one; what was told."""
    middle = WEST + 0.4 * SIDE
    halves = {
        "0103": mapping(box(WEST, SOUTH, middle, SOUTH + SIDE)),
        "0104": mapping(box(middle, SOUTH, WEST + SIDE, SOUTH + SIDE)),
    }
    kept = {code: GRIDS[code] for code in ("0201", "0202")}
    corner = [box(WEST, SOUTH + SIDE, WEST + 2 * SIDE, SOUTH + 2 * SIDE)]
    corner.append(box(WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))
    districts = {"01": cell(0, 0), "02": mapping(corner[0].union(corner[1]))}
    town.write("grids.geojson", features(halves | kept | {"0203": cell(1, 0)}))
    town.write("districts.geojson", features(districts))
    code, printed = town.load("--only", "grids")
    assert code == 0, printed
    return printed


def today(town: Town) -> dict[str, tuple[str | None, str | None]]:
    rows = town.sql(
        "SELECT r.code, a.code, b.code FROM case_path_now p JOIN case_record r USING (case_id) "
        "LEFT JOIN grid_unit a ON a.grid_id = p.grid_1 "
        "LEFT JOIN grid_unit b ON b.grid_id = p.grid_2"
    )
    return {str(case): (a, b) for case, a, b in rows}  # type: ignore[misc]


def test_the_first_load_has_nothing_to_place_anew(town):
    assert today(town) == {}


def test_cases_are_placed_in_new_grids_and_keep_the_path_they_came_with(town):
    before = town.sql("SELECT * FROM case_path")
    printed = cut_anew(town)
    assert "area: 2 of 5 cases lie elsewhere by today's grids (2 changed)" in printed
    assert today(town) == {"A1": ("01", "0104"), "A2": ("02", "0203")}
    assert town.sql("SELECT * FROM case_path") == before
    assert town.path("A2") == ["01", "0102"]


def test_the_same_grids_again_change_nothing(town):
    cut_anew(town)
    before = town.everything()
    assert "unchanged" in cut_anew(town)
    assert town.everything() == before


def test_old_cases_in_a_later_extract_stay_where_they_were_and_new_ones_lie_in_new_grids(town):
    cut_anew(town)
    known = today(town)
    late = row(
        "B1|2024-04-01 08:00:00|||处置中|热线|市容|占道|城管|占道|海晏路|120.015|30.005|02|0203"
    )
    town.cases([*cases(), late])
    assert town.load("--only", "cases")[0] == 0
    assert town.path("B1") == ["02", "0203"]
    assert town.path("A2") == ["01", "0102"]
    assert today(town) == known


def test_a_path_that_is_filled_in_later_is_one_of_today(town):
    """A5 lay outside the town; the town grows, and the next extract finds its grid."""
    assert town.path("A5") == [None, None]
    grown = strip(0)
    grown["coordinates"] = [[[x + (x > WEST) * SIDE, y] for x, y in strip(0)["coordinates"][0]]]  # type: ignore[index]
    town.write("districts.geojson", features(DISTRICTS | {"01": grown}))
    town.write("grids.geojson", features(GRIDS | {"0105": cell(2, 0)}))
    assert town.load("--only", "grids")[0] == 0
    assert today(town) == {"A5": ("01", "0105")}
    assert town.load("--only", "cases")[0] == 0
    assert town.path("A5") == ["01", "0105"]
    assert today(town) == {}
