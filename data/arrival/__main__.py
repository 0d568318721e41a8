"""Command line: `python -m data.arrival token create SOURCE | revoke NUMBER | list`, and `send FILE`.

A token lets the system of one source send its cases to `POST /api/cases` (docs/arrivals.md).
"""

import argparse
import getpass
import os
import sys
import time
from pathlib import Path

import requests
from sqlalchemy import select

from data.accounts.access import open_access
from data.arrival import tokens
from data.arrival.signature import (
    SIGNATURE_HEADER,
    SOURCE_HEADER,
    TIME_HEADER,
    key_of,
    signature,
)
from data.case_tables import source
from data.databases import open_database
from data.days import local_time
from data.engines import CASE
from data.errors import InputError, SetupError, first_line
from data.settings import Settings, read_settings
from data.sites.folder import database_folder

TOKEN_VARIABLE = "ARRIVAL_TOKEN"
"""Holds the token that `send` signs with: on a command line others could read it."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 2 when something must be put right first, 1 for a batch that was not taken."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "send":
            return send(options.file, options.source, options.url)
        settings = read_settings(site=database_folder(options.site) if options.site else "")
        return _token(settings, options)
    except (InputError, SetupError) as error:
        print(error, file=sys.stderr)
    except (OSError, requests.RequestException) as error:
        print(first_line(error), file=sys.stderr)
    return 2


def _token(settings: Settings, options: argparse.Namespace) -> int:
    access = open_access(settings)
    by, now = f"{getpass.getuser()} (shell)", int(time.time())
    if options.action == "list":
        for one in tokens.tokens(access.engine):
            used = "never used" if one.used_at is None else f"used {_day(one.used_at)}"
            state = f"revoked {_day(one.revoked_at)}" if one.revoked_at else used
            print(f"{one.token_id:>5}  {one.source:<16}prefix {one.prefix!r:<18}{state}")
    elif options.action == "revoke":
        tokens.revoke(access.log, options.number, by, now)
    else:
        _check_source(settings, options.source)
        prefix = f"{options.source}:" if options.prefix is None else options.prefix
        number, text = tokens.create(access.log, options.source, prefix, by, now)
        print(f"token {number} of {options.source}; it is told this once:", file=sys.stderr)
        print(text)
    return 0


def _check_source(settings: Settings, code: str) -> None:
    engine = open_database(settings.case_database_url, CASE)
    with engine.connect() as connection:
        known = (
            connection.execute(select(source.c.code).order_by(source.c.position)).scalars().all()
        )
    engine.dispose()
    if code not in known:
        raise InputError(f"There is no source {code!r}; there are {', '.join(known)}.")


def send(file: Path, source_code: str, url: str) -> int:
    """Send a file as it is, signed by the token in ARRIVAL_TOKEN; print the answer."""
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise SetupError(f"{TOKEN_VARIABLE} is to hold the token.")
    body, sent_at = file.read_bytes(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        SOURCE_HEADER: source_code,
        TIME_HEADER: sent_at,
        SIGNATURE_HEADER: signature(key_of(token), sent_at, body),
    }
    answer = requests.post(f"{url.rstrip('/')}/api/cases", data=body, headers=headers, timeout=60)
    print(answer.text)
    return 0 if answer.status_code == 200 else 1


def _day(at: int) -> str:
    return f"{local_time(at, 'UTC'):%Y-%m-%d %H:%M} UTC"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.arrival", description=__doc__)
    parser.add_argument("--site", metavar="NAME|PATH", help="the demo site that cases are sent to")
    commands = parser.add_subparsers(dest="command", required=True)
    actions = commands.add_parser("token", help="who may send").add_subparsers(
        dest="action", required=True
    )
    create = actions.add_parser("create", help="print a fresh token of a source")
    create.add_argument("source", help="code of the source, as in the case database")
    create.add_argument(
        "--prefix", help="goes before the source's own case ids (default: the code and a colon)"
    )
    actions.add_parser("revoke", help="take no more from who has it").add_argument(
        "number", type=int
    )
    actions.add_parser("list", help="every token, without its text")
    sending = commands.add_parser("send", help=f"send a file; {TOKEN_VARIABLE} holds the token")
    sending.add_argument("file", type=Path)
    sending.add_argument("--source", required=True)
    sending.add_argument("--url", default="http://127.0.0.1:8050")
    return parser


if __name__ == "__main__":
    sys.exit(main())
