"""Protects a table in a process of its own: for tens of seconds a large one would take the server's turns.

The table goes in and out as plain arrays. The process ends with whoever began it.
"""

import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.settings import project_folder
from queries.small_numbers import Protected, Unprotectable, protect

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "queries.protect_apart")
REFUSED = 3
"""How the process ends that may show nothing of the table; it says why."""
LENGTH_BYTES = 8
POLITE = 5
"""Answers go before tables, also for the processor."""
FIELDS = ("counts", "states", "smallest", "rest", "width")


def protect_apart(
    parents: Sequence[int], own: np.ndarray, smallest: Sequence[int], *, totals: bool
) -> Protected:
    """What `protect` gives; made here where no process can be had or where it is killed."""
    sent = _packed(parents=parents, own=own, smallest=smallest, totals=totals)
    try:
        status, told, words = _told_by_another(sent)
    except OSError as error:
        status, told, words = -1, b"", str(error)
    if status == REFUSED:
        raise Unprotectable(words)
    if status:
        log.warning("a table of counts is protected here, for its own process failed: %s", words)
        return protect(parents, own, smallest, totals=totals)
    held = _unpacked(told)
    return Protected(
        held["counts"],
        held["states"],
        tuple(held["smallest"].tolist()),
        tuple(held["rest"].tolist()),
        int(held["width"]),
    )


def _told_by_another(sent: bytes) -> tuple[int, bytes, str]:
    """How it ended, what it told and what it complained of."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        COMMAND, cwd=project_folder(), stdin=pipe, stdout=pipe, stderr=pipe
    ) as other:
        assert other.stdin and other.stdout and other.stderr
        # Its input stays open as long as this process lives: by that it knows.
        other.stdin.write(len(sent).to_bytes(LENGTH_BYTES) + sent)
        other.stdin.flush()
        told = other.stdout.read()
        words = other.stderr.read().decode(errors="replace").strip()
    return other.returncode, told, words


def main() -> int:
    """Read a table from the input, write it protected to the output."""
    os.nice(POLITE)
    length = int.from_bytes(sys.stdin.buffer.read(LENGTH_BYTES))
    given = _unpacked(sys.stdin.buffer.read(length))
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    parents, smallest = given["parents"].tolist(), given["smallest"].tolist()
    try:
        made = protect(parents, given["own"], smallest, totals=bool(given["totals"]))
    except Unprotectable as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(_packed(**{name: getattr(made, name) for name in FIELDS}))
    return 0


def _end_with_the_other() -> None:
    # By the bare descriptor: a reader that Python holds would keep the process from ending.
    if not os.read(0, 1):
        os._exit(1)


def _packed(**arrays: object) -> bytes:
    held = io.BytesIO()
    as_arrays: Any = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez(held, **as_arrays)
    return held.getvalue()


def _unpacked(held: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(held), allow_pickle=False) as found:
        return dict(found)


if __name__ == "__main__":
    sys.exit(main())
