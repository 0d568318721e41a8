"""Takes a batch of a source into the case database: all its good items in one transaction, or none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from data.arrival.checks import Item, Problem, read_items
from data.arrival.rows import Known, batch_of, known_of
from data.arrival.schema import MOST_CASES
from data.case_tables import hierarchy, site_setting, source
from data.errors import InputError
from data.ingest import ingest
from data.load.locate import Locator, read_locator
from data.one_ingester import alone
from data.pulse import note_pulse
from data.stored_settings import read_setting
from data.versions import version_of, versions_of


class Verdict(NamedTuple):
    """What became of an item: new, known, older (only its events were taken) or refused."""

    id: str
    verdict: str
    problems: tuple[Problem, ...] = ()


class Taken(NamedTuple):
    """What a batch changed; version: of the cases afterwards."""

    new: int
    updated: int
    unchanged: int
    events: int
    version: int
    verdicts: tuple[Verdict, ...]


@dataclass
class Ground:
    """Grids with their outlines, by hierarchy, as of a version of the grids: reading them takes a while."""

    version: int = -1
    locators: tuple[Locator, ...] = ()

    def renew(self, connection: Connection) -> None:
        """Read the grids, if they are not those of before."""
        version = versions_of(connection).get("grids", 0)
        if version != self.version:
            self.locators = _locators(connection)
            self.version = version


def read_body(body: bytes) -> list[Any]:
    """The items of a request's body; raises InputError for what is no batch."""
    try:
        given = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise InputError(f"The body is no UTF-8: byte {error.start} fits nowhere.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"The body is no JSON: {str(error)[:200]}.") from None
    cases = given.get("cases") if isinstance(given, dict) else None
    if not isinstance(cases, list) or set(given) != {"cases"}:
        raise InputError('The body is to be {"cases": [ … ]} and nothing else.')
    if len(cases) > MOST_CASES:
        raise InputError(f"{len(cases):,} cases; at most {MOST_CASES:,} are taken at a time.")
    return cases


def take(
    engine: Engine, ground: Ground, source_code: str, prefix: str, cases: Sequence[Any], now: int
) -> Taken:
    """Take in the good items of a batch; now: epoch seconds.

    Raises AnotherIngester when another program goes on changing cases, and InputError for a source
    that there is none of.
    """
    items = read_items(cases, now)
    with alone(engine, "cases that arrive"), engine.begin() as connection:
        found = connection.execute(select(source.c.source_id).where(source.c.code == source_code))
        source_id = found.scalar()
        if source_id is None:
            raise InputError(f"There is no source {source_code!r} in the case database any more.")
        ground.renew(connection)
        good = [item for item in items if not item.problems]
        known = known_of(connection, good, int(source_id), prefix, ground.locators)
        good = [item for item in items if not item.problems]
        done = None
        if good:
            zone = str(read_setting(connection, site_setting, "zone"))
            batch = batch_of(connection, good, known, now)
            done = ingest(connection, batch, zone=zone, now=now)
            if done.new or done.events or done.updated:
                note_pulse(connection, batch, now)
        verdicts = tuple(_verdict(item, known) for item in items)
        version = version_of(connection, "cases")
    counts = (done.new, done.updated, done.unchanged, done.events) if done else (0, 0, 0, 0)
    return Taken(*counts, version, verdicts)


def _verdict(item: Item, known: Known) -> Verdict:
    if item.problems:
        return Verdict(item.case_id, "refused", tuple(item.problems))
    code = known.code_of(item)
    word = "older" if code in known.older else "known" if code in known.stored else "new"
    return Verdict(item.case_id, word)


def _locators(connection: Connection) -> tuple[Locator, ...]:
    order = (hierarchy.c.is_default.desc(), hierarchy.c.hierarchy_id)
    codes = connection.execute(select(hierarchy.c.code).order_by(*order)).scalars().all()
    return tuple(read_locator(connection, code) for code in codes)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")
