"""Command line: `python -m benchmarks NAME [--json]`; each has options of its own, see `NAME --help`."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.casting import casting_table, measure_casting
from benchmarks.changes import ingest_table, measure_ingest, measure_rebuild, rebuild_table
from benchmarks.clocks import clocks_table, measure_clocks
from benchmarks.crowd import measure_crowd
from benchmarks.file_load import load_table, measure_load
from benchmarks.hammer import measure_serving, serving_table
from benchmarks.known import known_table, measure_known
from benchmarks.large_city import ENGINES, LargeCity, Place, large_city, progress
from benchmarks.live import live_table, measure_live
from benchmarks.lookup import lookup_table, measure_lookups
from benchmarks.screens import CannotRun, measure_screens, table
from benchmarks.snapshot import RANGES, measure_snapshots, snapshot_table
from benchmarks.supervising import measure_supervising, supervising_table

FEWEST, MOST = 1_000, 100_000_000


class Kind(NamedTuple):
    """One benchmark: what it says of itself, its options, how it runs and how it is printed."""

    told: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], dict[str, Any]]
    table: Callable[[dict[str, Any]], str]


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark and print it; exit code 2 and one message when something is missing."""
    options = parser().parse_args(arguments)
    kind = KINDS[options.kind]
    try:
        report = kind.run(options)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else kind.table(report))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line: one sub-command for each benchmark."""
    whole = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    kinds = whole.add_subparsers(dest="kind", required=True)
    for name, kind in KINDS.items():
        one = kinds.add_parser(name, help=kind.told, description=kind.told)
        kind.options(one)
        one.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return whole


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A type for an option: a whole number from low to high, also written like 1e6."""

    def read(text: str) -> int:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not low <= number <= high or number != int(number):
            raise argparse.ArgumentTypeError(
                f"{text!r} must be a whole number from {low} to {high}"
            )
        return int(number)

    return read


def ranges(text: str) -> tuple[str, ...]:
    """A type for an option: some of RANGES, with commas."""
    asked = tuple(text.split(","))
    if unknown := [one for one in asked if one not in RANGES]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} must be one of {', '.join(RANGES)}")
    return asked


def _screens_options(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--rounds", type=whole_number(1, 100), default=3, help="openings of each screen"
    )
    one.add_argument("--url", help="measure a server that runs already, not one of its own")


def _city_options(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--cases", type=whole_number(FEWEST, MOST), default=1_000_000, help="e.g. 1e5, 1e6, 1e7"
    )
    one.add_argument("--engine", choices=ENGINES, default="sqlite")
    one.add_argument(
        "--url",
        help="PostgreSQL: a server and user that may create databases; ClickHouse: an empty database, "
        "without it the engine inside the process",
    )
    one.add_argument(
        "--log", action="store_true", help="the city that holds events and surveys as well"
    )


def _snapshot_options(one: argparse.ArgumentParser) -> None:
    _city_options(one)
    one.add_argument(
        "--nodes", type=whole_number(1, 100), default=3, help="random grids of each level"
    )
    one.add_argument("--ranges", type=ranges, default=RANGES, help=f"some of {','.join(RANGES)}")
    one.add_argument(
        "--minutes", type=whole_number(1, 600), default=20, help="ask no more after so long"
    )
    one.add_argument("--raw", action="store_true", help="count the cases, though there are tiles")


def _serve_options(one: argparse.ArgumentParser) -> None:
    _city_options(one)
    one.add_argument(
        "--seconds", type=whole_number(1, 600), default=30, help="length of each of the two runs"
    )
    one.add_argument(
        "--connections", type=whole_number(1, 256), default=64, help="that ask at the same time"
    )
    one.add_argument(
        "--addresses", type=whole_number(1, 50), default=1, help="that each screen is asked for"
    )


def _ingest_options(one: argparse.ArgumentParser) -> None:
    _city_options(one)
    one.add_argument(
        "--batches", type=whole_number(1, 1000), default=10, help="each is a transaction"
    )
    one.add_argument(
        "--size", type=whole_number(2, 100_000), default=1_000, help="changed cases of a batch"
    )
    one.add_argument(
        "--days",
        type=whole_number(1, 1500),
        default=30,
        help="known cases that change were reported within so many days",
    )


def _lookup_options(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--people", type=whole_number(10_000, 20_000_000), default=3_500_000, help="in the register"
    )
    one.add_argument(
        "--rounds", type=whole_number(1, 1000), default=20, help="of each kind in each area"
    )


def _run_lookup(options: argparse.Namespace) -> dict[str, Any]:
    return measure_lookups(options.people, options.rounds, progress(time.monotonic()))


def _city(options: argparse.Namespace, *, needs_log: bool = False) -> LargeCity:
    with_log = needs_log or options.log
    place = Place(options.cases, options.engine, options.url, with_log=with_log)
    return large_city(place, progress(time.monotonic()))


