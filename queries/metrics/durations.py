"""Metrics of how long cases take (domain.md K07)."""

from data.histograms import HANDLING, HANDLING_WORK, TO_DISPATCH, TO_RECEIVE
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
        top=HANDLING.counter,
        seconds=HANDLING.seconds,
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
        top=HANDLING.counter,
        seconds=HANDLING.seconds,
        quantile=0.9,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=10,
        source="domain.md §4.2 K07",
        note=Words("少于 10 件时不计算。", "Not computed below 10 cases."),
    ),
    Metric(
        key="handling_mean",
        kpi="K07",
        label=Words("平均处置时长", "Mean handling time"),
        unit="hours",
        formula=Words(
            "上报至办结的自然时，扣除挂账；取平均",
            "natural hours from report to closing less parking; mean",
        ),
        top=HANDLING.counter,
        seconds=HANDLING.seconds,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=1,
        source="domain.md §4.2 K07",
        note=Words(
            "少数久拖的案件会把平均数拉高，与中位数一并解读。",
            "A few very long cases pull the mean up: read it beside the median.",
        ),
    ),
    Metric(
        key="work_median",
        kpi="K07",
        label=Words("处置工作时中位数", "Median working time"),
        unit="work_hours",
        formula=Words(
            "上报至办结的工作时（作息时段内），扣除挂账；取中位数",
            "working hours from report to closing (inside working windows) less parking; median",
        ),
        top=HANDLING_WORK.counter,
        seconds=HANDLING_WORK.seconds,
        quantile=0.5,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=1,
        source="domain.md §4.2 K07, §3.3",
        note=Words(
            "站点未配置作息日历时不计算。", "Not computed where the site has no working calendar."
        ),
    ),
    Metric(
        key="work_p90",
        kpi="K07",
        label=Words("处置工作时 P90", "P90 working time"),
        unit="work_hours",
        formula=Words(
            "上报至办结的工作时（作息时段内），扣除挂账；取 90 分位",
            "working hours from report to closing (inside working windows) less parking; "
            "90th percentile",
        ),
        top=HANDLING_WORK.counter,
        seconds=HANDLING_WORK.seconds,
        quantile=0.9,
        exclusions=NOT_VOID,
        better="down",
        minimum_n=10,
        source="domain.md §4.2 K07, §3.3",
        note=Words("少于 10 件时不计算。", "Not computed below 10 cases."),
    ),
    Metric(
        key="dispatch_median",
        kpi="K18",
        label=Words("派单时长中位数", "Median time to dispatch"),
        unit="hours",
        formula=Words(
            "受理至首次派单的自然时；取中位数",
            "natural hours from acceptance to first dispatch; median",
        ),
        top=TO_DISPATCH.counter,
        seconds=TO_DISPATCH.seconds,
        quantile=0.5,
        exclusions=Words("测试案件；未派单案件", "test cases; cases not dispatched"),
        better="down",
        minimum_n=1,
        source="domain.md §4.2 K18; S0-22",
    ),
    Metric(
        key="receive_median",
        kpi="K18",
        label=Words("接单时长中位数", "Median time to take on"),
        unit="hours",
        formula=Words(
            "首次派单至首次接单的自然时；取中位数",
            "natural hours from first dispatch to first receipt; median",
        ),
        top=TO_RECEIVE.counter,
        seconds=TO_RECEIVE.seconds,
        quantile=0.5,
        exclusions=Words("测试案件；未接单案件", "test cases; cases not taken on"),
        better="down",
        minimum_n=1,
        source="domain.md §4.2 K18; S1-17",
    ),
)
