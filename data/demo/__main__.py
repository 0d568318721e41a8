"""Command line: `python -m data.demo` builds the demo city, `--follow` lets it go on."""

import argparse
import sys
import threading
import time
from pathlib import Path

from data.days import epoch_of
from data.demo.build import build_demo
from data.demo.calendar import DAY, ZONE
from data.demo.plan import read_about
from data.demo.sizes import SIZES
from data.demo.stores import Build, build_of, plan_file
from data.demo.stream import follow
from data.engines import CASE, POPULATION
from data.errors import SetupError
from data.settings import Settings, read_settings

SEED = 17
LEAST_LEFT = 2 * DAY
"""A demo is built anew when its plan ends sooner than this (seconds)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when all went well, 2 when something must be put right first."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings()
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
    wanted = Build(options.size, options.seed, now if options.now or held is None else held.now)
    if held == wanted and not options.rebuild:
        print(f"the demo city is there already ({held.size}, seed {held.seed}); --rebuild to renew")
        return
    started = time.monotonic()
    build_demo(
        settings.case_database_url,
        settings.population_database_url,
        size=options.size,
        seed=options.seed,
        now=now,
        plan_path=path,
        progress=True,
    )
    print(f"the demo city is built ({options.size}, {time.monotonic() - started:.0f} s)")


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
