"""Metrics of grid workers, patrols, lists, whistles, load and stars (domain.md K22–K23, K27–K30)."""

from queries import work_counters as count
from queries.metrics.definition import Metric
from queries.words import Words

_NOT_YET = Words("截至时刻尚未到来的计划", "what is planned for after the as-of time")

WORKERS = (
    Metric(
        key="reports_per_duty_day",
        kpi="K22",
        label=Words("人日均上报", "Reports per day on duty"),
        unit="per_day",
        formula=Words(
            "网格员自有来源的上报数 ÷ 在岗人日",
            "reports from the grid workers' own sources ÷ person-days on duty",
        ),
        top=count.REPORTS,
        bottom=count.DUTY_DAYS,
        exclusions=Words("测试案件；其他来源的上报", "test cases; reports from other sources"),
        source="domain.md §4.2 K22",
        note=Words(
            "只看数量会助长凑数，请与有效上报率一并解读。",
            "Volume alone invites padding: read it with the share of valid reports.",
        ),
    ),
    Metric(
        key="valid_report_rate",
        kpi="K22",
        label=Words("网格员有效上报率", "Workers' valid reports"),
        unit="percent",
        formula=Words(
            "网格员上报中已受理且有效 ÷ 其中已有结论的上报",
            "accepted and valid ÷ decided upon, of the grid workers' reports",
        ),
        top=count.REPORTS_VALID,
        bottom=count.REPORTS_DECIDED,
        exclusions=Words(
            "测试案件；待核实的上报；其他来源的上报",
            "test cases; reports still being verified; reports from other sources",
        ),
        better="up",
        source="domain.md §4.2 K22",
    ),
    Metric(
        key="missed_rate",
        kpi="K22",
        label=Words("漏报率", "Missed by the grid"),
        unit="percent",
        formula=Words(
            "他人先发现的问题 ÷（他人先发现的问题 + 网格员上报）",
            "problems that others found first ÷ (those + the grid workers' reports)",
        ),
        top=count.MISSED,
        bottom=count.TO_BE_FOUND,
        exclusions=Words(
            "测试案件；不在网格巡查清单内的问题",
            "test cases; problems not on the grid's patrol list",
        ),
        better="down",
        source="domain.md §4.2 K22",
    ),
    Metric(
        key="patrol_done_rate",
        kpi="K23",
        label=Words("巡查完成率", "Patrols done"),
        unit="percent",
        formula=Words("已完成的巡查 ÷ 计划的巡查", "patrols done ÷ planned"),
        top=count.PATROLS_DONE,
        bottom=count.PATROLS,
        exclusions=_NOT_YET,
        better="up",
        source="domain.md §4.2 K23; S0-26",
    ),
    Metric(
        key="patrol_coverage",
        kpi="K23",
        label=Words("巡查覆盖率", "Grids patrolled"),
        unit="percent",
        formula=Words(
            "至少完成一次巡查的网格 ÷ 有计划巡查的网格",
            "grids with a patrol done ÷ grids with one planned",
        ),
        top=count.GRIDS_PATROLLED,
        bottom=count.GRIDS_TO_PATROL,
        exclusions=Words(
            "没有计划巡查的网格；有巡查的最低一级以上的网格",
            "grids without a planned patrol; grids above the lowest level that has patrols",
        ),
        better="up",
        source="domain.md §4.2 K23",
        note=Words("每个网格只计一次。", "Each grid counts once, however often it was patrolled."),
    ),
    Metric(
        key="patrol_finds",
        kpi="K23",
        label=Words("巡查发现率", "Patrols that found something"),
        unit="percent",
        formula=Words("发现问题的巡查 ÷ 已完成的巡查", "patrols with a problem found ÷ done"),
        top=count.PATROLS_WITH_FINDS,
        bottom=count.PATROLS_DONE,
        exclusions=Words("未完成的巡查", "patrols not done"),
        source="domain.md §4.2 K23",
    ),
)

