"""Command line: `python -m data.sites` lists the sites, `check NAME|PATH` finds what is wrong in one."""

import argparse
import sys

from data.errors import SetupError
from data.sites.folder import site_folder, site_names
from data.sites.ladder import ladder_of
from data.sites.problems import check_folder


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: 0 when all is well, 1 when a site has problems, 2 when there is none."""
    options = _parser().parse_args(arguments)
    if options.command is None:
        print("\n".join(site_names()))
        return 0
    try:
        folder = site_folder(options.site)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    site, problems = check_folder(folder)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems in {folder}")
        return 1
    ladder = ladder_of(site)
    print(f"{folder.name}: {site['name'][0]} / {site['name'][1]}: all is well")
    for tree in ladder.trees:
        print(f"  {tree.code}: " + " → ".join(zh for zh, _ in ladder.level_names(tree)))
    for size in ("full", "small"):
        counts = ladder.counts(size)
        if ladder.exclusive:
            counts[ladder.exclusive.key] = ladder.exclusive.counts[size]
        print(f"  {size}: " + ", ".join(f"{count} {key}" for key, count in counts.items()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.sites", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    check = commands.add_parser("check", help="say what is wrong in the folder of a site")
    check.add_argument("site", metavar="NAME|PATH")
    return parser


if __name__ == "__main__":
    sys.exit(main())
