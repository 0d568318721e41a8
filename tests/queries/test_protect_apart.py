"""A table that is protected in a process of its own is the same table, and none is lost with that process."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import eventually

from data.settings import project_folder
from queries import protect_apart as apart
from queries.protect_apart import protect_apart
from queries.small_numbers import Protected, Unprotectable, protect


def table(grids: int, seed: int = 1) -> tuple[list[int], np.ndarray]:
    chance = np.random.default_rng(seed)
    parents = [-1, *(int(chance.integers(0, row)) for row in range(1, grids))]
    return parents, chance.integers(0, 12, (grids, 4))


def is_same(one: Protected, other: Protected) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(astuple(one), astuple(other), strict=True))


@pytest.mark.parametrize("totals", [True, False])
def test_it_is_the_same_table(totals: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(3):
        parents, own = table(40, seed)
        monkeypatch.setattr(apart, "SMALL", 0)
        here = protect(parents, own, [5, 5, 10, 10], totals=totals)
        assert is_same(here, protect_apart(parents, own, [5, 5, 10, 10], totals=totals))


def test_what_cannot_be_shown_is_refused_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)
    with pytest.raises(Unprotectable, match="whole number of 3 or more"):
        protect_apart([-1], np.array([[3]]), [2], totals=True)


@pytest.mark.parametrize("is_at_work", [False, True], ids=["as it begins", "at work"])
def test_where_its_process_is_killed_it_is_made_here(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, is_at_work: bool
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        begun.append(begin(*args, **options))
        return begun[-1]

    monkeypatch.setattr("queries.protect_apart.subprocess.Popen", noted)
    parents, own = table(20_000)
    with ThreadPoolExecutor(1) as threads:
        made = threads.submit(protect_apart, parents, own, [5] * 4, totals=True)
        eventually(lambda: begun, 20)
        if is_at_work:
            eventually(lambda: seconds_of(begun[0].pid) > 0.6, 20)
        begun[0].kill()
        assert is_same(made.result(60), protect(parents, own, [5] * 4))
    assert "is protected here" in caplog.text and "-9" in caplog.text


def test_one_that_hangs_is_killed(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    parents, own = table(3000)
    assert is_same(
        protect(parents, own, [5] * 4), protect_apart(parents, own, [5] * 4, totals=True)
    )
    assert "-9" in caplog.text


def seconds_of(process: int) -> float:
    """Of the processor that it has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_where_no_process_can_be_had_it_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", ("/nowhere/python",))
    parents, own = table(1000)
    assert is_same(
        protect(parents, own, [5] * 4), protect_apart(parents, own, [5] * 4, totals=True)
    )


def test_a_small_table_is_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_told_by_another", lambda _: pytest.fail("no process is begun"))
    parents, own = table(100)
    assert is_same(
        protect(parents, own, [5] * 4), protect_apart(parents, own, [5] * 4, totals=True)
    )


BEGUN = """
import sys
from test_protect_apart import table
from queries.protect_apart import protect_apart
parents, own = table(200_000)
protect_apart(parents, own, [5] * 4, totals=True)
"""


def test_it_ends_with_who_began_it() -> None:
    path = os.pathsep.join([str(Path(__file__).parent), str(project_folder() / "tests")])
    one = subprocess.Popen(
        [sys.executable, "-c", BEGUN], cwd=project_folder(), env={**os.environ, "PYTHONPATH": path}
    )
    listed = Path(f"/proc/{one.pid}/task/{one.pid}/children")
    other = int(eventually(lambda: listed.read_text().split(), 30)[0])
    eventually(lambda: seconds_of(other) > 1, 30)
    one.kill()
    one.wait()
    eventually(lambda: is_over(other), 2)


def is_over(process: int) -> bool:
    """Gone, or ended though nobody has taken note."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
