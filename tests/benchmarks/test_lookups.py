"""The benchmark of look-ups runs on a small register, builds it once, and finds what it asks for."""

import json

import pytest
from sqlalchemy import func, select

from benchmarks import __main__ as runner
from benchmarks import register
from benchmarks.register_rows import GRIDS, grid_codes
from data.databases import open_database
from data.engines import POPULATION
from data.population_tables import person, tag_assignment

PEOPLE = 10_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("register")


def test_it_builds_once_and_prints_what_it_found(folder, monkeypatch, capsys):
    monkeypatch.setattr(register, "register_folder", lambda people: folder / str(people))
    reports = []
    for _ in range(2):
        assert runner.main(["lookup", "--people", "1e4", "--rounds", "1", "--json"]) == 0
        reports.append(json.loads(capsys.readouterr().out))
    first, second = reports
    assert first["built_seconds"] > 0 == second["built_seconds"]
    assert first["records"] == second["records"]
    assert first["records"]["person"] == PEOPLE
    assert first["lookups"]["n"] == 17 * 4 + 1
    assert set(first["areas"]) == {"grid", "neighbourhood", "station", "street"}
    assert first["floor"]["person_by_id_ms"] > 0
    table = runner.KINDS["lookup"].table(second)
    assert "60+, alone, unvisited" in table and "target 300 ms" in table


def test_the_register_is_what_it_says(folder):
    engine = open_database(f"sqlite:///{folder}/{PEOPLE}/population.sqlite", POPULATION)
    with engine.connect() as connection:
        tags = connection.execute(select(func.count()).select_from(tag_assignment)).scalar_one()
        codes = set(connection.execute(select(person.c.grid_code).distinct()).scalars())
        names = connection.execute(select(func.count(person.c.name.distinct()))).scalar_one()
    engine.dispose()
    assert 1.2 * PEOPLE < tags < 1.6 * PEOPLE
    assert codes <= set(grid_codes()) and len(grid_codes()) == GRIDS
    assert names > PEOPLE / 4