def _run_city(options: argparse.Namespace) -> dict[str, Any]:
    city = _city(options)
    return {
        "cases": city.cases,
        "engine": city.engine,
        "built_seconds": city.built_seconds,
        "file_bytes": city.file_bytes(),
    }


def _run_snapshot(options: argparse.Namespace) -> dict[str, Any]:
    return measure_snapshots(
        _city(options),
        nodes=options.nodes,
        ranges=options.ranges,
        minutes=options.minutes,
        raw=options.raw,
        tell=progress(time.monotonic()),
    )


def _run_serve(options: argparse.Namespace) -> dict[str, Any]:
    return measure_serving(
        _city(options),
        seconds=options.seconds,
        connections=options.connections,
        addresses=options.addresses,
        tell=progress(time.monotonic()),
    )


def _run_ingest(options: argparse.Namespace) -> dict[str, Any]:
    city = _city(options, needs_log=True)
    return measure_ingest(
        city,
        batches=options.batches,
        size=options.size,
        days=options.days,
        tell=progress(time.monotonic()),
    )


def _cast_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--steps", type=whole_number(1, 10_000), default=50, help="one after another")


def _known_options(one: argparse.ArgumentParser) -> None:
    _city_options(one)
    one.add_argument(
        "--batches", type=whole_number(1, 1000), default=10, help="of 1,000 changed cases each"
    )


def _live_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--posts", type=whole_number(1, 10_000), default=100, help="one after another")


def _crowd_options(one: argparse.ArgumentParser) -> None:
    for name, number in (("phones", 1000), ("tablets", 50), ("walls", 4)):
        one.add_argument(f"--{name}", type=whole_number(1, 5_000), default=number)
    one.add_argument("--seconds", type=whole_number(1, 3_600), default=300, help="of posting")


def _run_known(options: argparse.Namespace) -> dict[str, Any]:
    city = _city(options, needs_log=True)
    return measure_known(city, batches=options.batches, tell=progress(time.monotonic()))


def _run_load(options: argparse.Namespace) -> dict[str, Any]:
    return measure_load(_city(options), tell=progress(time.monotonic()))


def _run_rebuild(options: argparse.Namespace) -> dict[str, Any]:
    return measure_rebuild(_city(options, needs_log=True), tell=progress(time.monotonic()))


def _lines(report: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in report.items())


KINDS = {
    "screens": Kind(
        "how long the three screens take, in Chromium",
        _screens_options,
        lambda options: measure_screens(rounds=options.rounds, url=options.url),
        table,
    ),
    "cast": Kind(
        "a step on the tablet that leads, until the wall has followed, in Chromium",
        _cast_options,
        lambda options: measure_casting(options.steps, progress(time.monotonic())),
        casting_table,
    ),
    "supervise": Kind(
        "a 督办 that is issued, until it is lit on the station's tablet and the handler's phone, in Chromium",
        _cast_options,
        lambda options: measure_supervising(options.steps, progress(time.monotonic())),
        supervising_table,
    ),
    "clocks": Kind(
        "how long a million deadlines in working time take",
        lambda _: None,
        lambda _: measure_clocks(),
        clocks_table,
    ),
    "city": Kind(
        "build a city of so many cases, for the benchmarks below",
        _city_options,
        _run_city,
        _lines,
    ),
    "snapshot": Kind(
        "one refresh of each screen over a large city, nothing remembered",
        _snapshot_options,
        _run_snapshot,
        snapshot_table,
    ),
    "serve": Kind(
        "many screens at once on one server, while the version of the cases is counted up",
        _serve_options,
        _run_serve,
        serving_table,
    ),
    "ingest": Kind(
        "changed cases taken in per second, on a copy of a large city",
        _ingest_options,
        _run_ingest,
        ingest_table,
    ),
    "known": Kind(
        "figures as known before some thousand cases changed, on a copy of a large city",
        _known_options,
        _run_known,
        known_table,
    ),
    "load": Kind(
        "a file of so many cases loaded into empty SQLite databases",
        _city_options,
        _run_load,
        load_table,
    ),
    "lookup": Kind(
        "persons, addresses and companies found in a register of 3.5 million",
        _lookup_options,
        _run_lookup,
        lookup_table,
    ),
    "live": Kind(
        "a case that is posted, until it is a figure on wall, tablet and phone in Chromium",
        _live_options,
        lambda options: measure_live(options.posts, progress(time.monotonic())),
        live_table,
    ),
    "crowd": Kind(
        "many pages that hold a stream and fetch what is newer, while a case comes in every second",
        _crowd_options,
        lambda options: measure_crowd(
            options.phones,
            options.tablets,
            options.walls,
            options.seconds,
            progress(time.monotonic()),
        ),
        _lines,
    ),
    "rebuild": Kind(
        "the states and the tiles of all cases made anew, on a copy of a large city",
        _city_options,
        _run_rebuild,
        rebuild_table,
    ),
}


if __name__ == "__main__":
    sys.exit(main())
