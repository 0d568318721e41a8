"""Ten figures recomputed with pandas from the raw events must stand on all three screens."""

import csv
import json
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

import pandas as pd
import pytest
from conftest import NOW
from sqlalchemy import text

from dashboard.panel import refresh
from dashboard.server import SCREENS
from data.days import day_start, local_day
from queries.site import Site

ROOT = Path(__file__).resolve().parent.parent
ZONE = "Asia/Shanghai"
DAYS = 30
WRITTEN = {
    "accepted_today": "today",
    "open": "band",
    "overdue": "band",
    "due_soon": "band",
    "hung": "band",
}


def windows() -> list[tuple[int, int]]:
    """Every stretch of work of the demo city as epoch seconds: 08–12 and 14–18 on working days."""
    with (ROOT / "data" / "sites" / "holidays" / "cn_2024_2026.csv").open(encoding="utf-8") as file:
        special = {row["date"]: row["kind"] for row in csv.DictReader(file)}
    found = []
    today = local_day(NOW, ZONE)
    for number in range(today - 500, today + 200):
        day = date(1970, 1, 1) + timedelta(days=number)
        kind = special.get(str(day), "off" if day.weekday() >= 5 else "work")
        if kind == "work":
            midnight = day_start(number, ZONE)
            found += [(midnight + a * 3600, midnight + b * 3600) for a, b in ((8, 12), (14, 18))]
    return found


WINDOWS = windows()
STARTS = [start for start, _ in WINDOWS]
SUMS = [0, *accumulate(end - start for start, end in WINDOWS)]


def ticks(at: int, clock: str | None) -> int:
    """Seconds that a clock has counted by an instant."""
    if clock not in ("work_hour", "work_day"):
        return at
    n = bisect_right(STARTS, at) - 1
    return SUMS[n] + min(at, WINDOWS[n][1]) - WINDOWS[n][0]


def instant(counted: int, clock: str | None) -> int:
    """The first instant by which a clock has counted so much."""
    if clock not in ("work_hour", "work_day"):
        return counted
    n = bisect_left(SUMS, counted) - 1
    return WINDOWS[n][0] + counted - SUMS[n]


@dataclass
class Case:
    """One case, replayed step by step from its events: the slow and obvious way."""

    accepted_at: int | None = None
    closed_at: int | None = None
    original: int | None = None
    deadline: int | None = None
    started: int = 0
    hung_at: int | None = None
    clock: str | None = None
    paused: int = 0
    void: bool = False
    rating: str | None = None

    def step(self, kind: str, at: int, deadline: int | None, clock: str | None) -> None:
        if kind in ("resumed", "closed", "cancelled", "reopened") and self.hung_at is not None:
            parked = ticks(at, self.clock) - ticks(self.hung_at, self.clock)
            self.paused += parked
            if self.deadline is not None and parked:
                self.deadline = instant(ticks(self.deadline, self.clock) + parked, self.clock)
            self.hung_at = None
        if kind == "accepted":
            self.accepted_at = at
        if kind in ("accepted", "reopened") and deadline is not None:
            self.original = self.deadline = deadline
            self.started, self.paused, self.clock = at, 0, clock
        if kind == "extended" and deadline is not None:
            self.deadline = deadline
        if kind == "hung":
            self.hung_at = at
        if kind == "closed":
            self.closed_at = at
        if kind == "reopened":
            self.closed_at, self.rating = None, None
        if kind in ("cancelled", "merged"):
            self.void = True

    @property
    def open(self) -> bool:
        return self.accepted_at is not None and self.closed_at is None and not self.void

    @property
    def overdue(self) -> bool:
        running = self.open and self.hung_at is None
        return running and self.deadline is not None and self.deadline < NOW

    @property
    def due_soon(self) -> bool:
        if not self.open or self.hung_at is not None or self.deadline is None or self.overdue:
            return False
        begun = ticks(self.started, self.clock) + self.paused
        limit = ticks(self.deadline, self.clock) - begun
        return instant(begun + int(0.8 * limit), self.clock) <= NOW


