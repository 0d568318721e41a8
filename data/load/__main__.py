"""`python -m data.load MAPPING.toml --source DIR` takes real files into the two databases.

The databases are those that CASE_DATABASE_URL and POPULATION_DATABASE_URL name. Loading the same
files twice changes nothing. Bad rows are set aside in <name>.rejected.csv, with row, field and reason.
With --follow it goes on: with the files that come into the folder, or with a table (docs/arrivals.md).
"""

import argparse
import logging
import sqlite3
import sys
import threading
import time
from pathlib import Path

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from data.databases import open_database
from data.engines import CASE, POPULATION
from data.errors import InputError, SetupError, first_line
from data.load.follow import PAUSE_SECONDS, FolderFollower, keep_following
from data.load.locate import read_locator
from data.load.mapping_file import read_mapping
from data.load.pull import TableFollower
from data.load.run import PARTS, Order, load, refuse_default_addresses
from data.load.summary import Part
from data.settings import SETTINGS, read_settings


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 loaded, 1 no row could be loaded, 2 mapping, file or database unusable."""
    options = _parser().parse_args(arguments)
    try:
        return _load(options)
    except (InputError, SetupError) as error:
        print(error, file=sys.stderr)
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        reason = first_line(error.__cause__ or error)
        print(f"The database refused: {reason}. What was loaded before stays.", file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; what was loaded stays, run again to load the rest.", file=sys.stderr)
        return 130
    return 2


def _load(options: argparse.Namespace) -> int:
    """Load, and print the summary of each part as soon as it is done."""
    started = time.monotonic()
    settings = read_settings()
    order = Order(
        mapping=read_mapping(options.mapping),
        source=options.source or Path(),
        rejects=options.rejects,
        caller_key_file=settings.caller_key_file,
        parts=tuple(options.only or PARTS),
        dry_run=options.dry_run,
    )
    if options.source is None and (order.mapping.follow is None or not options.follow):
        raise InputError("--source names the folder that holds the files.")
    addresses = {CASE: settings.case_database_url, POPULATION: settings.population_database_url}
    defaults = {setting.name: setting.default for setting in SETTINGS}
    refuse_default_addresses(addresses, defaults, order.mapping.site.key)
    if options.follow:
        return _follow(order, addresses, settings.follow_url)
    tables = []
    for part in load(order, addresses, int(time.time())):
        print("\n".join(part.lines()), flush=True)
        if part.title != "grids" and part.counts["read"]:
            tables.append(part)
    done = "dry run, the databases are as they were" if order.dry_run else "done"
    print(f"{done}: {time.monotonic() - started:.0f} s")
    return 1 if tables and not any(part.good for part in tables) else 0


def _follow(order: Order, addresses: dict[str, str], follow_url: str) -> int:
    """Follow until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")

    def told(part: Part) -> None:
        print("\n".join(part.lines()), flush=True)

    follow = order.mapping.follow
    if order.mapping.cases is None:
        raise InputError(f"{order.mapping.path} has no [cases]: there is nothing to follow.")
    _check_grids(order, addresses[CASE])
    stop = threading.Event()
    if follow is None:
        keep_following(FolderFollower(order, addresses, told).look, stop, PAUSE_SECONDS)
    else:
        follower = TableFollower(order, addresses, told, address=follow_url)
        keep_following(follower.look, stop, follow.every_seconds)
    return 0


def _check_grids(order: Order, address: str) -> None:
    """Raise what is wrong before anything is followed: the site is loaded once without --follow first."""
    engine = open_database(address, CASE)
    with engine.connect() as connection:
        read_locator(connection, order.mapping.default_hierarchy().code)
    engine.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.load", description=__doc__)
    parser.add_argument(
        "mapping", type=Path, help="mapping file, e.g. examples/boston311/boston.toml"
    )
    parser.add_argument("--source", type=Path, help="folder that holds the files")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="load this part only; may be repeated"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check and summarise, write to no database"
    )
    parser.add_argument(
        "--follow", action="store_true", help="go on with what is new, until stopped; cases only"
    )
    parser.add_argument(
        "--rejects", type=Path, default=Path(), help="folder for rejected rows (default: here)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
