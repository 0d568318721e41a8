"""Metrics of how exclusive grids keep to their rules (domain.md K26)."""

from queries import work_counters as count
from queries.metrics.definition import Metric
from queries.words import Words

EXCLUSIVE = (
    Metric(
        key="exclusive_heads",
        kpi="K26",
        label=Words("专属网格长公职率", "Civil servants as heads"),
        unit="percent",
        formula=Words(
            "网格长为公职人员的专属网格 ÷ 专属网格",
            "exclusive grids headed by a civil servant ÷ exclusive grids",
        ),
        top=count.CIVIL_HEADS,
        bottom=count.EXCLUSIVE_GRIDS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K26; S2-10",
    ),
    Metric(
        key="exclusive_informants",
        kpi="K26",
        label=Words("信息员配备率", "Units with an informant"),
        unit="percent",
        formula=Words(
            "已配信息员的单位 ÷ 应配单位", "units with an informant ÷ units that owe one"
        ),
        top=count.INFORMANTS,
        bottom=count.UNITS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K26; S2-11",
    ),
    Metric(
        key="exclusive_reporting",
        kpi="K26",
        label=Words("专属网格采报率", "Exclusive grids that report"),
        unit="percent",
        formula=Words(
            "近 30 日（可设）有采报的专属网格 ÷ 专属网格",
            "exclusive grids with a report in the last 30 days (may be set) ÷ exclusive grids",
        ),
        top=count.REPORTING,
        bottom=count.EXCLUSIVE_GRIDS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K26; S2-12",
        note=Words(
            "只记最近一次采报：回看过去时，其后又有采报的网格按未采报计。",
            "Only the newest report is kept: looking back, a grid that reported later counts as silent.",
        ),
    ),
    Metric(
        key="exclusive_size",
        kpi="K26",
        label=Words("专属网格规模达标率", "Exclusive grids of the set size"),
        unit="percent",
        formula=Words(
            "规模满 1000 人或占地满 1 平方公里的专属网格 ÷ 专属网格",
            "exclusive grids with 1000 people or 1 km² and more ÷ exclusive grids",
        ),
        top=count.LARGE_ENOUGH,
        bottom=count.EXCLUSIVE_GRIDS,
        exclusions=Words("无", "none"),
        better="up",
        source="domain.md §4.2 K26; S2-08",
        note=Words("人数与面积均不详的按未达标计。", "Of unknown size counts as not met."),
    ),
)
