"""How long one refresh of a screen takes when nothing is remembered, for any grid and any period.

Each question is drawn and its answer written as the server does it, short of compressing it, on a site
that remembers its trees and words but no figure. What panels ask of the databases is timed as well: each answer
(`measure` and its like) by itself, and each SQL statement.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from benchmarks.large_city import NOW, LargeCity, Tell
from benchmarks.timing import (
    Pace,
    StatementLog,
    WatchedAnswers,
    machine,
    round_trip_ms,
    spread,
    watched,
)
from dashboard.panel import Ask, Panel, Screen, draw, read_question
from dashboard.replies import written
from dashboard.server import SCREENS
from dashboard.sweeping import sweep
from dashboard.warming import warm
from data.clock import Clock
from data.databases import open_database
from data.days import day_of
from data.engines import CASE, POPULATION
from queries.held_states import HeldStates
from queries.memory import Recent
from queries.site import Site
from queries.tile_cuts import tiles_of

RANGES = ("1", "7", "30", "90", "365", "all")
"""Days up to today; `all` begins with the first day that a case was reported on."""

EMPTY = "SELECT 1"
COUNT = (
    "SELECT count(*) FROM case_derived WHERE is_open = 1 AND valid_from <= :at AND valid_to > :at"
)
FIRST_DAY = "SELECT min(reported_day) FROM case_derived"
SLOWEST = 12
SEED = 1
TOLD = 20


class Question(NamedTuple):
    """One address that somebody may open: its fragment, the grid's level and the range."""

    fragment: str
    level: int
    range: str


@dataclass
class Taken:
    """Milliseconds so far: of whole snapshots, panels and answers; of the same snapshot `again`.

    `worked`: of each whole snapshot what this process worked, whatever else the machine did.

    `failed` counts the panels that could not be drawn, by name.
    """

    snapshots: list[tuple[str, Question, float]] = field(default_factory=list)
    panels: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answered: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def open_city(city: LargeCity, *, raw: bool = False) -> Site:
    """The city as the dashboard opens it, its clock standing still; `raw` asks the cases, not tiles."""
    site = Site(
        open_database(city.case_url, CASE),
        open_database(city.population_url, POPULATION),
        Clock(stopped=NOW),
    )
    site.uses_tiles = not raw
    return site


def measure_snapshots(
    city: LargeCity,
    *,
    nodes: int = 3,
    ranges: tuple[str, ...] = RANGES,
    minutes: float = 20,
    raw: bool = False,
    tell: Tell = lambda _: None,
) -> dict[str, Any]:
    """Ask all three screens about `nodes` random grids of every level, over every range.

    In random order, so that what was asked when the `minutes` are over is a fair sample.
    """
    site = open_city(city, raw=raw)
    questions = tuple(questions_of(site, nodes, ranges))
    asked = [(screen, question) for screen in SCREENS for question in questions]
    random.Random(SEED).shuffle(asked)
    warm(site)
    sweep()  # as a server does in its first minute
    taken, pace = Taken(), Pace()
    end = time.monotonic() + 60 * minutes
    with watched(site.case) as log:
        for screen, question in asked:
            if time.monotonic() > end:
                break
            _ask(screen, site, question, taken)
            pace.take()
            if len(taken.snapshots) % TOLD == 0:
                tell(f"{len(taken.snapshots)} of {len(asked)} snapshots")
    report = {
        "machine": machine(),
        "measured": (
            f"{city.cases:,} cases on {city.engine}; {len(taken.snapshots)} of {len(asked)} snapshots: "
            f"each screen's panels for {nodes} random grids of every level × {', '.join(ranges)} "
            "days; no figure remembered, trees and words are"
        ),
        "cases": city.cases,
        "engine": city.engine,
        "tiles": tiles_of(site) is not None,
        "file_bytes": city.file_bytes(),
        "built_seconds": city.built_seconds,
        **_summary(site, taken, log, pace),
    }
    site.case.dispose()
    site.population.dispose()
    return report


def questions_of(site: Site, nodes: int, ranges: tuple[str, ...]) -> Iterator[Question]:
    """The same grids for every range, drawn by a fixed seed; the top stands for its level."""
    tree = site.tree()
    if tree is None:
        raise ValueError("the city has no grids")
    chance = random.Random(SEED)
    for level in range(tree.deepest() + 1):
        known = tree.at_level(tree.top, level)
        for grid in chance.sample(known, min(nodes, len(known))):
            for asked in ranges:
                days = f"from={_first_day(site)}" if asked == "all" else f"days={asked}"
                yield Question(f"#grid={grid.code}&{days}", level, asked)


def _first_day(site: Site) -> str:
    with site.case.connect() as connection:
        return str(day_of(connection.exec_driver_sql(FIRST_DAY).scalar_one()))


def _ask(screen: Screen, site: Site, question: Question, taken: Taken) -> None:
    spent = 0.0

    def told(key: Any, milliseconds: float) -> None:
        nonlocal spent
        spent += milliseconds
        taken.answers[_answer_name(key)].append(milliseconds)

    fresh = replace(
        site, answers=WatchedAnswers(told), drawings=Recent(200), held_states=HeldStates()
    )
    timed = replace(screen, panels=tuple(_timed(panel, screen, taken) for panel in screen.panels))
    asked = read_question(screen, json.dumps({"hash": question.fragment}))
    if asked is None:
        raise ValueError(f"{question.fragment} is no address")
    began, worked = time.perf_counter(), time.process_time()
    written(draw(timed, fresh, asked), "{}")
    taken.snapshots.append((screen.key, question, 1000 * (time.perf_counter() - began)))
    taken.worked.append(1000 * (time.process_time() - worked))
    taken.answered.append(spent)
    began = time.perf_counter()
    written(draw(screen, fresh, asked), "{}")
    taken.again.append(1000 * (time.perf_counter() - began))


