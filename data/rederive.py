"""Rebuilds what the case events add up to: `python -m data.rederive`.

Needed after an upgrade that derives more than before, and after a change of the site's working time:
figures come from `case_derived`, which is otherwise renewed only for cases that something happens to.
Needs a user that may write. Readers see the old states until the very end of each portion.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, select
from tqdm import tqdm

from data.case_tables import case_record, site_setting
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.helpers import in_order
from data.ingest import derived_anew, note_derived
from data.one_ingester import only_ingester
from data.past_states import PastStates
from data.repeats import renew_repeats
from data.rules import read_rules
from data.settings import read_settings
from data.state_rows import cases_that_differ, counted, read_states, write_changed
from data.stored_settings import read_setting
from data.tiles.build import make_first
from data.tiles.writer import put_aside
from data.versions import bump, hold, stamp

PORTION = 5_000


def rederive_all(address: str, *, progress: bool = False) -> int:
    """Rebuild the states of every case; how many there are."""
    engine = open_database(address, CASE, writable=True)
    with only_ingester(engine, "data.rederive"), engine.connect() as connection:
        zone = _zone(connection)
        number = renew_states(
            connection,
            zone,
            int(time.time()),
            progress=progress,
            committed=True,
            between=connection.commit,
        )
        connection.commit()
    engine.dispose()
    return number


def renew_states(
    connection: Connection,
    zone: str,
    now: int,
    *,
    progress: bool | None = None,
    committed: bool = False,
    between: Callable[[], None] = lambda: None,
) -> int:
    """Derive the states of every case anew in portions, `between` which something may be done.

    The last step says that it was done, and counts the version up; gives the number of cases. What
    comes out differently was recorded so until now and stays askable (data.past_states).
    `progress` shows a bar, None only where somebody looks on. committed: all cases are, so that other
    processes can help with many.
    """
    ids = list(connection.execute(select(case_record.c.case_id)).scalars())
    hidden = None if progress is None else not progress
    put_aside(connection)
    between()
    reach = read_rules(connection, zone).reach
    parts = [ids[first : first + PORTION] for first in range(0, len(ids), PORTION)]
    work = partial(_derived, zone=zone)
    found = in_order(connection, work, parts, cases=len(ids), committed=committed)
    for one in tqdm(found, "case states", len(parts), leave=False, disable=hidden):
        hold(connection)
        past = PastStates(connection, stamp(connection, now))
        past.note(one.held)
        write_changed(connection, one.states.assign(recorded_from=past.now), one.held)
        renew_repeats(
            connection,
            one.ids,
            None,
            reach,
            now=one.places,
            said=one.said,
            also_before=past.before,
        )
        past.after()
        between()
    if ids:
        note_derived(connection)
        bump(connection, "cases", stamp(connection, now))
        make_first(connection, zone, now)
    return len(ids)


class Derived(NamedTuple):
    """What comes out for some cases: all states of those that come out otherwise, beside what is held of them.

    places: of all, as in data.repeats; said: what is counted of them so far, by case.
    """

    ids: list[int]
    states: pd.DataFrame
    held: pd.DataFrame
    places: pd.DataFrame
    said: dict[int, int]


def _derived(connection: Connection, ids: list[int], *, zone: str) -> Derived:
    held = read_states(connection, ids)
    states, places = derived_anew(connection, ids, read_rules(connection, zone))
    other = cases_that_differ(states, held)
    states, there = (
        rows[rows["case_id"].isin(other)] if len(rows) else rows for rows in (states, held)
    )
    return Derived(ids, states, there, places, counted(held))


def _zone(connection: Connection) -> str:
    zone = read_setting(connection, site_setting, "zone")
    if zone is None:
        raise SetupError(
            "the case database holds no site yet; load one (data.load) or build the demo."
        )
    return str(zone)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m data.rederive`."""
    parser = argparse.ArgumentParser(prog="python -m data.rederive", description=__doc__)
    parser.parse_args(arguments)
    try:
        number = rederive_all(read_settings().case_database_url, progress=True)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{number:,} cases: their states are derived anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
