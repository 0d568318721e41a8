"""`/events`: tells a page that something is newer, as server-sent events; `/api/versions` for who cannot.

A page gets a `snapshot` first, which holds all that ticks could have told before; then a `tick` for each
change that concerns its visitor, and a `beat` while nothing happens, by which it knows that the line
holds. Figures never come this way: pages ask for them as they always do.
"""

import asyncio
import hashlib
import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.types import Receive, Scope, Send

from dashboard.ticks import Hub
from data.bus.tick import Tick
from data.errors import first_line
from queries.rights import SCREENS
from queries.site import Site
from queries.versions import versions_of
from queries.visitor import Visitor

SnapshotPart = Callable[[Visitor | None, str], Mapping[str, object]]
"""(visitor, screen) -> what a snapshot says besides versions, by name; may ask a database."""

log = logging.getLogger(__name__)

BEAT_SECONDS = 17.0
RETRY_MS = (2_000, 6_000)
"""After how long a browser connects anew; each is told a time of its own."""
SPREAD_MS = {"wall": 0, "tablet": 500, "phone": 6_000}
"""Within how long the pages of a screen ask for new figures after a tick, at most."""
FULL_SPREAD = 1_000
"""Connected pages at which they take that long; few pages ask at once."""
CROWD_SPREAD_MS, RECENT = 1_000, 2 / 3
"""Where phones are spread over a second or more, nobody waits for figures that are newer than by this part of it."""
MOST_STREAMS = 5_000
MOST_OF_ONE = 20
STREAM = (b"content-type", b"text/event-stream")
LONGEST_OBJECT = 30
PASSING = ("at", "spread")
"""What may differ between two snapshots that tell a page the same."""

Headers = list[tuple[bytes, bytes]]


