"""Sums kept ready, by hand: `python -m data.tiles build | drop | show`.

A city of a few hundred thousand cases needs none. `data.load` and `data.rederive` build them anew where
there are some, and make the first ones from 200,000 cases on.
"""

import argparse
import sys
import time
from contextlib import ExitStack

from sqlalchemy import Connection, func, select

from data.case_tables import site_setting
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.one_ingester import only_ingester
from data.settings import read_settings
from data.stored_settings import read_setting
from data.tiles.build import build, drop
from data.tiles.tables import ALL, DIMENSIONS, HISTOGRAM, TILES
from data.tiles.writer import made_by, maker, read_sets

SPLITS = {ALL: "", HISTOGRAM: ", how long cases took"}
SPLITS |= {dim: f" by {name.removesuffix('_id')}" for dim, name in DIMENSIONS.items()}


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit code 2 and one message when there is nothing to build from."""
    parser = argparse.ArgumentParser(prog="python -m data.tiles", description=__doc__)
    parser.add_argument("what", choices=("build", "drop", "show"))
    what = parser.parse_args(arguments).what
    try:
        engine = open_database(read_settings().case_database_url, CASE, writable=True)
        with ExitStack() as stack:
            if what != "show":
                stack.enter_context(only_ingester(engine, f"data.tiles {what}"))
            connection = stack.enter_context(engine.connect())
            {"build": _build, "drop": _drop, "show": _show}[what](connection)
            connection.commit()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _build(connection: Connection) -> None:
    began = time.monotonic()
    now = int(time.time())
    number = build(
        connection, _zone(connection), now, progress=True, committed=True, between=connection.commit
    )
    print(f"tiles of {number:,} cases, {time.monotonic() - began:.1f} s")


def _drop(connection: Connection) -> None:
    drop(connection, int(time.time()))
    print("no tiles: every figure is counted from the cases")


def _show(connection: Connection) -> None:
    mark = made_by(connection)
    if mark is None:
        print("no tiles: every figure is counted from the cases")
        return
    if mark != maker(_zone(connection)):
        print(
            "tiles of another program, not in force; `python -m data.tiles build` makes them anew"
        )
    for one in read_sets(connection):
        print(f"hierarchy {one.hierarchy_id} level {one.level}{SPLITS[one.dim]}")
    for table in TILES.values():
        rows = connection.execute(select(func.count()).select_from(table)).scalar() or 0
        print(f"{table.name}: {rows:,} rows")


def _zone(connection: Connection) -> str:
    zone = read_setting(connection, site_setting, "zone")
    if zone is None:
        raise SetupError(
            "the case database holds no site yet; load one (data.load) or build the demo."
        )
    return str(zone)


if __name__ == "__main__":
    sys.exit(main())
