"""Definitions that a published rate may have been computed by, beside the site's own.

The same word gives different numbers (domain.md §4.1–4.2): what is left out of the denominator, which
clock picks the cases, how much 基本满意 weighs, what becomes of cases nobody was asked about.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from data import counters as count
from data.counters import Counter
from queries.metrics import METRICS, Metric
from queries.metrics.definition import Amount
from queries.metrics.variants import VARIANTS, WEIGHTS, variant_of, weight_text
from queries.words import Words

FAMILIES = ({"K03"}, {"K04a", "K04b"})
"""KPIs that different definitions of one word share: closure rates, on-time rates."""


class Nouns(NamedTuple):
    """What a rate's counts are called: what counts, what it is taken from, what is missing."""

    top: Words
    bottom: Words
    rest: Words


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to compute a rate: `top / bottom × 100`. `own` is the published metric's own way."""

    key: str
    label: Words
    formula: Words
    top: Amount
    bottom: Counter
    own: bool = False


_CLOSED = Words("办结", "closed")
_OPEN = Words("未办结", "not closed")
_DUE = Words("应结案", "due")
_LATE = Words("未按期", "not on time")
_SATISFIED, _SURVEYED = Words("满意", "satisfied"), Words("有效回访", "valid surveys")
_NOUNS = {
    "closure_rate_simple": Nouns(_CLOSED, Words("受理", "accepted"), _OPEN),
    "closure_rate": Nouns(_CLOSED, _DUE, _OPEN),
    **dict.fromkeys(
        ("on_time_rate", "on_time_rate_original"),
        Nouns(Words("按期办结", "closed on time"), _DUE, _LATE),
    ),
    "on_time_rate_unit": Nouns(Words("按期处置", "handled on time"), _DUE, _LATE),
    "closure_not_parked": Nouns(_CLOSED, Words("未挂账受理", "accepted, not parked"), _OPEN),
    "satisfaction": Nouns(_SATISFIED, _SURVEYED, Words("不满意", "not satisfied")),
    **dict.fromkeys(
        (variant.metric.key for variant in VARIANTS["satisfaction"][1:]),
        Nouns(_SATISFIED, _SURVEYED, Words("不满意、基本满意", "not or only basically satisfied")),
    ),
}
_ANY = Nouns(
    Words("分子", "numerator"), Words("分母", "denominator"), Words("其余案件", "other cases")
)


def nouns(metric: Metric) -> Nouns:
    """What the counts of a rate are called, by the definition it is computed by."""
    return _NOUNS.get(_defined_as(metric), _ANY)


def _defined_as(metric: Metric) -> str:
    """Key of the definition: that of another metric where a site computes this one like it."""
    variant = variant_of(metric)
    return metric.key if variant is None else variant.metric.key


def family(metric: Metric) -> tuple[Metric, ...]:
    """The metrics that go by the same word, the metric itself first."""
    for kpis in FAMILIES:
        if metric.kpi in kpis:
            others = (m for m in METRICS if m.kpi in kpis and m.key != metric.key)
            return (metric, *others)
    return (metric,)


def candidates(metric: Metric) -> tuple[Candidate, ...]:
    """All ways that are tried for a published rate, the site's own (in force) first."""
    own = _defined_as(metric)
    ways = {one.key: one for one in _ways(metric)}
    first = replace(ways.pop(own), label=metric.label, own=True)
    return (first, *ways.values())


def _ways(metric: Metric) -> tuple[Candidate, ...]:
    own = _defined_as(metric)
    for word, variants in VARIANTS.items():
        if any(one.metric.key == own for one in variants):
            return (*(_of(one.metric, one.label) for one in variants), *_FURTHER.get(word, ()))
    return (_of(metric, metric.label),)


def _of(metric: Metric, label: Words) -> Candidate:
    assert isinstance(metric.bottom, Counter)
    return Candidate(metric.key, label, metric.formula, metric.amounts, metric.bottom)


def _closure(key: str, label: Words, formula: Words, bottom: Counter) -> Candidate:
    return Candidate(key, label, formula, ((Fraction(1), count.CLOSED_OF_ACCEPTED),), bottom)


_CLOSURES = (
    _closure(
        "closure_not_within",
        Words("不计未到期在办", "Open ones within their limit left out"),
        Words("已办结 ÷（受理 − 未到期在办）", "closed ÷ (accepted − open within the limit)"),
        count.ACCEPTED_NOT_WITHIN,
    ),
    _closure(
        "closure_accepted_due",
        Words("受理案件中的应结案", "Due ones of those accepted"),
        Words(
            "受理案件中已办结 ÷（已办结 + 超期未结）",
            "closed ÷ (closed + overdue and open), of cases accepted in the period",
        ),
        count.ACCEPTED_DUE,
    ),
    Candidate(
        "closure_flow",
        Words("当期办结 ÷ 当期受理", "Closed in the period ÷ accepted in it"),
        Words(
            "按办结时间的办结数 ÷ 按受理时间的受理数，不是同一批案件",
            "closed by time of closing ÷ accepted by time of acceptance: not the same cases",
        ),
        ((Fraction(1), count.CLOSED),),
        count.ACCEPTED_VALID,
    ),
)

_UNASKED: Amount = ((Fraction(1), count.SURVEY_DUE), (Fraction(-1), count.SURVEY_VALID))


class _Unasked(NamedTuple):
    """What becomes of the cases that nobody was asked about."""

    key: str
    label: Words
    more: Amount = ()


_WAYS = (
    _Unasked("unasked_satisfied", Words("未回访计为满意", "not surveyed = satisfied"), _UNASKED),
    _Unasked("unasked_in", Words("未回访计入分母", "not surveyed in the denominator")),
)


def _satisfaction(way: _Unasked, weight: Fraction) -> Candidate:
    w = weight_text(weight)
    plus = Words(" + 未回访", " + not surveyed") if way.more else Words("", "")
    asked = ((Fraction(1), count.FULLY_SATISFIED), (weight, count.BASICALLY_SATISFIED))
    return Candidate(
        f"satisfaction_{w}_{way.key}",
        Words(f"基本满意 × {w}，{way.label.zh}", f"Basically × {w}, {way.label.en}"),
        Words(
            f"（非常满意 + 满意 + 基本满意 × {w}{plus.zh}）÷ 应回访",
            f"(very satisfied + satisfied + basically satisfied × {w}{plus.en}) ÷ due for survey",
        ),
        (*asked, *way.more),
        count.SURVEY_DUE,
    )


_FURTHER = {
    "closure_rate": _CLOSURES,
    "satisfaction": tuple(_satisfaction(way, weight) for way in _WAYS for weight in WEIGHTS),
}
"""Ways that were met elsewhere and that no site may choose: beside the variants of a word."""


def counters_of(tried: tuple[Candidate, ...]) -> tuple[Counter, ...]:
    """Every counter that they need, once."""
    needed = {c.bottom.key: c.bottom for c in tried}
    needed |= {counter.key: counter for c in tried for _, counter in c.top}
    return tuple(needed.values())
