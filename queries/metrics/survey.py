"""Metrics of what citizens say when called back (domain.md K12–K13)."""

from data import counters as count
from queries.metrics.definition import Metric
from queries.words import Words

SURVEY = (
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
        key="response_rate",
        practice=Words(
            "「接诉即办」三率之一", "one of the three rates of prompt response to complaints"
        ),
        kpi="K16",
        label=Words("响应率", "Contacted"),
        unit="percent",
        formula=Words(
            "回访时诉求人称已有人联系 ÷ 有效回访", "citizen says somebody got in touch ÷ reached"
        ),
        top=count.RESPONDED,
        bottom=count.SURVEY_REACHED,
        exclusions=Words(
            "测试案件；未联系上；匿名上报", "test cases; not reached; anonymous reports"
        ),
        better="up",
        source="domain.md §4.2 K16",
    ),
    Metric(
        key="solved_rate",
        practice=Words(
            "「接诉即办」三率之一", "one of the three rates of prompt response to complaints"
        ),
        kpi="K16",
        label=Words("解决率", "Solved"),
        unit="percent",
        formula=Words("回访时诉求人称已解决 ÷ 有效回访", "citizen says it is solved ÷ reached"),
        top=count.SOLVED,
        bottom=count.SURVEY_REACHED,
        exclusions=Words(
            "测试案件；未联系上；匿名上报", "test cases; not reached; anonymous reports"
        ),
        better="up",
        source="domain.md §4.2 K16",
        note=Words(
            "办结不等于解决：以诉求人的说法为准。",
            "Closed is not solved: the citizen's word counts.",
        ),
    ),
    Metric(
        key="response_in_time",
        practice=Words("霞浦：15 分钟／24 小时回应", "Xiapu: an answer in 15 minutes or 24 hours"),
        kpi="K17",
        label=Words("回应及时率", "Answered in time"),
        unit="percent",
        formula=Words(
            "网格内 15 分钟、需上级协调 24 小时内首次回应 ÷ 应回应",
            "first response within 15 min (in the grid) or 24 h (level above) ÷ due",
        ),
        top=count.RESPONSE_IN_TIME,
        bottom=count.RESPONSE_DUE,
        exclusions=Words(
            "测试、作废、并案、不予受理案件；无需回应的上报；时限未到且未回应的案件",
            "test, cancelled, merged and rejected cases; reports nobody waits for; "
            "unanswered ones still within their time",
        ),
        better="up",
        source="domain.md §4.2 K17; S4-20",
        note=Words("自然时；回应不等于办结。", "Natural time; an answer is not a closing."),
    ),
)