@pytest.fixture
def cases(site: Site) -> list[Case]:
    """Every case that is not a test, replayed up to now."""
    with site.case.connect() as connection:
        events = pd.read_sql(
            text(
                "SELECT e.case_id, e.type, e.at, e.deadline, e.limit_clock FROM case_event e "
                "JOIN case_record r ON r.case_id = e.case_id WHERE r.is_test = 0 "
                "ORDER BY e.case_id, e.at, e.seq"
            ),
            connection,
        )
        surveys = pd.read_sql(
            text(
                "SELECT s.case_id, s.surveyed_at, s.reached, s.satisfaction FROM survey s "
                "JOIN case_record r ON r.case_id = s.case_id WHERE r.anonymous = 0"
            ),
            connection,
        )
    held: dict[int, Case] = {}
    for row in events.itertuples():
        deadline = None if pd.isna(row.deadline) else int(row.deadline)
        held.setdefault(row.case_id, Case()).step(row.type, int(row.at), deadline, row.limit_clock)
    for row in surveys.sort_values("surveyed_at").itertuples():
        case = held.get(row.case_id)
        if case is None or case.closed_at is None or row.surveyed_at < case.closed_at:
            continue
        case.rating = row.satisfaction if row.reached == 1 else None
    return list(held.values())


def expected(cases: list[Case]) -> dict[str, str]:
    """The figures as they must be printed."""
    today = local_day(NOW, ZONE)
    first, last = day_start(today - DAYS + 1, ZONE), day_start(today + 1, ZONE) - 1
    morning = day_start(today, ZONE)
    closed = [c for c in cases if c.closed_at is not None and not c.void]
    recent = [c for c in closed if first <= (c.closed_at or 0) <= last]
    due = [
        c
        for c in cases
        if c.deadline is not None
        and first <= c.deadline <= last
        and not c.void
        and (c.closed_at is not None or c.overdue)
    ]
    on_time = [c for c in due if c.closed_at is not None and c.closed_at <= (c.deadline or 0)]
    rated = [c for c in recent if isinstance(c.rating, str)]
    happy = [c for c in rated if c.rating not in ("dissatisfied", "very_dissatisfied")]
    accepted = [c for c in cases if c.accepted_at is not None]
    within = [c for c in accepted if first <= (c.accepted_at or 0) <= last and not c.void]
    return {
        "accepted_today": f"{sum((c.accepted_at or 0) >= morning for c in accepted):,}",
        "open": f"{sum(c.open for c in cases):,}",
        "overdue": f"{sum(c.overdue for c in cases):,}",
        "due_soon": f"{sum(c.due_soon for c in cases):,}",
        "hung": f"{sum(c.open and c.hung_at is not None for c in cases):,}",
        "on_time_rate": f"{len(on_time):,} / {len(due):,}",
        "satisfaction": f"{len(happy):,} / {len(rated):,}",
        "closure_rate": f"{sum(c.closed_at is not None for c in due):,} / {len(due):,}",
        "closed": f"{len(recent):,}",
        "closure_rate_simple": f"{sum(c.closed_at is not None for c in within):,} / {len(within):,}",
    }


def drawn(site: Site, screen_key: str, fragment: str) -> str:
    """All the text that a screen shows at an address."""
    screen = next(s for s in SCREENS if s.key == screen_key)
    values = refresh(screen, site, json.dumps({"hash": fragment}), "{}")
    words: list[str] = []

    def collect(node: object) -> None:
        if isinstance(node, str | int | float):
            words.append(str(node))
        elif isinstance(node, list):
            tag_and_properties = len(node) == 3 and isinstance(node[1], dict)
            for part in node[2] if tag_and_properties else node:
                collect(part)

    collect(values)
    return re.sub(r"\s+", " ", " | ".join(words))


@pytest.mark.parametrize("screen", ["wall", "tablet", "phone"])
def test_ten_figures_agree_with_pandas_on_every_screen(
    site: Site, cases: list[Case], screen: str
) -> None:
    figures = expected(cases)
    shown = drawn(site, screen, "")
    for key, fragment, label in (
        ("open", "#explain=open", "在办"),
        ("overdue", "#explain=overdue", "超期未结"),
        ("due_soon", "#explain=due_soon", "将超期"),
        ("hung", "#explain=hung", "挂账"),
        ("accepted_today", "#explain=accepted&days=1", "受理数"),
        ("closed", "#explain=closed", "办结数"),
    ):
        sheet = drawn(site, screen, fragment)
        assert f"{label} | " in sheet
        assert f"· {key.removesuffix('_today')} | {figures[key]} |" in sheet, (key, figures[key])
    for key in ("on_time_rate", "satisfaction", "closure_rate"):
        assert figures[key] in shown, (key, figures[key])
    assert figures["closure_rate_simple"] in drawn(site, screen, "#explain=closure_rate_simple")
