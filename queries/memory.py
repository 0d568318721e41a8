"""Remembers answers for a short while; many who ask the same at once wait for one computation."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Recent:
    """The newest `size` answers. A failed computation is not remembered."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[object, Any] = OrderedDict()
        self._waiting: dict[object, Lock] = {}
        self._lock = Lock()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The answer for the key, computed by `make` unless it is still remembered."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            waiting = self._waiting.setdefault(key, Lock())
        with waiting:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            try:
                answer = make()
                with self._lock:
                    self._held[key] = answer
                    while len(self._held) > self._size:
                        self._held.popitem(last=False)
            finally:
                with self._lock:
                    self._waiting.pop(key, None)
            return answer
