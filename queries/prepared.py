"""What takes seconds to make: made once for a version by a thread of its own, while answers go on."""

import logging
import math
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

log = logging.getLogger(__name__)

TOLD_SECONDS = 3
"""Between one telling and the next while more is being made."""

T = TypeVar("T")
Job = tuple[object, object, Callable[[], Any]]


class Prepared:
    """The newest version of each thing by name.

    `begin` lets a thread make what is asked for, one thing after the other, and whoever asks is told
    None until it is there; without it (a program's own, a test) whoever asks first makes it and waits.
    """

    def __init__(self) -> None:
        self._held: dict[object, tuple[object, Any]] = {}
        self._asked: dict[object, object] = {}
        self._lock = threading.RLock()
        self._making = threading.RLock()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.made = 0
        """How often it was told that something was made: what was drawn before the last time may be old.

        It is told of the first after a while and of the last of what waits together, not of each: all that
        is drawn is drawn anew for it.
        """
        self._told_at = -math.inf
        self._untold = False

    def begin(self) -> None:
        """From now on things are made in the background."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    @property
    def is_begun(self) -> bool:
        """Whether things are made in the background, beside a program that answers."""
        return self._thread is not None

    def get(self, name: object, version: object, make: Callable[[], T]) -> T | None:
        """What `make` gave for this version; None while it is being made. It may ask for others."""
        with self._lock:
            held = self._held.get(name)
            if held is not None and held[0] == version:
                return held[1]
            waits = self._thread is None or threading.current_thread() is self._thread
            if not waits:
                if self._asked.get(name) != version:
                    self._asked[name] = version
                    self._jobs.put((name, version, make))
                return None
        return self._made(name, version, make)

    def clear(self) -> None:
        """Let go of all, and of what is being made when it is there; it is made when it is asked for again."""
        with self._lock:
            self._held, self._asked = {}, {}

    def _made(self, name: object, version: object, make: Callable[[], T]) -> T:
        with self._making:
            mine = self._held
            held = mine.get(name)
            if held is None or held[0] != version:
                held = (version, make())
                with self._lock:
                    mine[name] = held
                    self._untold = True
                    self._tell()
            return held[1]

    def _tell(self) -> None:
        """Count up for what was made, unless more is coming and the last time was just now."""
        is_soon = time.monotonic() - self._told_at < TOLD_SECONDS
        if not self._untold or (is_soon and self._asked):
            return
        self.made += 1
        self._told_at, self._untold = time.monotonic(), False

    def _work(self) -> None:
        while True:
            name, version, make = self._jobs.get()
            with self._lock:
                if self._asked.get(name) != version:
                    continue  # a newer one was asked for meanwhile
            try:
                self._made(name, version, make)
            except Exception:
                log.exception("%s could not be prepared", name)
            with self._lock:
                # What failed is made when it is asked for again; an older version, not at all.
                if self._asked.get(name) == version:
                    del self._asked[name]
                self._tell()
