"""Metrics of what citizens say when called back (domain.md K12–K13)."""

from queries import counters as count
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
)
