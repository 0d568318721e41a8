"""What takes seconds to make: made once for a version by a thread of its own, while answers go on."""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

log = logging.getLogger(__name__)

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
        """How many things were made: what was drawn before the newest of them may be out of date."""

    def begin(self) -> None:
        """From now on things are made in the background."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

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

    def _made(self, name: object, version: object, make: Callable[[], T]) -> T:
        with self._making:
            held = self._held.get(name)
            if held is None or held[0] != version:
                held = (version, make())
                with self._lock:
                    self._held[name] = held
                    self.made += 1
            return held[1]

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
