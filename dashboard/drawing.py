"""Small pieces that panels are drawn with; pure, without a query. Colours and sizes are CSS's."""

from collections.abc import Sequence
from typing import Any

from dashboard import html
from dashboard.panel import Ask
from queries.definitions import computed_by
from queries.figures import Figure, count_text, hours_text, percent_text, ratio_text
from queries.metrics import Metric

SHAPES = {
    "overdue": "■",
    "due_soon": "▲",
    "normal": "●",
    "hung": "❚❚",
    "no_deadline": "○",
    "closed": "✓",
    "closed_late": "✓",
    "reported": "·",
    "void": "✕",
    "rejected": "✕",
}
"""A light is a shape and a word before it is a colour."""

LARGE = 100_000


def titled(ask: Ask, key: str, *content: Any, aside: Any = None) -> list[Any]:
    """A panel's heading and its content."""
    head: list[html.Element] = [html.H2(ask.t(key), className="panel-title")]
    if aside is not None:
        head.append(html.Div(aside, className="panel-aside"))
    return [html.Div(head, className="panel-head"), *content]


def empty(ask: Ask, key: str) -> html.Div:
    """Nothing to show: says what would be here."""
    return html.Div(ask.t(key), className="empty")


def number(ask: Ask, value: float | None) -> Any:
    """A count; from 100,000 on in 万 / thousands with the full number on touch."""
    if value is None or abs(value) < LARGE:
        return count_text(value)
    if ask.language == "en":
        return html.Span(f"{value / 1000:,.0f} k", title=count_text(value))
    if value >= 1e8:
        return html.Span(f"{value / 1e8:,.2f} 亿", title=count_text(value))
    return html.Span(f"{value / 1e4:,.1f} 万", title=count_text(value))


def value_of(ask: Ask, metric: Metric, figure: Figure, places: int = 2) -> Any:
    """The figure in its unit."""
    if figure.hidden:
        return figure.hidden
    if metric.is_rate:
        shown = percent_text(figure, places)
        return (
            [shown.removesuffix(" %"), html.Span("%", className="unit")] if "%" in shown else shown
        )
    if metric.is_duration:
        shown = hours_text(figure)
        return [shown, html.Span("h", className="unit")] if shown != "—" else shown
    if metric.is_quotient:
        return ratio_text(figure.value)
    return number(ask, figure.value)


def basis_of(ask: Ask, metric: Metric, figure: Figure) -> str:
    """What stands under a figure: numerator and denominator, or how many cases were measured."""
    if figure.hidden:
        return ""
    if metric.bottom is not None:
        return f"{count_text(figure.n)} / {count_text(figure.d)}"
    if metric.is_duration:
        return ask.t("tile.measured", n=count_text(figure.n))
    return ""


def tile(
    ask: Ask,
    metric: Metric,
    figure: Figure,
    *,
    before: Figure | None = None,
    against: str = "",
    under: Any = None,
    day: int | None = None,
) -> html.Div:
    """One KPI: label (touch: its definition), figure (touch: the cases behind it), n/d, change."""
    view = ask.view
    few = metric.is_rate and figure.few and figure.value is not None
    listed = metric.counts_cases
    href = (
        view.to_list(metric.key, metric.telling_part, day=day)
        if listed
        else view.link(explain=metric.key)
    )
    shown = value_of(ask, metric, figure)
    content: list[Any] = [
        html.A(
            computed_by(metric, figure.variant).label.in_language(ask.language),
            href=view.link(explain=metric.key, list=None, case=None),
            className="tile-label",
        ),
        html.A(shown, href=href, className=f"tile-value {length_class(shown)}"),
        html.Div(basis_of(ask, metric, figure), className="tile-basis"),
    ]
    if before is not None:
        content.append(change(ask, metric, figure, before, against))
    if under is not None:
        content.append(html.Div(under, className="tile-under"))
    return html.Div(content, className="tile" + (" is-few" if few else ""))


def length_class(shown: Any) -> str:
    """A class by which a style sheet may set long figures smaller; units are not counted."""
    figure = shown[0] if isinstance(shown, list) else shown
    words = figure if isinstance(figure, str) else str(getattr(figure, "children", ""))
    return f"length-{min(len(words), 9)}"


def change(ask: Ask, metric: Metric, now: Figure, before: Figure, against: str) -> html.Div:
    """The change against an earlier figure; whether it is good news is the metric's to say.

    Figures of two definitions are not compared.
    """
    if now.value is None or before.value is None:
        return html.Div("—", className="change")
    if now.variant != before.variant:
        return html.Div(ask.t("change.other_definition"), className="change")
    step = now.value - before.value
    places = 2 if metric.bottom is not None else 1 if metric.is_duration else 0
    if round(step, places) == 0:
        arrow, judged = "＝", ""
    else:
        arrow = "↑" if step > 0 else "↓"
        good = (step > 0) == (metric.better == "up")
        judged = "" if metric.better == "neither" else " is-better" if good else " is-worse"
    amount = f"{abs(step):,.{places}f}" + (" pp" if metric.is_rate else "")
    return html.Div(
        [html.Span(f"{arrow} {amount}", className="change-amount"), html.Span(against)],
        className="change" + judged,
    )


def bar_row(
    label: Any,
    shares: Sequence[tuple[str, float]],
    value: Any,
    href: str | None,
    note: Any = None,
    *,
    is_dim: bool = False,
) -> html.Element:
    """One line of a bar list: label, stacked bars (class, share of the width 0–1), value.

    is_dim: its figures may be old.
    """
    content = [
        html.Span(label, className="row-label"),
        html.Span(bars(shares), className="row-bars"),
        html.Span(value, className="row-value"),
    ]
    if note is not None:
        content.append(html.Span(note, className="row-note"))
    name = "row is-silent" if is_dim else "row"
    if href:
        return html.A(content, href=href, className=name)
    return html.Div(content, className=name)


def bars(shares: Sequence[tuple[str, float]]) -> list[html.Span]:
    """Bars in a row: class and share of the width, 0–1."""
    return [
        html.Span(className=f"bar bar-{kind}", style={"width": f"{100 * share:.2f}%"})
        for kind, share in shares
        if share > 0
    ]


def fact_list(ask: Ask, section: str, facts: Sequence[tuple[str, Any]]) -> html.Dl:
    """What is known of a thing, line by line: keys of the section's words and values."""
    pairs = ((html.Dt(ask.t(f"{section}.{key}")), html.Dd(value)) for key, value in facts)
    return html.Dl([part for pair in pairs for part in pair], className="facts")


def light(ask: Ask, kind: str) -> html.Span:
    """A light's shape and word."""
    return html.Span(
        [html.Span(SHAPES[kind], className="light-shape"), ask.t(f"light.{kind}")],
        className=f"light light-{kind}",
    )
