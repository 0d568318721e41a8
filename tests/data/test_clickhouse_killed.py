"""A copy on ClickHouse that is killed where no transaction holds rows and the note of them together.

The engine runs in processes of its own here: one process has one folder (tests/data/test_clickhouse.py).
"""

import os
import signal
import subprocess
import sys

from hand_town import CASES, NOON
from small_town import found_town
from test_copy import PROJECT

CHILD = """
import sys
from data.copy import stream
from data.copy.__main__ import main
stream.PORTION = int(sys.argv.pop(1))
stream.note_progress, noted = (lambda *a: (print(a[2].name, a[2].rows, flush=True), noted(*a))), stream.note_progress
sys.exit(main(sys.argv[1:]))
"""


def test_killed_in_the_middle_it_goes_on_and_nothing_is_twice_or_lost(tmp_path):
    town = found_town("sqlite", tmp_path, "killed")
    town.take(CASES, now=NOON)
    town.close()
    source, target = town.city.case_url, f"chdb://{tmp_path}/killed"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, "10", source, target],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    # Between the rows of a portion and the note of it, where there is no transaction to hold both.
    for line in child.stdout:
        if line.startswith("case_event 30"):
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "10", source, target],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "copied and compared" in done.stdout
    again = [line.split()[0] for line in done.stdout.splitlines()]
    assert "case_event" in again and "case_record" not in again
