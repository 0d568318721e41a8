"""A page of docs/ that is made from the program: written, or held against what the program gives."""

import argparse
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs"


def write_page(
    name: str, page: str, module: str, about: str | None, arguments: list[str] | None
) -> int:
    """Write docs/NAME; with --check among the arguments only say whether it is up to date.

    module: by which the page is made, for whoever has to make it anew; about: what that module says of
    itself. Gives the exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is out of date")
    file = FOLDER / name
    if not parser.parse_args(arguments).check:
        file.write_text(page, encoding="utf-8")
        return 0
    if file.exists() and file.read_text(encoding="utf-8") == page:
        return 0
    print(f"{name} is out of date: run python -m {module}", file=sys.stderr)
    return 1
