"""What several benchmarks share: percentiles, the machine's words, a log of statements."""

import math
import os
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine, event, text

from queries.memory import Recent

T = TypeVar("T")

WORST = 8


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """n, p50, p95 and max of some times."""
    return {
        "n": len(milliseconds),
        "p50_ms": round(percentile(milliseconds, 0.5), 2),
        "p95_ms": round(percentile(milliseconds, 0.95), 2),
        "max_ms": round(max(milliseconds), 2),
    }


def spread_lines(report: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Some spreads of a report as a table: p50, p95 and max in whole milliseconds."""
    lines = ["ms        p50     p95      max"]
    for name in names:
        one = report[name]
        lines.append(
            f"{name:<8}{one['p50_ms']:>5,.0f}  {one['p95_ms']:>6,.0f}  {one['max_ms']:>7,.0f}"
        )
    return lines


def machine() -> str:
    """What was measured on, and how busy it was at the end."""
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {load} (1, 5, 15 minutes)"
    )


def cpu_seconds() -> float:
    """What this process has computed so far, and the processes that it has ended."""
    return sum(os.times()[:4])


class WatchedAnswers(Recent):
    """Remembers nothing from one question to the next by itself; says how long each answer took.

    `told` hears the key and the milliseconds of each answer that had to be made. What an answer asks
    for in turn counts as part of it.
    """

    def __init__(self, told: Callable[[Any, float], None]) -> None:
        super().__init__(4000, 60.0)
        self._told = told
        self._depth = 0

    def get(self, key: object, make: Callable[[], T]) -> T:
        """As Recent.get, timed."""

        def timed() -> T:
            self._depth += 1
            began = time.perf_counter()
            try:
                return make()
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._told(key, 1000 * (time.perf_counter() - began))

        return super().get(key, timed)


@dataclass
class Statement:
    """One text of SQL, how often and how long it ran; the slowest run's parameters."""

    sql: str
    runs: int = 0
    total_ms: float = 0.0
    worst_ms: float = 0.0
    parameters: Any = None


@dataclass
class StatementLog:
    """Every statement an engine ran while it was watched, by text."""

    held: dict[str, Statement] = field(default_factory=lambda: defaultdict(lambda: Statement("")))

    def note(self, sql: str, parameters: Any, milliseconds: float) -> None:
        """One run of a statement, until its cursor was ready."""
        one = self.held[sql]
        one.sql = sql
        one.runs += 1
        one.total_ms += milliseconds
        if milliseconds >= one.worst_ms:
            one.worst_ms, one.parameters = milliseconds, parameters

    def worst(self, engine: Engine, number: int = WORST) -> list[dict[str, Any]]:
        """The statements that took most time in all, each with the engine's plan for its slowest run."""
        asked = [one for one in self.held.values() if one.sql.startswith(("SELECT", "WITH"))]
        slow = sorted(asked, key=lambda one: -one.total_ms)[:number]
        return [
            {
                "sql": one.sql,
                "runs": one.runs,
                "total_ms": round(one.total_ms),
                "worst_ms": round(one.worst_ms, 1),
                "plan": _plan(engine, one),
            }
            for one in slow
        ]


@contextmanager
def watched(engine: Engine) -> Iterator[StatementLog]:
    """Log what the engine runs meanwhile."""
    log = StatementLog()

    def before(_c: Any, cursor: Any, *_rest: Any) -> None:
        cursor_began[id(cursor)] = time.perf_counter()

    def after(_c: Any, cursor: Any, sql: str, parameters: Any, *_rest: Any) -> None:
        log.note(sql, parameters, 1000 * (time.perf_counter() - cursor_began.pop(id(cursor))))

    cursor_began: dict[int, float] = {}
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield log
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _plan(engine: Engine, one: Statement) -> list[str]:
    """How the engine goes about a statement, a line for each step."""
    ask = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(ask + one.sql, one.parameters).all()
    return [str(row[-1]) for row in rows]


PIECE = 20_000
"""Numbers that are written out to see how fast a processor is: some milliseconds."""


def round_trip_ms(engine: Engine, sql: str, parameters: dict[str, Any], times: int = 200) -> float:
    """Median milliseconds of a small statement on a connection that is already there."""
    took = []
    with engine.connect() as connection:
        for _ in range(times):
            began = time.perf_counter()
            connection.execute(text(sql), parameters).all()
            took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.5)


class Pace:
    """How fast this processor is now: milliseconds of a fixed piece of Python, taken between other work.

    A shared machine becomes half as fast and faster again within minutes, in processor time too.
    """

    def __init__(self) -> None:
        self._took: list[float] = []

    def take(self) -> None:
        """Do the piece of work once."""
        began = time.perf_counter()
        for number in range(PIECE):
            str(number)
        self._took.append(1000 * (time.perf_counter() - began))

    def ms(self) -> float:
        """The median of the times so far."""
        return percentile(self._took, 0.5)
