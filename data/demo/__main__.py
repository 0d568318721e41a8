"""Command line: `python -m data.demo` builds the demo of a site, `--follow` lets it go on."""

import argparse
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

from data.days import epoch_of
from data.demo.build import build_demo
from data.demo.calendar import DAY, ZONE
from data.demo.plan import read_about
from data.demo.sizes import SIZES
from data.demo.stores import Build, build_of, plan_file, sqlite_file
from data.demo.stream import follow
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.one_ingester import only_ingester, only_writer_of
from data.settings import Settings, read_settings
from data.sites.folder import DEFAULT_SITE, database_folder, site_key, site_names

SEED = 17
LEAST_LEFT = 2 * DAY
"""A demo is built anew when its plan ends sooner than this (seconds)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when all went well, 2 when something must be put right first."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings(site=database_folder(options.site))
        _build(settings, options)
        if options.follow:
            print("following the plan; Ctrl-C ends it", flush=True)
            follow(settings, threading.Event())
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data.demo", description=__doc__)
    parser.add_argument(
        "--site",
        default=DEFAULT_SITE,
        metavar="NAME|PATH",
        help=f"whose levels, names and rules: {', '.join(site_names())}, or a folder of your own",
    )
    parser.add_argument("--size", choices=list(SIZES), default="full")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed, another city")
    parser.add_argument("--now", help="ISO time of the start moment, instead of the real clock")
    parser.add_argument("--follow", action="store_true", help="go on moving what comes due")
    parser.add_argument("--rebuild", action="store_true", help="build anew in any case")
    return parser


def _build(settings: Settings, options: argparse.Namespace) -> None:
    now = _moment(options.now)
    path = plan_file(settings.case_database_url)
    held = standing(settings, path, now)
    site = site_key(options.site)
    start = now if options.now or held is None else held.now
    if held == Build(options.size, options.seed, start, site) and not options.rebuild:
        print(
            f"the demo site {site} is there already ({held.size}, seed {held.seed}); --rebuild to renew"
        )
        return
    if held is not None and held.site != site:
        print(f"the databases hold the demo site {held.site}; {site} takes its place")
    started = time.monotonic()
    with _alone(settings.case_database_url):
        build_demo(
            settings.case_database_url,
            settings.population_database_url,
            size=options.size,
            seed=options.seed,
            site=options.site,
            now=now,
            plan_path=path,
            progress=True,
        )
    print(f"the demo site {site} is built ({options.size}, {time.monotonic() - started:.0f} s)")


def _alone(address: str) -> AbstractContextManager[None]:
    """Nobody else may fill or build these databases meanwhile."""
    file = sqlite_file(address)
    if file is not None:
        return only_writer_of(file, "data.demo")
    return only_ingester(engine_for(address, CASE, writable=True), "data.demo")


def standing(settings: Settings, plan_path: Path, now: int) -> Build | None:
    """The build that is complete and has a plan for long enough; None when there is none.

    Raises SetupError when a database holds something else.
    """
    case_build = build_of(settings.case_database_url, CASE)
    population_build = build_of(settings.population_database_url, POPULATION)
    about = read_about(plan_path)
    if case_build is None or case_build != population_build:
        return None
    if about.get("build") != case_build.as_json() or about["ends_at"] < now + LEAST_LEFT:
        return None
    return case_build


def _moment(text: str | None) -> int:
    if not text:
        return int(time.time())
    try:
        return epoch_of(text, ZONE)
    except ValueError:
        raise SetupError(f"--now={text!r} is not an ISO time such as 2026-05-04T09:00.") from None


if __name__ == "__main__":
    sys.exit(main())
