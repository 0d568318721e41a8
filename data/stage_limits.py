"""Limits of single stages, and the handling limits that one case has one after the other.

大英县's 供水管道破裂 (domain.md §3.3) has three handling limits: 3 紧急工作时 围护, 8 紧急工作时 修复, 5 工作日 恢复.
Such steps belong to a category; limits of the five stages may also hold for all categories.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property

import numpy as np
from sqlalchemy import Connection, select

from data.errors import InputError
from data.work_tables import stage_limit
from data.working_time import CLOCKS

STAGES = ("verify", "accept", "dispatch", "handle", "check")
"""核实, 受理, 派遣, 处置, 核查, in the order in which a case goes through them."""

VERIFY, ACCEPT, DISPATCH, HANDLE, CHECK = range(len(STAGES))
MOST_STEPS = 64
"""More handling steps than this nobody could follow."""
UNTIMED = -1


@dataclass(frozen=True)
class StageLimit:
    """One row of `stage_limit`; `limit_clock` is None for natural time, `category_id` for all."""

    stage: str
    limit_seconds: int
    limit_clock: str | None = None
    category_id: int | None = None
    position: int = 0
    name: str = ""
    name_en: str = ""

    @property
    def is_step(self) -> bool:
        """Whether it is the limit of a handling step, not of one of the five stages."""
        return self.stage not in STAGES


@dataclass(frozen=True)
class StageLimits:
    """All stage limits of a site; raises InputError for those that contradict each other.

    A place is where a case stands: `MOST_STEPS * stage + step`, the step 0 but in handling.
    """

    rows: tuple[StageLimit, ...] = ()

    def __post_init__(self) -> None:
        _check(self.rows)

    @cached_property
    def steps(self) -> Mapping[int, tuple[str, ...]]:
        """Keys of the handling steps of each category that has any, in their order."""
        found: dict[int, list[StageLimit]] = {}
        for row in self.rows:
            if row.is_step and row.category_id is not None:
                found.setdefault(row.category_id, []).append(row)
        return {
            category: tuple(x.stage for x in sorted(steps, key=lambda x: (x.position, x.stage)))
            for category, steps in found.items()
        }

    @cached_property
    def _numbers(self) -> Mapping[tuple[int | None, str], int]:
        return {(row.category_id, row.stage): number for number, row in enumerate(self.rows)}

    def has_limit(self, category: int | None, stage: str) -> bool:
        """Whether a stage has a limit for this category."""
        return self._number(category, stage) != UNTIMED

    def key_at(self, category: int, place: int) -> str:
        """The stage, or the handling step, that a place stands for."""
        stage, step = divmod(place, MOST_STEPS)
        if stage == HANDLE and category in self.steps:
            return self.steps[category][step]
        # Nobody verifies where no time is set for it: the report waits to be accepted.
        if stage == VERIFY and not self.has_limit(category, STAGES[VERIFY]):
            return STAGES[ACCEPT]
        return STAGES[stage]

    def limit_at(self, category: int, place: int) -> int:
        """The number of the row that limits a place, UNTIMED if none; a category's own row wins."""
        return self._number(category, self.key_at(category, place))

    def step_after(self, category: int, done: str) -> int | None:
        """The number of the handling step that begins when one is done; the last one goes on."""
        steps = self.steps.get(category, ())
        return min(steps.index(done) + 1, len(steps) - 1) if done in steps else None

    def clocks(self, numbers: np.ndarray) -> np.ndarray:
        """The clock of each of these rows, '' for natural time and for UNTIMED."""
        names = [row.limit_clock or "" for row in self.rows]
        return np.array([*names, ""], dtype=str)[numbers]

    def seconds(self, numbers: np.ndarray) -> np.ndarray:
        """The limit of each of these rows on its clock, 0 for UNTIMED."""
        return np.array([*(row.limit_seconds for row in self.rows), 0], np.int64)[numbers]

    def _number(self, category: int | None, stage: str) -> int:
        found = self._numbers.get((category, stage))
        return self._numbers.get((None, stage), UNTIMED) if found is None else found


def _check(rows: Sequence[StageLimit]) -> None:
    seen: set[tuple[int | None, str]] = set()
    counts: dict[int | None, int] = {}
    for row in rows:
        where = f"stage limit {row.stage!r} of " + (
            "all categories" if row.category_id is None else f"category {row.category_id}"
        )
        if (row.category_id, row.stage) in seen:
            raise InputError(f"{where} is given twice; keep one of them.")
        seen.add((row.category_id, row.stage))
        if row.is_step and row.category_id is None:
            raise InputError(
                f"{where}: a handling step belongs to a category; name it, or choose one of "
                f"{', '.join(STAGES)}."
            )
        if row.limit_clock is not None and row.limit_clock not in CLOCKS:
            raise InputError(
                f"{where}: limit_clock = {row.limit_clock!r}; choose one of {', '.join(CLOCKS)}."
            )
        if row.limit_seconds <= 0:
            raise InputError(
                f"{where}: limit_seconds = {row.limit_seconds}; it must be more than 0."
            )
        counts[row.category_id] = counts.get(row.category_id, 0) + row.is_step
        if counts[row.category_id] > MOST_STEPS:
            raise InputError(f"{where}: a category has at most {MOST_STEPS} handling steps.")


def read_stage_limits(connection: Connection) -> StageLimits:
    """The stage limits kept in a case database; raises InputError for rows that make no sense."""
    columns = (stage_limit.c[field.name] for field in fields(StageLimit))
    rows = connection.execute(select(*columns).order_by(stage_limit.c.limit_id))
    return StageLimits(tuple(StageLimit(**row) for row in rows.mappings()))


def write_stage_limits(connection: Connection, rows: Iterable[StageLimit]) -> None:
    """Put these limits in place of those there are; raises InputError for what makes no sense.

    The states of the cases go by them only after data.rederive.
    """
    held = StageLimits(tuple(rows))
    connection.execute(stage_limit.delete())
    written = [{"limit_id": n} | asdict(row) for n, row in enumerate(held.rows, start=1)]
    if written:
        connection.execute(stage_limit.insert(), written)
