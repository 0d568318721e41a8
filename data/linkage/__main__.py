"""Command line: `python -m data.linkage keys`: makes the key by which this site pushes (docs/linkage.md)."""

import argparse
import sys
from pathlib import Path

from data.errors import InputError
from data.linkage.push_keys import make_key
from data.settings import project_folder


def main(arguments: list[str] | None = None) -> int:
    """Exit code 2 and one sentence where there is a key already."""
    options = _parser().parse_args(arguments)
    path = project_folder() / options.file
    try:
        public = make_key(path)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{path}\npublic half: {public}\nTo push, set PUSH_KEY_FILE={path} and PUBLIC_URL=https://…"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.linkage", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the key of Web Push")
    keys.add_argument(
        "file", nargs="?", type=Path, default=Path("var/push.pem"), help="default: var/push.pem"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
