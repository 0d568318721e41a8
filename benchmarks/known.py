"""What it costs to ask what was known before, and whether the answer is what was said then.

On a copy of a large city with its log and with tiles: some figures of the whole are asked for, cases
change in batches, and the same figures are asked for as known before them. The floor is the same
question as known now.
"""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from benchmarks.changes import ZONE, _batch
from benchmarks.large_city import NOW, LargeCity, Tell, scratch
from benchmarks.serving import CannotRun
from benchmarks.snapshot import open_city
from benchmarks.timing import machine, spread
from data.case_tables import FOREVER
from data.case_tables import case_derived as d
from data.databases import open_database
from data.days import local_day
from data.engines import CASE
from data.ingest import ingest
from data.past_tables import case_derived_past
from data.tiles.build import build
from queries.known import as_known
from queries.measure import Measurement, measure
from queries.metrics import BY_KEY
from queries.scope import read_scope
from queries.site import Site

METRICS = "closure_rate on_time_rate overdue open satisfaction handling_median handling_p90".split()
DAYS = 365
ROUNDS = 20
RECENT_DAYS = 90
"""The known cases that change were reported within so many days."""


def measure_known(
    city: LargeCity, *, batches: int = 10, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Ask, change 1,000 cases in each of the batches, ask again. Raises CannotRun when it differs."""
    with scratch(city) as address:
        engine = open_database(address, CASE, writable=True)
        with engine.begin() as connection:
            tell("tiles")
            build(connection, ZONE, NOW)
        before = _opened(city, address)
        said = [_asked(before, NOW - n) for n in range(ROUNDS)]
        before.case.dispose()
        with engine.connect() as connection:
            recent = d.c.reported_day > local_day(NOW, ZONE) - RECENT_DAYS
            held = select(d.c.case_id).where(recent, d.c.valid_to == FOREVER).order_by(d.c.case_id)
            known = connection.execute(held).scalars().all()
            if len(known) < batches * 1000:
                raise CannotRun(f"only {len(known):,} cases are recent: ask for fewer --batches.")
            prepared = [_batch(connection, number, known) for number in range(batches)]
        changed = 0
        for number, batch in enumerate(prepared, start=1):
            with engine.begin() as connection:
                done = ingest(connection, batch, zone=ZONE, now=NOW + 60 * number)
            changed += done.new + done.updated
            tell(f"batch {number}")
        with engine.connect() as connection:
            past = select(func.count()).select_from(case_derived_past)
            kept = connection.execute(past).scalar_one()
        site, raw = _opened(city, address), _opened(city, address)
        raw.uses_tiles = False
        times, found = {}, {}
        for name, one in (
            ("now", site),
            ("known", as_known(site, NOW)),
            ("counted", as_known(raw, NOW)),
        ):
            times[name], found[name] = _timed(one)
        for one in (site, raw):
            one.case.dispose()
            one.population.dispose()
        engine.dispose()
    if [held.figures for held in found["known"]] != [held.figures for held in said]:
        raise CannotRun("what was known is not what was said: that is a fault of the program.")
    first, rest = times["known"][0], spread(times["known"][1:])
    now = spread(times["now"][1:])
    return {
        "machine": machine(),
        "measured": (
            f"{city.cases:,} cases on {city.engine}; {changed:,} changed since, in {batches} batches; "
            f"{len(METRICS)} figures of the whole over {DAYS} days"
        ),
        "rows_kept": kept,
        "rows_kept_per_changed_case": round(kept / changed, 2),
        "floor": now,
        "known_first_ms": round(first, 1),
        "known": rest,
        "known_to_floor": round(rest["p50_ms"] / now["p50_ms"], 2),
        "counted_from_the_cases": spread(times["counted"][1:]),
        "as_said_then": True,
    }


def _opened(city: LargeCity, address: str) -> Site:
    return open_city(replace(city, case_url=address))


def _asked(site: Site, as_of: int) -> Measurement:
    scope = read_scope(site, {"days": str(DAYS)}, as_of)
    return measure(site, [BY_KEY[key] for key in METRICS], scope, as_of=as_of)


def _timed(site: Site) -> tuple[list[float], list[Measurement]]:
    times, found = [], []
    for number in range(ROUNDS):
        began = time.perf_counter()
        found.append(_asked(site, NOW - number))
        times.append(1000 * (time.perf_counter() - began))
    return times, found


def known_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    floor, known, raw = (report[key] for key in ("floor", "known", "counted_from_the_cases"))
    return "\n".join(
        [
            report["measured"],
            report["machine"],
            f"as known now (floor): p50 {floor['p50_ms']} ms, p95 {floor['p95_ms']} ms",
            f"as known before: first {report['known_first_ms']} ms, then p50 {known['p50_ms']} ms, "
            f"p95 {known['p95_ms']} ms; {report['known_to_floor']} times the floor",
            f"as known before, without tiles: p50 {raw['p50_ms']} ms",
            f"kept: {report['rows_kept']:,} superseded states, "
            f"{report['rows_kept_per_changed_case']} for each changed case; figures as said then",
        ]
    )
