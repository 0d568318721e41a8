"""Looks whether the data changed, whoever changed it: ingesters need no bus, only a database."""

import logging
import threading
import time
from collections.abc import Callable

from data.bus.tick import OF_DATA, Tick
from data.errors import first_line
from queries.versions import Versions

EVERY_SECONDS = 0.5
SILENT_SECONDS = 3.0
"""Between two looks at databases that do not answer."""

log = logging.getLogger(__name__)


class Watch:
    """One thread of a process. look: asks the databases; tell: is given a tick for each newer version."""

    def __init__(self, look: Callable[[], Versions], tell: Callable[[Tick], None]) -> None:
        self._look, self._tell = look, tell
        self._last = Versions()
        self._due = threading.Event()
        self._ended = False
        self._is_silent = False

    def begin(self) -> None:
        """Look from now on, in a thread that ends with the process at the latest."""
        threading.Thread(target=self._go_on, name="watch", daemon=True).start()

    def hint(self, tick: Tick) -> None:
        """Look at once: another process says that there is something newer."""
        if tick.kind in OF_DATA:
            self._due.set()

    def end(self) -> None:
        """Look no more."""
        self._ended = True
        self._due.set()

    def look(self) -> bool:
        """Look once and tell what changed; whether the databases answered."""
        try:
            found = self._look()
        except Exception as error:
            if not self._is_silent:
                log.warning("the databases do not answer: %s", first_line(error))
            self._is_silent = True
            return False
        if self._is_silent:
            log.warning("the databases answer again")
        # The first look tells all: pages that came before it were shown what was there then.
        last, self._last, self._is_silent = self._last, found, False
        now = int(time.time())
        for kind in OF_DATA:
            version = getattr(found, kind)
            # Not only a greater one: a database may have been put back from a copy.
            if version != getattr(last, kind):
                self._pass_on(Tick(kind, version, now))
        return True

    def _pass_on(self, tick: Tick) -> None:
        try:
            self._tell(tick)
        except Exception as error:
            # Whoever is told must not end the thread that looks.
            log.warning("that %s changed could not be told: %s", tick.kind, first_line(error))

    def _go_on(self) -> None:
        while not self._ended:
            answered = self.look()
            self._due.wait(EVERY_SECONDS if answered else SILENT_SECONDS)
            self._due.clear()
