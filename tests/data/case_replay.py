"""How a case stands after each of its steps, replayed one by one: slow, but plain to read.

The tests hold data.derive against this. Rules: domain.md §3.2–3.4 and §4.2.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from data.case_tables import FOREVER
from data.days import local_day

COUNTS = {
    "extended": "n_extend",
    "hung": "n_hang",
    "supervised": "n_supervise",
    "rework": "n_rework",
    "returned": "n_return",
    "reopened": "n_reopen",
}
CHANGING = {
    *COUNTS,
    *("reported", "accepted", "rejected", "merged", "resumed", "closed", "cancelled", "surveyed"),
}


class Step(NamedTuple):
    """An event of a case, or a survey: then `rating` is its answer, 'unreached' or 'unrated'."""

    type: str
    at: int
    deadline: int | None = None
    rating: str | None = None


@dataclass
class Standing:
    """Where a case stands; `take` moves it one step on."""

    anonymous: bool = False
    zone: str = "Asia/Shanghai"
    reported_at: int | None = None
    accepted_at: int | None = None
    closed_at: int | None = None
    ended: str = ""
    began: int = 0
    original: int | None = None
    effective: int | None = None
    parked_since: int | None = None
    push_since: int = 0
    paused: int = 0
    paused_in_cycle: int = 0
    rating: str | None = None
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def open(self) -> bool:
        return self.accepted_at is not None and not self.ended

    def take(self, step: Step) -> None:
        """Change what this step changes; every step has a method of its name, if it has one."""
        self.counts[step.type] += 1
        getattr(self, f"_{step.type}", lambda _: None)(step)

    def _reported(self, step: Step) -> None:
        self.reported_at = step.at

    def _accepted(self, step: Step) -> None:
        self.accepted_at = step.at
        if self.ended == "rejected":
            self.ended = ""
        self._begin(step)

    def _begin(self, step: Step) -> None:
        if step.deadline is not None:
            self.began, self.paused_in_cycle = step.at, 0
            self.push_since = step.at
            self.original = self.effective = step.deadline

    def _extended(self, step: Step) -> None:
        if step.deadline is not None and self.original is not None:
            self.effective, self.push_since = step.deadline, step.at

    def _hung(self, step: Step) -> None:
        if self.open and self.parked_since is None:
            self.parked_since = self.push_since = step.at

    def _resumed(self, step: Step) -> None:
        if self.parked_since is None:
            return
        parked = step.at - self.parked_since
        self.paused += parked
        self.paused_in_cycle += step.at - max(self.parked_since, self.began)
        if self.effective is not None:
            self.effective += step.at - self.push_since
        self.parked_since = None

    def _closed(self, step: Step) -> None:
        self._resumed(step)
        self.rating = None
        if self.ended != "merged":
            self.ended, self.closed_at = "closed", step.at

    def _reopened(self, step: Step) -> None:
        self.ended, self.closed_at, self.rating = "", None, None
        self._begin(step)

    def _cancelled(self, step: Step) -> None:
        """The last verdict counts, but for a merged case: closed with the other, it stays merged."""
        self._resumed(step)
        if self.ended != "merged":
            self.ended, self.closed_at = step.type, None

    _merged = _rejected = _cancelled

    def _surveyed(self, step: Step) -> None:
        self.rating = step.rating

    def row(self) -> dict[str, object]:
        """The columns of case_derived that the steps decide."""
        closed, parked = self.ended == "closed", self.open and self.parked_since is not None
        rated = self.rating not in (None, "unreached", "unrated")
        valid = closed and rated and not self.anonymous
        warn = None
        if self.effective is not None:
            start = self.began + self.paused_in_cycle
            warn = start + math.floor(0.8 * (self.effective - start))
        row: dict[str, object] = {
            "reported_at": self.reported_at,
            "accepted_at": self.accepted_at,
            "closed_at": self.closed_at,
            "original_deadline": self.original,
            "effective_deadline": self.effective,
            "warn_at": warn,
            "hung_since": self.parked_since if parked else None,
            "paused_seconds": self.paused,
            "handling_seconds": None,
            "is_accepted": self.accepted_at is not None,
            "is_open": self.open,
            "is_closed": closed,
            "is_void": self.ended in ("cancelled", "merged"),
            "is_rejected": self.ended == "rejected",
            "is_hung": parked,
            "is_extended": self.counts["extended"] > 0,
            "is_supervised": self.counts["supervised"] > 0,
            "on_time_effective": False,
            "on_time_original": False,
            "survey_due": closed and not self.anonymous,
            "survey_valid": valid,
            "satisfaction": self.rating if valid else None,
        }
        if closed:
            row["handling_seconds"] = self.closed_at - self.reported_at - self.paused
            if self.original is not None:
                row["on_time_effective"] = self.closed_at <= self.effective
                row["on_time_original"] = self.closed_at <= self.original + self.paused_in_cycle
        for name, of in (
            ("reported", self.reported_at),
            ("accepted", self.accepted_at),
            ("closed", self.closed_at),
            ("due", self.effective),
        ):
            row[f"{name}_day"] = None if of is None else local_day(of, self.zone)
        return row | {name: self.counts[type_] for type_, name in COUNTS.items()}


def in_order(steps: Sequence[Step]) -> list[Step]:
    """By time; in one second as they were written, surveys last."""
    return sorted(steps, key=lambda step: (step.at, step.type == "surveyed"))


def versions(steps: Sequence[Step], anonymous: bool = False) -> list[dict[str, object]]:
    """The rows of one case: how it stood from each changing step to the next."""
    standing = Standing(anonymous)
    rows: list[dict[str, object]] = []
    for step in in_order(steps):
        standing.take(step)
        if step.type in CHANGING:
            rows.append({"valid_from": step.at, **standing.row()})
    ends = [*(row["valid_from"] for row in rows[1:]), FOREVER]
    whole = [row | {"valid_to": end} for row, end in zip(rows, ends, strict=True)]
    return [row for row in whole if row["valid_from"] < row["valid_to"]]
