"""Metrics of how cases come in and go out (domain.md K01–K03)."""

from data import counters as count
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
    Metric(
        key="taken_rate",
        practice=Words("数字城管「有效上报率」", "valid report rate of digital city management"),
        kpi="K02",
        label=Words("立案率（有效上报率）", "Valid report rate"),
        unit="percent",
        formula=Words(
            "上报案件中已受理且有效 ÷ 已有结论的上报",
            "accepted and valid ÷ reports that were decided upon",
        ),
        top=count.TAKEN_OF_REPORTED,
        bottom=count.DECIDED,
        exclusions=Words("测试案件；待核实的上报", "test cases; reports still being verified"),
        better="up",
        source="domain.md §4.2 K02",
        note=Words(
            "受理即立案；并案、不予受理与作废计入分母。",
            "Acceptance counts as filing; merged, rejected and cancelled ones are in the denominator.",
        ),
    ),
    Metric(
        key="same_day_rate",
        kpi="K08",
        label=Words("当日办结率", "Closed the same day"),
        unit="percent",
        formula=Words("受理当日办结 ÷ 受理", "closed on the day of acceptance ÷ accepted"),
        top=count.SAME_DAY,
        bottom=count.ACCEPTED_VALID,
        exclusions=NOT_VOID,
        better="up",
        source="domain.md §4.2 K08",
        note=Words(
            "按站点时区的考核日：自然日，或站点设定的起始时刻（如 12:00–12:00）。",
            "Days of assessment in the site's time zone: from midnight, or from when the site says "
            "(noon to noon, say).",
        ),
    ),
    Metric(
        key="self_handled_rate",
        kpi="K15",
        label=Words("自处置率", "Settled on the spot"),
        unit="percent",
        formula=Words("就地自行处置 ÷ 受理", "settled on the spot by the finder ÷ accepted"),
        top=count.SELF_HANDLED,
        bottom=count.ACCEPTED,
        better="neither",
        source="domain.md §4.2 K15; 湛江 33.9 %, 昆明 ≈ 17 %",
        note=Words(
            "偏高可能是专挑易办事项，请结合类别查看。",
            "A high share may mean cherry-picking: look at the categories.",
        ),
    ),
    Metric(
        key="repeat_rate",
        practice=Words(
            "同址同类 50 米内重复投诉", "the same complaint at the same place, within 50 m"
        ),
        kpi="K11",
        label=Words("重复投诉率", "Repeat rate"),
        unit="percent",
        formula=Words(
            "受理案件中，此前 90 天内有同一小类、50 米内或同一诉求人案件的 ÷ 受理"
            "（只按地点、只按诉求人或两者任一，以及米数与天数，均可设）",
            "with an earlier case of its category within 50 m or by the same caller in the 90 days "
            "before ÷ accepted (the site may set days and metres, and whether place, caller or either "
            "counts)",
        ),
        top=count.REPEATED,
        bottom=count.ACCEPTED_VALID,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K11; 运城, 50 m",
        note=Words(
            "地点只比对定位准确的案件，默认点位不算同址；诉求人以加密指纹比对，库中不存号码，匿名案件无从比对；"
            "同址又同诉求人只算一件；此前的案件作废或并案也算。",
            "Places are compared where the location is exact: a default point is no place. Callers are "
            "compared by a keyed hash, no number is kept, and anonymous cases have none. Near and of "
            "the same caller is one earlier case; it may have been cancelled or merged.",
        ),
    ),
    Metric(
        key="repeat_often",
        kpi="K11",
        label=Words("多次重复（3 次及以上）", "Repeated three times or more"),
        unit="cases",
        formula=Words(
            "受理案件中，连同本件至少三件同类且同址或同一诉求人（90 天、50 米）",
            "accepted, and with two or more earlier ones of its category at its place or by its caller "
            "(90 days, 50 m)",
        ),
        top=count.REPEATED_OFTEN,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K11",
    ),
)
