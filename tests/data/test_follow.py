"""Following a folder and a table: what is new is taken in, nothing twice, and a stop anywhere loses nothing."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from load_town import Town, cases
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from data.engines import CASE, POPULATION
from data.errors import InputError, SetupError
from data.load.follow import FolderFollower, keep_following
from data.load.mapping_file import read_mapping
from data.load.pull import TableFollower, reader_of
from data.load.run import Order
from data.one_ingester import only_ingester

FOLLOW = '\n[follow]\ntable = "events"\nchanged = "更新"\noverlap_seconds = 60\n'


@pytest.fixture
def town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Town]:
    made = Town(tmp_path, monkeypatch, capsys)
    made.cases([])
    made.load()
    yield made


def order_of(town: Town) -> tuple[Order, dict[str, str]]:
    path = town.folder / "town.toml"
    path.write_text(town.mapping, encoding="utf-8")
    order = Order(read_mapping(path), town.source, town.folder, town.folder / "caller.key")
    return order, {CASE: town.case_url, POPULATION: town.people_url}


def codes(town: Town) -> list[str]:
    return [str(row[0]) for row in town.sql("SELECT code FROM case_record ORDER BY code")]


def events(town: Town) -> int:
    return int(str(town.sql("SELECT count(*) FROM case_event")[0][0]))


# A folder


def folder_of(town: Town) -> FolderFollower:
    town.change('file = "cases.csv"', 'file = "in-*.csv"')
    return FolderFollower(*order_of(town), lambda part: None)


def test_files_are_taken_as_they_come_once_they_are_whole(town: Town) -> None:
    follower = folder_of(town)
    assert follower.look() == 0
    town.cases(cases()[:1], "in-1.csv")
    assert follower.look() == 0, "it may still be written to"
    town.cases(cases()[:2], "in-1.csv")
    assert follower.look() == 0
    assert follower.look() == 1
    assert codes(town) == ["A1", "A2"]
    town.cases(cases()[2:], "in-2.csv")
    assert [follower.look(), follower.look(), follower.look()] == [0, 1, 0]
    assert codes(town) == ["A1", "A2", "A3", "A4"]


def test_a_follower_that_begins_again_takes_nothing_twice(town: Town) -> None:
    follower = folder_of(town)
    town.cases(cases(), "in-1.csv")
    assert [follower.look(), follower.look()] == [0, 1]
    before = town.everything()
    again = FolderFollower(*order_of(town), lambda part: None)
    assert [again.look(), again.look()] == [0, 0]
    assert town.everything() == before
    changed = cases()[:2]
    changed[1] |= {"状态": "已结案", "结案时间": "2024-03-01 12:00:00"}
    town.cases(changed, "in-1.csv")
    assert [again.look(), again.look()] == [0, 1]
    assert events(town) == len(before["False case_event"]) + 1


def test_a_file_that_cannot_be_read_keeps_nobody_from_the_others(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    follower = folder_of(town)
    town.write("in-0.csv", "nonsense\n1\n")
    town.cases(cases()[:1], "in-1.csv")
    assert [follower.look(), follower.look()] == [0, 2]
    assert codes(town) == ["A1"]
    assert "in-0.csv has no column" in caplog.text


def test_who_changes_cases_just_now_is_waited_for(town: Town) -> None:
    follower = folder_of(town)
    town.cases(cases()[:1], "in-1.csv")
    follower.look()
    engine = create_engine(town.case_url)
    with only_ingester(engine, "another"):
        thread = threading.Thread(target=follower.look)
        thread.start()
        time.sleep(0.7)
        assert codes(town) == []
    thread.join(20)
    assert codes(town) == ["A1"]
    engine.dispose()


# A table


class Source:
    """A customer's database with one table."""

    def __init__(self, town: Town) -> None:
        self.url = f"sqlite:///{town.folder}/customer.sqlite"
        self.engine = create_engine(self.url)
        self.columns = [*cases()[0], "更新"]
        named = ", ".join(f'"{name}" TEXT' for name in self.columns)
        self.run(f"CREATE TABLE events ({named})")

    def run(self, statement: str, values: dict[str, Any] | None = None) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values or {})

    def put(self, row: dict[str, str], changed: str) -> None:
        values = {f"v{n}": v for n, v in enumerate([*row.values(), f"2024-03-10 {changed}"])}
        self.run('DELETE FROM events WHERE "编号" = :v0', {"v0": row["编号"]})
        self.run(f"INSERT INTO events VALUES ({', '.join(f':{name}' for name in values)})", values)


