"""Definitions that a published rate may have been computed by, beside the site's own.

The same word gives different numbers (domain.md §4.1–4.2): what is left out of the denominator, which
clock picks the cases, how much 基本满意 weighs, what becomes of cases nobody was asked about.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from queries import counters as count
from queries.counters import Counter
from queries.metrics import METRICS, Metric
from queries.words import Words

FAMILIES = ({"K03"}, {"K04a", "K04b"})
"""KPIs that different definitions of one word share: closure rates, on-time rates."""

WEIGHTS = (Fraction(1), Fraction(9, 10), Fraction(1, 2), Fraction(0))
"""What 基本满意 counts for, somewhere (domain.md K12)."""

Amount = tuple[tuple[Fraction, Counter], ...]
"""Counters and what each of their cases counts for."""


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
_NOUNS = {
    "closure_rate_simple": Nouns(_CLOSED, Words("受理", "accepted"), _OPEN),
    "closure_rate": Nouns(_CLOSED, _DUE, _OPEN),
    **dict.fromkeys(
        ("on_time_rate", "on_time_rate_original"),
        Nouns(Words("按期办结", "closed on time"), _DUE, Words("未按期", "not on time")),
    ),
    "satisfaction": Nouns(
        Words("满意", "satisfied"),
        Words("有效回访", "valid surveys"),
        Words("不满意", "not satisfied"),
    ),
}
_ANY = Nouns(
    Words("分子", "numerator"), Words("分母", "denominator"), Words("其余案件", "other cases")
)


def nouns(metric: Metric) -> Nouns:
    """What the counts of a rate are called."""
    return _NOUNS.get(metric.key, _ANY)


def family(metric: Metric) -> tuple[Metric, ...]:
    """The metrics that go by the same word, the metric itself first."""
    for kpis in FAMILIES:
        if metric.kpi in kpis:
            others = (m for m in METRICS if m.kpi in kpis and m is not metric)
            return (metric, *others)
    return (metric,)


def candidates(metric: Metric) -> tuple[Candidate, ...]:
    """All ways that are tried for a published rate, the site's own first."""
    if metric.key == "satisfaction":
        return (_catalogued(metric, own=True), *_satisfactions())
    known = tuple(_catalogued(m, own=m is metric) for m in family(metric) if m.is_rate)
    return known + (_CLOSURES if metric.kpi == "K03" else ())


def _catalogued(metric: Metric, *, own: bool) -> Candidate:
    assert isinstance(metric.top, Counter) and isinstance(metric.bottom, Counter)
    top: Amount = ((Fraction(1), metric.top),)
    return Candidate(metric.key, metric.label, metric.formula, top, metric.bottom, own)


def _closure(key: str, label: Words, formula: Words, bottom: Counter) -> Candidate:
    return Candidate(key, label, formula, ((Fraction(1), count.CLOSED_OF_ACCEPTED),), bottom)


_CLOSURES = (
    _closure(
        "closure_not_parked",
        Words("不计挂账", "Parked cases left out"),
        Words("已办结 ÷（受理 − 挂账）", "closed ÷ (accepted − parked)"),
        count.ACCEPTED_NOT_PARKED,
    ),
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
    bottom: Counter
    of: Words
    more: Amount = ()


_VALID, _ALL = Words("有效回访", "valid surveys"), Words("应回访", "due for survey")
_WAYS = (
    _Unasked("", Words("", ""), count.SURVEY_VALID, _VALID),
    _Unasked(
        "_unasked_satisfied",
        Words("，未回访计为满意", ", not surveyed = satisfied"),
        count.SURVEY_DUE,
        _ALL,
        _UNASKED,
    ),
    _Unasked(
        "_unasked_in",
        Words("，未回访计入分母", ", not surveyed in the denominator"),
        count.SURVEY_DUE,
        _ALL,
    ),
)


def _satisfactions() -> tuple[Candidate, ...]:
    """Every way but the metric's own: 基本满意 in full, of valid surveys."""
    tried = ((way, weight) for way in _WAYS for weight in WEIGHTS)
    return tuple(_satisfaction(*one) for one in tried if one != (_WAYS[0], Fraction(1)))


def _satisfaction(way: _Unasked, weight: Fraction) -> Candidate:
    """SATISFIED holds 基本满意 in full: what it weighs less is taken off."""
    w = f"{float(weight):g}"
    plus = Words(" + 未回访", " + not surveyed") if way.more else Words("", "")
    return Candidate(
        f"satisfaction_{w}{way.key}",
        Words(f"基本满意 × {w}{way.label.zh}", f"Basically × {w}{way.label.en}"),
        Words(
            f"（非常满意 + 满意 + 基本满意 × {w}{plus.zh}）÷ {way.of.zh}",
            f"(very satisfied + satisfied + basically satisfied × {w}{plus.en}) ÷ {way.of.en}",
        ),
        ((Fraction(1), count.SATISFIED), (weight - 1, count.BASICALLY_SATISFIED), *way.more),
        way.bottom,
    )


def counters_of(tried: tuple[Candidate, ...]) -> tuple[Counter, ...]:
    """Every counter that they need, once."""
    needed = {c.bottom.key: c.bottom for c in tried}
    needed |= {counter.key: counter for c in tried for _, counter in c.top}
    return tuple(needed.values())
