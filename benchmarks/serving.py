"""The server that is measured: one of its own on the demo city, or one that runs already."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import make_url

from data.settings import project_folder, read_settings

START_SECONDS = 120
WARM_SECONDS = 3.0


class CannotRun(Exception):
    """Something has to be set up first; the text says what."""


@contextmanager
def served(
    url: str | None,
    *,
    command: Sequence[str] = ("app.py", "--open"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """The address of a server that answers; stops it at the end if it was started here.

    `command` are Python's arguments; with an `environment` of its own the city is the caller's.
    """
    if url is not None:
        url = url.rstrip("/")
        if not _answers(url):
            raise CannotRun(f"{url}/health does not answer; start the server or leave --url out.")
        yield url
        return
    if environment is None:
        _check_city()
    port = _free_port()
    here = {"HOST": "127.0.0.1", "PORT": str(port)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=project_folder(),
            env={**os.environ, **(environment or {}), **here},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            own = f"http://127.0.0.1:{port}"
            _wait(own, process)
            time.sleep(WARM_SECONDS)  # the server draws every screen once after its start
            yield own
        except CannotRun as error:
            log.seek(0)
            raise CannotRun(f"{error}\n{log.read().decode(errors='replace')}".rstrip()) from None
        finally:
            process.terminate()
            process.wait()


def _check_city() -> None:
    """Refuse to measure a city that is not there: nothing is built here."""
    for address in (read_settings().case_database_url, read_settings().population_database_url):
        url = make_url(address)
        if url.get_backend_name() != "sqlite" or not url.database:
            continue
        if not (project_folder() / url.database).exists():
            raise CannotRun(f"{url.database} is not there: run `python -m data.demo` first.")


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while not _answers(url):
        if process.poll() is not None:
            raise CannotRun("the server ended before it answered; it said:")
        if time.monotonic() > end:
            raise CannotRun(f"the server did not answer within {START_SECONDS} s; it said:")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
