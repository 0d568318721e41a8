"""Composite scores in the tradition of 数字城管 (domain.md §4.3): parts, weights, total and grade.

A score is made of figures that are shown anyway; its parts are printed with it. Where one part has no
figure, the total has none either: nobody is judged on what was not measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """One part of a score: what it is, its weight, its points out of 100 and the figure behind them."""

    key: str
    label: Words
    weight: float
    points: float | None
    figure: Figure


@dataclass(frozen=True)
class Score:
    """`total` out of 100 and `grade`, both None when a part has no figure; n is the cases accepted."""

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
    """处置部门: 立案数 10 %, 结案率 30 %, 按期处置率 30 %, 1 − 返工率 30 %; by department code."""
    keys = ("accepted", "closure_rate", "on_time_rate", "rework_rate")
    answer = measure(site, [BY_KEY[key] for key in keys], scope, "department", as_of=as_of).figures
    return {code: _score({key: answer[key].get(code) for key in keys}) for code in _codes(answer)}


def _codes(answer: Mapping[str, Mapping[Key, Figure]]) -> Sequence[Key]:
    """Departments that were given a case or had one due."""
    return [code for code, figure in answer["accepted"].items() if figure.n]


def _score(figures: Mapping[str, Figure | None]) -> Score:
    nothing = Figure(0, 0, None)
    accepted, closed, on_time, rework = (
        figures[key] or nothing
        for key in ("accepted", "closure_rate", "on_time_rate", "rework_rate")
    )
    n = int(accepted.n or 0)
    again = None if rework.value is None else 100 - rework.value
    parts = (
        Part("volume", Words("立案数", "Cases given"), 0.1, volume_points(n), accepted),
        Part("closure_rate", _label("closure_rate", closed), 0.3, closed.value, closed),
        Part("on_time_rate", _label("on_time_rate", on_time), 0.3, on_time.value, on_time),
        Part("first_check", Words("1 − 返工率", "1 − rework rate"), 0.3, again, rework),
    )
    points = [part.points for part in parts]
    if any(value is None for value in points):
        return Score(parts, None, None, n)
    total = sum(part.weight * (part.points or 0.0) for part in parts)
    return Score(parts, total, grade_of(round(total, 2)), n)


def _label(key: str, figure: Figure) -> Words:
    """What the figure is called by the definition that it was computed by."""
    return computed_by(BY_KEY[key], figure.variant).label
