"""`python app.py` as a process of the tests, which ends with them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def begin_app(
    arguments: Sequence[str], settings: Mapping[str, str], log: Path, *, own_group: bool = False
) -> subprocess.Popen[bytes]:
    """Start it; what it says is added to `log`. own_group: it and the processes that it begins can be ended as one."""
    with log.open("ab") as kept:
        return subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=kept,
            stderr=kept,
            start_new_session=own_group,
            preexec_fn=end_with_parent,
        )


def end_with_parent() -> None:
    """In the new process: have Linux end it when the tests are killed and cannot clean up."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
