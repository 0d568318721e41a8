"""The way by which a server takes in what arrives: one batch at a time, into a database opened on first use."""

import threading
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from data.arrival.taking import Ground, Taken, take
from data.databases import open_database
from data.engines import CASE


class Intake:
    """For one process; the database is to be one that its user may write."""

    def __init__(self, case_address: str) -> None:
        self._address = case_address
        self._engine: Engine | None = None
        self._ground = Ground()
        self._lock = threading.Lock()

    def take(self, source: str, prefix: str, cases: Sequence[Any], now: int) -> Taken:
        """As data.arrival.taking.take; raises what the database raises."""
        with self._lock:
            if self._engine is None:
                self._engine = open_database(self._address, CASE, writable=True)
            return take(self._engine, self._ground, source, prefix, cases, now)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
            self._engine = None
