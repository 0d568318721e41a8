"""Copies of a database: alike row by row, whole after an interruption, refused where they would mix."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ENGINES, NOW, City, addresses
from sqlalchemy import select, text

from data.case_tables import case_record, data_version
from data.copy import stream
from data.copy.__main__ import copy, main
from data.copy.columns import as_columns
from data.copy.digest import digest_of
from data.copy.ends import METADATA, look_at
from data.databases import open_database
from data.demo.build import build_demo
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.tiles.build import build
from data.tiles.tables import ALL, KEYS, NOWHERE, TILES, Set

SETS = [Set(NOWHERE, 0, ALL), Set(1, 1, ALL)]
PROJECT = Path(__file__).resolve().parents[2]


def small_city(folder: Path, sets: list[Set]) -> City:
    """A small city on SQLite, with these tiles."""
    case_url, population_url = addresses("sqlite", folder, "from")
    plan = folder / "plan.sqlite"
    build_demo(case_url, population_url, size="small", seed=3, now=NOW, plan_path=plan)
    engine = engine_for(case_url, CASE, writable=True)
    with engine.begin() as connection:
        build(connection, "Asia/Shanghai", NOW, sets=sets)
    engine.dispose()
    return City(case_url, population_url, folder)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> City:
    return small_city(tmp_path_factory.mktemp("copied"), SETS)


def rows_of(address: str, kind: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table in the order of its key."""
    engine = engine_for(address, kind)
    with engine.connect() as connection:
        held = {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for metadata in METADATA[kind]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return held


def worth_a_copy(name: str, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Without the cells of tiles that have come to nothing."""
    if name not in {table.name for table in TILES.values()}:
        return rows
    return [row for row in rows if any(row[len(KEYS) :])]


def refusal(source: str, target: str) -> str:
    with pytest.raises(SetupError) as caught:
        copy(source, target)
    return str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_there_and_back_again_nothing_has_changed(town, engine, tmp_path):
    there, back = addresses(engine, tmp_path, "there"), addresses("sqlite", tmp_path, "back")
    urls = (town.case_url, town.population_url)
    for kind, source, target, home in zip((CASE, POPULATION), urls, there, back, strict=True):
        assert copy(source, target) == 0
        assert copy(target, home) == 0
        before, after = rows_of(source, kind), rows_of(home, kind)
        assert {name: worth_a_copy(name, rows) for name, rows in before.items()} == after
        assert sum(map(len, after.values())) > 1000
        open_database(home, kind).dispose()


def test_no_table_of_the_program_is_left_behind(town):
    for address, kind in ((town.case_url, CASE), (town.population_url, POPULATION)):
        engine = engine_for(address, kind)
        with engine.connect() as connection:
            held = look_at(connection)
        engine.dispose()
        assert held.kind == kind
        assert held.others == []


ODD = [
    "",
    " ",
    "%",
    "%%d 100 %",
    "\"x\", 'y'",
    "a\nb\r\nc",
    "\\N",
    "\\t",
    "NULL",
    "网格\U0001f3d9",
    None,
]
"""Words that CSV, patterns and parameters are tripped up by."""


def odd_city(town: City, folder: Path) -> str:
    """A copy of the town's cases with words and numbers that are seldom seen."""
    address = full(town, folder)
    with sqlite3.connect(address.removeprefix("sqlite:///")) as held:
        for number, word in enumerate(ODD, start=1):
            named = (word or "", word, number)
            held.execute("UPDATE case_record SET title = ?, road = ? WHERE case_id = ?", named)
        for change in (
            "case_record SET lon = -0.0, lat = 1e-300 WHERE case_id = 1",
            "case_record SET lon = NULL, lat = NULL WHERE case_id = 2",
            "case_derived SET handling_seconds = -7 WHERE case_id = 1",
            f"case_derived SET closed_at = {2**53} WHERE case_id = 2",
            "tile_closed SET n_closed = -3 WHERE grid_id = 0 AND grain = 0",
            "site_setting SET value = '[\"%\", null, {\"a\": []}]' WHERE key = 'name'",
        ):
            assert held.execute(f"UPDATE {change}").rowcount > 0
    return address


@pytest.mark.parametrize("engine", ENGINES)
def test_odd_words_and_numbers_come_over_as_they_are(town, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("data.copy.check.sums_that_differ", lambda connection: [])
    source = odd_city(town, tmp_path)
    (target, _), (home, _) = (
        addresses(engine, tmp_path, "odd"),
        addresses("sqlite", tmp_path, "home"),
    )
    assert (copy(source, target), copy(target, home)) == (0, 0)
    before, after = rows_of(source, CASE), rows_of(home, CASE)
    assert {name: worth_a_copy(name, rows) for name, rows in before.items()} == after


@pytest.mark.parametrize("engine", ENGINES)
def test_a_copy_goes_on_counting_where_the_source_was(town, engine, tmp_path):
    target, _ = addresses(engine, tmp_path, "counting")
    assert copy(town.case_url, target) == 0
    opened = open_database(target, CASE, writable=True)
    with opened.begin() as connection:
        statement = text(
            "INSERT INTO source (code, name, name_en, position) VALUES ('new', '新', 'New', 99)"
        )
        connection.execute(statement)
        number = text("SELECT MAX(source_id) - COUNT(*) FROM source")
        assert connection.execute(number).scalar() == 0
    opened.dispose()


CHILD = """
import sys
from data.copy import stream
from data.copy.__main__ import main
stream.PORTION = 500
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_killed_in_the_middle_it_goes_on_and_nothing_is_twice_or_lost(
    town, engine, tmp_path, capsys
):
    target, _ = addresses(engine, tmp_path, "killed")
    child = subprocess.Popen([sys.executable, "-c", CHILD, town.case_url, target], cwd=PROJECT)
    events = 0
    deadline = time.monotonic() + 60
    while events == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
        assert child.poll() is None, "ended before it could be killed"
        events = count(target, "case_event")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with pytest.raises(SetupError, match="begun and has not ended"):
        open_database(target, CASE)
    came = count(target, "case_event")
    assert 0 < came < count(town.case_url, "case_event")
    assert came % 500 == 0
    assert main([town.case_url, target]) == 0, capsys.readouterr()
    before, after = rows_of(town.case_url, CASE), rows_of(target, CASE)
    assert {name: worth_a_copy(name, rows) for name, rows in before.items()} == after


def count(address: str, table: str) -> int:
    """Rows of a table; none before it is there."""
    engine = engine_for(address, CASE, writable=True)
    try:
        with engine.connect() as connection:
            return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())
    except Exception:
        return 0
    finally:
        engine.dispose()


@pytest.fixture
def begun(town, tmp_path, monkeypatch) -> str:
    """A copy that stopped after some tables."""
    target = f"sqlite:///{tmp_path}/begun.sqlite"
    bring = stream.bring

    def stop(source, engine, table, tell):
        if table.name == "case_event":
            raise KeyboardInterrupt
        return bring(source, engine, table, tell)

    monkeypatch.setattr("data.copy.__main__.bring", stop)
    assert main([town.case_url, target]) == 130
    monkeypatch.undo()
    return target


def test_a_source_that_changed_meanwhile_is_refused_and_begun_anew_on_demand(town, begun, tmp_path):
    changed = tmp_path / "changed.sqlite"
    with sqlite3.connect(town.case_url.removeprefix("sqlite:///")) as held:
        held.execute(f"VACUUM INTO '{changed}'")
    with sqlite3.connect(changed) as held:
        held.execute("UPDATE data_version SET version = version + 1 WHERE part = 'cases'")
    assert "another state of FROM" in refusal(f"sqlite:///{changed}", begun)
    assert main([f"sqlite:///{changed}", begun, "--anew"]) == 0
    assert (
        rows_of(begun, CASE)["data_version"]
        == rows_of(f"sqlite:///{changed}", CASE)["data_version"]
    )


def test_an_unfinished_copy_is_no_source(begun, tmp_path):
    assert "never finished" in refusal(begun, f"sqlite:///{tmp_path}/further.sqlite")


def test_a_row_that_changed_on_the_way_is_found(town, begun, capsys):
    with sqlite3.connect(begun.removeprefix("sqlite:///")) as held:
        held.execute("UPDATE case_record SET title = title || '?' WHERE case_id = 7")
        held.execute("DELETE FROM station_grid WHERE station_id = 1")
    assert main([town.case_url, begun]) == 1
    told = capsys.readouterr().out
    assert "case_record: its rows differ" in told
    assert "station_grid:" in told
    with pytest.raises(SetupError):
        open_database(begun, CASE)


def test_what_cannot_be_copied_is_refused_in_words(town, tmp_path):
    empty = f"sqlite:///{tmp_path}/empty.sqlite"
    there = town.case_url.removeprefix("sqlite:///")
    assert "the same database" in refusal(
        town.case_url, f"sqlite:///{Path(there).parent}/./{Path(there).name}"
    )
    assert "FROM: there is no file" in refusal(f"sqlite:///{tmp_path}/none.sqlite", empty)
    assert "FROM: 'mysql'" in refusal("mysql://h/x", empty)
    assert "TO is not a database address" in refusal(town.case_url, "nonsense")
    sqlite3.connect(tmp_path / "bare.sqlite").close()
    assert "neither cases nor population" in refusal(f"sqlite:///{tmp_path}/bare.sqlite", empty)
    assert "holds a city already" in refusal(town.case_url, full(town, tmp_path))
    assert "something else already" in refusal(town.population_url, town.case_url)
    with sqlite3.connect(tmp_path / "letters.sqlite") as held:
        held.execute("CREATE TABLE letters (text TEXT)")
    assert "something else already (letters)" in refusal(
        town.case_url, f"sqlite:///{tmp_path}/letters.sqlite"
    )
    (tmp_path / "file").write_text("no folder")
    assert "stopped" in refusal(town.case_url, f"sqlite:///{tmp_path}/file/case.sqlite")
    assert "stopped: connection" in refusal(town.case_url, "postgresql://nobody@127.0.0.1:1/none")


def full(town: City, folder: Path) -> str:
    """A database with a city in it."""
    path = folder / "full.sqlite"
    with sqlite3.connect(town.case_url.removeprefix("sqlite:///")) as held:
        held.execute(f"VACUUM INTO '{path}'")
    return f"sqlite:///{path}"


def test_a_target_of_a_newer_program_is_refused(town, tmp_path):
    newer = full(town, tmp_path)
    with sqlite3.connect(newer.removeprefix("sqlite:///")) as held:
        held.execute("UPDATE alembic_version SET version_num = 'case_9999'")
    assert "another program" in refusal(town.case_url, newer)
    assert "case_9999" in refusal(newer, f"sqlite:///{tmp_path}/empty.sqlite")


def test_the_digest_tells_rows_apart_but_not_their_order():
    names = case_record.columns.keys()

    def digest(*titles):
        rows = [
            tuple(title if name == "title" else n if name == "case_id" else None for name in names)
            for n, title in titles
        ]
        return digest_of(case_record, as_columns(case_record, rows))

    one, two = (1, "a"), (2, "b")
    assert digest(one, two) == digest(two, one)
    assert digest(one, two) == (digest(one) + digest(two)) % 2**64
    assert len({digest(one, two), digest((1, "b"), (2, "a")), digest(one), digest((1, None))}) == 4
    versions = [as_columns(data_version, [row]) for row in [("cases", 1, 2), ("cases", 2, 1)]]
    assert len({digest_of(data_version, columns) for columns in versions}) == 2
