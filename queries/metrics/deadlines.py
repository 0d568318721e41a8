"""Metrics of deadlines kept and missed (domain.md K04–K06)."""

from data import counters as count
from queries.metrics.definition import DUE_EXCLUDES, NOT_VOID, Metric
from queries.words import Words

DEADLINES = (
    Metric(
        key="on_time_rate",
        practice=Words(
            "数字城管「按期处置率」", "on-time handling rate of digital city management"
        ),
        kpi="K04a",
        label=Words("按期办结率（现行时限）", "On-time rate (effective)"),
        unit="percent",
        formula=Words("在现行时限内办结 ÷ 应结案", "closed by the effective deadline ÷ due"),
        top=count.ON_TIME_OF_DUE,
        bottom=count.DUE,
        exclusions=DUE_EXCLUDES,
        better="up",
        target=95.0,
        source="domain.md §4.2 K04a",
        note=Words(
            "批准的延期顺延时限；挂账期间不计时。",
            "A granted extension moves the deadline; parked time does not count.",
        ),
    ),
    Metric(
        key="on_time_rate_original",
        kpi="K04b",
        label=Words("按期办结率（原时限）", "On-time rate (original)"),
        unit="percent",
        formula=Words("在原时限内办结 ÷ 应结案", "closed by the original deadline ÷ due"),
        top=count.ON_TIME_ORIGINAL,
        bottom=count.DUE,
        exclusions=DUE_EXCLUDES,
        better="up",
        target=95.0,
        source="domain.md §4.2 K04b",
        note=Words(
            "不认延期；挂账期间仍不计时。",
            "Extensions are ignored; parked time still does not count.",
        ),
    ),
    Metric(
        key="on_time_rate_unit",
        kpi="K04",
        label=Words("按期处置率（处置单位）", "On-time rate (handling unit)"),
        unit="percent",
        formula=Words("在现行时限内处置完毕 ÷ 应结案", "handled by the effective deadline ÷ due"),
        top=count.ON_TIME_HANDLED,
        bottom=count.DUE,
        exclusions=DUE_EXCLUDES,
        better="up",
        target=95.0,
        source="domain.md §4.2 K04",
        note=Words(
            "以处置完毕时间为准：核查、结案环节的拖延不算在处置单位头上；没有处置完毕记录的以办结时间为准。",
            "By the time of handling: what checking and closing take is not the unit's delay; "
            "where no handling is on record, by the time of closing.",
        ),
    ),
    Metric(
        key="overdue",
        practice=Words("预警亮灯红灯", "red light"),
        kpi="K05",
        label=Words("超期未结", "Overdue"),
        unit="cases",
        formula=Words(
            "在办、未挂账、已过现行时限", "open, not parked, past the effective deadline"
        ),
        top=count.OVERDUE,
        exclusions=Words(
            "测试案件；挂账案件；无时限案件", "test cases; parked cases; cases without a deadline"
        ),
        better="down",
        target=0,
        source="domain.md §4.2 K05",
    ),
    Metric(
        key="due_soon",
        practice=Words("预警亮灯黄灯", "yellow light"),
        kpi="K06",
        label=Words("将超期", "Due soon"),
        unit="cases",
        formula=Words(
            "在办、未挂账、已用时限的 80 %–100 %", "open, not parked, 80–100 % of the limit used"
        ),
        top=count.DUE_SOON,
        exclusions=Words(
            "测试案件；挂账案件；无时限案件", "test cases; parked cases; cases without a deadline"
        ),
        better="down",
        source="domain.md §3.4, §4.2 K06",
    ),
    Metric(
        key="closed_late",
        kpi="K05",
        label=Words("超期办结", "Closed late"),
        unit="cases",
        formula=Words("已办结、办结晚于现行时限", "closed after the effective deadline"),
        top=count.CLOSED_LATE,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K05",
    ),
    Metric(
        key="overdue_rate",
        kpi="K05",
        label=Words("超期率", "Overdue rate"),
        unit="percent",
        formula=Words("（超期办结 + 超期未结）÷ 应结案", "(closed late + overdue and open) ÷ due"),
        top=count.LATE_OF_DUE,
        bottom=count.DUE,
        exclusions=DUE_EXCLUDES,
        better="down",
        target=5.0,
        source="domain.md §4.2 K05",
    ),
)
