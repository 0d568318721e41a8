"""The plan: what has yet to happen in the demo city, in an SQLite file of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    delete,
    func,
    select,
)

from data import bulk
from data.case_tables import case_event, case_path, case_record, survey
from data.engines import CASE, engine_for
from data.ingest import CaseBatch

plan_metadata = MetaData()
_GIVEN_BY_INGEST = ("case_id", "content_hash", "updated_at", "seq", "inferred", "ingested_at")
_PLAIN = {"BIGINT": BigInteger, "INTEGER": Integer, "SMALLINT": Integer, "FLOAT": Float}


def _like(table: Table, *more: Column[Any]) -> Table:
    """A table of the plan: the columns of the case database's that a batch holds, and `code`."""
    names = [c.name for c in table.columns if c.name not in (*_GIVEN_BY_INGEST, "code")]
    columns: list[Column[Any]] = [
        Column(name, _PLAIN.get(str(table.c[name].type), Text)) for name in names
    ]
    return Table(f"plan_{table.name}", plan_metadata, Column("code", Text), *columns, *more)


plan_about = Table(
    "plan_about", plan_metadata, Column("key", Text, primary_key=True), Column("value", JSON)
)
plan_cases = _like(case_record, Column("last_at", BigInteger))
plan_paths = _like(case_path, Column("reported", BigInteger))
plan_events = _like(case_event)
plan_surveys = _like(survey)
Index("ix_plan_code", plan_cases.c.code)
Index("ix_plan_path", plan_paths.c.code)
Index("ix_plan_last", plan_cases.c.last_at)
Index("ix_plan_at", plan_events.c.at)
Index("ix_plan_surveyed", plan_surveys.c.surveyed_at)

PORTION = 20_000
"""Events that are moved at once while catching up."""
ASKED = 500


@dataclass(frozen=True)
class Due:
    """One portion of the plan: everything up to and including `until` (epoch seconds)."""

    batch: CaseBatch
    until: int


def open_plan(path: Path) -> Engine:
    """An engine on a plan file; the file is made when it is missing."""
    return engine_for(f"sqlite:///{path}", CASE, writable=True)


def write_plan(path: Path, batch: CaseBatch, about: dict[str, Any]) -> None:
    """Write what is yet to happen. The paths of the batch must be those of future cases only."""
    last = pd.concat(
        [
            batch.events[["code", "at"]],
            batch.surveys[["code", "surveyed_at"]].rename(columns={"surveyed_at": "at"}),
        ]
    )
    ends = last.groupby("code")["at"].max()
    reported = batch.events[batch.events["type"] == "reported"].set_index("code")["at"]
    engine = open_plan(path)
    plan_metadata.create_all(engine)
    with engine.begin() as connection:
        cases = batch.cases.assign(last_at=batch.cases["code"].map(ends))
        bulk.insert(connection, plan_cases, cases)
        paths = batch.paths.assign(reported=batch.paths["code"].map(reported))
        bulk.insert(connection, plan_paths, paths)
        bulk.insert(connection, plan_events, batch.events)
        bulk.insert(connection, plan_surveys, batch.surveys)
        for key, value in about.items():
            connection.execute(plan_about.insert().values(key=key, value=value))
    engine.dispose()


def read_about(path: Path) -> dict[str, Any]:
    """What the plan says of itself: `build` and `ends_at`; empty when there is no plan."""
    if not path.exists():
        return {}
    engine = engine_for(f"sqlite:///{path}", CASE)
    with engine.connect() as connection:
        about = {row.key: row.value for row in connection.execute(select(plan_about))}
    engine.dispose()
    return about


def due(plan: Engine, now: int) -> Due | None:
    """The next portion of what has come due by `now`; None when nothing has."""
    with plan.connect() as connection:
        events_due, surveys_due = plan_events.c.at <= now, plan_surveys.c.surveyed_at <= now
        beyond = select(plan_events.c.at).where(events_due).order_by(plan_events.c.at)
        until = connection.execute(beyond.offset(PORTION).limit(1)).scalar() or now
        events = bulk.read(connection, select(plan_events).where(plan_events.c.at <= until))
        surveys = bulk.read(
            connection, select(plan_surveys).where(surveys_due, plan_surveys.c.surveyed_at <= until)
        )
        codes = sorted(set(events["code"]) | set(surveys["code"]))
        if not codes:
            return None
        cases = _rows_of(plan_cases, codes, connection).drop(columns="last_at")
        paths = _rows_of(plan_paths, codes, connection).drop(columns="reported")
    return Due(CaseBatch(cases, paths, events, surveys), until)


def _rows_of(table: Table, codes: list[str], connection: Any) -> pd.DataFrame:
    parts = [
        bulk.read(connection, select(table).where(table.c.code.in_(codes[i : i + ASKED])))
        for i in range(0, len(codes), ASKED)
    ]
    filled = [part for part in parts if not part.empty]
    return pd.concat(filled or parts[:1], ignore_index=True)


def strike(plan: Engine, until: int) -> None:
    """Take everything up to `until` out of the plan."""
    with plan.begin() as connection:
        connection.execute(delete(plan_events).where(plan_events.c.at <= until))
        connection.execute(delete(plan_surveys).where(plan_surveys.c.surveyed_at <= until))
        connection.execute(delete(plan_paths).where(plan_paths.c.reported <= until))
        connection.execute(delete(plan_cases).where(plan_cases.c.last_at <= until))


def rows_left(plan: Engine) -> int:
    """Events and surveys that have not happened yet."""
    with plan.connect() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar() or 0
            for table in (plan_events, plan_surveys)
        ]
    return int(sum(counts))
