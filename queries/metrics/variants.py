"""The definitions that a site may choose from for a metric: one word, several ways to compute it.

Domain.md §4.1–4.2: what is taken for the denominator of a closure rate (K03), by which deadline a case
is on time (K04), how much 基本满意 weighs (K12). Reconciliation tries the same ones.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from data import counters as count
from queries.metrics import BY_KEY, Metric
from queries.metrics.definition import NOT_VOID
from queries.words import Words

WEIGHTS = (Fraction(1), Fraction(9, 10), Fraction(1, 2), Fraction(0))
"""What 基本满意 counts for, somewhere (domain.md K12)."""


class Variant(NamedTuple):
    """`metric` is the definition in full; `label` tells it from the others that go by its word."""

    key: str
    label: Words
    metric: Metric


def weight_text(weight: Fraction) -> str:
    """`0.9`, `1`."""
    return f"{float(weight):g}"


def _named(key: str, metric: str) -> Variant:
    """A definition that is a metric by itself too."""
    return Variant(key, BY_KEY[metric].label, BY_KEY[metric])


def _weighed(weight: Fraction) -> Variant:
    w, usual = weight_text(weight), BY_KEY["satisfaction"]
    label = Words(f"基本满意 × {w}", f"Basically × {w}")
    if weight == 1:
        return Variant(f"w{w}", label, usual)
    in_full, in_part = (Fraction(1), count.FULLY_SATISFIED), (weight, count.BASICALLY_SATISFIED)
    metric = replace(
        usual,
        key=f"satisfaction_{w}",
        label=Words(f"满意率（基本满意 × {w}）", f"Satisfaction (basically × {w})"),
        formula=Words(
            f"（非常满意 + 满意 + 基本满意 × {w}）÷ 有效回访",
            f"(very satisfied + satisfied + basically satisfied × {w}) ÷ valid surveys",
        ),
        top=count.SATISFIED if weight else count.FULLY_SATISFIED,
        weighed=(in_full, in_part) if weight else (),
        note=Words(
            f"基本满意按权重 {w} 计入；与回访覆盖率一并解读。",
            f"Basically satisfied counts with weight {w}; read with survey coverage.",
        ),
    )
    return Variant(f"w{w}", label, metric)


_NOT_PARKED = replace(
    BY_KEY["closure_rate_simple"],
    key="closure_not_parked",
    label=Words("办结率（不计挂账）", "Closure rate (parked left out)"),
    formula=Words("已办结 ÷（受理 − 挂账）", "closed ÷ (accepted − parked)"),
    bottom=count.ACCEPTED_NOT_PARKED,
    exclusions=Words(f"{NOT_VOID.zh}；挂账中的案件", f"{NOT_VOID.en}; parked cases"),
    practice=Words("金华：缓办（挂账）不计入应结案", "Jinhua: parked cases are not due"),
    source="domain.md §4.2 K03 (金华)",
)

VARIANTS: Mapping[str, tuple[Variant, ...]] = {
    "closure_rate": (
        _named("due", "closure_rate"),
        _named("simple", "closure_rate_simple"),
        Variant("not_parked", Words("不计挂账", "Parked cases left out"), _NOT_PARKED),
    ),
    "on_time_rate": (
        _named("effective", "on_time_rate"),
        _named("original", "on_time_rate_original"),
    ),
    "satisfaction": tuple(_weighed(weight) for weight in WEIGHTS),
}
"""By metric; the first one is built in and holds where a site has chosen none."""


def variant_of(metric: Metric) -> Variant | None:
    """The definition that the metric is computed by, the built-in one unless it was looked up."""
    known = VARIANTS.get(metric.key, ())
    return next((one for one in known if one.key == (metric.variant or known[0].key)), None)
