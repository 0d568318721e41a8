"""Adds up what is counted besides cases, by grid or day, and divides it: figures of K22–K30.

One statement per ground and clock counts by the grids that the rows lie on; the hierarchy is applied
afterwards. A row on a grid that the hierarchy does not hold counts in the whole and, by grid, as 未落格.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, null, or_, select

from data.counters import Counter
from data.days import day_start, local_day
from queries.claims import units_outside
from queries.figures import Figure, percent
from queries.metrics import Metric
from queries.question import UNLOCATED, Key, Question
from queries.site import Site
from queries.work_counters import (
    DUTY_MODES,
    CaseCount,
    Ground,
    Leaf,
    UnitsOutside,
    Work,
    WorkCounter,
    leaves,
)
from queries.work_rules import work_rules

Amounts = Mapping[Key, float]
CountCases = Callable[[Iterable[Counter], Question], Mapping[Key, Mapping[str, int]]]
"""What queries.measure counts cases with."""


def work_version(site: Site) -> tuple[object, ...]:
    """Versions of everything that such a figure may rest on."""
    return (*sorted(site.versions().items()), site.population_version())


def refusal(metric: Metric, question: Question) -> str | None:
    """Why the question cannot be put to this metric; None when it can."""
    held = _leaves(metric)
    scope = question.scope
    if question.by not in (None, "grid", "day"):
        return f"{metric.key} counts more than cases: it has no {question.by} to go by."
    for leaf in held:
        if question.by == "day" and not _has_days(leaf):
            return f"{metric.key} counts {leaf.key} once or as they stand: it has no day to go by."
        if question.by == "grid" and isinstance(leaf, UnitsOutside):
            return f"{metric.key} counts departments, whose claims lie in several grids."
    asked = {name for name in ("source", "category", "department") if getattr(scope, name)}
    refused = asked - _filters(held)
    if refused:
        return f"{metric.key} counts more than cases: it takes no filter {sorted(refused)[0]}."
    return None


def work_figures(
    metrics: tuple[Metric, ...], question: Question, count_cases: CountCases
) -> dict[str, Mapping[Key, Figure]]:
    """Figures by metric and key, for metrics and a question that `refusal` has nothing against."""
    held = {leaf.key: leaf for metric in metrics for leaf in _leaves(metric)}
    amounts: dict[str, Amounts | None] = {}
    amounts |= _work(question, [c for c in held.values() if isinstance(c, WorkCounter)])
    amounts |= _cases(question, [c for c in held.values() if isinstance(c, CaseCount)], count_cases)
    for leaf in held.values():
        if isinstance(leaf, UnitsOutside):
            amounts[leaf.key] = {None: units_outside(question)}
    return {metric.key: _figures(metric, amounts, question) for metric in metrics}


def _sides(metric: Metric) -> list[Work]:
    sides = (metric.top, metric.bottom)
    return [side for side in sides if isinstance(side, Work)]


def _leaves(metric: Metric) -> list[Leaf]:
    return [leaf for side in _sides(metric) for leaf in leaves(side)]


def _has_days(leaf: Leaf) -> bool:
    if isinstance(leaf, WorkCounter):
        return leaf.clock != "stock" and leaf.once is None and not leaf.grids
    return isinstance(leaf, CaseCount)


def _filters(held: list[Leaf]) -> set[str]:
    """Filters that mean the same for all that is counted."""
    if all(isinstance(leaf, CaseCount) for leaf in held):
        return {"category", "department"}
    if any(isinstance(leaf, CaseCount) for leaf in held):
        return set()
    grounds = [leaf.ground for leaf in held if isinstance(leaf, WorkCounter)]
    return {"department"} if all(g.department is not None for g in grounds) else set()


def _figures(
    metric: Metric, amounts: Mapping[str, Amounts | None], question: Question
) -> Mapping[Key, Figure]:
    sides = [[amounts[leaf.key] for leaf in leaves(side)] for side in _sides(metric)]
    keys = dict.fromkeys(question.all_keys())
    keys |= {key: None for side in sides for found in side for key in found or ()}
    return {key: _figure(metric, [_sum(side, key) for side in sides]) for key in keys}


def _sum(side: list[Amounts | None], key: Key) -> float | None:
    """None where one part cannot be told. Six places, so that weights leave no dust behind."""
    parts = [None if found is None else found.get(key, 0) for found in side]
    if any(part is None for part in parts):
        return None
    total = round(float(sum(part or 0 for part in parts)), 6)
    return int(total) if total.is_integer() else total


def _figure(metric: Metric, sides: list[float | None]) -> Figure:
    n, *bottom = sides
    if not bottom:
        return Figure(n, None, n)
    d = bottom[0]
    if n is None or d is None:
        return Figure(n, d, None)
    if metric.is_rate:
        return Figure(n, d, percent(n, d))
    return Figure(n, d, n / d if d else None)


def _cases(question: Question, counts: list[CaseCount], count: CountCases) -> dict[str, Any]:
    """Sums of the cases, the workers' own as the sum over their sources; None without such sources."""
    found: dict[str, Any] = {}
    for of_workers in (False, True):
        wanted = [c for c in counts if c.of_workers == of_workers]
        if not wanted:
            continue
        scopes = [question.scope]
        if of_workers:
            known = question.site.sources()
            codes = [code for code in work_rules(question.site).worker_sources if code in known]
            scopes = [replace(question.scope, source=code) for code in codes]
        for c in wanted:
            found[c.key] = {} if scopes else None
        for scope in scopes:
            rows = count([c.counter for c in wanted], replace(question, scope=scope))
            for key, row in rows.items():
                for c in wanted:
                    found[c.key][key] = found[c.key].get(key, 0) + row.get(c.counter.key, 0)
    return found


