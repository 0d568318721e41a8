"""Scores of persons by the code of their seat or post: the tablet only, never names (domain.md rule 8)."""

from typing import Any

from dashboard import html
from dashboard.drawing import empty
from dashboard.panel import Ask
from dashboard.panels.score import grade_words, part_line, short
from dashboard.view import OF_DEPARTMENTS, scored_roles
from dashboard.wording import period_text
from queries.figures import FEW, count_text
from queries.person_roles import ROLES
from queries.person_scores import person_scores
from queries.scores import Score


def is_shown(ask: Ask) -> bool:
    """Whether what is scored may be seen on this screen."""
    return ask.view.role == OF_DEPARTMENTS or ask.screen == "tablet"


def role_links(ask: Ask) -> html.Div:
    """Whose scores are shown: departments, or one of the four roles."""
    return html.Div(
        [
            html.A(
                _role_name(ask, key),
                href=ask.view.link(role=None if key == OF_DEPARTMENTS else key, score=None),
                className="choice" + (" is-chosen" if key == ask.view.role else ""),
            )
            for key in scored_roles(ask.site, ask.view.scope)
        ],
        className="choices scores",
    )


def _role_name(ask: Ask, key: str) -> str:
    if key == OF_DEPARTMENTS:
        return ask.t("score.department")
    return ROLES[key].label.in_language(ask.language)


def person_marks(ask: Ask) -> list[Any]:
    """The persons of the view's role, those who do worst first; the others are counted."""
    found = _scores(ask)
    if not found:
        return [empty(ask, "score.nobody")]
    order = sorted(found, key=lambda code: _worst_first(found[code], code))
    marks: list[Any] = [
        html.A(
            [html.Span(code), html.B(short(ask, found[code]))],
            href=ask.view.link(score=code, list=None, case=None, explain=None, check=None),
            className="choice score" + (" is-muted" if found[code].n < FEW else ""),
        )
        for code in order[: ask.rows]
    ]
    if len(order) > ask.rows:
        more = ask.t("score.more", n=count_text(len(order) - ask.rows))
        marks.append(html.Span(more, className="is-muted"))
    return [
        html.Div(marks, className="choices scores"),
        html.Div(ask.t("score.by_code"), className="is-muted"),
    ]


def _worst_first(score: Score, code: str) -> tuple[bool, bool, float, str]:
    """Few steps say little: they come after the others, and those without a total last."""
    return score.total is None, score.n < FEW, score.total or 0.0, code


def _scores(ask: Ask) -> dict[str, Score]:
    view = ask.view
    return person_scores(ask.site, view.role, view.scope, as_of=view.as_of)


def person_taken_apart(ask: Ask, code: str) -> list[Any]:
    """The sheet of one seat or post."""
    if not is_shown(ask):
        return [html.P(ask.t("score.tablet_only"))]
    score = _scores(ask).get(code)
    one = ROLES[ask.view.role].one.in_language(ask.language)
    head = [
        html.H2(f"{one} {code}", className="panel-title"),
        html.Div(period_text(ask.view.scope), className="is-muted"),
    ]
    if score is None:
        return [*head, html.P(ask.t("score.unknown"))]
    counted = ask.t("score.steps", n=count_text(score.n))
    if score.n < FEW:
        counted += " · " + ask.t("score.few")
    head += [
        html.Div(short(ask, score), className="tile-value"),
        html.Div(counted, className="is-muted"),
    ]
    if score.total is None:
        head.append(html.P(ask.t("score.incomplete")))
    lines = [part_line(ask, part) for part in score.parts]
    how = ask.t("score.how_person", grades=grade_words(ask))
    return [
        *head,
        html.Div(lines, className="score-parts"),
        html.P(how, className="is-muted"),
    ]
