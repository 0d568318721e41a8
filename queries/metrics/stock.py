"""Metrics of open cases by their light (domain.md §3.4)."""

from data import counters as count
from queries.metrics.definition import NOT_VOID, Metric
from queries.words import Words

STOCK = (
    Metric(
        key="open",
        kpi="L1",
        label=Words("在办", "Open"),
        unit="cases",
        formula=Words("已受理、未办结（含挂账）", "accepted and not closed, parked ones in"),
        top=count.OPEN,
        exclusions=NOT_VOID,
        source="domain.md §4.1",
    ),
    Metric(
        key="normal",
        kpi="L1",
        label=Words("正常", "Normal"),
        unit="cases",
        formula=Words(
            "在办、未挂账、已用时限不足 80 %", "open, not parked, less than 80 % of the limit used"
        ),
        top=count.NORMAL,
        source="domain.md §3.4",
    ),
    Metric(
        key="no_deadline",
        kpi="L1",
        label=Words("无时限", "No deadline"),
        unit="cases",
        formula=Words("在办、未挂账、没有时限", "open, not parked, without a deadline"),
        top=count.NO_DEADLINE,
        better="down",
        source="domain.md §4.2 K05",
    ),
    Metric(
        key="hung",
        kpi="L1",
        label=Words("挂账", "Parked"),
        unit="cases",
        formula=Words("在办、挂账已批准、时钟暂停", "open, parking approved, clock stopped"),
        top=count.HUNG,
        better="down",
        source="domain.md §3.4; S0-24",
    ),
    Metric(
        key="supervised",
        kpi="L1",
        label=Words("督办", "Supervised"),
        unit="cases",
        formula=Words("在办、曾被督办", "open, supervised at least once"),
        top=count.SUPERVISED,
        better="down",
        source="domain.md §3.4; S0-24",
    ),
    Metric(
        key="extended",
        kpi="L1",
        label=Words("延期", "Extended"),
        unit="cases",
        formula=Words("在办、曾获批延期", "open, at least one extension granted"),
        top=count.EXTENDED,
        better="down",
        source="domain.md §3.4",
    ),
    Metric(
        key="supervision_queue",
        practice=Words(
            "瑞金二路：纪工委对挂号、延期工单督办", "Ruijin No. 2 Road: inspectors follow these up"
        ),
        kpi="L2",
        label=Words("督办队列（挂账与延期）", "Parked and extended"),
        unit="cases",
        formula=Words(
            "在办，且挂账中或曾获批延期", "open, and parked or with an extension granted"
        ),
        top=count.QUEUE,
        better="down",
        source="domain.md §3.4; S0-24",
        note=Words(
            "未督办的在前，其次按批准至今的天数。",
            "Not yet supervised first, then by the days since it was granted.",
        ),
    ),
)
