"""A slow line to a server, for what Chromium's own throttling does not reach: a service worker's requests.

Bytes pass through with a delay each way and at no more than a rate, shared by all connections; a new
connection waits for its handshake first.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

CHUNK = 1460


class Lane:
    """One direction of the line: no byte arrives before its turn, none sooner than the delay."""

    def __init__(self, bytes_per_second: float, delay: float) -> None:
        self._rate = bytes_per_second
        self._delay = delay
        self._free = 0.0

    def arrival(self, size: int) -> float:
        """When so many bytes, sent now, have arrived (monotonic seconds)."""
        self._free = max(self._free, time.monotonic()) + size / self._rate
        return self._free + self._delay


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lane: Lane) -> None:
    """Pass on what is read, each piece at its time, until the sender is done."""
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            at, piece = await pieces.get()
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            if not piece:
                return writer.close()
            writer.write(piece)

    delivering = asyncio.create_task(deliver())
    try:
        while piece := await reader.read(CHUNK):
            pieces.put_nowait((lane.arrival(len(piece)), piece))
        pieces.put_nowait((lane.arrival(0), b""))
        await delivering
    except ConnectionError:
        pass
    finally:
        delivering.cancel()
        writer.close()


@contextmanager
def slow_line(url: str, *, down: float, up: float, round_trip: float) -> Iterator[str]:
    """The address of the slow line's near end. down, up: bytes per second; round_trip: seconds."""
    place = urlsplit(url)
    loop = asyncio.new_event_loop()
    lanes = Lane(down, round_trip / 2), Lane(up, round_trip / 2)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)
        try:
            far_reader, far_writer = await asyncio.open_connection(place.hostname, place.port)
        except ConnectionError:
            writer.close()
            return
        both = _carry(reader, far_writer, lanes[1]), _carry(far_reader, writer, lanes[0])
        try:
            await asyncio.gather(*both)
        except asyncio.CancelledError:
            writer.close()

    # In a thread from the start: whoever uses it may have an event loop of their own.
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(connect, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    """End the line and all that is still on it."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
