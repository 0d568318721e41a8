"""Following a folder: what is new is taken in, nothing twice, and a stop anywhere loses nothing."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import City
from follow_town import codes, events, order_of
from hand_town import CASE_METRICS
from load_town import Town, cases
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from data.errors import InputError
from data.load.follow import FolderFollower, keep_following
from data.one_ingester import only_ingester
from queries.measure import measure
from queries.question import DIMENSIONS
from queries.scope import read_scope

pytest_plugins = ["follow_fixtures"]


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


def loads_of(follower: FolderFollower, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are loaded from now on; nothing is loaded for real."""
    loaded: list[str] = []
    monkeypatch.setattr(FolderFollower, "load", lambda _self, _folder, file: loaded.append(file))
    return loaded


def test_a_file_that_is_no_more_remembered_is_not_taken_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("data.load.follow.MOST_KEPT", 2)
    follower = folder_of(town)
    loaded = loads_of(follower, monkeypatch)
    for n in (3, 1, 2, 0):
        os.utime(town.write(f"in-{n}.csv", "x"), ns=(0, 10**9 * (1 + n // 2)))
    assert [follower.look(), follower.look(), follower.look()] == [0, 4, 0]
    assert loaded == ["in-0.csv", "in-1.csv", "in-2.csv", "in-3.csv"]
    assert FolderFollower(*order_of(town), lambda part: None).look() == 0
    assert set(follower.stood("files")) == {"in-2.csv", "in-3.csv"}
    os.utime(town.write("in-4.csv", "x"), ns=(0, 10**9))
    assert [follower.look(), follower.look()] == [0, 0]
    assert "in-4.csv is older than the files that are remembered" in caplog.text
    os.utime(town.source / "in-4.csv")
    assert [follower.look(), follower.look()] == [0, 1]


def test_files_lie_in_folders_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.change('file = "cases.csv"', 'file = "*/in.csv"')
    follower = FolderFollower(*order_of(town), lambda part: None)
    for n, name in enumerate(("north", "south")):
        (town.source / name).mkdir()
        town.cases(cases()[n : n + 1], f"{name}/in.csv")
    assert [follower.look(), follower.look(), follower.look()] == [0, 2, 0]
    assert codes(town) == ["A1", "A2"]


def test_what_is_no_fault_of_a_file_is_not_laid_to_it(town: Town) -> None:
    follower = folder_of(town)
    town.cases(cases()[:1], "in-1.csv")
    follower.look()
    town.run("UPDATE hierarchy SET code = 'other'")
    with pytest.raises(InputError, match="are not loaded yet"):
        follower.look()
    town.run("UPDATE hierarchy SET code = 'area'")
    assert follower.look() == 1
    assert codes(town) == ["A1"]


def test_a_mapping_that_is_corrected_tries_a_file_again(town: Town) -> None:
    town.change('title = "标题"', 'title = "题目"')
    follower = folder_of(town)
    town.cases(cases()[:1], "in-1.csv")
    assert [follower.look(), follower.look(), follower.look()] == [0, 1, 0]
    town.change('title = "题目"', 'title = "标题"')
    again = FolderFollower(*order_of(town), lambda part: None)
    assert [again.look(), again.look(), again.look()] == [0, 1, 0]
    assert codes(town) == ["A1"]


def test_a_file_that_does_not_open_is_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    follower = folder_of(town)
    answers: list[Exception | None] = [PermissionError(13, "not yours"), OSError("stale"), None]

    def load(*_: Any) -> None:
        answer = answers.pop(0)
        if answer:
            raise answer

    monkeypatch.setattr(FolderFollower, "load", load)
    town.cases(cases()[:1], "in-1.csv")
    assert [follower.look() for _ in range(5)] == [0, 0, 0, 1, 0]
    assert caplog.text.count("in-1.csv") == 1


def test_sums_are_checked_once_an_hour_and_not_with_each_load(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []
    monkeypatch.setattr(
        "data.hourly_check.check", lambda _connection, turn, _now: checked.append(turn) or 0
    )
    monkeypatch.setattr("data.load.run.check", lambda *_: checked.append(-1))
    monkeypatch.setattr("data.bulk.analyse", lambda *_: checked.append(-2))
    hour = [500_000]
    follower = folder_of(town)
    follower.clock = lambda: hour[0] * 3600.0
    for n in range(3):
        town.cases(cases()[n : n + 1], f"in-{n}.csv")
        follower.look()
    assert follower.look() == 1
    hour[0] += 1
    follower.look()
    assert codes(town) == ["A1", "A2", "A3"]
    assert checked == [500_000, 500_001]


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
    town: Town,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """kill -9 at several moments; the process is begun anew each time."""
    import signal
    import subprocess
    import sys

    rows = []
    for n in range(400):
        row = cases()[n % 3]
        # Many cases at the very same point would count as having none.
        rows.append(row | {"编号": f"N{n:04}", "经度": f"{float(row['经度']) + n / 1e6:.6f}"})
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
    clean = Town(tmp_path_factory.mktemp("clean"), monkeypatch, capsys)
    clean.cases(rows)
    assert clean.load()[0] == 0
    assert figures(town) == figures(clean)


def figures(town: Town) -> list[Any]:
    """Every metric of cases, by everything, as a screen would be told."""
    site = City(town.case_url, town.people_url, town.folder).site()
    as_of = site.as_of()
    scope = read_scope(site, {"from": "2024-01-01", "to": "2024-12-31"}, as_of)
    told = [
        measure(site, CASE_METRICS, scope, by, as_of=as_of).figures for by in (None, *DIMENSIONS)
    ]
    site.case.dispose()
    site.population.dispose()
    assert any(one[None].n == 400 for one in told[0].values())
    return told