class Events:
    """An ASGI application for both addresses; which pages are connected is the hub's to know."""

    def __init__(
        self,
        site: Site,
        hub: Hub,
        builds: Mapping[str, str],
        parts: Sequence[SnapshotPart] = (),
        beat_seconds: float = BEAT_SECONDS,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        """builds: what tells one build of a screen's page from another. most_of_one: streams of a visitor."""
        self._site, self._hub = site, hub
        self._builds, self._parts = builds, parts
        self._beat_seconds, self._most_of_one = beat_seconds, most_of_one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer `?screen=…`; 400 for none of the three, 429 to who holds too many streams already."""
        screen = screen_of(scope.get("query_string", b""))
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405)
        elif not screen:
            await _answer(send, 400)
        elif scope["path"] == "/api/versions":
            await self._versions(scope, send, screen)
        elif scope["method"] == "HEAD":
            await _answer(send, 200, headers=[STREAM])
        elif self._hub.held_by(scope.get("visitor")) >= self._most_of_one:
            await _answer(send, 429, headers=[(b"retry-after", b"60")])
        elif len(self._hub) >= MOST_STREAMS:
            await _answer(send, 503, headers=[(b"retry-after", b"60")])
        else:
            await self._stream(scope, receive, send, screen)

    async def _versions(self, scope: Scope, send: Send, screen: str) -> None:
        """The snapshot by itself; 304 to a page that holds the same one."""
        snapshot = await self._snapshot(scope.get("visitor"), screen)
        if snapshot is None:
            return await _answer(send, 503)
        told = {name: value for name, value in snapshot.items() if name not in PASSING}
        tag = b'"' + hashlib.blake2b(json.dumps(told).encode(), digest_size=8).hexdigest().encode()
        tag += b'"'
        headers = [(b"etag", tag), (b"content-type", b"application/json")]
        if dict(scope["headers"]).get(b"if-none-match") == tag:
            return await _answer(send, 304, headers=headers)
        return await _answer(send, 200, json.dumps(snapshot).encode(), headers)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, screen: str) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        try:
            with self._hub.connected(scope.get("visitor"), screen) as stream:
                gone.add_done_callback(lambda _: stream.wake())
                snapshot = await self._snapshot(stream.visitor, screen)
                if snapshot is None:
                    return await _answer(send, 503)
                headers = [STREAM, (b"x-accel-buffering", b"no")]
                headers.append((b"cache-control", b"no-store"))
                start = {"type": "http.response.start", "status": 200, "headers": headers}
                await send(start)
                retry = f"retry: {random.randint(*RETRY_MS)}\n".encode()
                await _part(send, retry + frame("snapshot", snapshot))
                beaten = time.monotonic()
                while not gone.done():
                    ticks = await stream.next(beaten + self._beat_seconds - time.monotonic())
                    if ticks and not gone.done():
                        await _part(send, await self._frames(ticks, stream.visitor, screen))
                    if time.monotonic() < beaten + self._beat_seconds or gone.done():
                        continue
                    beaten = time.monotonic()
                    if not await self._goes_on(scope, stream):
                        await _part(send, frame("end", {}))
                        break
                    # Others came since the snapshot, or went.
                    spread = spread_ms(screen, len(self._hub))
                    told = {"at": int(time.time()), "spread": spread}
                    await _part(send, frame("beat", told))
                return await _part(send, b"", more=False)
        finally:
            gone.cancel()

    async def _frames(self, ticks: Sequence[Tick], visitor: Visitor | None, screen: str) -> bytes:
        """The ticks; after a gap all that they could have told instead."""
        if not any(tick.kind == "gap" for tick in ticks):
            return b"".join(map(tick_frame, ticks))
        await asyncio.sleep(random.random() * spread_ms(screen, len(self._hub)) / 1000)
        snapshot = await self._snapshot(visitor, screen)
        # Without one the page connects anew, and is told then.
        return frame("end", {}) if snapshot is None else frame("snapshot", snapshot)

    async def _goes_on(self, scope: Scope, stream: Any) -> bool:
        """Whether the session or the wall is still let in; what it may see may have changed too."""
        again = scope.get("visitor_again")
        if again is None:
            return True
        try:
            stream.visitor = await asyncio.to_thread(again)
        except Exception as error:
            log.warning("who is connected cannot be looked up: %s", first_line(error))
            return True
        return stream.visitor is not None and stream.screen in stream.visitor.screens()

    async def _snapshot(self, visitor: Visitor | None, screen: str) -> dict[str, Any] | None:
        """None while the databases do not answer."""
        try:
            return await asyncio.to_thread(self._told, visitor, screen)
        except Exception as error:
            log.warning("no snapshot: %s", first_line(error))
            return None

    def _told(self, visitor: Visitor | None, screen: str) -> dict[str, Any]:
        # Not looked up for each who connects: what is newer comes as a tick.
        site = self._site
        told: dict[str, Any] = {
            "versions": versions_of(site.versions(), site.population_version())._asdict(),
            "build": self._builds.get(screen, ""),
            "spread": spread_ms(screen, len(self._hub)),
            "at": int(time.time()),
        }
        for part in self._parts:
            told |= part(visitor, screen)
        return told


def screen_of(query: bytes) -> str:
    """The screen that a query names; empty when it names none, or anything else besides."""
    name, _, screen = query.decode("latin-1").partition("=")
    return screen if name == "screen" and screen in SCREENS and screen != "office" else ""


def spread_ms(screen: str, connected: int) -> int:
    """Within how many milliseconds after a tick the pages of a screen ask for new figures."""
    return SPREAD_MS[screen] * min(connected, FULL_SPREAD) // FULL_SPREAD


def frame(event: str, data: Mapping[str, object]) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def tick_frame(tick: Tick) -> bytes:
    """A tick without whom else it concerns; under 300 bytes."""
    told: dict[str, object] = {"kind": tick.kind, "version": tick.version, "at": tick.at}
    if tick.object:
        told["object"] = tick.object[:LONGEST_OBJECT]
    return frame("tick", told)


async def _gone(receive: Receive) -> None:
    """Ends when the other side, or the server, ends the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _part(send: Send, content: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})


async def _answer(
    send: Send, status: int, content: bytes = b"", headers: Headers | None = None
) -> None:
    length = (b"content-length", str(len(content)).encode())
    named = [*(headers or []), (b"cache-control", b"no-store"), length]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": content})


def recent_seconds(connected: int) -> float:
    """How old figures may be that a page of a crowd is shown at once, though it was told of newer ones."""
    spread = spread_ms("phone", connected)
    return RECENT * spread / 1000 if spread >= CROWD_SPREAD_MS else 0.0
