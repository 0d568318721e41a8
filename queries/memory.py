"""Remembers answers for a short while; many who ask the same at once wait for one computation."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock, RLock
from typing import Any, TypeVar

T = TypeVar("T")


class Recent:
    """The newest `size` answers, each for `seconds`. A failed computation is not remembered.

    Figures are asked for a new instant every tick: without an age, old instants would pile up.
    """

    def __init__(self, size: int, seconds: float = float("inf")) -> None:
        self._size = size
        self._seconds = seconds
        self._held: OrderedDict[object, tuple[float, Any]] = OrderedDict()
        self._waiting: dict[object, Lock] = {}
        self._lock = Lock()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The answer for the key, computed by `make` unless it is still remembered."""
        with self._lock:
            mine = self._held
            self._forget()
            if self._knows(key):
                return self._held[key][1]
            waiting = self._waiting.setdefault(key, Lock())
        with waiting:
            with self._lock:
                if self._knows(key):
                    return self._held[key][1]
            try:
                answer = make()
                with self._lock:
                    mine[key] = (time.monotonic() + self._seconds, answer)
                    mine.move_to_end(key)
                    self._forget()
            finally:
                with self._lock:
                    if self._waiting.get(key) is waiting:
                        del self._waiting[key]
            return answer

    def clear(self) -> None:
        """Let go of all, and of what is being computed when it is there: nobody waits for it any more."""
        with self._lock:
            self._held, self._waiting = OrderedDict(), {}

    def _knows(self, key: object) -> bool:
        """Whether the answer is there and young enough; it then counts as just asked for."""
        if key not in self._held or self._held[key][0] < time.monotonic():
            return False
        self._held.move_to_end(key)
        return True

    def _forget(self) -> None:
        """Drop from the front, which nobody asked for longest, what is too old or too much."""
        now = time.monotonic()
        while self._held:
            until, _ = next(iter(self._held.values()))
            if until >= now and len(self._held) <= self._size:
                return
            self._held.popitem(last=False)


class Newest:
    """One answer per name, of the version it was last asked of.

    Whoever waits for an answer keeps nobody waiting who asks for another name; `make` may ask for other
    names, as long as these do not ask for its own.
    """

    def __init__(self) -> None:
        self._held: dict[object, tuple[object, Any]] = {}
        self._making: dict[object, RLock] = {}
        self._lock = Lock()

    def get(self, name: object, version: object, make: Callable[[], T]) -> T:
        """What `make` gave for this version; made once, even when many ask at the same time."""
        with self._lock:
            mine, held = self._held, self._held.get(name)
            if held is not None and held[0] == version:
                return held[1]
            making = self._making.setdefault(name, RLock())
        with making:
            held = mine.get(name)
            if held is not None and held[0] == version:
                return held[1]
            try:
                answer = make()
                with self._lock:
                    mine[name] = (version, answer)
            finally:
                with self._lock:
                    if self._making.get(name) is making:
                        del self._making[name]
            return answer

    def clear(self) -> None:
        """Let go of all, and of what is being made when it is there."""
        with self._lock:
            self._held, self._making = {}, {}

    def __len__(self) -> int:
        return len(self._held)
