"""Measures any metrics over any scope, in total or by one dimension: the only way to a figure.

Counters that share a clock are added up in one statement; rates are divided last, so the rate of a
whole is the ratio of its sums and never the mean of its parts' rates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, or_, select

from data.case_tables import DEEPEST
from data.contributions import is_kept
from data.counters import Clock, Counter
from data.days import day_start
from data.engines import steady
from data.versions import versions_of
from queries.definitions import in_force
from queries.durations import duration_figures
from queries.figures import Figure, percent
from queries.held_cases import held_cases
from queries.kept_sums import kept_sums
from queries.late_days import late_sums
from queries.metrics import Metric
from queries.metrics.definition import Amount
from queries.question import By, Key, Question
from queries.record_kinds import Register
from queries.scope import Scope
from queries.shown_counts import shown_records
from queries.site import Site
from queries.told_figures import guarded
from queries.work_counters import Work
from queries.work_counts import counts_people, refusal, work_figures, work_version

RECORDS = {
    "persons": "population",
    "households": "population",
    "houses": "house",
    "legal_entities": "legal_entity",
}
"""The kinds of data that records of the population database are."""

Rows = dict[Key, dict[str, int]]


class CannotMeasure(ValueError):
    """The metric and the dimension do not go together; the text says why."""


@dataclass(frozen=True)
class Measurement:
    """Figures by metric key and dimension key (None when measured in total)."""

    by: By | None
    as_of: int
    figures: Mapping[str, Mapping[Key, Figure]]

    def total(self, metric: str) -> Figure:
        """The one figure of a metric measured in total."""
        return self.figures[metric][None]


def measure(
    site: Site,
    metrics: Iterable[Metric],
    scope: Scope,
    by: By | None = None,
    *,
    as_of: int,
    level: int | None = None,
) -> Measurement:
    """Measure each metric over the scope as things stood at `as_of` (epoch seconds).

    Each by the definition in force on the scope's last day, days and grids too; figures name it.
    By grid: all grids one level down (or of `level`) and UNLOCATED, keyed by code. By day: every day
    of the period, keyed by day number; a stock is then that of the day's end. By source: all of the
    site's sources. By category or department: those with cases. Raises CannotMeasure.
    """
    versions = site.facts().definitions
    metrics = tuple(in_force(versions, metric, scope.last_day) for metric in metrics)
    split = min(scope.grid.level + 1 if level is None else level, DEEPEST)
    if by == "grid" and split <= scope.grid.level:
        raise CannotMeasure(f"level {split} does not lie below the grid {scope.grid.code}.")
    version: tuple[object, ...] = (*(site.versions().get(part) for part in ("cases", "grids")),)
    if not all(m.counts_cases for m in metrics):
        version += (*work_version(site), site.prepared.made, site.is_exact)
    asked = (tuple((m.key, m.variant) for m in metrics), scope.key, by, split, as_of, version)
    kinds = {kind_of(m) for m in metrics if isinstance(m.top, Register)}
    of_records = len(kinds) > 0 and all(isinstance(m.top, Register) for m in metrics)
    question = Question(site, scope, by, as_of, split, min(kinds) if of_records else "case_figures")
    for metric in metrics:
        site.admit(scope, kind_of(metric), split if by == "grid" else None)
    return site.answers.get(asked, lambda: _measured(metrics, question))


def kind_of(metric: Metric) -> str:
    """The kind of data (queries.rights.KINDS) that a metric counts."""
    if isinstance(metric.top, Register):
        return RECORDS[metric.top.key]
    return "population" if counts_people(metric) else "case_figures"


def add_up(site: Site, counters: Iterable[Counter], scope: Scope, *, as_of: int) -> dict[str, int]:
    """What each counter adds up to over the scope, by its key."""
    counters = tuple(counters)
    question = Question(site, scope, None, as_of, scope.grid.level)
    found = _counts(counters, question)[None]
    return {counter.key: found.get(counter.key, 0) for counter in counters}


def _measured(metrics: tuple[Metric, ...], question: Question) -> Measurement:
    counted = [m for m in metrics if isinstance(m.top, Counter) and not m.is_duration]
    tops = [counter for m in counted for _, counter in m.amounts]
    counts = _counts(
        [*tops, *(m.bottom for m in counted if isinstance(m.bottom, Counter))], question
    )
    figures = _work(tuple(m for m in metrics if isinstance(m.top, Work)), question)
    for metric in metrics:
        if isinstance(metric.top, Work):
            continue
        if isinstance(metric.top, Register):
            figures[metric.key] = _register(metric, metric.top, question)
        elif metric.seconds is not None:
            figures[metric.key] = duration_figures(metric, metric.top, metric.seconds, question)
        else:
            amounts = metric.amounts
            figures[metric.key] = {
                key: _figure(metric, amounts, row) for key, row in counts.items()
            }
    return Measurement(question.by, question.as_of, figures)


def _figure(metric: Metric, amounts: Amount, row: Mapping[str, int]) -> Figure:
    n: float
    if metric.weighed:
        weighed = sum(weight * row.get(counter.key, 0) for weight, counter in amounts)
        n = int(weighed) if weighed == int(weighed) else float(weighed)
    else:
        n = row.get(amounts[0][1].key, 0)
    if not isinstance(metric.bottom, Counter):
        return Figure(n, None, n)
    bottom = row.get(metric.bottom.key, 0)
    return Figure(n, bottom, percent(n, bottom), metric.variant)


def _counts(counters: Iterable[Counter], question: Question) -> Rows:
    """Sum of every counter, per key; keys without cases are there with nothing in them."""
    needed: dict[Clock, dict[str, Counter]] = {}
    for counter in counters:
        needed.setdefault(counter.clock, {})[counter.key] = counter
    rows: Rows = {key: {} for key in question.all_keys()}
    if question.by == "day" and "stock" in needed:
        _add_stock_by_day(list(needed.pop("stock").values()), question, rows)
    with question.site.case.connect() as connection:
        version = versions_of(steady(connection))
        for clock, wanted in needed.items():
            kept = tuple(counter for counter in wanted.values() if is_kept(counter))
            held = kept_sums(connection, question, clock, kept, version) if kept else None
            _take(held, rows)
            left = [c for c in wanted.values() if held is None or not is_kept(c)]
            late = late_sums(connection, question, left, version)
            if late is not None:
                _take(late, rows)
                continue
            if not left:
                continue
            # Where tiles tell the rest, nothing else is counted from the cases: one sum is not worth holding them all.
            cases = held_cases(connection, question, clock, version) if held is None else None
            if cases is not None:
                _take(cases.sums(question, clock, left), rows)
            else:
                _add_raw(connection, left, clock, question, rows)
    return rows


def _take(sums: Rows | None, rows: Rows) -> None:
    for key, amounts in (sums or {}).items():
        rows.setdefault(key, {}).update(amounts)


def _add_raw(
    connection: Connection, counters: list[Counter], clock: str, question: Question, rows: Rows
) -> None:
    statement = _sums(counters, clock, question)
    for record in connection.execute(statement, {"as_of": question.as_of}):
        row = rows.setdefault(question.key(record[0]), {})
        for counter, amount in zip(counters, record[1:], strict=True):
            row[counter.key] = row.get(counter.key, 0) + int(amount or 0)


def _sums(counters: list[Counter], clock: str, question: Question) -> Select:
    dimension = question.dimension(clock)
    amounts = [func.sum(counter.amount).label(f"sum_{counter.key}") for counter in counters]
    statement = select(dimension, *amounts).select_from(question.tables(clock))
    statement = statement.where(question.cohort(clock))
    statement = statement.where(or_(*(counter.condition for counter in counters)))
    return statement if question.by is None else statement.group_by(dimension)


def _add_stock_by_day(counters: list[Counter], question: Question, rows: Rows) -> None:
    """A stock by day is what it stood at when the day ended (or now, for today)."""
    zone = question.site.facts().zone
    statement = _sums(counters, "stock", Question(question.site, question.scope, None, 0, 0))
    with question.site.case.connect() as connection:
        for day, row in rows.items():
            at = min(day_start(int(day or 0) + 1, zone) - 1, question.as_of)
            sums = connection.execute(statement, {"as_of": at}).one()[1:]
            for counter, amount in zip(counters, sums, strict=True):
                row[counter.key] = int(amount or 0)


def _work(metrics: tuple[Metric, ...], question: Question) -> dict[str, Mapping[Key, Figure]]:
    for metric in metrics:
        reason = refusal(metric, question)
        if reason is not None:
            raise CannotMeasure(reason)
    figures = work_figures(metrics, question, _counts)
    return {metric.key: guarded(metric, figures[metric.key], question) for metric in metrics}


def _register(metric: Metric, register: Register, question: Question) -> Mapping[Key, Figure]:
    scope = question.scope
    if question.by not in (None, "grid"):
        raise CannotMeasure(
            f"{metric.key} is a stock of records: it has no {question.by} to go by."
        )
    if scope.source or scope.category or scope.department:
        raise CannotMeasure(f"{metric.key} counts records, not cases: it takes no filters.")
    level = question.level if question.by == "grid" else None
    counts = shown_records(question.site, register.key, scope, level)
    return {
        key: Figure(None, None, None, hidden=one.text)
        if one.is_hidden
        else Figure(one.value, None, one.value)
        for key, one in counts.items()
    }