def _work(question: Question, counters: list[WorkCounter]) -> dict[str, Amounts]:
    groups: dict[tuple[Ground, str], list[WorkCounter]] = {}
    for counter in counters:
        groups.setdefault((counter.ground, counter.clock), []).append(counter)
    found: dict[str, Amounts] = {}
    for (ground, clock), wanted in groups.items():
        rows = _rows(question, ground, clock, wanted)
        found |= _rolled_up(question, ground, clock, wanted, rows)
    return found


def _rolled_up(
    question: Question,
    ground: Ground,
    clock: str,
    counters: list[WorkCounter],
    rows: list[tuple[Any, ...]],
) -> dict[str, Amounts]:
    known, places = _places(question, ground)
    zone = question.site.facts().zone
    is_top = question.scope.grid is question.scope.tree.top
    lost: Key = UNLOCATED if question.by == "grid" else None
    lowest = _lowest(question, counters, rows)
    found: dict[str, dict[Key, float]] = {counter.key: {} for counter in counters}
    for place, instead, when, *sums in rows:
        at = place if place in known or instead is None else instead
        if at not in places and not (is_top and at not in known):
            continue
        key = places.get(at, lost)
        if question.by == "day":
            key = local_day(when, zone) if clock == "falls_due" else int(when)
        for counter, amount in zip(counters, sums, strict=True):
            n = float(amount or 0)
            if counter.grids:
                n = float(n > 0 and _level(question, place) in (lowest, None))
            found[counter.key][key] = found[counter.key].get(key, 0) + n
    return dict(found)


def _places(question: Question, ground: Ground) -> tuple[Mapping[Any, Any], dict[Any, Key]]:
    """Grids that the hierarchy knows, and the key of those inside the scope's grid."""
    scope = question.scope
    tree = scope.tree
    known: Mapping[Any, Any] = tree.by_code if ground.in_population else tree.by_id
    name = "code" if ground.in_population else "grid_id"
    lost: Key = UNLOCATED if question.by == "grid" else None
    places: dict[Any, Key] = {getattr(g, name): lost for g in tree.subtree(scope.grid)}
    if question.by == "grid":
        for child in tree.at_level(scope.grid, question.level):
            places |= {getattr(g, name): child.code for g in tree.subtree(child)}
    return known, places


def _lowest(
    question: Question, counters: list[WorkCounter], rows: list[tuple[Any, ...]]
) -> int | None:
    """The lowest level at which the counters of grids have any, wherever the scope is."""
    of_grids = [place for place, counter in enumerate(counters, start=3) if counter.grids]
    levels = [_level(question, row[0]) for row in rows if any(row[place] for place in of_grids)]
    return max((level for level in levels if level is not None), default=None)


def _level(question: Question, grid_id: int) -> int | None:
    """Level in the default hierarchy, so that every hierarchy counts the same grids; None outside it."""
    tree = question.site.tree()
    grid = None if tree is None else tree.by_id.get(grid_id)
    return None if grid is None else grid.level


def _rows(
    question: Question, ground: Ground, clock: str, counters: list[WorkCounter]
) -> list[tuple[Any, ...]]:
    """Rows of place, place instead, day or instant due, and a sum per counter; remembered."""
    site, scope = question.site, question.scope
    rules, today = work_rules(site), site.today(question.as_of)
    keys = (clock, *(counter.key for counter in counters))
    values = {
        "as_of": question.as_of,
        "today": today,
        "fresh_from": today - rules.fresh_days,
        "reported_from": question.as_of - rules.report_days * 86_400,
        **{f"weight_{mode}": getattr(rules, mode) for mode in DUTY_MODES},
    }

    def read() -> list[tuple[Any, ...]]:
        engine = site.population if ground.in_population else site.case
        with engine.connect() as connection:
            statement = _statement(question, ground, clock, counters)
            return [tuple(row) for row in connection.execute(statement, values)]

    if ground.in_population and clock == "stock":
        # Hundreds of thousands of records change by the day at most: kept without an age.
        version = (site.population_version(), today, rules.fresh_days)
        return site.drawings.get(("work", keys, version), read)
    days = (scope.first_day, scope.last_day, question.by == "day", scope.department)
    return site.answers.get(("work", keys, days, question.as_of, work_version(site)), read)


def _statement(
    question: Question, ground: Ground, clock: str, counters: list[WorkCounter]
) -> Select:
    scope = question.scope
    columns: list[ColumnElement] = [ground.place]
    when = ground.due if clock == "falls_due" else ground.day
    if ground.instead is not None:
        columns.append(ground.instead)
    if question.by == "day" and when is not None:
        columns.append(when)
    picked = [
        ground.place,
        null() if ground.instead is None else ground.instead,
        when if question.by == "day" and when is not None else null(),
    ]
    totals = [counter.total.label(f"sum_{counter.key}") for counter in counters]
    statement = select(*picked, *totals).select_from(ground.rows).group_by(*columns)
    if ground.kind is not None:
        statement = statement.where(ground.kind.in_(sorted({c.kind for c in counters})))
    else:
        statement = statement.where(or_(*(counter.condition for counter in counters)))
    if ground.known is not None:
        statement = statement.where(ground.known)
    if clock == "falls_due" and when is not None:
        zone = question.site.facts().zone
        first, end = day_start(scope.first_day, zone), day_start(scope.last_day + 1, zone)
        statement = statement.where(when >= first, when < end)
    elif clock != "stock" and when is not None:
        statement = statement.where(when.between(scope.first_day, scope.last_day))
    if scope.department is not None and ground.department is not None:
        item = question.site.departments()[scope.department]
        statement = statement.where(ground.department == item.item_id)
    return statement
