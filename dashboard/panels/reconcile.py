"""数据核对: a published figure against the cases, and what it would take to print it (domain.md §4.5)."""

from fractions import Fraction
from typing import Any

from dashboard import html
from dashboard.drawing import fact_list
from dashboard.panel import Ask
from dashboard.panels.rates import coverage
from dashboard.wording import grid_name, period_text
from queries.candidates import family
from queries.figures import count_text
from queries.metrics import Metric
from queries.published import Published
from queries.reconcile import Reconciliation, Tried, reconcile
from queries.rounding import Interval, Printed, amount_text, points_text


def checks(ask: Ask, metric: Metric) -> list[html.Div]:
    """Links to the reconciliations of what was published under a metric's word, if anything was."""
    known = family(metric)
    links = [
        html.A(
            ask.t(
                "check.link", name=figure.name.in_language(ask.language), value=figure.shown.text
            ),
            href=ask.view.link(check=figure.key, list=None, on=None, page=None),
            className="choice",
        )
        for figure in ask.facts.published
        if figure.metric in known
    ]
    return [html.Div(links, className="choices")] if links else []


def reconciliation(ask: Ask, published: Published) -> list[Any]:
    """Published and recomputed value, their difference, and what would explain it."""
    one = reconcile(ask.site, published, ask.view.as_of, ask.view.scope.tree.code)
    facts = [
        ("published", _published(ask, published)),
        ("recomputed", html.B(_value(ask, one.shown, count_text(one.n), one.d))),
        ("difference", _difference(ask, one)),
        *([("cases", _cases(ask, one))] if one.off is not None else []),
        *([("takes", _takes(ask, one))] if one.d and not one.agrees else []),
        ("remaining", _remaining(ask, one)),
        *([("coverage", _coverage(ask, one))] if one.coverage is not None else []),
        ("source", published.source.in_language(ask.language)),
        ("period", period_text(one.scope)),
        ("where", grid_name(ask, one.scope.grid)),
        ("as_of", ask.time(one.as_of, "%Y-%m-%d %H:%M:%S")),
    ]
    metric = one.metric.label.in_language(ask.language)
    return [
        html.H2(ask.t("check.title", metric=metric), className="panel-title"),
        html.Div(published.name.in_language(ask.language), className="is-muted"),
        fact_list(ask, "check", facts),
        html.H3(ask.t("check.tried")),
        html.Div(ask.t("check.tried_what", value=published.shown.text), className="is-muted"),
        html.Div([_tried(ask, tried) for tried in sorted(one.tried, key=lambda t: not t.fits)]),
    ]


def _published(ask: Ask, published: Published) -> str:
    """The value as printed, with the counts beside it where they were published."""
    value = published.shown.text
    if published.d is None:
        return value
    counts = {"n": count_text(published.n), "d": count_text(published.d)}
    return ask.t("check.with_counts", value=value, **counts)


def _value(ask: Ask, shown: Printed | None, n: str, d: int) -> str:
    """Counts and what they print as."""
    value = "—" if shown is None else shown.text
    return ask.t("check.from_counts", n=n, d=count_text(d), value=value)


def _difference(ask: Ask, one: Reconciliation) -> str:
    if one.points is None:
        return ask.t("check.no_cases")
    if one.agrees:
        return ask.t("check.agrees", value=one.published.shown.text)
    key = "check.lower" if one.points < 0 else "check.higher"
    return ask.t(key, points=points_text(abs(one.points)).lstrip("+"))


def _cases(ask: Ask, one: Reconciliation) -> list[html.Div]:
    """How our counts differ from the published ones, and what those print as by themselves."""
    assert one.off is not None
    paper = one.published
    counts = {"n": count_text(paper.n), "d": count_text(paper.d)}
    if one.off == (0, 0):
        lines = [ask.t("check.same_cases", **counts)]
    else:
        top, bottom = (word.in_language(ask.language) for word in one.nouns[:2])
        off = {"n_off": _signed(one.off[0]), "d_off": _signed(one.off[1])}
        lines = [ask.t("check.other_cases", top=top, bottom=bottom, **counts, **off)]
    if one.stated is not None and one.stated != paper.shown:
        lines.append(ask.t("check.stated", value=one.stated.text))
    return [html.Div(line) for line in lines]


def _signed(number: int | Fraction) -> str:
    sign = "−" if number < 0 else "+" if number else ""
    return sign + amount_text(-number if number < 0 else number)


def _takes(ask: Ask, one: Reconciliation) -> list[html.Div]:
    """The counts that would print as published: another numerator, or another denominator."""
    top, bottom = (word.in_language(ask.language) for word in one.nouns[:2])
    if one.numerators is None:
        first = ask.t("check.takes_no_top", d=count_text(one.d))
    else:
        first = _taken(ask, "top", top, one.numerators, one.n, ("more", "fewer"))
    if one.denominators is None:
        second = ask.t("check.takes_no_bottom", n=count_text(one.n))
    else:
        kinds = ("taken_in", "left_out")
        second = _taken(ask, "bottom", bottom, one.denominators, one.d, kinds)
    return [html.Div(first), html.Div(second)]


def _taken(
    ask: Ask, place: str, noun: str, span: Interval, count: int | Fraction, kinds: tuple[str, str]
) -> str:
    kind = kinds[0] if span.low > count else kinds[1]
    change = ask.t(f"check.{kind}", gap=span.distance(count).text)
    return ask.t(f"check.takes_{place}", noun=noun, span=span.text, change=change)


def _remaining(ask: Ask, one: Reconciliation) -> Any:
    """How many cases keep the rate from 100 %, with the way to their list where it is one of cases."""
    noun = one.nouns.rest.in_language(ask.language)
    words = ask.t("check.remaining_cases", noun=noun, n=count_text(one.remaining))
    if not one.is_listed:
        return words
    metric = one.published.metric.key
    href = ask.view.to_list(metric, one.part, check=one.published.key)
    return html.A(words, href=href, className="choice")


def _coverage(ask: Ask, one: Reconciliation) -> list[html.Div]:
    """How many were asked: as published, or that it was not; and here."""
    assert one.coverage is not None
    if one.unsupported:
        n, d = one.smallest
        lines = [
            ask.t("check.no_coverage"),
            ask.t("check.smallest", n=n, d=d, value=one.published.shown.text),
        ]
    else:
        lines = [ask.t("check.coverage_given", d=count_text(one.published.d))]
    here = html.Div([ask.t("check.coverage_here"), coverage(ask, one.coverage)])
    return [*(html.Div(line) for line in lines), here]


def _tried(ask: Ask, tried: Tried) -> html.Div:
    """A candidate definition: whether it gives the published value, by which counts."""
    candidate = tried.candidate
    own = [html.Span(ask.t("check.own"), className="badge")] if candidate.own else []
    value = _value(ask, tried.shown, amount_text(tried.n), tried.d)
    first = [
        html.Span("✓" if tried.fits else "✗", className="candidate-mark"),
        html.Span(candidate.label.in_language(ask.language)),
        *own,
        html.Span(value, className="candidate-value"),
    ]
    return html.Div(
        [
            html.Div(first, className="case-line"),
            html.Div(candidate.formula.in_language(ask.language), className="is-muted"),
        ],
        className="candidate is-fit" if tried.fits else "candidate",
    )
