"""What every bus between processes does alike: it sends and hears in threads, and mends its line by itself."""

import logging
import queue
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from data.bus.bus import LocalBus, Receiver
from data.bus.tick import Tick, read_tick, written
from data.errors import first_line

CHANNEL = "dashboard_ticks"
LISTEN_SECONDS = 5.0
"""How long is listened before it is checked whether the line still holds."""
PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to reach the bus; the last one from then on."""
MOST_WAITING = 1_000
"""Ticks that wait while the bus is gone; older ones are dropped, which a gap makes good."""

log = logging.getLogger(__name__)


class FarBus(ABC):
    """Receivers in this process are told at once, those in others over the line.

    When the line was gone, receivers get a tick of the kind `gap`: anything may be newer. So they do when it is
    there for the first time: a page may have connected to this process before.
    """

    NAME = ""

    def __init__(self) -> None:
        self._near = LocalBus()
        self._me = secrets.token_hex(8)
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._closed = threading.Event()
        for work in (self._keep_hearing, self._keep_sending):
            threading.Thread(target=work, name=f"{self.NAME} bus", daemon=True).start()

    @abstractmethod
    def hear(self) -> Iterator[str | None]:
        """Open a line and give what comes over it; None first, and whenever nothing came for a while.

        Raises whatever a line that is gone raises.
        """

    @abstractmethod
    def sender(self) -> tuple[Callable[[str], None], Callable[[], None]]:
        """Open a line; what sends a text over it, and what closes it."""

    def publish(self, tick: Tick) -> None:
        """As Bus.publish."""
        text = f"{self._me} {written(tick)}"
        self._near.publish(tick)
        while True:
            try:
                return self._waiting.put_nowait(text)
            except queue.Full:
                self._drop_one()

    def listen(self, receiver: Receiver) -> Callable[[], None]:
        """As Bus.listen."""
        return self._near.listen(receiver)

    def close(self) -> None:
        """As Bus.close; its threads end within some seconds."""
        self._closed.set()
        self._near.close()

    def _drop_one(self) -> None:
        try:
            self._waiting.get_nowait()
        except queue.Empty:
            return

    def _keep_hearing(self) -> None:
        failures, was_gone, heard = 0, False, False
        while not self._closed.is_set():
            try:
                for text in self.hear():
                    if was_gone:
                        log.warning("the %s bus is back", self.NAME)
                    if was_gone or not heard:
                        self._near.publish(Tick("gap", 0, int(time.time())))
                    failures, was_gone, heard = 0, False, True
                    if text:
                        self._take(text)
                    if self._closed.is_set():
                        return
            except Exception as error:
                if not was_gone:
                    log.warning("the %s bus is gone: %s", self.NAME, first_line(error))
            was_gone = True
            self._closed.wait(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    def _take(self, text: str) -> None:
        sender, _, told = text.partition(" ")
        tick = read_tick(told)
        if tick is not None and sender != self._me:
            self._near.publish(tick)

    def _keep_sending(self) -> None:
        failures = 0
        while not self._closed.is_set():
            try:
                send, close = self.sender()
            except Exception as error:
                log.debug("the %s bus cannot be reached: %s", self.NAME, first_line(error))
                self._closed.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1
                continue
            try:
                failures = 0
                self._send_all(send)
            except Exception as error:
                log.debug("the %s bus did not take a tick: %s", self.NAME, first_line(error))
                self._closed.wait(PAUSES[0])
            finally:
                close()

    def _send_all(self, send: Callable[[str], None]) -> None:
        while not self._closed.is_set():
            try:
                text = self._waiting.get(timeout=1.0)
            except queue.Empty:
                continue
            try:
                send(text)
            except Exception:
                # Sent once more over the next line: twice tells nobody anything else.
                self.again(text)
                raise

    def again(self, text: str) -> None:
        """Have a text sent over the next line, if others do not wait in too great numbers."""
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            log.debug("too many ticks wait for the %s bus", self.NAME)
