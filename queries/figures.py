"""A figure with the counts it is made of, and how it is printed."""

import math
from dataclasses import dataclass
from fractions import Fraction

from queries.rounding import printed

Z95 = 1.959964
"""Standard normal quantile for a two-sided 95 % interval."""

FEW = 30
"""Below this denominator counts come first and the percentage is muted (domain.md §4.1)."""


@dataclass(frozen=True)
class Figure:
    """value = n / d × 100 for rates, n for counts, hours for durations (n = cases measured).

    value is None where there is nothing to divide by: printed as a dash, never as 0. `variant` names
    the definition used, of metrics that have several (queries.metrics.variants). `about`: the value is
    within the bound of data.histograms, not exact. `hidden`: what is printed in place of a count of people
    that may not be told (`<5`, `…`); n, d and value are then None.
    """

    n: float | None
    d: float | None
    value: float | None
    variant: str = ""
    about: bool = False
    hidden: str = ""

    @property
    def few(self) -> bool:
        """Whether a rate rests on too few cases to be read as a percentage."""
        return self.d is not None and self.d < FEW


def percent(n: float, d: float) -> float | None:
    """n of d in percent; None when d is 0."""
    return None if not d else 100 * n / d


def wilson(figure: Figure) -> tuple[float, float] | None:
    """Wilson's 95 % interval of a rate in percent: how far chance alone could have moved it.

    None where there is nothing to divide by, or where n counts passes and may exceed d.
    """
    if not figure.d or figure.n is None or not 0 <= figure.n <= figure.d:
        return None
    n, p, z2 = figure.d, figure.n / figure.d, Z95 * Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Of none and of all an end is exact, which floats would miss by a hair.
    low = 0.0 if figure.n == 0 else 100 * (middle - reach)
    high = 100.0 if figure.n == figure.d else 100 * (middle + reach)
    return max(0.0, low), min(100.0, high)


def percent_text(figure: Figure, places: int = 2) -> str:
    """`99.84 %`: rounded, but never up to 100 while a case is missing, nor down to 0 while one is in."""
    if figure.value is None or figure.n is None or figure.d is None:
        return "—"
    shown = printed(exact(figure.n), exact(figure.d), places)
    return "—" if shown is None else shown.text


def exact(value: float) -> Fraction:
    """A sum of weighted cases as it is: a weight of 0.9 is nine tenths, which a float misses by a hair."""
    if value == int(value):
        return Fraction(int(value))
    # A number of numpy would keep its type inside the fraction.
    return Fraction(float(value)).limit_denominator()


def bound_text(value: float, places: int = 2) -> str:
    """A percentage that is no count of cases, such as the end of a range, by the same rule."""
    shown = printed(Fraction(value), 100, places)
    return "—" if shown is None else shown.text


def count_text(value: float | Fraction | None) -> str:
    """`17,182`, or `396.5` where a weight leaves part of a case; a dash when there is no figure."""
    return "—" if value is None else f"{float(value):,.1f}".removesuffix(".0")


def hours_text(figure: Figure) -> str:
    """Hours with two decimals below 100, one above; `≈` before what is told within a bound."""
    value = figure.value
    if value is None:
        return "—"
    shown = f"{value:,.2f}" if value < 100 else f"{value:,.1f}"
    return f"≈{shown}" if figure.about else shown


def ratio_text(value: float | None) -> str:
    """How many of one thing come to one of another, with two decimals; a dash without a figure."""
    return "—" if value is None else f"{value:,.2f}"
