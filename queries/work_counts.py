"""Adds up what is counted besides cases, by grid or day, and divides it: figures of K22–K30.

The rows of a ground are kept (queries.work_rows); which are counted, and where, is told anew for each
question. A row on a grid that the hierarchy does not hold counts in the whole and, by grid, as 未落格.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from data.counters import Counter
from data.days import day_start, local_days
from queries.claims import units_outside
from queries.completeness import WHOLE_ENTITIES, WHOLE_HOUSES, WHOLE_PERSONS
from queries.figures import Figure, percent
from queries.metrics import Metric
from queries.question import UNLOCATED, Key, Question
from queries.site import Site
from queries.work_counters import (
    DUTY_MODES,
    ENTITIES,
    HOMES,
    HOUSES,
    PERSONS,
    CaseCount,
    Ground,
    Leaf,
    UnitsOutside,
    Work,
    WorkCounter,
    leaves,
)
from queries.work_rows import DAY, DEPARTMENT, DUE, NOWHERE, GroundRows, ground_rows
from queries.work_rules import work_rules

RECORDS = {
    PERSONS.rows: "persons",
    HOMES.rows: "households",
    HOUSES.rows: "houses",
    ENTITIES.rows: "legal_entities",
    WHOLE_PERSONS.rows: "persons",
    WHOLE_HOUSES.rows: "houses",
    WHOLE_ENTITIES.rows: "legal_entities",
}
"""What the tables hold that denominators are counted from."""

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


def counts_people(metric: Metric) -> bool:
    """Whether records of the population database stand in a figure."""
    return any(
        isinstance(leaf, WorkCounter) and leaf.ground.in_population for leaf in _leaves(metric)
    )


def kinds_of(metric: Metric) -> set[str]:
    """The kinds of records (queries.record_kinds) that stand in a figure."""
    tables = {leaf.ground.rows for leaf in _leaves(metric) if isinstance(leaf, WorkCounter)}
    return {kind for table, kind in RECORDS.items() if table in tables}


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
        found |= _counted(question, ground, clock, wanted)
    return found


def _counted(
    question: Question, ground: Ground, clock: str, counters: list[WorkCounter]
) -> dict[str, Amounts]:
    """Sums of the counters of one ground and clock by key, from rows that are kept."""
    values = _values(question)
    held = ground_rows(question.site, ground, values)
    here, keys, names = _keys(question, held, clock)
    chosen = np.flatnonzero(here & _inside(question, held, clock))
    rows = held.seen(chosen, question.as_of, values)
    known = np.ones(rows.size, bool) if ground.known is None else rows.is_true(ground.known)
    of_level = _of_level(question, held, clock, [c for c in counters if c.grids], values)
    found: dict[str, Amounts] = {}
    for counter in counters:
        at = np.flatnonzero(rows.is_true(counter.condition) & known)
        each = np.broadcast_to(rows.cells(counter.amount)[0], (rows.size,))[at]
        place, amounts = held.place[chosen[at]], each * held.times[chosen[at]]
        if counter.once is not None or counter.grids:
            first = _one_of_each(*held.pairs(counter.once), chosen[at])
            if counter.grids:
                first = first[of_level[place[first]]]
            at, amounts = at[first], np.ones(len(first), np.int64)
        number = keys[chosen[at]]
        sums = np.bincount(number, weights=amounts, minlength=len(names))
        any_ = np.bincount(number, minlength=len(names))
        found[counter.key] = {
            name: float(n) for name, n, held_any in zip(names, sums, any_, strict=True) if held_any
        }
    return found


def _one_of_each(numbers: np.ndarray, many: int, rows: np.ndarray) -> np.ndarray:
    """Positions among the rows at which each of their numbers, 0 to `many`, stands first."""
    mine = numbers[rows]
    first = np.full(many, NOWHERE)
    first[mine[::-1]] = np.arange(len(mine))[::-1]
    return first[first != NOWHERE]


def _values(question: Question) -> dict[str, float]:
    """What the conditions compare with, by the names of their parameters."""
    rules, today = work_rules(question.site), question.site.today(question.as_of)
    return {
        "as_of": question.as_of,
        "today": today,
        "fresh_from": today - rules.fresh_days,
        "reported_from": question.as_of - rules.report_days * 86_400,
        **{f"weight_{mode}": float(getattr(rules, mode)) for mode in DUTY_MODES},
    }


def _inside(question: Question, held: GroundRows, clock: str) -> np.ndarray:
    """The rows of the period and of the department that is asked for."""
    ground, scope = held.ground, question.scope
    inside = np.ones(len(held.place), bool)
    if clock == "falls_due" and ground.due is not None:
        zone = question.site.facts().zone
        due, known = held.cells[DUE]
        first, end = day_start(scope.first_day, zone), day_start(scope.last_day + 1, zone)
        inside &= known & (due >= first) & (due < end)
    elif clock != "stock" and ground.day is not None:
        day, known = held.cells[DAY]
        inside &= known & (day >= scope.first_day) & (day <= scope.last_day)
    if scope.department is not None and ground.department is not None:
        department, known = held.cells[DEPARTMENT]
        inside &= known & (department == question.site.departments()[scope.department].item_id)
    return inside


def _keys(
    question: Question, held: GroundRows, clock: str
) -> tuple[np.ndarray, np.ndarray, list[Key]]:
    """Whether each row lies below the scope's grid; the number of its key; and the keys.

    At the top also what the hierarchy does not hold: by grid it is 未落格.
    """
    scope = question.scope
    at = held.positions(scope.tree)
    here = (at >= scope.grid.first) & (at <= scope.grid.last)
    if scope.grid is scope.tree.top:
        here |= at == NOWHERE
    if question.by == "grid":
        grids = scope.tree.at_level(scope.grid, question.level)
        firsts = np.array([grid.first for grid in grids], np.int64)
        lasts = np.array([grid.last for grid in grids], np.int64)
        number = np.searchsorted(firsts, at, side="right") - 1
        lies = (number >= 0) & (at <= lasts[number]) if len(grids) else np.zeros(len(at), bool)
        return here, np.where(lies, number, len(grids)), [*(g.code for g in grids), UNLOCATED]
    if question.by == "day":
        values = held.cells[DUE if clock == "falls_due" else DAY][0]
        if clock == "falls_due":
            zone = question.site.facts().zone
            values = local_days(pd.Series(values), zone).to_numpy(np.int64)
        days, number = np.unique(values, return_inverse=True)
        return here, number, days.tolist()
    return here, np.zeros(len(at), np.int64), [None]


def _of_level(
    question: Question,
    held: GroundRows,
    clock: str,
    counters: Sequence[WorkCounter],
    values: Mapping[str, float],
) -> np.ndarray:
    """Whether each place is of the lowest level at which the counters of grids have any, or of none.

    The level in the default hierarchy and wherever the scope is, so that every hierarchy counts the
    same grids.
    """
    tree = question.site.whole.tree()
    if not counters or tree is None:
        return np.ones(len(held.places), bool)
    levels = held.levels(tree)
    chosen = np.flatnonzero(_inside(question, held, clock))
    rows = held.seen(chosen, question.as_of, values)
    any_ = np.logical_or.reduce([rows.is_true(counter.condition) for counter in counters])
    if held.ground.known is not None:
        any_ = any_ & rows.is_true(held.ground.known)
    lowest = levels[held.place[chosen[any_]]].max(initial=NOWHERE)
    return (levels == lowest) | (levels == NOWHERE)
