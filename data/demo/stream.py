"""Lets the demo city go on: what comes due in the plan is moved into the case database."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.databases import open_database
from data.demo.calendar import ZONE
from data.demo.plan import due, open_plan, read_about, strike
from data.demo.stores import build_of, plan_file
from data.engines import CASE
from data.errors import SetupError, first_line
from data.hourly_check import HourlyCheck
from data.ingest import ingest
from data.one_ingester import AnotherIngester, alone
from data.pulse import note_pulse
from data.settings import Settings
from data.versions import stamp

PAUSE_SECONDS = 1.0
REFUSED_SECONDS = 10.0

log = logging.getLogger(__name__)


def follow(
    settings: Settings, stop: threading.Event, clock: Callable[[], float] = time.time
) -> None:
    """Catch up and then move what comes due every few seconds, until `stop` is set.

    Raises SetupError when there is no demo city to go on with.
    """
    path = plan_file(settings.case_database_url)
    build, about = build_of(settings.case_database_url, CASE), read_about(path)
    if build is None or about.get("build") != build.as_json():
        raise SetupError(f"{path} is no plan for this database: run `python -m data.demo`.")
    if about["ends_at"] < clock():
        log.warning("the plan of the demo city is over: run `python -m data.demo` for a new one")
    case_engine = open_database(settings.case_database_url, CASE, writable=True)
    plan = open_plan(path)
    hourly = HourlyCheck(case_engine)
    try:
        while not stop.is_set():
            stop.wait(_go_on(case_engine, plan, hourly, int(clock())))
    finally:
        plan.dispose()
        case_engine.dispose()


def _go_on(case_engine: Engine, plan: Engine, hourly: HourlyCheck, now: int) -> float:
    """Move what has come due; how many seconds to wait before the next time."""
    try:
        move_due(case_engine, plan, now)
        if hourly.is_due(now):
            with alone(case_engine, "the demo stream"):
                hourly.when_due(now)
    except AnotherIngester as refusal:
        log.warning("demo stream: %s Trying again.", refusal)
        return REFUSED_SECONDS
    except (SQLAlchemyError, sqlite3.OperationalError) as error:
        # A reader's check may hold the database: nothing is lost, the rows stay due.
        log.warning("demo stream: %s; trying again", first_line(error))
    return PAUSE_SECONDS


def move_due(case_engine: Engine, plan: Engine, now: int) -> int:
    """Move everything due by `now`; give the number of new events.

    A portion is struck from the plan after it was taken in. Should the program stop in between, it
    is taken in again the next time, which changes nothing. Between two of them others may change
    cases; raises AnotherIngester when somebody does for long.
    """
    moved = 0
    while (portion := due(plan, now)) is not None:
        with alone(case_engine, "the demo stream"), case_engine.begin() as connection:
            moved += ingest(connection, portion.batch, zone=ZONE, now=stamp(connection, now)).events
            note_pulse(connection, portion.batch, now)
        strike(plan, portion.until)
    return moved


def catch_up(case_address: str, plan_path: Path, now: int) -> int:
    """Move everything due by `now` once; give the number of new events."""
    case_engine, plan = open_database(case_address, CASE, writable=True), open_plan(plan_path)
    try:
        return move_due(case_engine, plan, now)
    finally:
        plan.dispose()
        case_engine.dispose()
