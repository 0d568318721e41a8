"""A department's score taken apart: each part's figure, points and weight (domain.md §4.3)."""

from typing import Any

from dashboard import html
from dashboard.panel import Ask
from dashboard.wording import period_text
from queries.figures import count_text
from queries.scores import GRADES, VOLUME, Part, Score, department_scores

Scores = dict[str, Score]


def scores(ask: Ask) -> Scores:
    """The scores of the departments in the view, by code."""
    found = department_scores(ask.site, ask.view.scope, as_of=ask.view.as_of)
    return {str(code): score for code, score in found.items()}


def short(ask: Ask, score: Score | None) -> str:
    """`B 85.0`; a dash where a part has no figure."""
    if score is None or score.total is None:
        return "—"
    return f"{score.grade} {score.total:.1f}"


def taken_apart(ask: Ask, code: str) -> list[Any]:
    """The sheet of one department."""
    department = ask.site.departments()[code]
    score = scores(ask).get(code)
    head = [
        html.H2(department.name.in_language(ask.language), className="panel-title"),
        html.Div(period_text(ask.view.scope), className="is-muted"),
        html.Div(short(ask, score), className="tile-value"),
    ]
    if score is None:
        return [*head, html.P(ask.t("score.nothing"))]
    if score.total is None:
        head.append(html.P(ask.t("score.incomplete")))
    lines = [part_line(ask, part) for part in score.parts]
    return [
        *head,
        html.Div(lines, className="score-parts"),
        html.P(_how(ask), className="is-muted"),
    ]


def _how(ask: Ask) -> str:
    """The rule in words, from the figures it is computed with."""
    steps = [ask.t("score.step", most=most, points=f"{p:g}") for most, p in VOLUME]
    return ask.t("score.how", grades=grade_words(ask), steps=_comma(ask).join(steps))


def grade_words(ask: Ask) -> str:
    """`A ≥ 90, B ≥ 75 …`."""
    return _comma(ask).join(f"{name} ≥ {least:g}" for name, least in GRADES if least)


def _comma(ask: Ask) -> str:
    return "，" if ask.language == "zh" else ", "


def part_line(ask: Ask, part: Part) -> html.Div:
    """Label, counts, points × weight and what that gives; below it the definition where it has one."""
    points = "—" if part.points is None else f"{part.points:.2f}"
    figure = count_text(part.figure.n)
    if part.figure.d is not None:
        figure += f" / {count_text(part.figure.d)}"
    gained = "—" if part.points is None else f"{part.weight * part.points:.2f}"
    formula = []
    if part.formula is not None:
        words = part.formula.in_language(ask.language)
        formula.append(html.Div(words, className="score-formula is-muted"))
    return html.Div(
        [
            html.Span(part.label.in_language(ask.language)),
            html.Span(figure, className="is-muted"),
            html.Span(f"{points} × {100 * part.weight:g}%"),
            html.B(gained),
            *formula,
        ],
        className="score-part",
    )
