"""Many pages that hold a stream of ticks and fetch what is newer, while a new case comes in every second.

Phones, tablets and walls of one account; each asks for figures after a tick as its page would, spread as the
server says. At the end every page must have been told the server's own version.
"""

import asyncio
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.asker import Asker, read_answer
from benchmarks.hammer import apart, call_of
from benchmarks.large_city import Tell
from benchmarks.posting import Poster, copied, session_cookie
from benchmarks.serving import CannotRun, served
from benchmarks.timing import machine, percentile
from data.settings import read_settings

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answer = tuple[int, bytes, str]

SETTLE_SECONDS = 15.0
"""After the last case: every page has been told of it and shows it by then, or has missed it."""
CONNECT_AT_A_TIME = 40
LONGEST_SECONDS = 180
"""Within which all pages must be connected, and have figures."""
WARM_SECONDS = 60
"""Before anything is measured: what a server prepares once after its start is over by then."""
LOOKS = 5
"""How often the server's memory is looked at while cases come in."""
GAP_SECONDS = 0.25
"""Between two questions of a page, at least (assets/live.js)."""
OWN_SECONDS = 0.02
"""How often the pages' process looks how late it is itself."""
TICKS = 100
"""Clock ticks of Linux in a second of processor time."""


@dataclass
class Crowd:
    """What all pages saw together."""

    fetches: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    """How late the pages' own process was by itself."""
    failed: int = 0
    told: int = 0
    lost: int = 0


