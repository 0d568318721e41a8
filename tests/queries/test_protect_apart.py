"""A table that is protected in a process of its own is the same table, and none is lost with that process."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import astuple
from pathlib import Path

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
def test_it_is_the_same_table(totals: bool) -> None:
    for seed in range(3):
        parents, own = table(40, seed)
        here = protect(parents, own, [5, 5, 10, 10], totals=totals)
        assert is_same(here, protect_apart(parents, own, [5, 5, 10, 10], totals=totals))


def test_what_cannot_be_shown_is_refused_in_the_same_words() -> None:
    with pytest.raises(Unprotectable, match="whole number of 3 or more"):
        protect_apart([-1], np.array([[3]]), [2], totals=True)


def children() -> list[int]:
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()
    listed = [(one / "children").read_text().split() for one in threads]
    found = [int(one) for line in listed for one in line]
    return [one for one in found if b"protect_apart" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_where_its_process_is_killed_it_is_made_here(caplog: pytest.LogCaptureFixture) -> None:
    parents, own = table(3000)
    found: list[Protected] = []
    thread = threading.Thread(
        target=lambda: found.append(protect_apart(parents, own, [5] * 4, totals=True))
    )
    thread.start()
    eventually(children, 20)
    os.kill(children()[0], signal.SIGKILL)
    thread.join()
    assert is_same(found[0], protect(parents, own, [5] * 4))
    assert "is protected here" in caplog.text


def test_where_no_process_can_be_had_it_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", ("/nowhere/python",))
    parents, own = table(10)
    assert is_same(
        protect(parents, own, [5] * 4), protect_apart(parents, own, [5] * 4, totals=True)
    )


BEGUN = """
import sys
from test_protect_apart import table
from queries.protect_apart import protect_apart
parents, own = table(20_000)
protect_apart(parents, own, [5] * 4, totals=True)
"""


def test_it_ends_with_who_began_it() -> None:
    path = os.pathsep.join([str(Path(__file__).parent), str(project_folder() / "tests")])
    one = subprocess.Popen(
        [sys.executable, "-c", BEGUN], cwd=project_folder(), env={**os.environ, "PYTHONPATH": path}
    )
    listed = Path(f"/proc/{one.pid}/task/{one.pid}/children")
    other = int(eventually(lambda: listed.read_text().split(), 30)[0])
    time.sleep(0.5)  # it is at work by then, or about to begin
    one.kill()
    one.wait()
    eventually(lambda: not Path(f"/proc/{other}").exists() or is_over(other), 10)


def is_over(process: int) -> bool:
    """Ended, though nobody has taken note."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
