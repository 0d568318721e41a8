"""What is written to is a copy, and what is taken in is what the benchmark says."""

import pytest
from conftest import ENGINES, POSTGRESQL
from sqlalchemy import func, select

from benchmarks.changes import (
    LATE,
    NEW,
    ZONE,
    _batch,
    ingest_table,
    measure_ingest,
    measure_rebuild,
)
from benchmarks.file_load import load_table, measure_load
from benchmarks.known import known_table, measure_known
from benchmarks.large_city import NOW, LargeCity, Place, large_city, scratch
from benchmarks.serving import CannotRun
from data.case_tables import case_derived as d
from data.case_tables import case_event, case_record
from data.databases import open_database
from data.engines import CASE
from data.ingest import ingest


@pytest.fixture(scope="module", params=ENGINES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LargeCity:
    folder = tmp_path_factory.mktemp(f"writing-{request.param}")
    url = POSTGRESQL or None
    return large_city(Place(4000, request.param, url, with_log=True, size="small", folder=folder))


def rows(address: str) -> tuple[int, int, int]:
    engine = open_database(address, CASE)
    with engine.connect() as connection:
        tables = (case_record, case_event, d)
        held = [
            connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
        ]
    engine.dispose()
    return held[0], held[1], held[2]


def test_a_batch_is_half_new_cases_and_half_late_events(city):
    with scratch(city) as address:
        engine = open_database(address, CASE, writable=True)
        with engine.begin() as connection:
            known = connection.execute(select(case_record.c.case_id)).scalars().all()
            first, second = (_batch(connection, number, known) for number in (0, 1))
            done = ingest(connection, first, zone=ZONE, now=NOW)
        engine.dispose()
    assert (done.new, done.updated) == (NEW, LATE)
    assert first.events["at"].max() <= NOW
    assert not set(first.cases["code"]) & set(second.cases["code"])


def test_taking_in_and_deriving_anew_leave_the_city_as_it_was(city):
    before = rows(city.case_url)
    report = measure_ingest(city, batches=2, days=400)
    assert report["changed"] == 2 * (NEW + LATE)
    assert report["batch"]["n"] == 2
    assert "changed cases per second" in ingest_table(report)
    rebuilt = measure_rebuild(city)
    assert rebuilt["cases"] == 4000
    assert rows(city.case_url) == before


def test_what_was_known_before_is_what_was_said_then(city):
    report = measure_known(city, batches=1)
    assert report["as_said_then"]
    assert 500 <= report["rows_kept"] < 4000
    assert "figures as said then" in known_table(report)
    with pytest.raises(CannotRun, match="ask for fewer --batches"):
        measure_known(city, batches=9)


def test_too_few_recent_cases_are_told(city):
    with pytest.raises(CannotRun, match="reported within 1 days, too few for 3 batches"):
        measure_ingest(city, batches=3, days=1)


def test_every_row_of_the_written_file_is_loaded(city):
    report = measure_load(city)
    grids, cases = report["parts"]
    assert cases["read"] == cases["loaded"] == report["rows"] > 3800
    assert grids["loaded"] > 0
    assert (grids["set_aside"], cases["set_aside"]) == (0, 0)
    assert report["peak_megabytes"] > 50
    assert "rows per second" in load_table(report)
