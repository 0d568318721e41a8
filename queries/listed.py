"""Which cases stand behind a part of a figure, and in what order.

The pages of a list, its sums and its file are all made from this.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_

from data.case_tables import case_derived as d
from data.counters import Clock, Counter
from queries.case_rows import URGENT, Order, pick
from queries.definitions import in_force
from queries.metrics import Metric, Part
from queries.question import Question
from queries.scope import Scope
from queries.seen_cases import told_of
from queries.site import Site


@dataclass(frozen=True, eq=False)
class Listed:
    """The cohort's clock, what holds for each of the cases, and how they are sorted.

    `counter` counts one for each of them, if there is one.
    """

    clock: Clock
    condition: ColumnElement[bool]
    order: Order
    counter: Counter | None = None

    def keys(self, question: Question) -> Select:
        """Key of each case's version (case_id, valid_from) that the question's list holds."""
        return pick(question, self.clock, self.condition)


def listed(site: Site, metric: Metric, part: Part, scope: Scope) -> Listed:
    """The cases of a part of a metric, by the definition in force on the scope's last day."""
    metric = in_force(site.facts().definitions, metric, scope.last_day)
    top, bottom = metric.top, metric.bottom or metric.top
    assert isinstance(top, Counter) and isinstance(bottom, Counter)
    in_full = or_(*(counter.condition for weight, counter in metric.amounts if weight == 1))
    condition = {
        "top": top.condition,
        "bottom": bottom.condition,
        "rest": and_(bottom.condition, not_(func.coalesce(in_full, False))),
    }[part]
    if metric.seconds is not None:
        condition = and_(condition, metric.seconds.is_not(None))
    counter = {"top": top, "bottom": bottom}.get(part)
    if told_of(site, scope):
        # The list is shorter than its figure: what it holds is counted.
        counter = None
    if counter is not None and (counter.times is not None or metric.seconds is not None):
        counter = None
    return Listed(top.clock, condition, _order(top), counter)


def _order(counter: Counter) -> Order:
    """Most urgent first for stocks, newest first otherwise, unless the counter has its own order."""
    if counter.order:
        return counter.order
    if counter.clock == "stock":
        return URGENT
    return (d.c.reported_at.desc(), d.c.case_id.desc())
