"""`data.load --follow`: takes in what is new, again and again, from a folder of files or from a database.

How far it came stands in the case database. Stopped anywhere, by kill -9 too, it looks again at what it may
have taken in already, which changes nothing.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from data.case_tables import site_setting
from data.engines import CASE, engine_for
from data.errors import InputError
from data.load.mapping import Mapping
from data.load.run import Order, load
from data.load.summary import Part
from data.one_ingester import AnotherIngester
from data.stored_settings import read_setting, write_setting

KEY = "followed"
"""Of the settings: what was followed -> how far."""
PAUSE_SECONDS = 5.0
MOST_KEPT = 5_000
"""Files that are remembered; of older ones their time is enough."""

log = logging.getLogger(__name__)

Told = Callable[[Part], None]


@dataclass
class Follower:
    """What both ways of following share. told: is given the summary of each load."""

    order: Order
    addresses: dict[str, str]
    told: Told
    clock: Callable[[], float] = time.time

    def stood(self, name: str) -> Any:
        """How far something was followed; None where it never was."""
        engine = engine_for(self.addresses[CASE], CASE)
        try:
            with engine.connect() as connection:
                return (read_setting(connection, site_setting, KEY) or {}).get(name)
        finally:
            engine.dispose()

    def stands(self, name: str, value: object) -> None:
        """Keep how far something was followed."""
        engine = engine_for(self.addresses[CASE], CASE, writable=True)
        try:
            with engine.begin() as connection:
                held = read_setting(connection, site_setting, KEY) or {}
                write_setting(connection, site_setting, KEY, {**held, name: value})
        finally:
            engine.dispose()

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


class FolderFollower(Follower):
    """Watches a folder: a file counts once it stayed the same from one look to the next."""

    _seen: dict[str, tuple[int, int]]

    def look(self) -> int:
        """Look once; how many files were loaded."""
        before = getattr(self, "_seen", {})
        found = dict(self._files())
        self._seen = found
        taken = {name: tuple(mark) for name, mark in (self.stood("files") or {}).items()}
        fresh = [
            name
            for name, mark in sorted(found.items(), key=lambda one: (one[1][1], one[0]))
            if taken.get(name) != mark and before.get(name) == mark
        ]
        for name in fresh:
            try:
                self.load(self.order.source, name)
            except InputError as error:
                # One file that cannot be read keeps nobody from the others; corrected, it is another file.
                log.error("%s", error)
            taken[name] = found[name]
            newest = sorted(taken.items(), key=lambda one: one[1][1])[-MOST_KEPT:]
            self.stands("files", {key: list(mark) for key, mark in newest})
        return len(fresh)

    def _files(self) -> Iterator[tuple[str, tuple[int, int]]]:
        cases = self.order.mapping.cases
        assert cases is not None
        for path in self.order.source.glob(cases.file):
            if path.is_file() and ".rejected." not in path.name:
                about = path.stat()
                yield path.name, (about.st_size, about.st_mtime_ns)


def name_of(mapping: Mapping) -> str:
    """Under which name is kept how far a table was followed: another table begins anew."""
    follow = mapping.follow
    assert follow is not None
    told = f"{follow.table} {follow.changed}"
    return "rows " + hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def keep_following(look: Callable[[], int], stop: threading.Event, every: float) -> None:
    """Look until `stop` is set; a database that does not answer is waited for."""
    is_silent = False
    while not stop.is_set():
        try:
            look()
            if is_silent:
                log.warning("the database answers again")
            is_silent = False
        except SQLAlchemyError as error:
            if not is_silent:
                log.warning("%s; trying again", str(error.__cause__ or error).splitlines()[0])
            is_silent = True
        stop.wait(every)