LISTS = (
    Metric(
        key="needs_mapped_rate",
        kpi="K27",
        label=Words("需求归纳率", "Needs put to a problem"),
        unit="percent",
        formula=Words("已归入问题清单的需求 ÷ 需求清单", "needs put to a problem ÷ needs"),
        top=count.NEEDS_MAPPED,
        bottom=count.NEEDS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K27; S4-15",
    ),
    Metric(
        key="problems_claimed_rate",
        kpi="K27",
        label=Words("问题认领率", "Problems claimed"),
        unit="percent",
        formula=Words("已有单位认领的问题 ÷ 问题清单", "problems with a claim ÷ problems"),
        top=count.PROBLEMS_CLAIMED,
        bottom=count.PROBLEMS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K27; S4-15",
    ),
    Metric(
        key="claims_in_time_rate",
        kpi="K27",
        label=Words("服务限时办结率", "Claims done in time"),
        unit="percent",
        formula=Words("期限内办结的认领 ÷ 应办结的认领", "claims done by their date ÷ claims due"),
        top=count.CLAIMS_IN_TIME,
        bottom=count.CLAIMS_DUE,
        exclusions=Words(
            "未设期限；期限未到且未办结", "no date set; not done and within their time"
        ),
        better="up",
        source="domain.md §4.2 K27; S4-16",
    ),
    Metric(
        key="claims_outside_rule",
        kpi="K27",
        label=Words("认领数超出 1–3 项", "Claims outside 1–3"),
        unit="units",
        formula=Words(
            "季度内认领超过 3 项，或季度已结束而未认领的单位，按季累计",
            "units with more than 3 claims in a quarter, or none once it is over; added up by quarter",
        ),
        top=count.CLAIMS_OUTSIDE,
        exclusions=Words("未记单位的认领", "claims of no named unit"),
        better="down",
        target=0,
        source="domain.md §4.2 K27; S4-15",
        note=Words(
            "上一季度有认领的单位视为成员单位，本季度应认领 1–3 项。",
            "A unit that claimed in the quarter before is a member and owes 1–3 claims.",
        ),
    ),
    Metric(
        key="ledger_cleared_rate",
        kpi="K27",
        label=Words("销账率", "Ledger cleared"),
        unit="percent",
        formula=Words("已销账 ÷ 入账（按入账日期）", "cleared ÷ entered, by day of entry"),
        top=count.LEDGER_CLEARED,
        bottom=count.LEDGER,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K27; S4-18",
        note=Words(
            "统计期取一年，即为该年度账本的销账率。",
            "Over a year it is how much of that year's ledger is cleared.",
        ),
    ),
    Metric(
        key="whistle_arrival_rate",
        kpi="K28",
        label=Words("吹哨报到率", "Arrived when whistled for"),
        unit="percent",
        formula=Words("时限内报到的部门 ÷ 应报到的部门", "departments there in time ÷ due"),
        top=count.WHISTLES_ANSWERED,
        bottom=count.WHISTLES_DUE,
        exclusions=Words(
            "未设时限；时限未到且未报到", "no limit set; not there and within the limit"
        ),
        better="up",
        source="domain.md §4.2 K28; S2-27, S4-25",
        note=Words(
            "一次吹哨的每个部门各计一次。", "Each department of a whistle counts by itself."
        ),
    ),
    Metric(
        key="load_per_head",
        kpi="K29",
        label=Words("人均在办", "Open cases per head"),
        unit="per_person",
        formula=Words(
            "在办案件 ÷ 在岗人数（按在岗方式加权）",
            "open cases ÷ staff on duty, weighted by duty mode",
        ),
        top=count.OPEN_CASES,
        bottom=count.STAFF_ON_DUTY,
        exclusions=Words("空缺岗位；不在岗人员", "vacant posts; staff not on duty"),
        better="down",
        source="domain.md §4.2 K29; S2-24",
        note=Words(
            "常驻计 1 人，报到与兼职按站点设定的权重计（默认 0.5）；岗位只有现状，上级网格含下级岗位。",
            "Resident staff count 1, reporting and part-time as the site sets (0.5 by default); posts "
            "are of now, and those of a grid count for the grids above it.",
        ),
    ),
)

RATINGS = (
    Metric(
        key="stars_up",
        kpi="K30",
        label=Words("升星", "Stars gained"),
        unit="grids",
        formula=Words("统计期内星级上升的评定", "decisions in the period that raised the stars"),
        top=count.STARS_UP,
        exclusions=Words("首次评定", "first ratings"),
        better="up",
        source="domain.md §4.2 K30; S3-18",
    ),
    Metric(
        key="stars_down",
        kpi="K30",
        label=Words("降星", "Stars lost"),
        unit="grids",
        formula=Words("统计期内星级下降的评定", "decisions in the period that lowered the stars"),
        top=count.STARS_DOWN,
        exclusions=Words("首次评定", "first ratings"),
        better="down",
        source="domain.md §4.2 K30; S3-18",
    ),
    Metric(
        key="flags_held",
        kpi="K30",
        label=Words("红旗网格", "Grids that hold the flag"),
        unit="grids",
        formula=Words(
            "最近一次评定持有红旗的网格", "grids that hold the flag by the newest decision"
        ),
        top=count.FLAGS_HELD,
        exclusions=Words("从未评定的网格", "grids never rated"),
        source="domain.md §4.2 K30; S1-27",
    ),
)

WORK = (*WORKERS, *LISTS, *RATINGS)
