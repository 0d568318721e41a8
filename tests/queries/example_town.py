"""Worked examples of the KPIs: a few cases, and what a metric makes of them by its definition."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hand_town import NOON, scope_of
from small_town import ZONE, Case, Town, at, found_town
from sqlalchemy import delete, update

from data.case_tables import case_metadata, data_version, site_setting
from data.clock import Clock
from data.rules import write_calendar
from data.stored_settings import write_setting
from data.working_time import WorkCalendar
from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site

OF_CASES = tuple(t for t in reversed(case_metadata.sorted_tables) if "case_id" in t.c)
"""Tables of cases, those that refer to others first."""


@dataclass(frozen=True)
class Example:
    """`says` is the rule, `lines` the cases, `comes_to` their n, d and value by the definition.

    A line has the steps of small_town.Case, in hours or as 9:15:01, and may go on with `| category=water,
    is_test`. Hour 0 is a Monday; the town works 08–12 and 14–18, Monday to Friday. Without `now` it is
    hour 228, noon of Wednesday of the week after; the period are the last thirty days unless `scope` says
    otherwise. The value of a rate is in percent.
    """

    kpi: str
    metric: str
    says: str
    lines: str
    comes_to: tuple[float | None, ...]
    now: str = f"{NOON}"
    scope: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What pytest calls it."""
        return f"{self.kpi} {self.metric}: {self.says}"

    def check(self, found: Figure) -> None:
        """Fail unless the program found what was worked out; values are written to a thousandth."""
        assert (found.n, found.d, found.value) == tuple(
            expected if expected is None else pytest.approx(expected, abs=0.001)
            for expected in self.comes_to
        )

    def cases(self) -> list[Case]:
        """The cases, coded by their place."""
        lines = filter(None, map(str.strip, self.lines.splitlines()))
        return [_case(f"{place:03}", line) for place, line in enumerate(lines, start=1)]


def _case(code: str, line: str) -> Case:
    steps, _, told = line.partition("|")
    more: dict[str, Any] = {}
    for part in filter(None, map(str.strip, told.split(","))):
        name, _, value = part.partition("=")
        more[name] = {"": True, "yes": True, "no": False}.get(value, value)
    return Case(code, re.sub(r"\d+:\d\d(:\d\d)?", lambda time: hours(time[0]), steps), **more)


def hours(text: str) -> str:
    """`9:15:01` as hours; what has no colon stays."""
    if ":" not in text:
        return text
    hour, minute, second = (*map(int, text.split(":")), 0)[:3]
    return repr((hour * 3600 + minute * 60 + second) / 3600)


@dataclass(frozen=True)
class ExampleTown:
    """A town that is emptied between examples."""

    town: Town
    site: Site

    def figure(self, example: Example) -> Figure:
        """What the program makes of an example."""
        as_of = at(float(hours(example.now)))
        self.empty()
        with self.town.case.begin() as connection:
            for key, value in example.settings.items():
                write_setting(connection, site_setting, key, value)
        self.town.take(example.cases(), now=NOON)
        figure = self.ask(example, as_of)
        with self.town.case.begin() as connection:
            keys = site_setting.c.key.in_(list(example.settings))
            connection.execute(delete(site_setting).where(keys))
        return figure

    def ask(self, example: Example, as_of: int) -> Figure:
        """The metric over what the town holds now: a site of its own, which remembers no answers."""
        site = Site(self.site.case, self.site.population, Clock(stopped=as_of))
        scope = scope_of(site, as_of, **example.scope)
        metric = BY_KEY[example.metric]
        return measure(site, [metric], scope, as_of=as_of).total(metric.key)

    def empty(self) -> None:
        """Take all cases away, and what tells that there were some already."""
        with self.town.case.begin() as connection:
            connection.execute(update(data_version).values(changed_at=0))
            for table in OF_CASES:
                connection.execute(delete(table))


@contextmanager
def example_town(engine: str, folder: Path) -> Iterator[ExampleTown]:
    """A town of an engine with working hours and no case."""
    town = found_town(engine, folder, "examples")
    with town.case.begin() as connection:
        write_calendar(connection, WorkCalendar(ZONE, ((480, 720), (840, 1080))))
    site = town.city.site()
    yield ExampleTown(town, site)
    site.case.dispose()
    site.population.dispose()
    town.close()
