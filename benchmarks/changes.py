"""How fast changed cases are taken in, and how fast all states are derived anew.

Both on a copy of a large city with its log, by the program's own ways in: `data.ingest.ingest`, each
batch in a transaction of its own, and `data.rederive.rederive_all`.
"""

import time
from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from benchmarks.copies import DAY, SPREAD
from benchmarks.large_city import NOW, LargeCity, Tell, scratch
from benchmarks.serving import CannotRun
from benchmarks.timing import machine, spread
from data import bulk
from data.case_tables import FOREVER, case_event, case_path, case_record
from data.case_tables import case_derived as d
from data.databases import open_database
from data.days import local_day
from data.engines import CASE
from data.ingest import CaseBatch, ingest
from data.rederive import rederive_all

ZONE = "Asia/Shanghai"
NEW = LATE = 500
"""Cases of one batch: such as were just reported, and such as something happened to an hour ago."""
BEGINNING = 4
"""Events that a case just reported has so far."""
GIVEN = [c for c in case_record.columns if c.name not in ("case_id", "content_hash", "updated_at")]
NO_SURVEYS = pd.DataFrame(
    columns=["code", "cycle_no", "surveyed_at", "channel", "reached", "solved"]
)


def measure_ingest(
    city: LargeCity, *, batches: int = 10, days: int = 30, tell: Tell = lambda _: None
) -> dict[str, Any]:
    """Take in batches of 500 new cases and 500 late events of known ones; each in one transaction.

    days: the known ones were reported within so many days.
    """
    took = []
    with scratch(city) as address:
        engine = open_database(address, CASE, writable=True)
        with engine.connect() as connection:
            recent = d.c.reported_day > local_day(NOW, ZONE) - days
            held = select(d.c.case_id).where(recent, d.c.valid_to == FOREVER)
            known = connection.execute(held.order_by(d.c.case_id)).scalars().all()
            if len(known) < batches * (NEW + LATE):
                raise CannotRun(
                    f"only {len(known):,} cases were reported within {days} days, too few for {batches} "
                    "batches of 1,000: ask for fewer --batches, more --days or a larger city."
                )
            prepared = [_batch(connection, number, known) for number in range(batches)]
        changed = 0
        for number, batch in enumerate(prepared):
            began = time.perf_counter()
            with engine.begin() as connection:
                done = ingest(connection, batch, zone=ZONE, now=NOW + 60 * number)
            took.append(1000 * (time.perf_counter() - began))
            changed += done.new + done.updated
            tell(f"batch {number + 1}: {done.new} new, {done.updated} updated, {took[-1]:.0f} ms")
        engine.dispose()
    return {
        "machine": machine(),
        "measured": (
            f"{city.cases:,} cases on {city.engine}; {batches} batches of {NEW} new cases with "
            f"{BEGINNING} events and {LATE} known ones, reported within {days} days, with a late event; "
            "each in a transaction"
        ),
        "cases": city.cases,
        "engine": city.engine,
        "changed": changed,
        "cases_per_second": round(1000 * changed / sum(took)),
        "batch": spread(took),
    }


def measure_rebuild(city: LargeCity, *, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Derive the states of all cases anew, from their events."""
    with scratch(city) as address:
        tell("deriving")
        began = time.perf_counter()
        number = rederive_all(address)
        took = time.perf_counter() - began
    return {
        "machine": machine(),
        "measured": f"data.rederive over {number:,} cases on {city.engine}, one process",
        "cases": number,
        "engine": city.engine,
        "seconds": round(took, 1),
        "cases_per_second": round(number / took),
        "seconds_per_million": round(took / number * 1e6),
    }


def _batch(connection: Connection, number: int, known: Sequence[int]) -> CaseBatch:
    """Known cases, spread over all, of which half get a late event and half are reported once more."""
    places = range(number * (NEW + LATE), (number + 1) * (NEW + LATE))
    picked = [known[place * SPREAD % len(known)] for place in places]
    late, again = _records(connection, picked[:LATE]), _records(connection, picked[LATE:])
    ids = again["case_id"].tolist()
    code = {case_id: f"N{number:04}-{case_id}" for case_id in ids}
    paths = bulk.read(connection, select(case_path).where(case_path.c.case_id.in_(ids)))
    events = pd.concat(
        [
            _beginnings(connection, ids).assign(code=lambda held: held["case_id"].map(code)),
            _late(connection, late),
        ],
        ignore_index=True,
    )
    new = again.assign(code=again["case_id"].map(code))
    return CaseBatch(
        pd.concat([late, new], ignore_index=True).drop(columns="case_id"),
        paths.assign(code=paths["case_id"].map(code)).drop(columns="case_id"),
        events.drop(columns=["case_id", "seq", "ingested_at"]),
        NO_SURVEYS,
    )


def _records(connection: Connection, ids: list[int]) -> pd.DataFrame:
    """Cases as a feed tells them."""
    rows = select(case_record.c.case_id, *GIVEN).where(case_record.c.case_id.in_(ids))
    return bulk.read(connection, rows)


def _late(connection: Connection, cases: pd.DataFrame) -> pd.DataFrame:
    """Open cases were closed an hour ago, all others taken up again."""
    ids = cases["case_id"].tolist()
    now_open = (d.c.case_id.in_(ids), d.c.valid_to == FOREVER, d.c.is_open == 1)
    is_open = set(connection.execute(select(d.c.case_id).where(*now_open)).scalars())
    kinds = ["closed" if i in is_open else "reopened" for i in ids]
    due = [None if kind == "closed" else NOW + 5 * DAY for kind in kinds]
    told = {"type": kinds, "at": NOW - 3600, "deadline": pd.array(due, "Int64"), "inferred": 0}
    return pd.DataFrame({"code": cases["code"], **told})


def _beginnings(connection: Connection, ids: list[int]) -> pd.DataFrame:
    """The first events of some cases, as if they had been reported within the last hours."""
    first = case_event.c.seq <= BEGINNING
    events = bulk.read(connection, select(case_event).where(case_event.c.case_id.in_(ids), first))
    later = NOW - events.groupby("case_id")["at"].transform("max")
    return events.assign(at=events["at"] + later, deadline=events["deadline"] + later)


def ingest_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    batch = report["batch"]
    return "\n".join(
        [
            report["measured"],
            report["machine"],
            f"{report['cases_per_second']:,} changed cases per second; a batch p50 {batch['p50_ms']} ms, "
            f"p95 {batch['p95_ms']} ms, max {batch['max_ms']} ms",
        ]
    )


def rebuild_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    return "\n".join(
        [
            report["measured"],
            report["machine"],
            f"{report['seconds']} s, {report['cases_per_second']:,} cases per second, "
            f"{report['seconds_per_million']} s per million",
        ]
    )
