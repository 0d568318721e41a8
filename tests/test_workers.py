"""Several processes that serve, and the bus between them: one that is killed is missed by nobody."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis_server import REDIS, RedisServer
from small_town import Case, Town, found_town

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(not REDIS, reason="no redis-server")


def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


class Page:
    """Keeps a stream open as a browser does, connecting anew whenever it ends."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.version = -1
        self.connections = 0
        self.ended = False
        threading.Thread(target=self._go_on, daemon=True).start()

    def _go_on(self) -> None:
        while not self.ended:
            try:
                self._listen()
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)

    def _listen(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("GET", "/events?screen=phone")
        answer = line.getresponse()
        self.connections += 1
        event = ""
        while not self.ended and (text := answer.readline().decode()):
            if text.startswith("event: "):
                event = text[7:].strip()
            elif text.startswith("data: "):
                self._take(event, json.loads(text[6:]))
        line.close()

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "snapshot":
            self.version = data["versions"]["cases"]
        elif event == "tick" and data["kind"] == "cases":
            self.version = max(self.version, data["version"])


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = found_town("sqlite", tmp_path, "served")
    made.take([Case("c0", "reported 0, accepted 1 due 25", "A1")], now=100)
    yield made


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in listed}
    return [pid for pid, command in commands.items() if b"spawn_main" in command]


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_missed(
    town: Town, redis: RedisServer, tmp_path: Path
) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    environment = {
        **os.environ,
        "CASE_DATABASE_URL": town.city.case_url,
        "POPULATION_DATABASE_URL": town.city.population_url,
        "PORT": str(port),
        "WORKERS": "2",
        "BUS": redis.url,
    }
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "app.py", "--open"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    pages: list[Page] = []
    try:
        pages = [Page(port) for _ in range(12)]
        eventually(lambda: all(page.version == 1 for page in pages), 90)
        # Both have some of the pages, by the law of large numbers.
        before = sum(page.connections for page in pages)
        os.kill(workers_of(process)[0], signal.SIGKILL)
        town.take([Case("c1", "reported 0, accepted 1 due 25", "A1")], now=101)
        try:
            eventually(lambda: all(page.version == 2 for page in pages))
        except AssertionError:
            print(
                [(p.version, p.connections) for p in pages],
                workers_of(process),
                (tmp_path / "log").read_text(),
            )
            raise
        redis.stop()
        town.take([Case("c2", "reported 0, accepted 1 due 25", "A1")], now=102)
        eventually(lambda: all(page.version == 3 for page in pages))
        eventually(lambda: len(workers_of(process)) == 2)
        assert sum(page.connections for page in pages) >= before
    finally:
        for page in pages:
            page.ended = True
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            log.close()
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said, said
