"""What a metric is: what is divided by what, over which cohort, what is left out, what it is called."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement

from queries.counters import Counter, Register
from queries.words import Words

Better = Literal["up", "down", "neither"]
Part = Literal["top", "rest", "bottom"]
"""Cases behind a rate: those that count, those of the denominator that do not, all of them."""
Unit = Literal[
    "cases", "percent", "hours", "work_hours", "people", "households", "houses", "entities"
]


@dataclass(frozen=True, eq=False)
class Metric:
    """One KPI. `top / bottom × 100` with a bottom, else the count of `top`.

    A duration has `seconds`, measured over the cases of `top`: their mean, or with `quantile` the
    exact quantile; printed in hours of the clock that the unit names.
    """

    key: str
    kpi: str
    label: Words
    unit: Unit
    formula: Words
    top: Counter | Register
    bottom: Counter | None = None
    seconds: ColumnElement[int] | None = None
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
    def telling_part(self) -> Part:
        """The cases to look into first: those that keep a rate from 100 %, else those that count."""
        return "rest" if self.is_rate and self.better == "up" else "top"

    @property
    def is_duration(self) -> bool:
        """Whether it is measured in time."""
        return self.seconds is not None

    @property
    def clock(self) -> str:
        """Which cases belong to a period; records of the register are a stock."""
        base = self.bottom or self.top
        return base.clock if isinstance(base, Counter) else "stock"


NOT_VOID = Words("测试、作废、并案、不予受理案件", "test, cancelled, merged and rejected cases")
DUE_EXCLUDES = Words(
    "测试、作废、并案案件；挂账中的案件；未到期的在办案件；无时限案件",
    "test, cancelled and merged cases; parked cases; open cases still within their limit; "
    "cases without a deadline",
)
