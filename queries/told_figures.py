"""Figures of records without those that would tell of a few: what queries.measure counted, as it is told."""

from collections.abc import Callable, Mapping

from queries.completeness import COMPLETE_RECORDS
from queries.figures import Figure
from queries.metrics import Metric
from queries.people import entity_kinds
from queries.protected import HIDDEN, ProtectedCounts
from queries.question import Key, Question
from queries.shown_counts import COMPLETE, FRESH, complete_records, fresh_records, hides, shown_at
from queries.site import Site
from queries.work_counters import FRESH_RECORDS, KINDS_OF_ENTITIES
from queries.work_counts import kinds_of

NOT_TOLD = Figure(None, None, None, hidden=HIDDEN)


def guarded(
    metric: Metric, figures: Mapping[Key, Figure], question: Question
) -> Mapping[Key, Figure]:
    """The figures without those of so few records that their number is not told."""
    level = question.level if question.by == "grid" else None
    for kind in kinds_of(metric):
        is_hidden = hides(question.site, kind, question.scope, level)
        figures = {
            key: NOT_TOLD if is_hidden(None if level is None else key) else figure
            for key, figure in figures.items()
        }
    if question.site.is_exact:
        return figures
    if any(one is metric.top for one in FRESH_RECORDS):
        return _as_of_today(figures, question, FRESH, fresh_records, *kinds_of(metric))
    if any(one is metric.top for one in COMPLETE_RECORDS):
        return _as_of_today(figures, question, COMPLETE, complete_records, *kinds_of(metric))
    if any(one is metric.bottom for one in KINDS_OF_ENTITIES):
        held = entity_kinds(question.site)
        return _told(figures, question, held, "legal_entities", tuple(held.columns))
    return figures


def _as_of_today(
    figures: Mapping[Key, Figure],
    question: Question,
    value: str,
    records: Callable[[Site, str], ProtectedCounts],
    kind: str,
) -> Mapping[Key, Figure]:
    """Of the records of a grid some have what the figure counts: neither part may be too small.

    Told as of today only, for that table is protected.
    """
    site = question.site
    if site.today(question.as_of) != site.today(site.as_of()):
        return dict.fromkeys(figures, NOT_TOLD)
    return _told(figures, question, records(site, kind), kind, (value,))


def _told(
    figures: Mapping[Key, Figure],
    question: Question,
    held: ProtectedCounts,
    kind: str,
    values: tuple[str, ...],
) -> Mapping[Key, Figure]:
    """The figures of those grids of which a protected table tells these values."""
    site, scope = question.site, question.scope

    def is_told(key: Key) -> bool:
        grid = scope.grid if key is None else scope.tree.by_code.get(str(key))
        return (
            grid is not None
            and held.is_ready
            and not any(
                shown_at(site, held, kind, scope.tree, grid, value).is_hidden for value in values
            )
        )

    return {key: figure if is_told(key) else NOT_TOLD for key, figure in figures.items()}
