"""The bus behind one small interface, and the one for a server of a single process."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from data.bus.tick import Tick

Receiver = Callable[[Tick], None]

log = logging.getLogger(__name__)


class Bus(Protocol):
    """Carries ticks to everybody who listens, in every process of the server.

    A bus may lose ticks: whoever connects asks for the newest versions first, and again after a gap.
    """

    def publish(self, tick: Tick) -> None:
        """Tell all receivers, this process's own among them; never raises because a bus is gone."""

    def listen(self, receiver: Receiver) -> Callable[[], None]:
        """Have a receiver called with each tick, in any thread; what is given back ends it."""

    def close(self) -> None:
        """End all that was begun; receivers are told no more."""


class LocalBus:
    """For one process: receivers are called in the publisher's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._receivers: list[Receiver] = []

    def publish(self, tick: Tick) -> None:
        """As Bus.publish."""
        with self._lock:
            receivers = list(self._receivers)
        for receiver in receivers:
            try:
                receiver(tick)
            except Exception:
                # One receiver's fault keeps nothing from the others.
                log.exception("a receiver of ticks failed")

    def listen(self, receiver: Receiver) -> Callable[[], None]:
        """As Bus.listen."""
        with self._lock:
            self._receivers.append(receiver)

        def end() -> None:
            with self._lock:
                if receiver in self._receivers:
                    self._receivers.remove(receiver)

        return end

    def close(self) -> None:
        """As Bus.close."""
        with self._lock:
            self._receivers.clear()
