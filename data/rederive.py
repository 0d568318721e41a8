"""Rebuilds what the case events add up to: `python -m data.rederive`.

Needed after an upgrade that derives more than before, and after a change of the site's working time:
figures come from `case_derived`, which is otherwise renewed only for cases that something happens to.
Needs a user that may write. Readers see the old states until the very end of each portion.
"""

import argparse
import sys
import time
from collections.abc import Callable

from sqlalchemy import Connection, select
from tqdm import tqdm

from data.case_tables import case_record, site_setting
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.ingest import note_derived, rederive
from data.one_ingester import only_ingester
from data.past_states import PastStates
from data.settings import read_settings
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
            connection, zone, int(time.time()), progress=progress, between=connection.commit
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
    between: Callable[[], None] = lambda: None,
) -> int:
    """Derive the states of every case anew in portions, `between` which something may be done.

    The last step says that it was done, and counts the version up; gives the number of cases. What
    comes out differently was recorded so until now and stays askable (data.past_states).
    `progress` shows a bar, None only where somebody looks on.
    """
    ids = list(connection.execute(select(case_record.c.case_id)).scalars())
    hidden = None if progress is None else not progress
    put_aside(connection)
    for first in tqdm(range(0, len(ids), PORTION), "case states", leave=False, disable=hidden):
        portion = ids[first : first + PORTION]
        hold(connection)
        past = PastStates(connection, stamp(connection, now))
        past.before(portion)
        rederive(connection, portion, past.held(), zone=zone, now=past.now, before=past.before)
        past.after()
        between()
    if ids:
        note_derived(connection)
        bump(connection, "cases", stamp(connection, now))
        make_first(connection, zone, now)
    return len(ids)


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
