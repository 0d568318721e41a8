"""Every KPI, once: what is divided by what, over which cohort, what is left out, what it is called.

Sources: domain.md §4.1–4.2, lights §3.4. The SQL comes from queries.counters; figures on the three
screens, `queries.ask`, the lists behind a figure and docs/metrics.md are all made from here.
"""

from dataclasses import dataclass
from typing import Literal

from queries import counters as count
from queries.counters import Counter, Register
from queries.words import Words

Better = Literal["up", "down", "neither"]
Unit = Literal["cases", "percent", "hours", "people", "households", "houses", "entities"]


@dataclass(frozen=True, eq=False)
class Metric:
    """One KPI. `top / bottom × 100` with a bottom, a quantile with `quantile`, else the count."""

    key: str
    kpi: str
    label: Words
    unit: Unit
    formula: Words
    top: Counter | Register
    bottom: Counter | None = None
    quantile: float | None = None
    exclusions: Words = Words("测试案件", "test cases")
    better: Better = "neither"
    target: float | None = None
    minimum_n: int = 30
    source: str = "domain.md §4.2"
    note: Words | None = None
    practice: Words | None = None

    @property
    def rests_on(self) -> Words:
        """Where the definition comes from, as people may read it on a screen."""
        zh, en = f"网格治理指标目录 {self.kpi}", f"KPI catalogue of grid governance, {self.kpi}"
        if self.practice is None:
            return Words(zh, en)
        return Words(f"{zh}；{self.practice.zh}", f"{en}; {self.practice.en}")

    @property
    def is_rate(self) -> bool:
        """Whether a numerator and a denominator stand behind the figure."""
        return self.bottom is not None

    @property
    def clock(self) -> str:
        """Which cases belong to a period; records of the register are a stock."""
        base = self.bottom or self.top
        return base.clock if isinstance(base, Counter) else "stock"


_NOT_VOID = Words("测试、作废、并案、不予受理案件", "test, cancelled, merged and rejected cases")
_DUE_EXCLUDES = Words(
    "测试、作废、并案案件；挂账中的案件；未到期的在办案件；无时限案件",
    "test, cancelled and merged cases; parked cases; open cases still within their limit; "
    "cases without a deadline",
)

METRICS: tuple[Metric, ...] = (
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
        exclusions=_NOT_VOID,
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
        exclusions=_NOT_VOID,
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
        exclusions=_DUE_EXCLUDES,
        better="up",
        target=98.0,
        source="domain.md §4.1 (许昌 2022-01), §4.2 K03",
    ),
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
        exclusions=_DUE_EXCLUDES,
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
        exclusions=_DUE_EXCLUDES,
        better="up",
        target=95.0,
        source="domain.md §4.2 K04b",
        note=Words(
            "不认延期；挂账期间仍不计时。",
            "Extensions are ignored; parked time still does not count.",
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
        exclusions=_NOT_VOID,
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
        exclusions=_NOT_VOID,
        better="down",
        minimum_n=10,
        source="domain.md §4.2 K07",
        note=Words("少于 10 件时不计算。", "Not computed below 10 cases."),
    ),
    Metric(
        key="satisfaction",
        practice=Words("12345 热线回访惯例", "practice of 12345 hotline call-backs"),
        kpi="K12",
        label=Words("满意率", "Satisfaction"),
        unit="percent",
        formula=Words(
            "（非常满意 + 满意 + 基本满意 × 1）÷ 有效回访",
            "(very satisfied + satisfied + basically satisfied × 1) ÷ valid surveys",
        ),
        top=count.SATISFIED,
        bottom=count.SURVEY_VALID,
        exclusions=Words(
            "测试案件；未回访、未联系上、未评价；匿名上报",
            "test cases; not surveyed, not reached, not rated; anonymous reports",
        ),
        better="up",
        target=95.0,
        source="domain.md §4.2 K12",
        note=Words(
            "基本满意按权重 1 计入；与回访覆盖率一并解读。",
            "Basically satisfied counts in full (weight 1); read with survey coverage.",
        ),
    ),
    Metric(
        key="survey_coverage",
        kpi="K13",
        label=Words("回访覆盖率", "Survey coverage"),
        unit="percent",
        formula=Words("有效回访 ÷ 应回访的办结案件", "valid surveys ÷ closed cases due for survey"),
        top=count.SURVEY_VALID,
        bottom=count.SURVEY_DUE,
        exclusions=Words("测试案件；匿名上报", "test cases; anonymous reports"),
        better="up",
        target=30.0,
        source="domain.md §4.2 K13",
    ),
    Metric(
        key="open",
        kpi="L1",
        label=Words("在办", "Open"),
        unit="cases",
        formula=Words("已受理、未办结（含挂账）", "accepted and not closed, parked ones in"),
        top=count.OPEN,
        exclusions=_NOT_VOID,
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
        key="population",
        kpi="P1",
        label=Words("实有人口", "Population"),
        unit="people",
        formula=Words(
            "登记在册的居住人口；无登记库时为公布的分区人口",
            "residents on the register; published area totals where there is no register",
        ),
        top=Register("persons"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="households",
        kpi="P1",
        label=Words("户数", "Households"),
        unit="households",
        formula=Words(
            "登记在册的户；无登记库时为公布的分区户数",
            "households on the register; published area totals where there is no register",
        ),
        top=Register("households"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="houses",
        kpi="P1",
        label=Words("房屋", "Dwellings"),
        unit="houses",
        formula=Words("登记在册的房屋", "houses on the register"),
        top=Register("houses"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
    Metric(
        key="legal_entities",
        kpi="P1",
        label=Words("法人", "Legal entities"),
        unit="entities",
        formula=Words("登记在册的法人与商户", "legal entities and shops on the register"),
        top=Register("legal_entities"),
        exclusions=Words("无", "none"),
        source="domain.md §5.1",
    ),
)

BY_KEY: dict[str, Metric] = {metric.key: metric for metric in METRICS}

LIGHTS = ("overdue", "due_soon", "normal", "hung", "no_deadline")
"""The lights of open cases, worst first; together they are all open cases."""
