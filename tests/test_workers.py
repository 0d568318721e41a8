"""Several processes that serve, and the bus between them: one that is killed is missed by nobody."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis_server import REDIS, RedisServer
from served_town import Page, ServedTown
from small_town import Case, Town, found_town
from waiting import eventually

pytestmark = pytest.mark.skipif(not REDIS, reason="no redis-server")


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


def two_workers(town: Town, redis: RedisServer, folder: Path) -> ServedTown:
    settings = {
        "CASE_DATABASE_URL": town.city.case_url,
        "POPULATION_DATABASE_URL": town.city.population_url,
        "WORKERS": "2",
        "BUS": redis.url,
    }
    return ServedTown(folder, settings, ("--open",))


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_missed(
    town: Town, redis: RedisServer, tmp_path: Path
) -> None:
    served = two_workers(town, redis, tmp_path)
    pages: list[Page] = []

    def all_know(version: int) -> bool:
        return all(page.versions.get("cases") == version for page in pages)

    try:
        served.start()
        pages = [Page(served.port) for _ in range(12)]
        eventually(lambda: all_know(1))
        before = sum(page.connections for page in pages)
        os.kill(served.busiest(), signal.SIGKILL)
        town.take([Case("c1", "reported 0, accepted 1 due 25", "A1")], now=101)
        eventually(lambda: all_know(2))
        redis.stop()
        town.take([Case("c2", "reported 0, accepted 1 due 25", "A1")], now=102)
        eventually(lambda: all_know(3))
        eventually(lambda: len(served.workers()) == 2)
        assert sum(page.connections for page in pages) > before
    finally:
        for page in pages:
            page.ended = True
        served.stop()
    assert "Traceback" not in served.log(), served.log()


def test_one_that_is_killed_while_it_is_asked_whether_it_is_well_is_replaced_at_once(
    town: Town, redis: RedisServer, tmp_path: Path
) -> None:
    served = two_workers(town, redis, tmp_path)
    try:
        served.start()
        one = served.workers()[0]
        # It answers no more; within a second and a half it has been asked.
        os.kill(one, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(one, signal.SIGKILL)
        eventually(lambda: len(served.workers()) == 2 and one not in served.workers(), 20)
    finally:
        served.stop()
