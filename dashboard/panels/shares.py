"""Where cases come from, what they are about and who handles them: accepted cases by dimension."""

from collections.abc import Container, Mapping
from typing import Any

from dashboard import html
from dashboard.drawing import bar_row, empty, titled
from dashboard.panel import Ask, Panel
from dashboard.panels.person_score import is_shown, person_marks, role_links
from dashboard.panels.score import scores, short
from dashboard.view import OF_DEPARTMENTS
from queries.figures import FEW, Figure, count_text, percent, percent_text
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.pulse import silent_sources
from queries.question import UNLOCATED, By
from queries.site import Item

MOST_NAMED = 3
"""Silent sources that are named each on a line."""
LONG_MINUTES = 120
"""A longer silence is told in hours."""


def sources(ask: Ask) -> list[Any]:
    """All of the site's sources, those without a case too, in the site's order; silent ones are named."""
    silent = silent_sources(ask.site, ask.view.as_of)
    content = _shares(ask, "source", ask.site.sources(), every=True, silent=silent)
    named = [_silence(ask, code, silent[code]) for code in list(silent)[:MOST_NAMED]]
    if more := len(silent) - len(named):
        named.append(html.Div(ask.t("shares.silent_more", n=more), className="silence"))
    return [*content, *named]


def categories(ask: Ask) -> list[Any]:
    """The most frequent categories."""
    return _shares(ask, "category", ask.site.categories(), every=False)


def departments(ask: Ask) -> list[Any]:
    """The departments with most cases; below them the scores of those that do worst, or of persons."""
    content = _shares(ask, "department", ask.site.departments(), every=False)
    if not ask.may("staff_scores"):
        return content
    content = [*content, role_links(ask)]
    if ask.view.role != OF_DEPARTMENTS:
        return [*content, *(person_marks(ask) if is_shown(ask) else ())]
    marks = [
        html.A(
            [html.Span(ask.site.departments()[code].name.in_language(ask.language)), html.B(words)],
            href=ask.view.link(score=code, list=None, case=None, explain=None, check=None),
            className="choice score",
        )
        for code, words in _worst_scores(ask)
    ]
    return [*content, html.Div(marks, className="choices scores")] if marks else content


def _worst_scores(ask: Ask) -> list[tuple[str, str]]:
    """The departments that score worst, worst first; those without a total or with few cases are left out."""
    found = [
        (score.total, code, short(ask, score))
        for code, score in scores(ask).items()
        if score.total is not None and score.n >= FEW
    ]
    return [(code, words) for _, code, words in sorted(found)[: ask.rows // 2]]


def forced(ask: Ask) -> tuple[str, ...]:
    """The departments of which a visitor must look at one; none for whoever may see all cases."""
    sight, scope = ask.site.sight, ask.view.scope
    return () if sight is None else sight.departments(scope.tree, scope.grid)


def _silence(ask: Ask, code: str, seconds: int) -> html.Div:
    name = ask.site.sources()[code].name.in_language(ask.language)
    minutes = seconds // 60
    if minutes < LONG_MINUTES:
        return html.Div(ask.t("shares.silent", name=name, minutes=minutes), className="silence")
    hours = f"{minutes / 60:.1f}"
    return html.Div(ask.t("shares.silent_hours", name=name, hours=hours), className="silence")


def _shares(
    ask: Ask,
    by: By,
    items: Mapping[str, Item],
    *,
    every: bool,
    silent: Container[str] = (),
) -> list[Any]:
    view = ask.view
    answer = measure(ask.site, [BY_KEY["accepted"]], view.scope, by, as_of=view.as_of)
    counts = answer.figures["accepted"]
    total = sum(figure.n or 0 for figure in counts.values())
    if not total and not every:
        return titled(ask, f"panel.{by}", empty(ask, "shares.none"))
    codes = [str(code) for code in counts]
    if not every:
        codes.sort(key=lambda code: (-(counts[code].n or 0), code))
        codes = codes[: ask.rows]
    widest = max((counts[code].n or 0 for code in codes), default=0) or 1
    chosen = getattr(view.scope, by)
    rows = [
        bar_row(
            _label(ask, items, code),
            [("data", (counts[code].n or 0) / widest)],
            _value(counts[code], total),
            view.link(**{by: None if chosen == code else code}, page=None)
            if code in items
            else None,
            is_dim=code in silent,
        )
        for code in codes
    ]
    aside: Any = ask.t("shares.aside", n=count_text(total))
    if chosen and not (by == "department" and forced(ask)):
        aside = html.A(ask.t("shares.clear"), href=view.link(**{by: None}), className="choice")
    return titled(ask, f"panel.{by}", html.Div(rows, className="rows"), aside=aside)


def _label(ask: Ask, items: Mapping[str, Item], code: str) -> str:
    if code in items:
        return items[code].name.in_language(ask.language)
    return ask.t("shares.nobody") if code == UNLOCATED else code


def _value(figure: Figure, total: float) -> list[Any]:
    n = figure.n or 0
    share = percent_text(Figure(n, total, percent(n, total)), 1)
    return [count_text(n), html.Span(f" {share}", className="is-muted")]


SOURCES = Panel("sources", sources)
CATEGORIES = Panel("categories", categories)
DEPARTMENTS = Panel("departments", departments)
