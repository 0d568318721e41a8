"""Command line: `python -m data.audit verify | forget --days N [--copy FILE] | show [--last N]`."""

import argparse
import contextlib
import getpass
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from data.app_tables import audit
from data.audit.log import AuditLog, open_log
from data.audit.retention import LEAST_DAYS, forget
from data.audit.verify import verify
from data.databases import open_database
from data.engines import APP
from data.errors import SetupError
from data.settings import read_settings
from data.sites.folder import database_folder


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when the log is not as it was written, 2 when something must be set up first."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(site=database_folder(options.site) if options.site else "")
        engine = open_database(settings.app_database_url, APP, writable=True)
        log = open_log(engine, settings.audit_folder)
        return {"verify": _verify, "forget": _forget, "show": _show}[options.command](log, options)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2


def _verify(log: AuditLog, _: argparse.Namespace) -> int:
    verdict = verify(log)
    for problem in verdict.problems:
        print(problem)
    print(f"{verdict.rows:,} rows read: " + ("NOT INTACT" if verdict.problems else "intact"))
    return 1 if verdict.problems else 0


def _forget(log: AuditLog, options: argparse.Namespace) -> int:
    if verify(log).problems:
        raise SetupError(
            "The log is not intact, nothing is removed: `python -m data.audit verify`."
        )
    with contextlib.ExitStack() as stack:
        copy = stack.enter_context(options.copy.open("x")) if options.copy else None
        gone = forget(log, options.days, f"{getpass.getuser()} (shell)", int(time.time()), copy)
    print(f"{gone:,} rows removed")
    return 0


def _show(log: AuditLog, options: argparse.Namespace) -> int:
    with log.engine.connect() as connection:
        newest = select(audit).order_by(audit.c.seq.desc()).limit(options.last)
        for row in reversed(connection.execute(newest).all()):
            at = datetime.fromtimestamp(row.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            said = (row.what, row.outcome, row.actor, row.scope, row.object, row.reason)
            print(row.seq, at, *(repr(word) for word in said if word))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.audit", description=__doc__)
    parser.add_argument("--site", metavar="NAME|PATH", help="the demo site whose log it is")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("verify", help="find what was edited, removed, moved or cut off")
    old = commands.add_parser("forget", help="remove rows older than so many days")
    old.add_argument("--days", type=_days, required=True)
    old.add_argument("--copy", type=Path, help="new file to write the removed rows to first")
    shown = commands.add_parser("show", help="print the newest rows")
    shown.add_argument("--last", type=int, default=20)
    return parser


def _days(text: str) -> int:
    if not text.isdigit() or int(text) < LEAST_DAYS:
        raise argparse.ArgumentTypeError(f"at least {LEAST_DAYS} days (six months) are kept")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
