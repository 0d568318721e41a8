"""Metrics of how long cases take (domain.md K07)."""

from queries import counters as count
from queries.metrics.definition import NOT_VOID, Metric
from queries.words import Words

DURATIONS = (
    Metric(
        key="handling_median",
        kpi="K07",
        label=Words("处置时长中位数", "Median handling time"),
        unit="hours",
        formula=Words(
            "上报至办结的自然时，扣除挂账；取中位数",
            "natural hours from report to closing less parking; median",
        ),
        top=count.CLOSED,
        quantile=0.5,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=1,
        source="domain.md §4.2 K07",
        note=Words(
            "仅已办结案件；自然时，24 小时计。", "Closed cases only; natural time, round the clock."
        ),
    ),
    Metric(
        key="handling_p90",
        kpi="K07",
        label=Words("处置时长 P90", "P90 handling time"),
        unit="hours",
        formula=Words(
            "上报至办结的自然时，扣除挂账；取 90 分位",
            "natural hours from report to closing less parking; 90th percentile",
        ),
        top=count.CLOSED,
        quantile=0.9,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=10,
        source="domain.md §4.2 K07",
        note=Words("少于 10 件时不计算。", "Not computed below 10 cases."),
    ),
)
