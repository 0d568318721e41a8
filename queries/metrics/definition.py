"""What a metric is: what is divided by what, over which cohort, what is left out, what it is called."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sqlalchemy import ColumnElement

from data.counters import Counter
from queries.clock_words import CLOCK_WORDS
from queries.record_kinds import Register
from queries.words import Words
from queries.work_counters import WORK_CLOCK_WORDS, Work

Better = Literal["up", "down", "neither"]
Part = Literal["top", "rest", "bottom"]
"""Cases behind a rate: those that count, those of the denominator that do not, all of them."""
Unit = Literal[
    "cases",
    "percent",
    "hours",
    "work_hours",
    "days",
    "times",
    "people",
    "households",
    "houses",
    "entities",
    "grids",
    "units",
    "per_day",
    "per_person",
]


Amount = tuple[tuple[Fraction, Counter], ...]
"""Counters that are added up, and what each of their cases counts for."""


@dataclass(frozen=True, eq=False)
class Metric:
    """One KPI. `top / bottom × 100` with a bottom, else the count of `top`.

    With a bottom and another unit than percent it is `top / bottom`: so many to one of the other.

    A duration has `seconds`, measured over the cases of `top`: their mean, or with `quantile` the
    exact quantile; printed in hours of the clock that the unit names.

    `weighed` where not every case of `top` counts for one: counters that share no case and together
    are `top`. `variant` is set when a site's configuration was looked up (queries.definitions).
    """

    key: str
    kpi: str
    label: Words
    unit: Unit
    formula: Words
    top: Counter | Register | Work
    bottom: Counter | Work | None = None
    seconds: ColumnElement[int] | None = None
    quantile: float | None = None
    exclusions: Words = Words("测试案件", "test cases")
    better: Better = "neither"
    target: float | None = None
    minimum_n: int = 30
    source: str = "domain.md §4.2"
    note: Words | None = None
    practice: Words | None = None
    weighed: Amount = ()
    variant: str = ""

    @property
    def amounts(self) -> Amount:
        """What the numerator is added up from; of a metric that counts cases."""
        assert isinstance(self.top, Counter)
        return self.weighed or ((Fraction(1), self.top),)

    @property
    def rests_on(self) -> Words:
        """Where the definition comes from, as people may read it on a screen."""
        zh, en = f"网格治理指标目录 {self.kpi}", f"KPI catalogue of grid governance, {self.kpi}"
        if self.practice is None:
            return Words(zh, en)
        return Words(f"{zh}；{self.practice.zh}", f"{en}; {self.practice.en}")

    @property
    def is_rate(self) -> bool:
        """Whether it is a part of a whole, in percent."""
        return self.bottom is not None and self.unit == "percent"

    @property
    def is_quotient(self) -> bool:
        """Whether it says how many of one thing come to one of another."""
        return self.bottom is not None and self.unit != "percent"

    @property
    def counts_cases(self) -> bool:
        """Whether cases alone stand behind the figure, so that they can be listed."""
        return isinstance(self.top, Counter) and isinstance(self.bottom, Counter | None)

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
        return "stock" if isinstance(base, Register) else base.clock

    @property
    def clock_words(self) -> Words:
        """What picks the cases or rows of a period."""
        return {**CLOCK_WORDS, **WORK_CLOCK_WORDS}[self.clock]


NOT_VOID = Words("测试、作废、并案、不予受理案件", "test, cancelled, merged and rejected cases")
DUE_EXCLUDES = Words(
    "测试、作废、并案案件；挂账中的案件；未到期的在办案件；无时限案件",
    "test, cancelled and merged cases; parked cases; open cases still within their limit; "
    "cases without a deadline",
)
