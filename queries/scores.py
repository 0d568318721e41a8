"""Composite scores in the tradition of 数字城管 (domain.md §4.3): parts, weights, total and grade.

A score is made of figures that are shown anyway; its parts are printed with it. Where one part has no
figure, the total has none either: nobody is judged on what was not measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.score_weights import WHOLE
from queries.definitions import computed_by
from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import Key
from queries.scope import Scope
from queries.site import Site
from queries.words import Words

GRADES = (("A", 90.0), ("B", 75.0), ("C", 60.0), ("D", 40.0), ("E", 0.0))
"""Least score of each grade, best first."""

VOLUME = ((50, 100.0), (100, 90.0), (200, 75.0), (500, 60.0), (999, 40.0))
"""立案数分: up to so many cases accepted, so many points; more than the last give none."""


@dataclass(frozen=True)
class Part:
    """One part of a score: what it is, its weight out of 1, its points out of 100, the figure behind.

    `formula` says how a figure is counted that no metric defines.
    """

    key: str
    label: Words
    weight: float
    points: float | None
    figure: Figure
    formula: Words | None = None


@dataclass(frozen=True)
class Score:
    """`total` out of 100 and `grade`, both None when a part has no figure.

    n: the cases that a department was given, the steps that a person did.
    """

    parts: tuple[Part, ...]
    total: float | None
    grade: str | None
    n: int


def volume_points(accepted: float) -> float:
    """Points for how many cases a unit was given: fewer is better (prevention)."""
    return next((points for most, points in VOLUME if accepted <= most), 0.0)


def grade_of(total: float) -> str:
    """A ≥ 90, B ≥ 75, C ≥ 60, D ≥ 40, else E."""
    return next(name for name, least in GRADES if total >= least)


def department_scores(site: Site, scope: Scope, *, as_of: int) -> dict[Key, Score]:
    """处置部门: 立案数 10 %, 结案率 30 %, 按期处置率 30 %, 1 − 返工率 30 %; by department code.

    These are the usual weights; a site may set its own (data.score_weights).
    """
    keys = ("accepted", "closure_rate", "on_time_rate", "rework_rate")
    answer = measure(site, [BY_KEY[key] for key in keys], scope, "department", as_of=as_of).figures
    weights = site.facts().score_weights["department"]
    return {
        code: _score({key: answer[key].get(code) for key in keys}, weights)
        for code in _codes(answer)
    }


def score_of(parts: tuple[Part, ...], n: int) -> Score:
    """The parts weighed and added up; a part that weighs nothing cannot withhold the total."""
    weighing = [part for part in parts if part.weight]
    if any(part.points is None for part in weighing):
        return Score(parts, None, None, n)
    total = sum(part.weight * (part.points or 0.0) for part in weighing)
    return Score(parts, total, grade_of(round(total, 2)), n)


def _codes(answer: Mapping[str, Mapping[Key, Figure]]) -> Sequence[Key]:
    """Departments that were given a case or had one due."""
    return [code for code, figure in answer["accepted"].items() if figure.n]


def _score(figures: Mapping[str, Figure | None], weights: Mapping[str, float]) -> Score:
    nothing = Figure(0, 0, None)
    accepted, closed, on_time, rework = (
        figures[key] or nothing
        for key in ("accepted", "closure_rate", "on_time_rate", "rework_rate")
    )
    n = int(accepted.n or 0)
    again = None if rework.value is None else 100 - rework.value
    share = {key: weight / WHOLE for key, weight in weights.items()}
    parts = (
        Part("volume", Words("立案数", "Cases given"), share["volume"], volume_points(n), accepted),
        _rate("closure_rate", share, closed),
        _rate("on_time_rate", share, on_time),
        Part(
            "first_check",
            Words("1 − 返工率", "1 − rework rate"),
            share["first_check"],
            again,
            rework,
        ),
    )
    return score_of(parts, n)


def _rate(key: str, share: Mapping[str, float], figure: Figure) -> Part:
    return Part(key, _label(key, figure), share[key], figure.value, figure)


def _label(key: str, figure: Figure) -> Words:
    """What the figure is called by the definition that it was computed by."""
    return computed_by(BY_KEY[key], figure.variant).label
