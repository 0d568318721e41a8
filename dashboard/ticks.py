"""Which pages are connected to this process, and the ticks that wait for each of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from data.bus.tick import Kind, Tick
from queries.visitor import Visitor

NEEDS: dict[Kind, str] = {"population": "population"}
"""The right (queries.rights.KINDS) to what a kind of tick tells of, where it is not `case_figures`."""


def concerns(tick: Tick, visitor: Visitor | None, screen: str) -> bool:
    """Whether a page is told of a tick: it names its visitor, or nobody and they may see its kind there.

    Without accounts everybody is nobody in particular. A gap concerns all.
    """
    if tick.kind == "gap":
        return True
    if visitor is None:
        return not tick.to
    if tick.to and visitor.address not in tick.to:
        return False
    return visitor.may(NEEDS.get(tick.kind, "case_figures"), screen)


class Stream:
    """One connected page; of each kind and object only the newest tick waits."""

    def __init__(self, visitor: Visitor | None, screen: str) -> None:
        self.visitor = visitor
        self.screen = screen
        self._waiting: dict[tuple[str, str], Tick] = {}
        self._awake = asyncio.Event()

    def take(self, tick: Tick) -> None:
        """Have a tick wait, if it concerns the page."""
        if concerns(tick, self.visitor, self.screen):
            self._waiting[tick.kind, tick.object] = tick
            self._awake.set()

    def wake(self) -> None:
        """Have `next` end at once."""
        self._awake.set()

    async def next(self, seconds: float) -> list[Tick]:
        """What waits, as soon as anything does; nothing when nothing came within the seconds."""
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except TimeoutError:
            return []
        self._awake.clear()
        waiting, self._waiting = list(self._waiting.values()), {}
        return waiting


class Hub:
    """All streams of a process. `take` is called from any thread, all else on the server's event loop."""

    def __init__(self) -> None:
        self._streams: set[Stream] = set()
        self._held: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._streams)

    def held_by(self, visitor: Visitor | None) -> int:
        """How many streams a visitor holds; nobody in particular holds none."""
        return 0 if visitor is None else self._held[visitor.address]

    def take(self, tick: Tick) -> None:
        """Pass a tick on to every page that it concerns."""
        with self._lock:
            loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._spread, tick)

    def _spread(self, tick: Tick) -> None:
        for stream in self._streams:
            stream.take(tick)

    @contextmanager
    def connected(self, visitor: Visitor | None, screen: str) -> Iterator[Stream]:
        """A stream that is told of ticks until the end of the block."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
        stream = Stream(visitor, screen)
        address = "" if visitor is None else visitor.address
        self._streams.add(stream)
        self._held[address] += 1
        try:
            yield stream
        finally:
            self._streams.discard(stream)
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
