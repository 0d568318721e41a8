"""Buses between processes: what one says all hear, once each; a line that was gone mends itself."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import POSTGRESQL
from redis_server import REDIS, RedisServer
from sqlalchemy import create_engine, make_url, text
from waiting import eventually

from data.bus.bus import Bus, LocalBus
from data.bus.far import FarBus
from data.bus.opening import open_bus
from data.bus.tick import Tick
from data.errors import SetupError

PATIENCE = 15
"""Seconds that a line may take to open or to mend."""
TICK = Tick("cast", 7, 1_700_000_000, ("device:3",), "3")
KINDS = [
    pytest.param(
        "postgresql", marks=pytest.mark.skipif(not POSTGRESQL, reason="sh test.sh has it")
    ),
    pytest.param("redis", marks=pytest.mark.skipif(not REDIS, reason="no redis-server")),
]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        return str(request.getfixturevalue("redis").url)
    return POSTGRESQL


def meet(one: Bus, other: Bus, heard: list[Tick]) -> None:
    """Wait until the other hears the one: lines are opened in threads."""

    def arrived() -> bool:
        one.publish(Tick("cases", 0, 0))
        time.sleep(0.05)
        return bool(heard)

    eventually(arrived, PATIENCE)
    time.sleep(0.2)
    heard.clear()


def test_what_one_process_says_all_hear_once(address: str) -> None:
    one, other = open_bus(address), open_bus(address)
    mine: list[Tick] = []
    theirs: list[Tick] = []
    try:
        other.listen(theirs.append)
        meet(one, other, theirs)
        one.listen(mine.append)
        ticks = [TICK._replace(version=number) for number in range(300)]
        for tick in ticks:
            one.publish(tick)
        assert mine == ticks, "the publisher's own are told at once"
        eventually(lambda: len(theirs) >= 300, PATIENCE)
        time.sleep(0.2)
        assert theirs == ticks
        assert mine == ticks
    finally:
        one.close()
        other.close()


def test_another_process_is_heard(address: str) -> None:
    bus = open_bus(address)
    heard: list[Tick] = []
    bus.listen(heard.append)
    said = (
        "import sys, time; from data.bus.opening import open_bus; from data.bus.tick import Tick\n"
        "bus = open_bus(sys.argv[1])\n"
        "for n in range(100): bus.publish(Tick('cast', n, 0)); time.sleep(0.05)"
    )
    root = Path(__file__).resolve().parents[2]
    try:
        process = subprocess.Popen([sys.executable, "-c", said, address], cwd=root)
        eventually(lambda: any(tick.kind == "cast" for tick in heard), PATIENCE)
        process.kill()
        process.wait()
    finally:
        bus.close()


def test_a_line_that_was_cut_mends_itself_and_says_so(redis: RedisServer) -> None:
    one, other = open_bus(redis.url), open_bus(redis.url)
    heard: list[Tick] = []
    try:
        other.listen(heard.append)
        meet(one, other, heard)
        redis.stop()
        begun = time.monotonic()
        one.publish(TICK)
        assert time.monotonic() - begun < 0.5, "nobody waits for a bus that is gone"
        redis.start()
        eventually(lambda: any(tick.kind == "gap" for tick in heard), PATIENCE)
        eventually(lambda: TICK in heard or _arrives(one, heard), PATIENCE)
    finally:
        one.close()
        other.close()


def _arrives(bus: Bus, heard: list[Tick]) -> bool:
    bus.publish(TICK._replace(version=8))
    time.sleep(0.1)
    return any(tick.version == 8 for tick in heard)


@pytest.mark.skipif(not POSTGRESQL, reason="sh test.sh has it")
def test_a_line_that_the_database_ends_mends_itself_and_says_so() -> None:
    bus = open_bus(POSTGRESQL)
    heard: list[Tick] = []
    bus.listen(heard.append)
    admin = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    theirs = "FROM pg_stat_activity WHERE application_name = 'dashboard bus'"
    try:
        with admin.connect() as connection:
            count = text(f"SELECT count(*) {theirs}")
            eventually(lambda: connection.execute(count).scalar_one() >= 2, PATIENCE)
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {theirs}"))
        eventually(lambda: any(tick.kind == "gap" for tick in heard), PATIENCE)
    finally:
        bus.close()
        admin.dispose()


def test_who_connected_before_the_line_was_there_is_told_of_a_gap() -> None:
    opened, closed = threading.Event(), threading.Event()

    class SlowBus(FarBus):
        def hear(self) -> Iterator[str | None]:
            opened.wait(10)
            yield None
            closed.wait(10)

        def sender(self) -> tuple[Callable[[str], None], Callable[[], None]]:
            return (lambda text: None), (lambda: None)

    bus, heard = SlowBus(), []
    bus.listen(heard.append)
    time.sleep(0.1)
    assert heard == []
    opened.set()
    eventually(lambda: [tick.kind for tick in heard] == ["gap"], PATIENCE)
    bus.close()
    closed.set()


def test_in_memory_is_for_one_process() -> None:
    assert isinstance(open_bus("memory"), LocalBus)
    with pytest.raises(SetupError, match="WORKERS=2 needs a bus"):
        open_bus("memory", 2)


@pytest.mark.parametrize("setting", ["", "rabbit://x", "sqlite:///x", "postgres", "redis"])
def test_what_is_no_bus_is_refused_without_repeating_it(setting: str) -> None:
    with pytest.raises(SetupError, match=r"use memory|is not one of") as refusal:
        open_bus(setting + "secret" if setting else setting)
    assert "secret" not in str(refusal.value)


def test_without_its_client_redis_is_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(SetupError, match="pip install"):
        open_bus("redis://127.0.0.1:1/0")


def test_any_way_to_write_the_address_of_a_postgresql_will_do() -> None:
    url = make_url("postgresql+psycopg://a:b@h/n")
    bus = open_bus(url.render_as_string(hide_password=False))
    assert bus._address == "postgresql://a:b@h/n"
    bus.close()
