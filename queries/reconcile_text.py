"""How the command line prints a reconciliation: lines for people, a document for programs."""

from fractions import Fraction
from typing import TYPE_CHECKING

from data.days import day_of
from queries.figures import count_text
from queries.rounding import Interval, Printed, amount_text, points_text
from queries.words import Words

if TYPE_CHECKING:
    from queries.reconcile import Reconciliation


def lines(one: "Reconciliation") -> list[str]:
    """A reconciliation for people, in both languages."""
    paper, metric = one.published, one.metric
    told = [
        f"{metric.label.zh} / {metric.label.en}  [{paper.key}, {metric.key}]",
        f"  {paper.name.zh} / {paper.name.en}; {paper.source.zh} / {paper.source.en}; "
        f"{day_of(paper.first_day)} … {day_of(paper.last_day)}",
        f"  公布 published   {paper.shown.text}  ({_given(paper.n, paper.d)})",
        f"  重算 recomputed  {_shown(one.shown)}  ({amount_text(one.n)} / {one.d:,})",
    ]
    if one.points is not None:
        same = "一致 agrees" if one.agrees else f"{points_text(one.points)} pp"
        told.append(f"  相差 difference  {same}")
    if one.stated is not None and one.stated != paper.shown:
        told.append(f"  公布的件数自身 the published counts print as  {one.stated.text}")
    if not one.agrees:
        told += [
            f"  须 it takes       {_takes(words, span, count)}"
            for words, span, count in (
                (one.nouns.top, one.numerators, one.n),
                (one.nouns.bottom, one.denominators, one.d),
            )
        ]
    told.append(f"  {one.nouns.rest.zh} {one.nouns.rest.en}  {one.remaining:,}")
    if one.coverage is not None:
        given = f"{count_text(one.coverage.n)} / {count_text(one.coverage.d)}"
        told.append(f"  本站回访 surveyed  {given}")
    if one.unsupported:
        n, d = one.smallest
        told.append(
            f"  未提供回访数 no survey numbers given: {n}/{d} prints {paper.shown.text} too"
        )
    for tried in one.tried:
        words = f"{tried.candidate.label.zh} / {tried.candidate.label.en}"
        counts = f"{_shown(tried.shown)}  ({amount_text(tried.n)} / {tried.d:,})"
        told.append(f"  {'✓' if tried.fits else '✗'} {counts}  {words}")
    return told


def _given(n: int | None, d: int | None) -> str:
    return "未公布件数 without counts" if d is None else f"{count_text(n)} / {count_text(d)}"


def _shown(printed: Printed | None) -> str:
    return "—" if printed is None else printed.text


def _takes(words: Words, span: Interval | None, count: int | Fraction) -> str:
    noun = f"{words.zh} {words.en}"
    if span is None:
        return f"{noun}: 没有整数可得 no whole number"
    sign = "+" if span.low > count else "−"
    return f"{noun} {span.text}  ({sign}{span.distance(count).text})"


def _number(n: int | Fraction) -> int | float:
    return n if isinstance(n, int) else float(n)


def document(one: "Reconciliation") -> dict[str, object]:
    """A reconciliation for programs."""
    paper = one.published
    return {
        "key": paper.key,
        "metric": paper.metric.key,
        "definition": one.metric.label._asdict(),
        "name": paper.name._asdict(),
        "source": paper.source._asdict(),
        "from": day_of(paper.first_day).isoformat(),
        "to": day_of(paper.last_day).isoformat(),
        "period": paper.period or None,
        "printed": {"value": paper.shown.text, "n": paper.n, "d": paper.d},
        "recomputed": {"value": _shown(one.shown), "n": _number(one.n), "d": one.d},
        "agrees": one.agrees,
        "points": None if one.points is None else round(float(one.points), 6),
        "off": None if one.off is None else {"n": _number(one.off[0]), "d": one.off[1]},
        "published_counts_print": None if one.stated is None else one.stated.text,
        "numerators": one.numerators,
        "denominators": one.denominators,
        "list": f"{paper.metric.key}.{one.part}",
        "remaining": one.remaining,
        "survey_coverage": one.coverage and {"n": one.coverage.n, "d": one.coverage.d},
        "smallest": one.smallest,
        "candidates": [
            {
                "key": tried.candidate.key,
                "label": tried.candidate.label._asdict(),
                "formula": tried.candidate.formula._asdict(),
                "own": tried.candidate.own,
                "value": _shown(tried.shown),
                "n": float(tried.n),
                "d": tried.d,
                "fits": tried.fits,
            }
            for tried in one.tried
        ],
    }
