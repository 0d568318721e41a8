"""How long cases took: means and quantiles, from buckets where there are many cases, exact otherwise."""

from collections.abc import Mapping

import numpy as np
from sqlalchemy import ColumnElement, func, select

from data.counters import Counter
from data.engines import steady
from data.histograms import EXACT_BELOW, duration_of, quantile_of
from data.versions import versions_of
from queries.figures import Figure
from queries.held_cases import held_cases
from queries.kept_sums import kept_buckets
from queries.metrics import Metric
from queries.question import Key, Question


def duration_figures(
    metric: Metric, counter: Counter, seconds: ColumnElement[int], question: Question
) -> Mapping[Key, Figure]:
    """Hours that the counter's cases took: their mean or a quantile; n is how many."""
    if metric.quantile is not None:
        return _quantiles(metric, counter, seconds, metric.quantile, question)
    dimension = question.dimension(counter.clock)
    statement = select(dimension, func.sum(seconds), func.count(seconds))
    statement = statement.select_from(question.tables())
    statement = statement.where(question.cohort(counter.clock), counter.condition)
    if question.by is not None:
        statement = statement.group_by(dimension)
    totals: dict[Key, tuple[int, int]] = dict.fromkeys(question.all_keys(), (0, 0))
    with question.site.case.connect() as connection:
        for key, total, n in connection.execute(statement, {"as_of": question.as_of}):
            before = totals.get(question.key(key), (0, 0))
            totals[question.key(key)] = before[0] + int(total or 0), before[1] + int(n)
    return {
        key: Figure(n, None, total / n / 3600 if n >= max(metric.minimum_n, 1) else None)
        for key, (total, n) in totals.items()
    }


def _quantiles(
    metric: Metric,
    counter: Counter,
    seconds: ColumnElement[int],
    quantile: float,
    question: Question,
) -> Mapping[Key, Figure]:
    """Quantile of the seconds in hours: from buckets of many cases, exact otherwise."""
    held = duration_of(counter, seconds)
    nothing = {key: Figure(0, None, None) for key in question.all_keys()}
    with question.site.case.connect() as connection:
        version = versions_of(steady(connection))
        buckets = None if held is None else kept_buckets(connection, question, held, version)
        if buckets is not None and _many(buckets):
            found = {key: _about(metric, quantile, counts) for key, counts in buckets.items()}
            return nothing | found
        # Few cases of a grid that has tiles: nothing else is counted from them.
        alone = buckets is not None
        cases = held_cases(connection, question, counter.clock, version, alone=alone)
    if cases is not None:
        took = cases.seconds(question, counter, seconds)
        return nothing | {key: _exact(metric, quantile, sorted_) for key, sorted_ in took.items()}
    return _exact_quantiles(metric, counter, seconds, quantile, question)


def _exact(metric: Metric, quantile: float, took: np.ndarray) -> Figure:
    """The quantile of durations in seconds, shortest first."""
    n = len(took)
    first = int((n - 1) * quantile)
    near = [(rank, int(took[rank - 1]), n) for rank in (first + 1, first + 2) if rank <= n]
    place = (n - 1) * quantile + 1
    return _between(metric, quantile, [row for row in near if row[0] < place + 1])


def _many(buckets: dict[Key, list[tuple[int, int]]]) -> bool:
    """Whether it takes the exact quantile long enough for buckets to be worth their bound."""
    return sum(n for counts in buckets.values() for _, n in counts) >= EXACT_BELOW


def _about(metric: Metric, quantile: float, counts: list[tuple[int, int]]) -> Figure:
    n, seconds = quantile_of(counts, quantile)
    if seconds is None or n < metric.minimum_n:
        return Figure(n, None, None)
    return Figure(n, None, seconds / 3600, about=True)


def _exact_quantiles(
    metric: Metric,
    counter: Counter,
    seconds: ColumnElement[int],
    quantile: float,
    question: Question,
) -> Mapping[Key, Figure]:
    """Exact quantile of the seconds in hours, between neighbours by proportion."""
    dimension = question.dimension(counter.clock).label("key")
    within = dimension if question.by else None
    ranked = select(
        dimension,
        seconds.label("seconds"),
        func.row_number().over(partition_by=within, order_by=seconds).label("rank"),
        func.count().over(partition_by=within).label("n"),
    ).select_from(question.tables())
    ranked = ranked.where(question.cohort(counter.clock), counter.condition)
    inner = ranked.where(seconds.is_not(None)).subquery()
    place = (inner.c.n - 1) * quantile + 1
    near = select(inner).where(inner.c.rank > place - 1, inner.c.rank < place + 1)
    found: dict[Key, list[tuple[int, int, int]]] = {key: [] for key in question.all_keys()}
    with question.site.case.connect() as connection:
        for key, took, rank, n in connection.execute(near, {"as_of": question.as_of}):
            found.setdefault(question.key(key), []).append((rank, took, n))
    return {key: _between(metric, quantile, rows) for key, rows in found.items()}


def _between(metric: Metric, quantile: float, rows: list[tuple[int, int, int]]) -> Figure:
    """The value at the quantile's place among n, from the one or two ranks next to it."""
    if not rows:
        return Figure(0, None, None)
    n = int(rows[0][2])
    if n < metric.minimum_n:
        return Figure(n, None, None)
    low, high = min(rows), max(rows)
    share = (n - 1) * quantile + 1 - low[0]
    return Figure(n, None, (low[1] + share * (high[1] - low[1])) / 3600)
