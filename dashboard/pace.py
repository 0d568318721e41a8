"""How often one address may try, in a window that slides, and how much goes on at a time; in memory."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

MOST_HELD = 20_000
WINDOW = 60.0


@dataclass
class Pace:
    """At most `most` tries a minute for each name; old names are forgotten."""

    most: int
    now: Callable[[], float] = time.monotonic
    _tries: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, name: str) -> bool:
        """Count a try, and say whether it is one too many."""
        at = self.now()
        with self._lock:
            tries = self._tries.setdefault(name, deque())
            self._tries.move_to_end(name)
            while tries and tries[0] <= at - WINDOW:
                tries.popleft()
            if len(self._tries) > MOST_HELD:
                self._tries.popitem(last=False)
            if len(tries) >= self.most:
                return False
            tries.append(at)
            return True


@dataclass
class Room:
    """At most `most` at a time for each name."""

    most: int
    _held: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def place(self, name: str = "") -> Iterator[bool]:
        """A place as long as the block goes on; False where none is free."""
        with self._lock:
            is_free = self._held[name] < self.most
            self._held[name] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._held[name] -= is_free
                if not self._held[name]:
                    del self._held[name]


@dataclass
class Load:
    """At most `most` of something at a time in all, and `of_one` for each name, so that no name has it all."""

    most: int
    of_one: int
    _held: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def share(self, name: str) -> Iterator[Callable[[int], bool]]:
        """What takes so much more as long as the block goes on; False where there is no room for it."""
        mine = 0

        def take(amount: int) -> bool:
            nonlocal mine
            with self._lock:
                fits = self._held.total() + amount <= self.most
                if not fits or self._held[name] + amount > self.of_one:
                    return False
                self._held[name] += amount
                mine += amount
                return True

        try:
            yield take
        finally:
            with self._lock:
                self._held[name] -= mine
                if not self._held[name]:
                    del self._held[name]