@pytest.fixture
def source(town: Town) -> Iterator[Source]:
    made = Source(town)
    town.mapping += FOLLOW
    yield made
    made.engine.dispose()


def table_of(town: Town, source: Source) -> TableFollower:
    return TableFollower(*order_of(town), lambda part: None, address=source.url)


def test_rows_are_taken_as_they_change(town: Town, source: Source) -> None:
    follower = table_of(town, source)
    assert follower.look() == 0
    one, two, three, _ = cases()
    source.put(one, "10:00:00")
    source.put(two, "10:00:10")
    assert follower.look() == 2
    assert follower.look() == 0
    source.put(three, "10:00:05")
    assert follower.look() == 1, "a transaction that ended late"
    two |= {"状态": "已结案", "结案时间": "2024-03-01 12:00:00"}
    source.put(two, "10:05:00")
    assert follower.look() == 1
    assert codes(town) == ["A1", "A2", "A3"]
    assert town.now("A2")["is_closed"] == 1


def test_a_follower_of_rows_that_begins_again_goes_on(town: Town, source: Source) -> None:
    follower = table_of(town, source)
    for n, row in enumerate(cases()):
        source.put(row, f"1{n}:00:00")
    assert follower.look() == 4
    before = events(town)
    again = table_of(town, source)
    assert again.look() == 1, "what lies within the overlap is looked at once more"
    assert events(town) == before
    assert codes(town) == ["A1", "A2", "A3", "A4"]


def test_what_could_not_be_loaded_is_loaded_the_next_time(
    town: Town, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = table_of(town, source)
    source.put(cases()[0], "10:00:00")
    load = TableFollower.load

    def gone(*_: Any) -> None:
        raise OperationalError("", {}, OSError("the database is away"))

    monkeypatch.setattr(TableFollower, "load", gone)
    with pytest.raises(OperationalError):
        follower.look()
    monkeypatch.setattr(TableFollower, "load", load)
    assert follower.look() == 1
    assert codes(town) == ["A1"]


def test_a_table_that_cannot_be_followed_is_named(town: Town, source: Source) -> None:
    for old, new, told in (
        ('table = "events"', 'table = "cases"', "there is no cases"),
        ('changed = "更新"', 'changed = "updated"', "no column 'updated'"),
    ):
        mapping = town.mapping
        town.change(old, new)
        with pytest.raises(InputError, match=told):
            table_of(town, source).look()
        town.mapping = mapping
    with pytest.raises(SetupError, match="FOLLOW_URL") as refusal:
        reader_of("nonsense:secret")
    assert "secret" not in str(refusal.value)


def test_following_goes_on_when_the_database_was_away(caplog: pytest.LogCaptureFixture) -> None:
    stop, answers = threading.Event(), [True, False, False, True]

    def look() -> int:
        if not answers:
            stop.set()
        elif not answers.pop(0):
            raise OperationalError("", {}, OSError("away"))
        return 0

    keep_following(look, stop, 0.001)
    assert [one.message for one in caplog.records] == [
        "(builtins.OSError) away; trying again",
        "the database answers again",
    ]


def test_a_follower_that_was_killed_in_the_middle_gives_what_a_clean_load_gives(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """kill -9 at several moments; the process is begun anew each time."""
    import signal
    import subprocess
    import sys

    rows = []
    for n in range(400):
        row = cases()[n % 3]
        rows.append(row | {"编号": f"N{n:04}"})
    town.change('file = "cases.csv"', 'file = "in-*.csv"')
    order_of(town)
    for part in range(4):
        town.cases(rows[part * 100 : part * 100 + 100], f"in-{part}.csv")
    command = [sys.executable, "-m", "data.load", str(town.folder / "town.toml")]
    command += ["--source", str(town.source), "--rejects", str(town.folder), "--follow"]
    root = Path(__file__).resolve().parents[2]
    for seconds in (3.0, 6.0, 7.0):
        process = subprocess.Popen(command, cwd=root, env=os.environ, stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    follower = FolderFollower(*order_of(town), lambda part: None)
    follower.look()
    follower.look()
    assert len(codes(town)) == 400
    assert events(town) == sum(2 + (row["状态"] == "已结案") for row in rows)
