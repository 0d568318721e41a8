"""Metrics of how well cases are handled (domain.md K09–K10, K14, K19–K21)."""

from queries import counters as count
from queries.metrics.definition import NOT_VOID, Metric
from queries.words import Words

QUALITY = (
    Metric(
        key="first_time_rate",
        kpi="K09",
        label=Words("一次办结率", "Closed at the first go"),
        unit="percent",
        formula=Words(
            "无返工、无重办、无退回而办结 ÷ 办结",
            "closed without rework, reopening or return ÷ closed",
        ),
        top=count.FIRST_TIME,
        bottom=count.CLOSED,
        exclusions=NOT_VOID,
        better="up",
        target=95.0,
        source="domain.md §4.2 K09",
        note=Words(
            "退回多为派遣失误，也计为非一次办结；以后重办的案件会改变本期数字。",
            "A return is mostly the dispatcher's slip and counts too; a later reopening changes it.",
        ),
    ),
    Metric(
        key="rework_rate",
        kpi="K10",
        label=Words("返工率", "Rework rate"),
        unit="percent",
        formula=Words(
            "核查不通过、至少返工一次的案件 ÷ 经核查的办结案件",
            "cases with at least one rework ÷ closed cases that were checked",
        ),
        top=count.REWORKED,
        bottom=count.CHECKED,
        exclusions=NOT_VOID,
        better="down",
        target=2.0,
        source="domain.md §4.2 K10",
        note=Words("按案件计，不按次数计。", "Counts cases, not passes."),
    ),
    Metric(
        key="station_led_rate",
        practice=Words(
            "瑞金二路：85 % 左右的管理案件由综合网格工作站牵头解决",
            "Ruijin No. 2 Road: stations lead about 85 % of management cases",
        ),
        kpi="K14",
        label=Words("站牵头解决率", "Led by the station"),
        unit="percent",
        formula=Words(
            "综合网格工作站牵头办结的管理案件 ÷ 办结的管理案件",
            "management cases closed under the station's lead ÷ management cases closed",
        ),
        top=count.STATION_LED,
        bottom=count.MANAGED,
        exclusions=Words(
            "测试、作废、并案案件；服务、咨询与安全类；自处置案件；未记牵头层级的案件",
            "test, cancelled and merged cases; service, enquiry and safety cases; cases settled on "
            "the spot; cases without a lead level",
        ),
        better="up",
        target=85.0,
        source="domain.md §4.2 K14; S0-19",
        note=Words(
            "升级的案件按办结时的牵头层级计。",
            "An escalated case counts for who led at its closing.",
        ),
    ),
    Metric(
        key="extension_rate",
        kpi="K19",
        label=Words("延期率", "Extension rate"),
        unit="percent",
        formula=Words("受理案件中曾获批延期 ÷ 受理", "with an extension granted ÷ accepted"),
        top=count.EXTENDED_OF_ACCEPTED,
        bottom=count.ACCEPTED_VALID,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K19; 福州 2022Q2 0.20 %",
    ),
    Metric(
        key="parked_rate",
        kpi="K19",
        label=Words("挂账率", "Parked share"),
        unit="percent",
        formula=Words("在办案件中挂账 ÷ 在办", "parked ÷ open"),
        top=count.HUNG,
        bottom=count.OPEN,
        better="down",
        source="domain.md §4.2 K19",
    ),
    Metric(
        key="parked_long",
        practice=Words("疑难缓办超过 60 天为积存", "parked for more than 60 days: backlog"),
        kpi="K19",
        label=Words("积存（挂账超 60 天）", "Parked over 60 days"),
        unit="cases",
        formula=Words("在办、挂账满 60 个自然日", "open, parked for 60 natural days or more"),
        top=count.PARKED_LONG,
        better="down",
        target=0,
        source="domain.md §3.2, §4.2 K19",
    ),
    Metric(
        key="supervision_rate",
        kpi="K20",
        label=Words("督办按时答复率", "Supervision answered in time"),
        unit="percent",
        formula=Words(
            "在答复期限内答复 ÷ 应答复的督办", "answered by the reply date ÷ supervisions due"
        ),
        top=count.SUPERVISION_ANSWERED,
        bottom=count.SUPERVISION_DUE,
        exclusions=Words(
            "测试案件；未设答复期限；期限未到且未答复",
            "test cases; no reply date; unanswered ones still within their time",
        ),
        better="up",
        target=100.0,
        source="domain.md §4.2 K20; S0-24, S3-19",
        note=Words("多次督办以最近一次为准。", "Of several supervisions the newest counts."),
    ),
    Metric(
        key="return_rate",
        kpi="K21",
        label=Words("退回率", "Return rate"),
        unit="percent",
        formula=Words("被退回次数 ÷ 派遣次数", "returns ÷ dispatches, of closed cases"),
        top=count.RETURNS,
        bottom=count.DISPATCHES,
        exclusions=NOT_VOID,
        better="down",
        source="domain.md §4.2 K21",
        note=Words(
            "按次数计；准确派遣率 = 1 − 退回率。",
            "Counts passes; accurate dispatch is 1 − this rate.",
        ),
    ),
)
