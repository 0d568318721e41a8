"""Processes killed in the middle and disks that are full: nothing is lost, nothing is there twice."""

import logging
import pickle
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
from conftest import ENGINES
from load_town import Town as LoadedTown
from load_town import cases as file_rows
from small_town import ZONE, Case, at, batch_of, found_town

from data.ingest import ingest
from data.tiles.build import build
from data.tiles.tables import ALL, NOWHERE, SOURCE, Set
from data.verify import full, quick
from data.versions import stamp

SETS = [Set(NOWHERE, 0, ALL), Set(1, 1, ALL), Set(1, 1, SOURCE)]
HOURS = range(10, 200, 10)
TABLES = (
    "case_record",
    "case_event",
    "case_derived",
    "case_path",
    "survey",
    "tile_stock",
    "tile_closed",
)

FEED = """
import pickle, sys
from pathlib import Path
from data.engines import CASE, engine_for
from data.ingest import ingest
engine = engine_for(sys.argv[1], CASE, writable=True)
for hour, batch in pickle.loads(Path(sys.argv[2]).read_bytes()):
    with engine.begin() as connection:
        ingest(connection, batch, zone="Asia/Shanghai", now=hour)
    print(hour, flush=True)
"""


def cases():
    made = []
    for number in range(60):
        start = number * 3 % 150
        steps = f"reported {start}, accepted {start + 1} due {start + 25}, closed {start + 9 + number % 30}"
        again = f", surveyed {start + 60} satisfied, reopened {start + 70} due {start + 90}"
        leaf = ("A1", "A2", "B1", "A", "")[number % 5]
        made.append(Case(f"{number}", steps + again * (number % 3 == 0), leaf))
    return made


def batches(town):
    """What has happened by each of the hours: every batch brings new cases and late events of old ones."""
    return [(at(hour), batch_of(cases(), town.grid_ids, hour)) for hour in HOURS]


def found(engine, folder, name):
    town = found_town(engine, folder, name)
    with town.case.begin() as connection:
        build(connection, ZONE, 0, sets=SETS)
    return town


def contents(town):
    """Everything but what depends on how often the feed began; sums that came to nothing left out."""
    held = {table: town.rows(table) for table in TABLES}
    for table in ("tile_stock", "tile_closed"):
        held[table] = [row for row in held[table] if any(row[7:])]
    return held


@pytest.mark.parametrize("engine", ENGINES)
def test_an_ingester_killed_again_and_again_loses_nothing_and_doubles_nothing(engine, tmp_path):
    whole, broken = found(engine, tmp_path, "whole"), found(engine, tmp_path, "broken")
    for hour, batch in batches(whole):
        with whole.case.begin() as connection:
            ingest(connection, batch, zone=ZONE, now=hour)
    file = tmp_path / "batches"
    file.write_bytes(pickle.dumps(batches(broken)))
    command = [sys.executable, "-c", FEED, broken.city.case_url, str(file)]
    chance = random.Random(3)
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as feeding:
            assert feeding.stdout is not None
            for _ in range(chance.randrange(1, 5)):
                assert feeding.stdout.readline()
            time.sleep(chance.random() * 0.1)  # somewhere in the middle of the next batch
            feeding.send_signal(signal.SIGKILL)
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert contents(broken) == contents(whole)
    with broken.case.connect() as connection:
        assert quick(connection) == []
        assert full(connection, ZONE).number == 0
    whole.close()
    broken.close()


def test_a_full_disk_in_the_middle_of_a_batch_leaves_the_batch_before(tmp_path):
    town = found("sqlite", tmp_path, "full")
    told = batches(town)
    for hour, batch in told[:5]:
        with town.case.begin() as connection:
            ingest(connection, batch, zone=ZONE, now=hour)
    before = contents(town)
    hour, batch = told[-1]
    with (
        pytest.raises(Exception, match="database or disk is full"),
        town.case.begin() as connection,
    ):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        ingest(connection, batch, zone=ZONE, now=hour)
    town.case.dispose()
    assert contents(town) == before
    with town.case.begin() as connection:  # room was made
        ingest(connection, batch, zone=ZONE, now=hour)
    with town.case.connect() as connection:
        assert full(connection, ZONE).number == 0
    town.close()


def test_a_load_onto_a_full_disk_says_so_and_goes_on_once_there_is_room(
    tmp_path, monkeypatch, capsys
):
    town = LoadedTown(tmp_path, monkeypatch, capsys)
    town.load()
    rows = [
        {**file_rows()[0], "编号": f"N{number}", "标题": "占道" * 200} for number in range(1500)
    ]
    town.cases([*file_rows(), *rows])
    limit = town.case_file.stat().st_size + 300_000
    mapping = tmp_path / "town.toml"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "data.load",
            mapping,
            "--source",
            town.source,
            "--rejects",
            tmp_path,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    assert "The database refused: " in done.stderr
    assert "What was loaded before stays." in done.stderr
    assert "Traceback" not in done.stderr
    assert town.sql("SELECT COUNT(*) FROM case_record") == [(len(file_rows()),)]
    assert town.load()[0] == 0
    assert town.sql("SELECT COUNT(*) FROM case_record") == [(len(file_rows()) + 1500,)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clock_that_goes_back_neither_ages_the_newest_change_nor_stops_anything(
    engine, tmp_path, caplog
):
    town = found(engine, tmp_path, "clock")
    town.take(cases(), until=50, now=50)
    with town.case.begin() as connection, caplog.at_level(logging.WARNING):
        assert stamp(connection, at(50) - 30) == at(50)
        assert not caplog.records
        assert stamp(connection, at(40)) == at(50)
        assert "36000 s behind the newest change" in caplog.text
        assert stamp(connection, at(51)) == at(51)
    town.take(cases(), until=60, now=40)
    changed = dict(town.rows("data_version", "part, changed_at"))
    assert changed["cases"] == at(50)
    with town.case.connect() as connection:
        assert full(connection, ZONE).number == 0
    town.close()
