"""The versions of the data: what tells whether figures that somebody holds are old."""

import math
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Engine, select

from data.case_tables import data_version
from data.population_tables import population_version

T = TypeVar("T")


class Versions(NamedTuple):
    """What screens show, by the kinds of data.bus.tick that tell of it; each grows, 0 is none yet.

    Those of a database that was put back from a copy are smaller.
    """

    cases: int = 0
    grids: int = 0
    work: int = 0
    population: int = 0

    def reach(self, wanted: Mapping[str, int]) -> bool:
        """Whether none of the wanted versions, by kind, is newer than these."""
        held = self._asdict()
        return all(held.get(kind, version) >= version for kind, version in wanted.items())


def versions_of(parts: Mapping[str, int], population: int) -> Versions:
    """The versions in those of the case database by part and that of the population database."""
    return Versions(parts.get("cases", 0), parts.get("grids", 0), parts.get("work", 0), population)


class CaseParts(NamedTuple):
    """Versions of the case database by part, and when its cases last changed (epoch seconds, 0 never)."""

    versions: dict[str, int]
    changed_at: int


def case_parts(case: Engine) -> CaseParts:
    """The versions of the case database as they are now."""
    with case.connect() as connection:
        rows = connection.execute(select(data_version)).all()
    changed = next((int(row.changed_at) for row in rows if row.part == "cases"), 0)
    return CaseParts({row.part: int(row.version) for row in rows}, changed)


def persons_version(population: Engine) -> int:
    """The version of the population database as it is now."""
    with population.connect() as connection:
        return int(connection.execute(select(population_version.c.version)).scalar() or 0)


class LastLook(Generic[T]):
    """What was found last by whoever looked: one look for all threads of a process.

    Of two looks that go on at once the one that began first may end last, and find what is older: it then takes
    nothing back. What is older for a look that began when the other was over is how it is now.
    """

    def __init__(self, is_older: Callable[[T, T], bool]) -> None:
        self._is_older = is_older
        self._lock = Lock()
        self._held: tuple[T] | None = None
        self._ended = self._turned = -math.inf

    def recent(self, seconds: float) -> T | None:
        """What a look found that is over for no longer than so many seconds."""
        with self._lock:
            is_recent = time.monotonic() - self._ended <= seconds
            return self._held[0] if self._held and is_recent else None

    def anew(self, look: Callable[[], T], went_back: Callable[[], None]) -> T:
        """Look now; what is newest. went_back: is called where that is older than what was there before."""
        begun = time.monotonic()
        found = look()
        with self._lock:
            is_back = self._held is not None and self._is_older(found, self._held[0])
            is_overtaken = begun <= (self._ended if is_back else self._turned)
            if self._held is not None and is_overtaken:
                return self._held[0]
            self._ended = time.monotonic()
            self._turned = self._ended if is_back else self._turned
            self._held = (found,)
        if is_back:
            went_back()
        return found


def is_older(found: CaseParts, held: CaseParts) -> bool:
    """Whether any part of the case database is of an earlier version."""
    return any(found.versions.get(part, 0) < version for part, version in held.versions.items())
