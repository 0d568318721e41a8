"""Moves a database from one engine to another: `python -m data.copy FROM TO`.

Both are addresses, as in CASE_DATABASE_URL; which of the two databases it is shows in its tables. Stopped
or killed, the same command goes on where it stopped. FROM is only read, TO must be empty. The target is
compared with the source row by row before anybody may open it. `--follow` brings a copy on ClickHouse
up to date afterwards.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from data.copy.check import faults, let_go, sums_that_differ
from data.copy.ends import alone, cluster_tables, look_at, open_ends, prepare
from data.copy.follow import follow
from data.copy.progress import is_unfinished
from data.copy.stream import bring, count_of
from data.dialect import patient, steady
from data.engines import CASE
from data.errors import SetupError, first_line

SHOWN = 10


def main(arguments: list[str] | None = None) -> int:
    """Command line; 1 when what came differs, 2 and a message when it cannot be copied."""
    parser = argparse.ArgumentParser(prog="python -m data.copy", description=__doc__)
    parser.add_argument(
        "source", metavar="FROM", nargs="?", help="e.g. sqlite:///var/demo/case.sqlite"
    )
    parser.add_argument(
        "target", metavar="TO", nargs="?", help="e.g. postgresql://USER:PASSWORD@HOST/NAME"
    )
    parser.add_argument(
        "--anew", action="store_true", help="throw away a copy that was begun and begin again"
    )
    parser.add_argument(
        "--follow", action="store_true", help="bring a finished copy on ClickHouse up to date"
    )
    parser.add_argument(
        "--ddl", metavar="CLUSTER", help="print what makes the tables on a ClickHouse cluster"
    )
    options = parser.parse_args(arguments)
    if options.ddl:
        print("\n\n".join(f"{statement};" for statement in cluster_tables(options.ddl)))
        return 0
    if options.source is None or options.target is None:
        parser.error("FROM and TO are needed.")
    if options.anew and options.follow:
        parser.error("--anew and --follow: a copy is begun anew or brought up to date.")
    how = _follow if options.follow else partial(_copy, anew=options.anew)
    try:
        return between(options.source, options.target, how)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130


def copy(source: str, target: str, *, anew: bool = False) -> int:
    """Copy one database into another and compare them; 1 when they differ. Raises SetupError."""
    return between(source, target, partial(_copy, anew=anew))


def between(source: str, target: str, do: Callable[[Connection, Engine], int]) -> int:
    """Do something with both databases, nobody else on this machine writing into the second."""
    try:
        reading, writing = open_ends(source, target)
        try:
            with reading.connect() as connection:
                # What is read is of one moment; only while a copy lies interrupted can the source change.
                steady(connection)
                patient(connection)
                with alone(target):
                    return do(connection, writing)
        finally:
            reading.dispose()
            writing.dispose()
    except (SQLAlchemyError, OSError) as error:
        reason = first_line(error.__cause__ or error)
        raise SetupError(
            f"stopped: {reason}. What came so far stays; the same command goes on."
        ) from error


def _copy(source: Connection, target: Engine, *, anew: bool) -> int:
    began = time.monotonic()
    held = look_at(source)
    if held.others:
        print(f"not of this program, so not copied: {', '.join(held.others)}", file=sys.stderr)
    prepare(target, held, anew=anew)
    counts = {table.name: count_of(source, table) for table in held.tables}
    number, came = sum(counts.values()), {}
    with tqdm(total=number, desc="copy", unit=" rows", leave=False, disable=None) as bar:
        for table in held.tables:
            came[table.name] = bring(source, target, table, bar.update)
    with tqdm(total=number, desc="check", unit=" rows", leave=False, disable=None) as bar:
        found = faults(target, held, counts, came, bar.update)
    for fault in found[:SHOWN]:
        print(fault)
    took = f"{time.monotonic() - began:.0f} s"
    if found:
        print(f"{len(found)} differ ({took}); nobody can open the copy. `--anew` begins again.")
        return 1
    let_go(target, held)
    print(
        f"{held.kind} database: {number:,} rows in {len(counts)} tables copied and compared, {took}"
    )
    return 0


def _follow(source: Connection, target: Engine) -> int:
    held = look_at(source)
    with target.connect() as connection:
        if is_unfinished(connection):
            raise SetupError("TO: was never finished; without --follow the copy goes on.")
        number = follow(source, connection, held.tables, held.identity["versions"])
        found = sums_that_differ(connection) if held.kind == CASE else []
    for fault in found[:SHOWN]:
        print(fault)
    print(f"{number:,} cases changed and came over; sums of sums checked: {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
