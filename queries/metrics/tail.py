"""Metrics of the tail: what tells units apart whose rates all stand at 100 % (domain.md K05, K09, K10)."""

from data import counters as count
from queries.metrics.definition import DUE_EXCLUDES, NOT_VOID, Metric
from queries.words import Words

TAIL = (
    Metric(
        key="late_days",
        kpi="K05",
        label=Words("超期天数", "Days overdue"),
        unit="days",
        formula=Words(
            "应结案件超过现行时限的天数之和，不满一天按一天计（自然时）",
            "days past the effective deadline, added up over cases due; a begun day counts (natural time)",
        ),
        top=count.LATE_DAYS,
        exclusions=DUE_EXCLUDES,
        better="down",
        source="domain.md §4.2 K05",
    ),
    Metric(
        key="rework_passes",
        kpi="K10",
        label=Words("返工次数", "Reworks"),
        unit="times",
        formula=Words("办结案件的返工次数之和", "reworks, added up over cases closed"),
        top=count.REWORK_PASSES,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K10",
    ),
    Metric(
        key="reopened",
        kpi="K09",
        label=Words("重办案件", "Reopened"),
        unit="cases",
        formula=Words("办结案件中曾重办的", "closed cases that had been reopened"),
        top=count.REOPENED,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K09",
    ),
    Metric(
        key="extended_of_due",
        kpi="K19",
        label=Words("应结案中延期", "Extended, of those due"),
        unit="cases",
        formula=Words("应结案件中曾获批延期的", "cases due that had been granted an extension"),
        top=count.EXTENDED_OF_DUE,
        exclusions=DUE_EXCLUDES,
        better="down",
        source="domain.md §4.2 K19",
    ),
)
