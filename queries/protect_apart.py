"""Protects a table in a process of its own: for tens of seconds a large one would take the server's turns.

The table goes in and out as plain arrays. The process ends with whoever began it; what else it has to say goes
where they say it too.
"""

import contextlib
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
LONGEST_SECONDS = 600.0
"""After which a process that has not ended hangs."""
SMALL = 2_000
"""Counts up to which a table is made sooner than a process."""
FIELDS = ("counts", "states", "smallest", "rest", "width")


def protect_apart(
    parents: Sequence[int], own: np.ndarray, smallest: Sequence[int], *, totals: bool
) -> Protected:
    """What `protect` gives; made here where it is small, and where no process can be had or it is killed."""
    if own.size <= SMALL:
        return protect(parents, own, smallest, totals=totals)
    sent = _packed(parents=parents, own=own, smallest=smallest, totals=totals)
    try:
        status, told = _told_by_another(sent)
    except OSError as error:
        status, told = str(error), b""
    if status == REFUSED:
        raise Unprotectable(told.decode())
    if status:
        log.warning("a table of counts is protected here, for its own process failed: %s", status)
        return protect(parents, own, smallest, totals=totals)
    held = _unpacked(told)
    return Protected(
        held["counts"],
        held["states"],
        tuple(held["smallest"].tolist()),
        tuple(held["rest"].tolist()),
        int(held["width"]),
    )


def _told_by_another(sent: bytes) -> tuple[int | str, bytes]:
    """How it ended and what it told."""
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, cwd=project_folder(), stdin=pipe, stdout=pipe) as other:
        assert other.stdin and other.stdout
        hangs = threading.Timer(LONGEST_SECONDS, other.kill)
        hangs.daemon = True
        hangs.start()
        # Its input stays open as long as this process lives: by that it knows. One that is gone reads nothing.
        with contextlib.suppress(BrokenPipeError):
            other.stdin.write(len(sent).to_bytes(LENGTH_BYTES) + sent)
            other.stdin.flush()
        told = other.stdout.read()
        hangs.cancel()
    return other.returncode, told


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
        sys.stdout.buffer.write(str(error).encode())
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
