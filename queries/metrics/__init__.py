"""Every KPI, once: what is divided by what, over which cohort, what is left out, what it is called.

Sources: domain.md §4.1–4.2, lights §3.4. The SQL comes from data.counters; figures on the three
screens, `queries.ask`, the lists behind a figure and docs/metrics.md are all made from here.
"""

from queries.metrics.deadlines import DEADLINES
from queries.metrics.definition import Metric, Part
from queries.metrics.durations import DURATIONS
from queries.metrics.exclusive import EXCLUSIVE
from queries.metrics.flow import FLOW
from queries.metrics.quality import QUALITY
from queries.metrics.register import REGISTER
from queries.metrics.stock import STOCK
from queries.metrics.survey import SURVEY
from queries.metrics.tail import TAIL
from queries.metrics.visits import VISITS
from queries.metrics.work import WORK

__all__ = ["BY_KEY", "LIGHTS", "METRICS", "Metric", "Part"]

METRICS: tuple[Metric, ...] = (
    *FLOW,
    *DEADLINES,
    *DURATIONS,
    *QUALITY,
    *SURVEY,
    *STOCK,
    *TAIL,
    *WORK,
    *VISITS,
    *EXCLUSIVE,
    *REGISTER,
)

BY_KEY: dict[str, Metric] = {metric.key: metric for metric in METRICS}

LIGHTS = ("overdue", "due_soon", "normal", "hung", "no_deadline")
"""The lights of open cases, worst first; together they are all open cases."""
