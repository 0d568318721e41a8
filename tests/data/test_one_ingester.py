"""A second ingester is refused at once and told who is at work; a dead one holds nothing."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from conftest import ENGINES
from load_town import Town as LoadedTown
from small_town import found_town

from data.one_ingester import AnotherIngester, only_ingester, only_writer_of

HOLD = """
import sys, time
from data.engines import CASE, engine_for
from data.one_ingester import only_ingester
with only_ingester(engine_for(sys.argv[1], CASE, writable=True), "a long load"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=ENGINES)
def town(request, tmp_path):
    made = found_town(request.param, tmp_path, "alone")
    yield made
    made.close()


def holder(address):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, address], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_is_at_work_and_a_killed_one_lets_go(town):
    process = holder(town.city.case_url)
    try:
        with (
            pytest.raises(AnotherIngester, match=rf"a long load, process {process.pid} on "),
            only_ingester(town.case, "data.load"),
        ):
            pytest.fail("two at once")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        for _ in range(100):  # PostgreSQL notices a moment later
            try:
                with only_ingester(town.case, "data.load"):
                    return
            except AnotherIngester:
                threading.Event().wait(0.1)
        pytest.fail("a dead process still holds the lock")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_is_free_again_after_the_first_even_when_that_failed(town):
    with pytest.raises(ValueError), only_ingester(town.case, "data.load"):
        raise ValueError
    with only_ingester(town.case, "data.load"), town.case.connect() as connection:
        # Readers, and the holder's own connections, are not held up.
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM case_record").scalar() == 0


def test_a_connection_that_held_the_lock_does_not_come_back_under_its_name(town):
    with only_ingester(town.case, "data.load"):
        pass
    if town.case.dialect.name == "postgresql":
        with town.case.connect() as connection:
            assert connection.exec_driver_sql("SHOW application_name").scalar() == ""


def test_a_file_that_is_not_there_yet_can_be_held(tmp_path):
    file = tmp_path / "new" / "case.sqlite"
    with only_writer_of(file, "data.demo"):
        mine = rf"data\.demo, process {os.getpid()} on .*, since 20"
        with pytest.raises(AnotherIngester, match=mine), only_writer_of(file, "data.load"):
            pytest.fail("two at once")
    assert not file.exists()


def test_a_load_beside_another_says_so_and_changes_nothing(tmp_path, monkeypatch, capsys):
    loaded = LoadedTown(tmp_path, monkeypatch, capsys)
    assert loaded.load()[0] == 0
    before = loaded.everything()
    process = holder(os.environ["CASE_DATABASE_URL"])
    try:
        code, printed = loaded.load()
        assert code == 2
        assert f"a long load, process {process.pid}" in printed
        assert loaded.load("--dry-run")[0] == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert loaded.everything() == before
