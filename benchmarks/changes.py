"""How fast changed cases are taken in, and how fast all states and tiles are made anew.

All on a copy of a large city with its log, by the program's own ways in: `data.ingest.ingest`, each
batch in a transaction of its own, `data.rederive.rederive_all` and `data.tiles.build.build`.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, MetaData, func, select

from benchmarks.copies import DAY, SPREAD
from benchmarks.large_city import NOW, LargeCity, Tell, scratch
from benchmarks.serving import CannotRun
from benchmarks.timing import cpu_seconds, machine, spread
from data import bulk
from data.case_tables import FOREVER, case_event, case_path, case_record
from data.case_tables import case_derived as d
from data.databases import open_database
from data.days import local_day
from data.engines import CASE
from data.ingest import CaseBatch, ingest
from data.rederive import rederive_all
from data.tiles.build import build
from data.tiles.cells import derived_columns
from data.tiles.portions import PORTION
from data.tiles.tables import TILES
from data.tiles.writer import made_by

ZONE = "Asia/Shanghai"
NEW = LATE = 500
"""Cases of one batch unless more are asked for: such as were just reported, and such as something happened
to an hour ago."""
BEGINNING = 4
"""Events that a case just reported has so far."""
GIVEN = [c for c in case_record.columns if c.name not in ("case_id", "content_hash", "updated_at")]
NO_SURVEYS = pd.DataFrame(
    columns=["code", "cycle_no", "surveyed_at", "channel", "reached", "solved"]
)


def measure_ingest(
    city: LargeCity,
    *,
    batches: int = 10,
    size: int = NEW + LATE,
    days: int = 30,
    tell: Tell = lambda _: None,
) -> dict[str, Any]:
    """Take in batches of new cases and late events of known ones, half each, where tiles are in force.

    size: cases of a batch, which is one transaction. days: the known ones were reported within so many days.
    """
    took, half = [], size // 2
    with scratch(city) as address:
        engine = open_database(address, CASE, writable=True)
        with engine.connect() as connection:
            recent = d.c.reported_day > local_day(NOW, ZONE) - days
            held = select(d.c.case_id).where(recent, d.c.valid_to == FOREVER)
            known = connection.execute(held.order_by(d.c.case_id)).scalars().all()
            if len(known) < batches * 2 * half:
                raise CannotRun(
                    f"only {len(known):,} cases were reported within {days} days, too few for {batches} "
                    f"batches of {2 * half:,}: ask for fewer --batches, more --days or a larger city."
                )
            prepared = [_batch(connection, number, known, half) for number in range(batches)]
            if made_by(connection) is None:
                tell("tiles, which a city of this size has none of by itself")
                build(connection, ZONE, NOW)
                connection.commit()
        changed, computed = 0, cpu_seconds()
        for number, batch in enumerate(prepared):
            began = time.perf_counter()
            with engine.begin() as connection:
                done = ingest(connection, batch, zone=ZONE, now=NOW + 60 * number)
            took.append(1000 * (time.perf_counter() - began))
            changed += done.new + done.updated
            tell(f"batch {number + 1}: {done.new} new, {done.updated} updated, {took[-1]:.0f} ms")
        computed = cpu_seconds() - computed
        engine.dispose()
    return {
        "machine": machine(),
        "measured": (
            f"{city.cases:,} cases with tiles on {city.engine}; {batches} batches of {half} new cases with "
            f"{BEGINNING} events and {half} known ones, reported within {days} days, with a late event; "
            "each in a transaction"
        ),
        "cases": city.cases,
        "engine": city.engine,
        "changed": changed,
        "cases_per_second": round(1000 * changed / sum(took)),
        "cases_per_cpu_second": round(changed / computed),
        "batch": spread(took),
    }


def measure_rebuild(city: LargeCity, *, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Derive the states of all cases anew, from their events; then make the tiles anew, from the states."""
    with scratch(city) as address:
        tell("deriving")
        began, computed = time.perf_counter(), cpu_seconds()
        number = rederive_all(address)
        states = _took(began, computed, number)
        engine = open_database(address, CASE, writable=True)
        with engine.connect() as connection:
            tell("tiles")
            began, computed = time.perf_counter(), cpu_seconds()
            build(connection, ZONE, NOW, committed=True, between=connection.commit)
            connection.commit()
            tiles = _took(began, computed, number)
            held = connection.execute(select(func.count()).select_from(d)).scalar_one()
            tell("floor")
            floor = _floor(connection)
        engine.dispose()
    return {
        "machine": machine(),
        "measured": f"{number:,} cases with {held:,} states on {city.engine}",
        "cases": number,
        "engine": city.engine,
        "states": states,
        "tiles": tiles,
        "floor": floor,
    }


def _floor(connection: Connection) -> dict[str, float]:
    """CPU seconds to read what tiles look at of all states, and to write all rows of tiles into empty tables."""
    columns = [d.c[name] for name in derived_columns()]
    took = {"read": 0.0, "write": 0.0}
    last = connection.execute(select(func.max(d.c.case_id))).scalar_one()
    for first in range(0, last, PORTION):
        began = cpu_seconds()
        portion = d.c.case_id.between(first + 1, first + PORTION)
        bulk.read_arrays(connection, select(*columns).where(portion))
        took["read"] += cpu_seconds() - began
    for table in TILES.values():
        rows = bulk.read_arrays(connection, select(table).order_by(*table.primary_key.columns))
        rows = {name: values.astype(np.int64) for name, values in rows.items()}
        same = table.to_metadata(MetaData(), name=f"floor_{table.name}")
        same.create(connection)
        began = cpu_seconds()
        bulk.insert_arrays(connection, same.name, rows)
        took["write"] += cpu_seconds() - began
    return {f"{name}_cpu_seconds": round(seconds, 1) for name, seconds in took.items()}


def _took(began: float, computed: float, number: int) -> dict[str, float]:
    took = time.perf_counter() - began
    return {
        "seconds": round(took, 1),
        "cpu_seconds": round(cpu_seconds() - computed, 1),
        "cases_per_second": round(number / took),
        "seconds_per_million": round(took / number * 1e6),
    }


def _batch(connection: Connection, number: int, known: Sequence[int], half: int = NEW) -> CaseBatch:
    """Known cases, spread over all, of which half get a late event and half are reported once more."""
    places = range(number * 2 * half, (number + 1) * 2 * half)
    picked = [known[place * SPREAD % len(known)] for place in places]
    late, again = _records(connection, picked[:half]), _records(connection, picked[half:])
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
            f"{report['cases_per_second']:,} changed cases per second, {report['cases_per_cpu_second']:,} per "
            f"second of this process's CPU time; a batch p50 {batch['p50_ms']} ms, "
            f"p95 {batch['p95_ms']} ms, max {batch['max_ms']} ms",
        ]
    )


def rebuild_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [report["measured"], report["machine"]]
    for name in ("states", "tiles"):
        part = report[name]
        lines.append(
            f"{name}: {part['seconds']} s ({part['cpu_seconds']} s of CPU time), "
            f"{part['cases_per_second']:,} cases per second, {part['seconds_per_million']} s per million"
        )
    floor = report["floor"]
    lines.append(
        f"floor of tiles: {floor['read_cpu_seconds']} s of CPU time to read these states once, "
        f"{floor['write_cpu_seconds']} s to write the rows of tiles into empty tables"
    )
    return "\n".join(lines)
