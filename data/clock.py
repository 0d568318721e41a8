"""The clock the screens go by: the real one, or one that replays the past from a chosen moment."""

import time
from dataclasses import dataclass

TICK_SECONDS = 15
"""Screens asking within the same tick see the same instant, so their figures agree."""


@dataclass(frozen=True)
class Clock:
    """`offset` seconds behind the real clock; 0 is the real clock.

    `stopped` stands still at an instant: for tests and pictures.
    """

    offset: int = 0
    stopped: int | None = None

    @classmethod
    def starting_at(cls, at: int) -> "Clock":
        """A clock that shows `at` (epoch seconds) now and runs on from there."""
        return cls(offset=int(time.time()) - at)

    def now(self) -> int:
        """Epoch seconds, to the second."""
        return int(time.time()) - self.offset if self.stopped is None else self.stopped

    def as_of(self, changed_at: int = 0) -> int:
        """Epoch seconds that figures are computed for: the current tick's, or of a change since it began.

        changed_at: when the data last changed, by the real clock. What came just now shows at once, and
        whoever knows of the same change sees the same instant.
        """
        now = self.now()
        tick = now - now % TICK_SECONDS
        return tick if self.stopped is not None else max(tick, min(now, changed_at - self.offset))
