"""`data.load --follow`: takes in what is new, again and again, from a folder of files or from a database.

How far it came stands in the case database. Stopped anywhere, by kill -9 too, it looks again at what it may
have taken in already, which changes nothing.
"""

import hashlib
import logging
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.case_tables import site_setting
from data.engines import CASE, engine_for
from data.hourly_check import HourlyCheck
from data.load.mapping import Mapping
from data.load.run import FileError, Order, load
from data.load.summary import Part
from data.one_ingester import AnotherIngester, alone
from data.stored_settings import read_setting, write_setting

KEY = "followed"
"""Of the settings: what was followed -> how far."""
PAUSE_SECONDS = 5.0
MOST_KEPT = 5_000
"""Files that are remembered each by itself; whatever is not newer than the rest counts as taken."""
AWAY = (SQLAlchemyError, sqlite3.Error, psycopg.Error, OSError)
"""What a database or a folder raises that does not answer just now."""

log = logging.getLogger(__name__)

Told = Callable[[Part], None]
Mark = tuple[Any, ...]
"""What a file is known again by: size, time of its last change, and the mapping by which it could not be read."""


@dataclass
class Follower:
    """What both ways of following share. told: is given the summary of each load."""

    order: Order
    addresses: dict[str, str]
    told: Told
    clock: Callable[[], float] = time.time
    _hourly: HourlyCheck | None = field(default=None, init=False)

    @cached_property
    def case_engine(self) -> Engine:
        """The case database, for what is noted beside the loads."""
        return engine_for(self.addresses[CASE], CASE, writable=True)

    def stood(self, name: str) -> Any:
        """How far something was followed; None where it never was."""
        with self.case_engine.connect() as connection:
            return (read_setting(connection, site_setting, KEY) or {}).get(name)

    def stands(self, told: dict[str, object]) -> None:
        """Keep how far things were followed, by their names."""
        with self.case_engine.begin() as connection:
            held = read_setting(connection, site_setting, KEY) or {}
            write_setting(connection, site_setting, KEY, {**held, **told})

    def check(self) -> None:
        """Check the sums kept ready at the start and every hour; tried again when others change cases."""
        if self._hourly is None:
            self._hourly = HourlyCheck(self.case_engine)
        now = int(self.clock())
        if not self._hourly.is_due(now):
            return
        try:
            with alone(self.case_engine, "data.load"):
                self._hourly.when_due(now)
        except AnotherIngester as refusal:
            log.info("%s The sums are checked later.", refusal)

    def close(self) -> None:
        """Let go of the database."""
        self.case_engine.dispose()

    def load(self, folder: Path, file: str) -> None:
        """Load the cases of one file, when nobody else changes cases just now."""
        mapping = self.order.mapping
        assert mapping.cases is not None
        one = replace(mapping, cases=replace(mapping.cases, file=file))
        order = replace(self.order, mapping=one, source=folder, parts=("cases",), is_live=True)
        while True:
            try:
                for part in load(order, self.addresses, int(self.clock())):
                    if part.counts["loaded"] or part.counts["updated"] or part.set_aside:
                        self.told(part)
                return
            except AnotherIngester as refusal:
                log.info("%s Trying again.", refusal)
                time.sleep(0.5)


@dataclass
class FolderFollower(Follower):
    """Watches a folder: a file counts once it stayed the same from one look to the next."""

    _seen: dict[str, Mark] | None = field(default=None, init=False)
    _unread: set[str] = field(default_factory=set, init=False)

    def look(self) -> int:
        """Look once; how many files were loaded, or found to be such that they cannot be."""
        before, found = self._seen, self._files()
        self._seen = found
        taken = {name: tuple(mark) for name, mark in (self.stood("files") or {}).items()}
        until = self.stood("files_until") or 0
        _tell_late(before, found, taken, until)
        stayed = [name for name, mark in found.items() if before and before.get(name) == mark]
        done = 0
        for name in sorted(stayed, key=lambda one: (found[one][1], one)):
            if self._is_taken(found[name], taken.get(name), until):
                continue
            mark = self._take(name, found[name])
            if mark is not None:
                done += 1
                taken, until = _remembered({**taken, name: mark}, until)
                self.stands({"files": taken, "files_until": until})
        self.check()
        return done

    @cached_property
    def _by(self) -> str:
        return hashlib.blake2b(repr(self.order.mapping).encode(), digest_size=8).hexdigest()

    def _is_taken(self, mark: Mark, held: Mark | None, until: int) -> bool:
        # What could not be read by another mapping is tried by this one.
        return held in (mark, (*mark, self._by)) or (held is None and mark[1] <= until)

    def _take(self, name: str, mark: Mark) -> Mark | None:
        """Load a file; what it is remembered by, None where it is to be tried again."""
        try:
            self.load(self.order.source, name)
        except FileError as error:
            # One file that cannot be read keeps nobody from the others; corrected, it is another file.
            log.error("%s", error)
            return (*mark, self._by) if (self.order.source / name).exists() else None
        except OSError as error:
            if name not in self._unread:
                log.error("%s: %s; trying again", name, error)
            self._unread.add(name)
            return None
        self._unread.discard(name)
        return mark

    def _files(self) -> dict[str, Mark]:
        """The files that are there, by their paths within the folder."""
        cases, source = self.order.mapping.cases, self.order.source
        assert cases is not None
        found: dict[str, Mark] = {}
        for path in source.glob(cases.file):
            try:
                about = path.stat()
            except OSError:
                continue  # It was taken away just now.
            if stat.S_ISREG(about.st_mode) and ".rejected." not in path.name:
                found[path.relative_to(source).as_posix()] = (about.st_size, about.st_mtime_ns)
        return found


def _tell_late(
    before: dict[str, Mark] | None, found: dict[str, Mark], taken: dict[str, Mark], until: int
) -> None:
    """Say which files came later than their times tell: they are not told from those taken long ago."""
    if before is None:
        return
    for name in found.keys() - before.keys() - taken.keys():
        if found[name][1] <= until:
            log.warning(
                "%s is older than the files that are remembered and counts as taken; if it was not, touch it.",
                name,
            )


def _remembered(taken: dict[str, Mark], until: int) -> tuple[dict[str, Mark], int]:
    """The newest files, and up to which time all others count as taken."""
    if len(taken) <= MOST_KEPT:
        return taken, until
    oldest = sorted(mark[1] for mark in taken.values())[-MOST_KEPT]
    # Those of the same time stay together: more of them may be on their way.
    kept = {name: mark for name, mark in taken.items() if mark[1] >= oldest}
    return kept, max([until, *(mark[1] for mark in taken.values() if mark[1] < oldest)])


def name_of(mapping: Mapping) -> str:
    """Under which name is kept how far a table was followed: another table begins anew."""
    follow = mapping.follow
    assert follow is not None
    told = f"{follow.table} {follow.changed}"
    return "rows " + hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def keep_following(look: Callable[[], int], stop: threading.Event, every: float) -> None:
    """Look until `stop` is set; a database or a folder that does not answer is waited for."""
    is_silent = False
    while not stop.is_set():
        try:
            look()
            if is_silent:
                log.warning("the database answers again")
            is_silent = False
        except AWAY as error:
            if not is_silent:
                cause = error.__cause__ or error
                reason = (str(cause) or type(cause).__name__).splitlines()[0]
                log.warning("%s; trying again", reason)
            is_silent = True
        stop.wait(every)
