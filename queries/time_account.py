"""How the limit of one case counts: which minutes ran, which did not and why, and what is left.

The deadlines are those of `case_derived`; the stretches are counted again, window by window, so that
the account can be checked with pencil and paper and would show it if the two did not agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import select

from data.case_tables import case_derived as d
from data.case_tables import case_event as e
from data.case_tables import case_record as r
from data.events import BEGINS, ENDS
from data.rules import read_day_names
from data.working_time import DAY, HOUR, WORKING_CLOCKS, WorkClock
from queries.case_rows import id_of
from queries.site import Site
from queries.standing import ran
from queries.stretches import Span, Stretch, stretches

LOOK_AHEAD = 400 * DAY
"""What is to come is told this far: a deadline in a hundred years would be a list of 100,000 lines."""
ROUNDING = 60
"""Seconds by which a limit and a deadline that were both told may differ."""


@dataclass(frozen=True)
class Mark:
    """Something that happened to the limit; of an extension both deadlines and what it added.

    `kind` is an event that begins or ends a limit, or extended, parked, resumed, warn or deadline.
    """

    kind: str
    at: int
    before: int | None = None
    after: int | None = None
    seconds: int | None = None


@dataclass(frozen=True)
class TimeAccount:
    """The account of the limit that is in force; times in epoch seconds, durations on its clock.

    `clock` is '' where the limit names none; `amount`, in that clock's own units, is None where the
    case was given a deadline only. The account goes up to `until`: now, or when the case ended.
    `left` is negative once the limit is used up, `granted` is the limit without extensions. `yellow`
    and `red` are when the light turns, or turned: a parking after that pushes the deadline all the same.
    """

    clock: str
    amount: float | None
    begun: int
    until: int
    original: int
    effective: int
    yellow: int
    red: int
    counted: int
    left: int
    granted: int
    is_open: bool
    is_parked: bool
    beyond_holidays: bool
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]

    @property
    def is_working(self) -> bool:
        """Whether the clock stands still outside working windows."""
        return self.clock in WORKING_CLOCKS

    @property
    def total(self) -> int:
        """The limit with its extensions."""
        return self.counted + self.left

    @property
    def uncounted(self) -> int:
        """Natural seconds from the beginning that did not count: nights, holidays, parking."""
        return self.until - self.begun - self.counted

    @property
    def is_late(self) -> bool:
        """Whether the deadline had passed, also when nothing was worked since."""
        return not self.is_parked and self.until > self.effective


def time_account(site: Site, code: str, as_of: int) -> TimeAccount | None:
    """The account of this case as it stood at `as_of`; None for a case without a deadline."""
    steps = (
        select(e.c.type, e.c.at, e.c.deadline, e.c.limit_seconds, e.c.limit_clock)
        .join(r, r.c.case_id == e.c.case_id)
        .where(r.c.code == code, e.c.type.in_((*BEGINS, *ENDS, "extended")), e.c.at <= as_of)
        .order_by(e.c.at, e.c.seq)
    )
    deadlines = (d.c.original_deadline, d.c.effective_deadline, d.c.warn_at, d.c.limit_clock)
    parking = (d.c.is_hung, d.c.hung_since)
    stood = (
        select(d.c.valid_from, d.c.valid_to, d.c.is_open, d.c.closed_at, *parking, *deadlines)
        .where(d.c.valid_from <= as_of)
        .order_by(d.c.valid_from)
    )
    with site.case.connect() as connection:
        stood = stood.where(d.c.case_id == id_of(site, connection, code))
        events, versions = (connection.execute(asked).all() for asked in (steps, stood))
    return account(site.work_clock(), _day_names(site), events, versions, as_of)


def _day_names(site: Site) -> dict[date, str]:
    def read() -> dict[date, str]:
        with site.case.connect() as connection:
            return read_day_names(connection)

    return site.keep("day_names", site.versions().get("cases"), read)


def account(
    clock: WorkClock | None,
    names: Mapping[date, str],
    events: Sequence[Any],
    versions: Sequence[Any],
    as_of: int,
) -> TimeAccount | None:
    """The account of one case from its events and its rows of `case_derived` up to `as_of`."""
    if not versions or versions[-1].effective_deadline is None:
        return None
    now = versions[-1]
    first = max(i for i, x in enumerate(events) if _begins(x))
    begin, later = events[first], events[first + 1 :]
    limit = now.limit_clock or ""
    works = clock if limit in WORKING_CLOCKS else None
    until = as_of if now.is_open else max(begin.at, _ended(versions))
    parkings = _parkings(versions, begin.at, until)
    past = stretches(works, begin.at, until, parkings, names)
    running = bool(now.is_open and not now.is_hung)
    ahead = min(now.effective_deadline, until + LOOK_AHEAD) if running else until
    future = stretches(works, until, ahead, (), names) if until < ahead else []
    stands = _stands_at(now, later, until)
    counted = sum(one.seconds for one in past if one.counted)
    left = ran(works, stands, now.effective_deadline)
    granted = ran(works, begin.at, now.original_deadline)
    yellow = _turned(past, counted + ran(works, stands, now.warn_at), now.warn_at)
    red = _turned(past, counted + left, now.effective_deadline)
    # Of a case that is closed or parked nobody can say when its light would have changed.
    lights = [m for m in (Mark("warn", yellow), Mark("deadline", red)) if running or m.at <= stands]
    marks = [*_marks(works, begin, later, versions, parkings), *lights]
    beyond = works is not None and works.beyond_table(np.array([begin.at, max(until, ahead)]))
    return TimeAccount(
        clock=limit,
        amount=_amount(clock, limit, begin, granted),
        begun=begin.at,
        until=until,
        original=now.original_deadline,
        effective=now.effective_deadline,
        yellow=yellow,
        red=red,
        counted=counted,
        left=left,
        granted=granted,
        is_open=bool(now.is_open),
        is_parked=bool(now.is_hung),
        beyond_holidays=bool(np.any(beyond)),
        stretches=(*past, *(replace(one, ahead=True) for one in future)),
        marks=tuple(sorted(marks, key=lambda mark: mark.at)),
    )


def _turned(past: list[Stretch], seconds: int, at: int) -> int:
    """When so much had counted, if the case was parked after that; else the instant that was told."""
    for number, one in enumerate(past):
        if one.counted and seconds <= one.seconds:
            later = any(other.reason == "parked" for other in past[number:])
            return one.begin + seconds if later else at
        seconds -= one.seconds if one.counted else 0
    return at


def _begins(event: Any) -> bool:
    """Whether an event begins a limit: a reopening without one leaves the old limit in force."""
    told = event.deadline is not None or event.limit_seconds is not None
    return event.type in BEGINS and told


def _ended(versions: Sequence[Any]) -> int:
    """When a case that is not open was closed, or else taken out of the count."""
    if versions[-1].closed_at is not None:
        return int(versions[-1].closed_at)
    opened = [i for i, version in enumerate(versions) if version.is_open]
    return int(versions[opened[-1] + 1 if opened else 0].valid_from)


def _parkings(versions: Sequence[Any], begin: int, until: int) -> list[Span]:
    """Stretches between the two instants in which the case was parked."""
    found: list[Span] = []
    for version in versions:
        one = max(version.valid_from, begin), min(version.valid_to, until)
        if not version.is_hung or one[0] >= one[1]:
            continue
        if found and found[-1][1] == one[0]:
            one = found.pop()[0], one[1]
        found.append(one)
    return found


def _stands_at(version: Any, later: Sequence[Any], until: int) -> int:
    """Where the clock stands: while parked where it was stopped, or where a deadline was given anew."""
    if not version.is_hung:
        return until
    moved = (x.at for x in later if x.type == "extended" and x.deadline is not None)
    return max([version.hung_since, *moved])


def _amount(clock: WorkClock | None, limit: str, begin: Any, granted: int) -> float | None:
    """The limit in units of its clock, unless a deadline was told that says something else."""
    told = begin.limit_seconds
    if told is None or abs(told - granted) > ROUNDING:
        return None
    day = DAY if clock is None else clock.calendar.day_seconds
    return float(told / {"work_day": day, "natural_day": DAY}.get(limit, HOUR))


def _marks(
    works: WorkClock | None,
    begin: Any,
    later: Sequence[Any],
    versions: Sequence[Any],
    parkings: list[Span],
) -> list[Mark]:
    """What happened since the limit began: extensions, parking, and ends that did not last."""
    marks = [Mark(begin.type, begin.at)]
    marks += [Mark(x.type, x.at) for x in later if x.type in ENDS or x.type == "reopened"]
    for at in dict.fromkeys(x.at for x in later if x.type == "extended"):
        marks.append(_extension(works, at, later, versions))
    for parked, resumed in parkings:
        marks.append(Mark("parked", parked))
        after = [version for version in versions if version.valid_from == resumed]
        if after and after[0].is_open:
            marks.append(Mark("resumed", resumed))
    return marks


def _extension(
    works: WorkClock | None, at: int, later: Sequence[Any], versions: Sequence[Any]
) -> Mark:
    """The deadlines right before and after an extension, and what it added on the limit's clock."""
    old = next((v for v in versions if v.valid_to == at), None)
    new = next((v for v in versions if v.valid_from == at), None)
    if old is None or new is None or old.effective_deadline is None:
        return Mark("extended", at)

    def left(version: Any, events: list[Any]) -> int:
        return ran(works, _stands_at(version, events, at), version.effective_deadline)

    before = left(old, [x for x in later if x.at < at])
    after = left(new, [x for x in later if x.at <= at])
    return Mark("extended", at, old.effective_deadline, new.effective_deadline, after - before)
