"""A page's stream of ticks without a browser: the ASGI application is called as a server calls it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from queries.visitor import Visitor

WAIT = 10.0


class Line:
    """An open stream: what came over it, frame by frame."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.begun = asyncio.Event()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            self.begun.set()
            return
        for frame in message["body"].split(b"\n\n"):
            if frame:
                self.frames.put_nowait(frame)

    async def next(self) -> tuple[str, Any]:
        """Event and data of the next frame."""
        frame = await asyncio.wait_for(self.frames.get(), WAIT)
        lines = dict(line.split(": ", 1) for line in frame.decode().splitlines())
        assert len(frame) < 300 or lines["event"] == "snapshot"
        return lines["event"], json.loads(lines["data"])


@asynccontextmanager
async def line(
    app: Any,
    screen: str,
    cookies: dict[str, str] | None = None,
    *,
    method: str = "GET",
    visitor: Visitor | None = None,
) -> AsyncIterator[Line]:
    """The stream of a screen until the end of the block."""
    opened, closing = Line(), asyncio.Event()
    held = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
    scope = {
        "type": "http",
        "method": method,
        "visitor": visitor,
        "scheme": "http",
        "path": "/events",
        "query_string": f"screen={screen}".encode(),
        "headers": [(b"host", b"grid.test"), (b"cookie", held.encode())],
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        await closing.wait()
        return {"type": "http.disconnect"}

    async def run() -> None:
        await app(scope, receive, opened.send)
        opened.closed.set()

    task = asyncio.create_task(run())
    try:
        await asyncio.wait_for(opened.begun.wait(), WAIT)
        yield opened
    finally:
        closing.set()
        await asyncio.wait_for(task, WAIT)
