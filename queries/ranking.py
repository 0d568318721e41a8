"""Ranks the grids one level down fairly: few cases no rank, and where rates say nothing, the tail.

Domain.md, twelve rules and §4.2: a rate of few cases is no rate; when most units stand at 100 % the
ranking turns to what still tells them apart: days overdue, reworks, reopenings, extensions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from queries.figures import Figure
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.question import Key
from queries.scope import Scope
from queries.site import Site

RATE = "on_time_rate"
TAIL = ("late_days", "rework_passes", "reopened", "extended_of_due")
"""What counts where rates are all alike, the gravest first; each per case due."""

Mark = tuple[Fraction, ...]


@dataclass(frozen=True)
class Ranked:
    """One unit: its rank (None: too few cases), how many places it has climbed, its figures.

    `tail` has a number for each of TAIL where that is what ranks, else none.
    """

    code: str
    rank: int | None
    climbed: int | None
    rate: Figure
    accepted: Figure
    tail: tuple[int, ...]


@dataclass(frozen=True)
class Ranking:
    """Worst first; those without a rank last, most overdue first. `by` is what ranks them."""

    by: Literal["rate", "tail"]
    rows: tuple[Ranked, ...]

    @property
    def ranked(self) -> int:
        """How many units have a rank."""
        return sum(row.rank is not None for row in self.rows)


def ranking(site: Site, scope: Scope, *, as_of: int, before: int) -> Ranking:
    """Rank the children of the scope's grid; `before` is the instant the period before is read at."""
    codes = [grid.code for grid in scope.tree.children(scope.grid)]
    held = _figures(site, scope, as_of, ("accepted", "open", "overdue", RATE))
    by: Literal["rate", "tail"] = "tail" if _says_nothing(held[RATE], codes) else "rate"
    told = TAIL if by == "tail" else ()
    if told:
        held = {**held, **_figures(site, scope, as_of, told)}
    ranks = _ranks(held, codes, by)
    then = _figures(site, scope.previous(), before, (RATE, *told))
    earlier = _ranks(then, codes, by) if _alike(held[RATE], then[RATE], codes) else {}
    rows = [
        Ranked(
            code,
            ranks.get(code),
            earlier[code] - ranks[code] if code in ranks and code in earlier else None,
            held[RATE][code],
            held["accepted"][code],
            tuple(int(held[key][code].n or 0) for key in told),
        )
        for code in codes
    ]
    waiting = {code: [held[key][code].n or 0 for key in ("overdue", "open")] for code in codes}
    rows.sort(key=lambda row: (row.rank is None, -(row.rank or 0), [-n for n in waiting[row.code]]))
    return Ranking(by, tuple(rows))


def _alike(one: Mapping[Key, Figure], other: Mapping[Key, Figure], codes: list[str]) -> bool:
    """Whether both were computed by the same version: places of two definitions are no climb."""
    return all(one[code].variant == other[code].variant for code in codes)


def _figures(
    site: Site, scope: Scope, as_of: int, keys: Sequence[str]
) -> Mapping[str, Mapping[Key, Figure]]:
    return measure(site, [BY_KEY[key] for key in keys], scope, "grid", as_of=as_of).figures


def _says_nothing(rates: Mapping[Key, Figure], codes: list[str]) -> bool:
    """Whether more than half of the units that may be ranked have not one case missing."""
    judged = [rates[code] for code in codes if not rates[code].few]
    return 2 * sum(figure.n == figure.d for figure in judged) > len(judged)


def _ranks(
    figures: Mapping[str, Mapping[Key, Figure]], codes: list[str], by: str
) -> dict[str, int]:
    """1 is best; units alike share a rank, and the next one counts them all."""
    marks = {
        code: _mark(figures, code, by)
        for code in codes
        if figures[RATE][code].d and not figures[RATE][code].few
    }
    order = sorted(marks.values())
    return {code: 1 + order.index(mark) for code, mark in marks.items()}


def _mark(figures: Mapping[str, Mapping[Key, Figure]], code: str, by: str) -> Mark:
    """What is compared, less is better; exact, so that equal shares are equal."""
    rate = figures[RATE][code]
    due = Fraction(rate.d or 1)
    if by == "rate":
        return (1 - Fraction(rate.n or 0) / due,)
    return tuple(Fraction(figures[key][code].n or 0) / due for key in TAIL)