def _timed(panel: Panel, screen: Screen, taken: Taken) -> Panel:
    def draw_timed(ask: Ask) -> Any:
        began = time.perf_counter()
        try:
            return panel.draw(ask)
        except Exception:
            taken.failed[f"{screen.key} {panel.key}"] += 1
            raise
        finally:
            took = 1000 * (time.perf_counter() - began)
            taken.panels[screen.key, panel.key].append(took)

    return replace(panel, draw=draw_timed)


def _answer_name(key: Any) -> str:
    """What an answer is of: metrics and dimension, or the name it is remembered under."""
    if isinstance(key[0], str):
        return key[0]
    metrics = ", ".join(metric for metric, _ in key[0])
    return f"{metrics} by {key[2]}" if key[2] else metrics


def _summary(site: Site, taken: Taken, log: StatementLog, pace: Pace) -> dict[str, Any]:
    floor = {
        "select_1_ms": round(round_trip_ms(site.case, EMPTY, {}), 3),
        "count_open_ms": round(round_trip_ms(site.case, COUNT, {"at": NOW}), 3),
        "python_ms": round(pace.ms(), 3),
    }
    whole = spread([ms for *_, ms in taken.snapshots])
    return {
        "floor": floor,
        "snapshot": whole | ratios(whole, floor),
        "processor": spread(taken.worked),
        "processor_by_level": _worked_by_level(taken),
        "answers_alone": spread(taken.answered),
        "remembered": spread(taken.again),
        "screens": _grouped(taken, lambda screen, _: screen, floor),
        "levels": _grouped(taken, lambda _, question: str(question.level), floor),
        "ranges": _grouped(taken, lambda _, question: question.range, floor),
        "level_and_range": _grouped(
            taken, lambda _, question: f"L{question.level} {question.range}", floor
        ),
        "panels": {
            f"{screen} {panel}": spread(took) | {"total_ms": round(sum(took))}
            for (screen, panel), took in sorted(taken.panels.items(), key=lambda it: -sum(it[1]))
        },
        "answers": {
            name: spread(took) | {"total_ms": round(sum(took))}
            for name, took in sorted(taken.answers.items(), key=lambda it: -sum(it[1]))[:SLOWEST]
        },
        "failed_panels": dict(taken.failed),
        "statements": log.worst(site.case),
    }


def _worked_by_level(taken: Taken) -> dict[str, dict[str, float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for (_, question, _), worked in zip(taken.snapshots, taken.worked, strict=True):
        groups[f"L{question.level} {question.range}"].append(worked)
    return {name: spread(worked) for name, worked in groups.items()}


def ratios(times: dict[str, float], floor: dict[str, float]) -> dict[str, float]:
    """p50 and p95 as multiples of the empty round trip, the count of open cases and a fixed piece of Python."""
    return {
        f"{part}_to_{name}": round(times[f"{part}_ms"] / floor[f"{name}_ms"], 1)
        for part in ("p50", "p95")
        for name in ("select_1", "count_open", "python")
    }


def _grouped(
    taken: Taken, group: Callable[[str, Question], str], floor: dict[str, float]
) -> dict[str, dict[str, float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for screen, question, took in taken.snapshots:
        groups[group(screen, question)].append(took)
    return {name: (times := spread(took)) | ratios(times, floor) for name, took in groups.items()}


def snapshot_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [report["measured"], report["machine"]]
    floor = report["floor"]
    lines.append(
        f"floor: SELECT 1 {floor['select_1_ms']} ms, count of open cases {floor['count_open_ms']} ms, "
        f"a piece of Python {floor['python_ms']} ms"
    )
    for name in ("snapshot", "processor", "answers_alone", "remembered"):
        held = report[name]
        lines.append(f"{name}: p50 {held['p50_ms']} ms, p95 {held['p95_ms']}, max {held['max_ms']}")
    head = ("", "n", "p50 ms", "p95 ms", "max ms", "p50 : count", "p95 : count")
    for title in ("screens", "levels", "ranges", "level_and_range"):
        lines += ["", title.replace("_", " ") + ":", _row(head)]
        lines += [
            _row(
                (name, *(held[key] for key in ("n", "p50_ms", "p95_ms", "max_ms")), *_counts(held))
            )
            for name, held in report[title].items()
        ]
    lines += ["", "processor time by level and range:"]
    lines += [
        _spent(name, {"total_ms": 0} | held) for name, held in report["processor_by_level"].items()
    ]
    for title in ("panels", "answers"):
        lines += ["", f"{title}, most time in all first:"]
        lines += [_spent(name, held) for name, held in list(report[title].items())[:SLOWEST]]
    for one in report["statements"][:3]:
        lines += ["", f"{one['total_ms']} ms in {one['runs']} runs, worst {one['worst_ms']} ms:"]
        lines += [one["sql"], *("  " + step for step in one["plan"])]
    if report["failed_panels"]:
        lines += ["", f"FAILED: {report['failed_panels']}"]
    return "\n".join(lines)


def _counts(held: dict[str, float]) -> tuple[float, float]:
    return held["p50_to_count_open"], held["p95_to_count_open"]


def _row(cells: tuple[object, ...]) -> str:
    return f"{cells[0]!s:>12}" + "".join(f"{cell!s:>13}" for cell in cells[1:])


def _spent(name: str, held: dict[str, float]) -> str:
    return (
        f"{held['total_ms']:>9} ms  n {held['n']:>5}  p50 {held['p50_ms']:>8}  "
        f"p95 {held['p95_ms']:>8}  {name[:110]}"
    )
