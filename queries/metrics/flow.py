"""Metrics of how cases come in and go out (domain.md K01–K03)."""

from queries import counters as count
from queries.metrics.definition import DUE_EXCLUDES, NOT_VOID, Metric
from queries.words import Words

FLOW = (
    Metric(
        key="reported",
        kpi="K01",
        label=Words("上报数", "Reported"),
        unit="cases",
        formula=Words(
            "按上报时间计数（含并案、不予受理）", "count by time of report, merged and rejected in"
        ),
        top=count.REPORTED,
        source="domain.md §4.2 K01",
    ),
    Metric(
        key="accepted",
        kpi="K01",
        label=Words("受理数", "Accepted"),
        unit="cases",
        formula=Words("按受理时间计数", "count by time of acceptance"),
        top=count.ACCEPTED,
        source="domain.md §4.2 K01; S3 受理 17,182",
    ),
    Metric(
        key="closed",
        kpi="K01",
        label=Words("办结数", "Closed"),
        unit="cases",
        formula=Words(
            "按办结时间计数（重办后以最后一次办结为准）", "count by time of (last) closing"
        ),
        top=count.CLOSED,
        exclusions=NOT_VOID,
        source="domain.md §4.2; S3 办结 17,154",
    ),
    Metric(
        key="closure_rate_simple",
        practice=Words(
            "各地公布「办结率」的常用算法", "how published closure rates are mostly computed"
        ),
        kpi="K03",
        label=Words("办结率（简单口径）", "Closure rate (simple)"),
        unit="percent",
        formula=Words(
            "统计期受理案件中已办结 ÷ 受理", "closed ÷ accepted, of cases accepted in the period"
        ),
        top=count.CLOSED_OF_ACCEPTED,
        bottom=count.ACCEPTED_VALID,
        exclusions=NOT_VOID,
        better="up",
        target=98.0,
        source="domain.md §4.2 K03, §4.5; S3 办结率",
        note=Words(
            "未到期的在办案件计入分母，临近期末会偏低。",
            "Open cases still within their limit are in the denominator: recent periods read low.",
        ),
    ),
    Metric(
        key="closure_rate",
        practice=Words(
            "数字城管月报：应结案 = 结案 + 超期未结", "monthly reports of digital city management"
        ),
        kpi="K03",
        label=Words("办结率（应结案口径）", "Closure rate (due)"),
        unit="percent",
        formula=Words(
            "已办结 ÷ 应结案；应结案 = 已办结 + 超期未结",
            "closed ÷ due; due = closed + overdue and open",
        ),
        top=count.CLOSED_OF_DUE,
        bottom=count.DUE,
        exclusions=DUE_EXCLUDES,
        better="up",
        target=98.0,
        source="domain.md §4.1 (许昌 2022-01), §4.2 K03",
    ),
)
