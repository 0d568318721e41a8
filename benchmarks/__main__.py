"""Command line: `python -m benchmarks screens|clocks [--json]`; `screens` takes more options."""

import argparse
import json
import sys

from benchmarks.clocks import clocks_table, measure_clocks
from benchmarks.screens import CannotRun, measure_screens, table


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark and print it; exit code 2 and one message when something is missing."""
    options = _parser().parse_args(arguments)
    if options.kind == "clocks":
        report = measure_clocks()
        print(json.dumps(report, indent=2) if options.json else clocks_table(report))
        return 0
    try:
        report = measure_screens(rounds=options.rounds, url=options.url)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report, indent=2) if options.json else table(report))
    return 0


def _rounds(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError("a whole number from 1 to 100")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    screens = kinds.add_parser("screens", help="how long the three screens take, in Chromium")
    screens.add_argument("--rounds", type=_rounds, default=3, help="openings of each screen")
    screens.add_argument("--json", action="store_true", help="print JSON instead of a table")
    screens.add_argument("--url", help="measure a server that runs already, not one of its own")
    clocks = kinds.add_parser("clocks", help="how long a million deadlines in working time take")
    clocks.add_argument("--json", action="store_true", help="print JSON instead of lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
