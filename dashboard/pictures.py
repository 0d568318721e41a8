"""Pictures asked for lately: the newest is shown at once, while one thread makes the one after it.

After a tick of the clock or a change of the data nobody waits for what somebody else makes anew, and
nobody waits at all who may see figures that were the newest ones `STALE_SECONDS` ago: they carry their
time. Only a question that has no such picture waits for its own, made once for all who ask it; and an
asker who was told of newer versions, for figures of those, a while; not in a crowd, where somebody else
asked just now and all come again soon.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from dashboard.panel import Instant, Picture, Question

log = logging.getLogger(__name__)

Wanted = Mapping[str, int]
NOTHING: Wanted = MappingProxyType({})

STALE_SECONDS = 45.0
"""How long ago a picture may have been the newest one and still be shown: three ticks."""
LOOK_UP_SECONDS = 1.0
"""How often is looked whether there is something newer."""
RETRY_SECONDS = 1.0
"""How soon a picture with a failed panel is drawn again."""
PATIENCE_SECONDS = 10.0
"""How long an asker waits for the versions that a tick told of, before the last picture does."""
PACE = 1 / 2
"""In a crowd a picture is made anew once in this part of how old it may be: the rest is time to make it in."""
MOST_KEPT = 200
"""A tablet's picture takes half a megabyte."""
FIRST_THREADS, RENEWING_THREADS = 8, 2
"""Questions without a picture do not queue behind those that have one."""


@dataclass
class Kept:
    """A picture, when it was made and when it was last known to be the newest (monotonic seconds).

    `replies` are the finished answers made of it, by what their askers held: see dashboard/replies.py.
    """

    picture: Picture
    made: float
    newest: float
    replies: OrderedDict[object, bytes] = field(default_factory=OrderedDict)


class Shown(NamedTuple):
    """What an asker is shown; `older` when a newer picture is being made."""

    kept: Kept
    older: bool


class Pictures:
    """All methods run on one event loop, so nothing here is locked; drawing and looking are in threads."""

    def __init__(
        self,
        draw: Callable[[Question], Picture],
        instant: Callable[[], Instant],
        *,
        anew: Callable[[], Instant] | None = None,
        reaches: Callable[[Instant, Wanted], bool] = lambda _, wanted: not wanted,
        recent: Callable[[], float] = lambda: 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """anew: the instant, looked up whatever is remembered; reaches: whether it is of some versions.

        recent: for how many seconds a picture is good enough for an asker who was told of newer versions.
        """
        self._recent = recent
        self._draw = draw
        self._anew = anew or instant
        self._reaches = reaches
        self._instant = instant
        self._now = now
        self._kept: OrderedDict[Question, Kept] = OrderedDict()
        self._making: dict[Question, asyncio.Task[Kept]] = {}
        self._looked: tuple[float, Instant] | None = None
        self._looking: asyncio.Task[Instant] | None = None
        self._first = ThreadPoolExecutor(FIRST_THREADS, "first")
        self._renewing = ThreadPoolExecutor(RENEWING_THREADS, "renewing")

    async def of(self, question: Question, wanted: Wanted = NOTHING) -> Shown:
        """The picture for a question; raises what drawing it, or looking for changes, raised.

        wanted: versions, by kind, that the asker was told of.
        """
        instant = await self._newest_instant()
        if not self._reaches(instant, wanted):
            instant = await self._looked_anew(wanted)
        kept, now = self._kept.get(question), self._now()
        if kept is None:
            return Shown(await asyncio.shield(self._made(question, self._first)), False)
        self._kept.move_to_end(question)
        if kept.picture.instant == instant:
            kept.newest = now
            if kept.picture.whole or now - kept.made < RETRY_SECONDS:
                return Shown(kept, False)
        recent = self._recent()
        waits = not self._reaches(kept.picture.instant, wanted) and self._reaches(instant, wanted)
        if waits and now - kept.made >= recent:
            reaching = await self._reaching(question, wanted)
            return Shown(reaching or kept, reaching is None)
        if now - kept.newest > STALE_SECONDS:
            return Shown(await asyncio.shield(self._made(question, self._first)), False)
        if now - kept.made >= PACE * recent:
            self._made(question, self._renewing)
        return Shown(kept, True)

    async def _reaching(self, question: Question, wanted: Wanted) -> Kept | None:
        """A picture of the wanted versions; None when that takes too long or fails."""
        # One that is being made may have begun before there were such versions.
        for _ in range(2):
            try:
                made = asyncio.shield(self._made(question, self._renewing))
                kept = await asyncio.wait_for(made, PATIENCE_SECONDS)
            except Exception as error:
                log.debug("no newer picture: %r", error)
                return None
            if self._reaches(kept.picture.instant, wanted):
                return kept
        return None

    def _made(self, question: Question, threads: ThreadPoolExecutor) -> asyncio.Task[Kept]:
        """The task that makes the picture: one, however many ask."""
        if question not in self._making:
            task = asyncio.create_task(self._make(question, threads))
            task.add_done_callback(_seen)
            self._making[question] = task
        return self._making[question]

    async def _make(self, question: Question, threads: ThreadPoolExecutor) -> Kept:
        try:
            loop = asyncio.get_running_loop()
            picture = await loop.run_in_executor(threads, self._draw, question)
            now = self._now()
            kept = Kept(picture, now, now)
            self._kept[question] = kept
            self._kept.move_to_end(question)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return kept
        finally:
            del self._making[question]

    async def _newest_instant(self) -> Instant:
        """The instant as it was at most two looks ago; a look that fails is the asker's failure."""
        now = self._now()
        if self._looked is not None and now - self._looked[0] < LOOK_UP_SECONDS:
            return self._looked[1]
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(_seen)
        if self._looked is not None and now - self._looked[0] < 2 * LOOK_UP_SECONDS:
            return self._looked[1]
        return await asyncio.shield(self._looking)

    async def _looked_anew(self, wanted: Wanted) -> Instant:
        """The instant, from a look that began after the wanted versions were told of."""
        if self._looking is not None:
            instant = await asyncio.shield(self._looking)
            if self._reaches(instant, wanted):
                return instant
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(self._anew))
            self._looking.add_done_callback(_seen)
        return await asyncio.shield(self._looking)

    async def _look(self, look: Callable[[], Instant] | None = None) -> Instant:
        try:
            loop = asyncio.get_running_loop()
            instant = await loop.run_in_executor(self._first, look or self._instant)
            self._looked = (self._now(), instant)
            return instant
        finally:
            self._looking = None


def _seen(task: "asyncio.Task[object]") -> None:
    """Whoever waits for a task is told of its failure; one that nobody waits for is noted here."""
    if not task.cancelled() and task.exception() is not None:
        log.debug("nothing newer: %r", task.exception())
