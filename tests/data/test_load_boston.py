"""The real Boston files give the figures that the city's own data hold, when they are at hand.

The folder is named by BOSTON_DIR, or lies at ../shared/real/boston beside the checkout.
"""

import os
import sqlite3
import statistics
from pathlib import Path

import pytest
from conftest import City

from data.case_tables import FOREVER
from data.days import epoch_of
from data.load.__main__ import main
from queries.balance import balance, balance_by_grid
from queries.scope import read_scope

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("BOSTON_DIR") or ROOT.parent / "shared" / "real" / "boston")
MAPPING = ROOT / "examples" / "boston311" / "boston.toml"


@pytest.fixture(scope="module")
def boston(tmp_path_factory):
    """Both databases after loading twice: (case, population, exit codes, mapping folder)."""
    folder = tmp_path_factory.mktemp("boston")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASE_DATABASE_URL", f"sqlite:///{folder / 'case.sqlite'}")
        patch.setenv("POPULATION_DATABASE_URL", f"sqlite:///{folder / 'population.sqlite'}")
        arguments = [str(MAPPING), "--source", str(FOLDER), "--rejects", str(folder)]
        codes = [main(arguments)]
        before = _versions(folder)
        codes.append(main(arguments))
    assert codes == [0, 0]
    assert _versions(folder) == before, "the second load changes nothing"
    assert not list(folder.glob("*.rejected.csv"))
    with (
        sqlite3.connect(folder / "case.sqlite") as case,
        sqlite3.connect(folder / "population.sqlite") as people,
    ):
        yield case, people


def _versions(folder):
    found = []
    for name, table in (("case", "data_version"), ("population", "population_version")):
        with sqlite3.connect(folder / f"{name}.sqlite") as connection:
            found += connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    return found


def figures_of_the_cases(boston):
    case, _ = boston
    total, closed, still_open = case.execute(
        "SELECT count(*), sum(is_closed), sum(is_open) FROM case_derived WHERE valid_to = ?",
        (FOREVER,),
    ).fetchone()
    assert (total, closed, still_open) == (58_251, 54_570, 3_681)
    assert round(100 * closed / total, 2) == 93.68
    seconds = case.execute(
        "SELECT handling_seconds FROM case_derived WHERE valid_to = ? AND is_closed = 1", (FOREVER,)
    )
    assert round(statistics.median(row[0] for row in seconds) / 3600, 2) == 22.18


def what_came_in_went_out_or_is_open(boston):
    """The balance holds for every ward and precinct, half year and single day."""
    folder = Path(boston[0].execute("PRAGMA database_list").fetchone()[2]).parent
    addresses = (f"sqlite:///{folder / name}.sqlite" for name in ("case", "population"))
    site = City(*addresses, folder).site(epoch_of("2012-03-01", "America/New_York"))
    tree = site.tree("ward")
    for grid in (tree.top, *tree.at_level(tree.top, 1)):
        for first, last in (("2011-07-01", "2011-12-31"), ("2011-09-06", "2011-09-06")):
            parts = {"hierarchy": "ward", "grid": grid.code, "from": first, "to": last}
            scope = read_scope(site, parts, site.as_of())
            whole = balance(site, scope, as_of=site.as_of())
            parts = balance_by_grid(site, scope, as_of=site.as_of()).values()
            assert whole.holds and all(part.holds for part in parts)
            assert sum(part.closing for part in parts) == whole.closing
    site.case.dispose()
    site.population.dispose()


def grids_and_places(boston):
    case, _ = boston
    per_level = case.execute(
        "SELECT length(u.code), count(*) FROM grid_edge e JOIN hierarchy h USING (hierarchy_id) "
        "JOIN grid_unit u ON u.grid_id = e.child_id WHERE h.code = 'ward' AND e.parent_id NOT NULL "
        "GROUP BY length(u.code) > 2"
    ).fetchall()
    assert [count for _, count in per_level] == [22, 255]
    places = dict(case.execute("SELECT location, count(*) FROM case_record GROUP BY 1"))
    assert places == {"exact": 53_476, "default_point": 4_775}
    assert case.execute(
        "SELECT count(*) FROM case_record WHERE location = 'default_point' AND lon NOT NULL"
    ).fetchone() == (0,)
    known = case.execute(
        "SELECT count(*), count(grid_1), count(grid_2) FROM case_path JOIN hierarchy "
        "USING (hierarchy_id) WHERE code = 'ward'"
    ).fetchone()
    assert known == (58_251, 55_401, 55_308)


def population_and_entities(boston):
    _, people = boston
    total, count = people.execute(
        "SELECT sum(population), count(*) FROM area_population"
    ).fetchone()
    assert (round(total), count) == (679_346, 255)
    assert people.execute("SELECT count(*), count(grid_code) FROM legal_entity").fetchone() == (
        2_891,
        2_004,
    )


def precincts_as_published(boston, tmp_path, capsys):
    """The file in feet that does not say so is refused; with its projection declared it loads."""
    trap = "precincts_epsg2249_as_published.geojson"
    mapping = MAPPING.read_text("utf-8")
    mapping = mapping.replace('file = "precincts_wgs84.geojson.gz"', f'file = "{trap}"')
    path = tmp_path / "trap.toml"
    names = MAPPING.parent / "categories.csv"
    (tmp_path / "categories.csv").write_bytes(names.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CASE", "POPULATION"):
            patch.setenv(f"{kind}_DATABASE_URL", f"sqlite:///{tmp_path / kind}.sqlite")
        arguments = [str(path), "--source", str(FOLDER), "--only", "grids"]
        path.write_text(mapping, "utf-8")
        assert main(arguments) == 2
        told = capsys.readouterr().err
        assert f"{trap}: shape 1, coordinate (787724, 2.96581e+06)" in told
        assert 'crs = "EPSG:…"' in told
        declared = mapping.replace(f'\nfile = "{trap}"', f'\nfile = "{trap}"\ncrs = "EPSG:2249"')
        path.write_text(declared, "utf-8")
        assert main(arguments) == 0
    assert "converted from EPSG:2249 to WGS84" in capsys.readouterr().out


if FOLDER.is_dir():
    test_boston_cases = figures_of_the_cases
    test_boston_balance = what_came_in_went_out_or_is_open
    test_boston_grids_and_places = grids_and_places
    test_boston_population_and_entities = population_and_entities
    test_boston_precincts_as_published = precincts_as_published
