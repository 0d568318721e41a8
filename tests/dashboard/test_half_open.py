"""A page that goes away without a word holds neither a stream nor its place for long."""

import ctypes
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from waiting import eventually

import app
from dashboard.events import Events
from dashboard.listening import let_go_of_the_vanished
from dashboard.ticks import Hub
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system does not let go by itself"
)
ATTACH_FILTER = 26
"""Of Linux: what a program says is dropped never reaches the socket, so nothing of it is acknowledged."""

GONE = 2.0


@pytest.fixture
def served(guarded_site: Site) -> Iterator[tuple[Hub, int]]:
    """(who is connected, port)."""
    hub = Hub()
    events = Events(guarded_site, hub, {}, beat_seconds=0.3)
    pages = Starlette(routes=[Route("/events", events)])
    config = uvicorn.Config(pages, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    let_go_of_the_vanished(listening, GONE)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    eventually(lambda: server.started, 10)
    yield hub, int(listening.getsockname()[1])
    server.should_exit = True
    thread.join(10)


def connected(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.sendall(b"GET /events?screen=phone HTTP/1.1\r\nHost: grid.test\r\n\r\n")
    assert b"200 OK" in line.recv(1000)
    return line


def vanish(line: socket.socket) -> None:
    """From now on nothing that comes is taken, nothing is answered and nothing is said."""
    drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(drop_all))
    line.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, program)


def test_who_vanishes_is_let_go_and_nobody_else(served: tuple[Hub, int]) -> None:
    hub, port = served
    gone, stays = connected(port), connected(port)
    eventually(lambda: len(hub) == 2, 10)
    vanish(gone)
    begun = time.monotonic()
    eventually(lambda: len(hub) == 1, 10)
    assert time.monotonic() - begun > 0.5, "a short silence is no end"
    stays.settimeout(5)
    stays.recv(100_000)
    assert b"event: beat" in stays.recv(1000)
    gone.close()
    stays.close()
    eventually(lambda: len(hub) == 0, 10)


def test_who_never_says_anything_is_asked_by_the_system_whether_they_are_there() -> None:
    with socket.socket() as listening:
        let_go_of_the_vanished(listening)
        assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15


def test_the_server_listens_so() -> None:
    with app._listening(uvicorn.Config(Starlette(), host="127.0.0.1", port=0)) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