@dataclass
class PageOf(Asker):
    """A page with its stream; `cookie` is of a session. versions: the newest it was told of; spread: seconds."""

    cookie: str = ""
    crowd: Crowd = field(default_factory=Crowd)
    versions: dict[str, int] = field(default_factory=dict)
    held: int = -1
    """Version of the cases whose figures it shows."""
    spread: float = 0.0

    @property
    def version(self) -> int:
        """Of the cases; -1 before it was told of any."""
        return self.versions.get("cases", -1)

    def request(self, host: str) -> bytes:
        """The next request, for figures of what it was told of."""
        plain = self._request(host)
        head, _, content = plain.partition(b"\r\n\r\n")
        return head + f"\r\nCookie: {self.cookie}\r\n\r\n".encode() + content

    def _told(self) -> dict[str, Any]:
        return {"wanted": self.versions} if self.versions else {}

    async def live(self, host: str, port: int) -> None:
        """Keep the stream, and fetch after ticks, until cancelled."""
        newer = asyncio.Event()
        fetching = asyncio.create_task(self._keep_fetching(host, port, newer))
        try:
            while True:
                try:
                    await self._listen(host, port, newer)
                except (OSError, asyncio.IncompleteReadError):
                    self.crowd.lost += 1
                await asyncio.sleep(random.uniform(1, 3))
        finally:
            fetching.cancel()

    async def _listen(self, host: str, port: int, newer: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        head = f"GET /events?screen={self.screen} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {self.cookie}\r\n\r\n"
        writer.write(head.encode())
        event = ""
        try:
            while line := (await reader.readuntil(b"\n")).decode().strip("\r\n") or " ":
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: ") and event in ("snapshot", "tick", "beat"):
                    self._take(event, json.loads(line[6:]))
                    if event != "beat":
                        newer.set()
        finally:
            writer.close()

    def _take(self, event: str, told: dict[str, Any]) -> None:
        if event == "snapshot":
            self.versions, self.spread = dict(told["versions"]), told["spread"] / 1000
        elif event == "beat":
            self.spread = told["spread"] / 1000
        elif told["kind"] == "cases":
            self.versions["cases"] = max(self.version, told["version"])
            self.crowd.told += 1
            self.crowd.late.append(time.time() - told["at"])

    async def _keep_fetching(self, host: str, port: int, newer: asyncio.Event) -> None:
        lot, asked = random.random(), 0.0
        line: Line | None = None
        while True:
            await newer.wait()
            ago = time.monotonic() - asked
            await asyncio.sleep(max(lot * self.spread, max(GAP_SECONDS, self.spread) - ago, 0))
            newer.clear()
            begun = asked = time.monotonic()
            try:
                try:
                    line, (status, content, encoding) = await self._asked(line, host, port)
                except (OSError, asyncio.IncompleteReadError):
                    # A line that the server let go of, as it does after some seconds: browsers open another.
                    if line is not None:
                        line[1].close()
                    line, (status, content, encoding) = await self._asked(None, host, port)
                self.crowd.fetches.append(time.monotonic() - begun)
                if status == 200:
                    self.take(content, encoding)
                    # It asks again for what it was told of and has not got, as assets/live.js does.
                    if self.held < self.version:
                        newer.set()
                else:
                    self.crowd.failed += 1
            except (OSError, asyncio.IncompleteReadError):
                if line is not None:
                    line[1].close()
                line = None
                self.crowd.failed += 1

    async def _asked(self, line: Line | None, host: str, port: int) -> tuple[Line, Answer]:
        line = line or await asyncio.open_connection(host, port)
        line[1].write(self.request(f"{host}:{port}"))
        fields: dict[str, str] = {}
        answer = await read_answer(line[0], fields)
        self.held = json.loads(fields.get("x-versions", "{}")).get("cases", -1)
        return line, answer


def measure_crowd(
    phones: int, tablets: int, walls: int, seconds: int, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """What the pages saw and what it cost the server."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "access.toml"
        rules.write_text(f"[sign_in]\nstreams_per_visitor = {phones + tablets + walls}\n")
        environment = {**copied(Path(folder)), "ACCESS_FILE": str(rules)}
        with served(None, command=("app.py",), environment=environment) as url:
            poster = Poster(url, read_settings(environment))
            cookie = session_cookie(url)
            calls = {key: call_of(url, key, cookie) for key in ("phone", "tablet", "wall")}
            crowd = Crowd()
            numbers = {"phone": phones, "tablet": tablets, "wall": walls}
            pages = [
                PageOf(key, "", calls[key], cookie=cookie, crowd=crowd)
                for key, number in numbers.items()
                for _ in range(number)
            ]
            process = server_process(url)
            return {
                "machine": machine(),
                "pages": numbers,
                "seconds": seconds,
                **apart(_run(url, pages, poster, seconds, process, tell)),
            }


async def _run(
    url: str, pages: list[PageOf], poster: Poster, seconds: int, process: int, tell: Tell
) -> dict[str, Any]:
    parts = urlsplit(url)
    host, port = str(parts.hostname), int(parts.port or 80)
    tasks = [asyncio.create_task(_note_own(pages[0].crowd))]
    begun = time.monotonic()
    for number, page in enumerate(pages):
        tasks.append(asyncio.create_task(page.live(host, port)))
        if number % CONNECT_AT_A_TIME == 0:
            await asyncio.sleep(0.1)
    await _until(lambda: all(page.version >= 0 for page in pages), "connected")
    connected = time.monotonic() - begun
    tell(f"{len(pages)} pages are connected")
    await _until(lambda: all(page.seen != "{}" for page in pages), "shown their first figures")
    tell("every page has its first figures")
    await asyncio.sleep(WARM_SECONDS)
    crowd = pages[0].crowd
    crowd.fetches.clear()
    crowd.late.clear()
    crowd.own.clear()
    used, held = used_by(process), [memory_of(process)]
    posts = threading.Thread(target=poster.keep_posting, args=(seconds,))
    begun = time.monotonic()
    posts.start()
    while posts.is_alive():
        if time.monotonic() - begun > len(held) * seconds / LOOKS:
            held.append(memory_of(process))
        await asyncio.sleep(0.5)
    await asyncio.sleep(SETTLE_SECONDS)
    lasted = time.monotonic() - begun
    processor = used_by(process) - used
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        "connect_seconds": round(connected, 1),
        "posted": poster.posted,
        "behind": sum(page.version != poster.version for page in pages),
        "showing_less": sum(page.held != poster.version for page in pages),
        "ticks": crowd.told,
        "lost_lines": crowd.lost,
        "fetches": len(crowd.fetches),
        "failed": crowd.failed,
        "fetch_ms_p50": _milliseconds(crowd.fetches, 0.5),
        "fetch_ms_p95": _milliseconds(crowd.fetches, 0.95),
        "own_late_ms_p50": _milliseconds(crowd.own, 0.5),
        "own_late_ms_p95": _milliseconds(crowd.own, 0.95),
        "processor_share": round(processor / lasted, 3),
        "processor_ms_per_page_and_second": round(1000 * processor / lasted / len(pages), 3),
        "memory_mb": [round(one / 2**20) for one in (*held, memory_of(process))],
    }


async def _note_own(crowd: Crowd) -> None:
    """What no fetch can be faster than: for so long the pages are kept from reading what has come."""
    while True:
        begun = time.monotonic()
        await asyncio.sleep(OWN_SECONDS)
        crowd.own.append(time.monotonic() - begun - OWN_SECONDS)


async def _until(holds: Callable[[], bool], words: str) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise CannotRun(f"Not all pages were {words} within {LONGEST_SECONDS} s.")
        await asyncio.sleep(0.2)


def _milliseconds(seconds: list[float], share: float) -> int | None:
    return round(1000 * percentile(seconds, share)) if seconds else None


def server_process(url: str) -> int:
    """The process that listens at an address of this machine."""
    port = f"{urlsplit(url).port:04X}"
    with Path("/proc/net/tcp").open() as table:
        inode = next(
            f[9] for f in map(str.split, table) if f[1].endswith(f":{port}") and f[3] == "0A"
        )
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue
    raise LookupError(f"nobody listens at {url}")


def used_by(process: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(process: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096
