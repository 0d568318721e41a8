"""Which stage a case is in after each of its steps, replayed one by one with working minutes counted.

The tests hold data.stages against this, with limits of the town. Parking and endings are those of case_replay.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from case_replay import Standing, Step
from slow_clock import MINUTE, is_worked
from small_town import CATEGORIES, START, ZONE

from data.stage_limits import StageLimit
from data.working_time import DAY, WORKING_CLOCKS, WorkCalendar

HOUR = 3600
CALENDAR = WorkCalendar(ZONE, ((480, 720), (840, 1080)), workdays=frozenset({date(2026, 3, 7)}))
WATER = CATEGORIES["water"]
STANDARD = (
    StageLimit("verify", HOUR // 2, "urgent_hour"),
    StageLimit("accept", HOUR, "work_hour"),
    StageLimit("dispatch", HOUR // 2, "work_hour"),
    StageLimit("handle", 8 * HOUR, "work_day"),
    StageLimit("check", 2 * HOUR, "work_hour"),
)
PIPE = (
    StageLimit("fence", 3 * HOUR, "urgent_hour", WATER, 1, "围护", "fence off"),
    StageLimit("repair", 8 * HOUR, "urgent_hour", WATER, 2, "修复", "repair"),
    StageLimit("restore", 40 * HOUR, "work_day", WATER, 3, "恢复", "restore"),
)
"""大英县, 供水管道破裂 (domain.md §3.3); a working day has eight hours."""
BURST = "reported 8, accepted 8 limit 10 work_day, dispatched 9, hung 10, resumed 14"

ORDER = ("verify", "accept", "dispatch", "handle", "check", "done")
LEADS = {
    "reported": "verify",
    "verified": "accept",
    "accepted": "dispatch",
    "received": "handle",
    "handled": "check",
    "checked": "done",
}
LEADS_ANYWHERE = {"returned": "dispatch", "dispatched": "handle", "rework": "handle"}


@cache
def worked_minutes(calendar: WorkCalendar) -> list[int]:
    """Epoch seconds at which a worked minute begins, for half a year of the town."""
    return [at for at in range(START, START + 180 * DAY, MINUTE) if is_worked(calendar, at)]


@dataclass
class StageReplay:
    """Where a case is; `take` moves it one step on. `place` is a stage and the number of its step."""

    calendar: WorkCalendar
    limits: dict[str, StageLimit]
    steps: list[str]
    standing: Standing = field(default_factory=Standing)
    place: tuple[str, int] | None = None
    began: int = 0
    late: int = 0
    parkings: list[list[int | None]] = field(default_factory=list)

    def take(self, step: Step, done: str | None = None) -> None:
        was_accepted = self.standing.accepted_at is not None
        self.standing.take(step)
        self._park(step.at)
        if self.standing.ended:
            self._move(step, None)
        elif step.type == "reopened":
            self._move(step, ("dispatch" if was_accepted else "verify", 0))
            self.late = 0
        elif step.type in LEADS_ANYWHERE:
            self._move(step, (LEADS_ANYWHERE[step.type], 0))
        elif step.type in LEADS:
            self._forward(step, (LEADS[step.type], 0))
        elif step.type == "step_done" and done in self.steps:
            self._forward(step, ("handle", min(self.steps.index(done) + 1, len(self.steps) - 1)))

    def _park(self, at: int) -> None:
        parked = self.standing.open and self.standing.parked_since is not None
        running = bool(self.parkings) and self.parkings[-1][1] is None
        if parked and not running:
            self.parkings.append([at, None])
        elif running and not parked:
            self.parkings[-1][1] = at

    def _forward(self, step: Step, place: tuple[str, int]) -> None:
        def far(place: tuple[str, int]) -> tuple[int, int]:
            return ORDER.index(place[0]), place[1]

        if self.place is None or far(place) > far(self.place):
            self._move(step, place)

    def _move(self, step: Step, place: tuple[str, int] | None) -> None:
        due = self._due(until=step.at)
        was_verified = self.place == ("verify", 0) and step.type == "verified"
        untimed = was_verified and "verify" not in self.limits
        self.late += due is not None and step.at > due and not untimed
        self.place, self.began = place, step.at

    @property
    def key(self) -> str | None:
        if self.place is None or self.place[0] == "done":
            return None
        if self.place[0] == "handle" and self.steps:
            return self.steps[self.place[1]]
        if self.place[0] == "verify" and "verify" not in self.limits:
            return "accept"
        return self.place[0]

    @property
    def due(self) -> int | None:
        """When the stage is due as far as is known: a parking that runs is not counted yet."""
        return self._due(until=None)

    def _due(self, until: int | None) -> int | None:
        limit = self.limits.get(self.key or "")
        if limit is None:
            return None
        left = limit.limit_seconds
        for since, to in self.parkings:
            end = until if to is None else to
            if end is not None and end > self.began:
                left += self._ran(limit, max(since or 0, self.began), end)
        if limit.limit_clock not in WORKING_CLOCKS:
            return self.began + left
        minutes = worked_minutes(self.calendar)
        return minutes[bisect_left(minutes, self.began) + left // MINUTE - 1] + MINUTE

    def _ran(self, limit: StageLimit, since: int, to: int) -> int:
        if limit.limit_clock not in WORKING_CLOCKS:
            return to - since
        minutes = worked_minutes(self.calendar)
        return MINUTE * (bisect_left(minutes, to) - bisect_left(minutes, since))
