"""Rounding backwards: which whole counts print as a percentage that somebody has published.

The rule of every printed percentage stands here, exact and in whole numbers: half up, but never up to
100 while a case is missing, nor down to 0 while one is in.
"""

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

MOST_PLACES = 3
"""Decimals of a published percentage; with three the smallest pair is looked for in milliseconds."""


class Printed(NamedTuple):
    """A percentage as it stands on paper: 99.88 is 9988 units of two places."""

    units: int
    places: int

    @property
    def whole(self) -> int:
        """The units of 100 %."""
        return 100 * 10**self.places

    @property
    def share(self) -> Fraction:
        """Its exact value in percent."""
        return Fraction(self.units, 10**self.places)

    @property
    def text(self) -> str:
        """`99.88 %`."""
        return f"{Decimal(self.units).scaleb(-self.places):.{self.places}f} %"


class Interval(NamedTuple):
    """Whole numbers from `low` to `high`; without `high` there is no end. Distances may have parts."""

    low: int | Fraction
    high: int | Fraction | None

    @property
    def text(self) -> str:
        """`17,161–17,162`, one number where it is only one."""
        if self.high is None:
            return f"≥ {amount_text(self.low)}"
        ends = dict.fromkeys((self.low, self.high))
        return "–".join(amount_text(end) for end in ends)

    def distance(self, number: int | Fraction) -> "Interval":
        """How far a number outside lies from the nearest and from the farthest of them."""
        if self.high is not None and self.high < number:
            return Interval(number - self.high, number - self.low)
        return Interval(self.low - number, None if self.high is None else self.high - number)


def read_printed(text: str) -> Printed:
    """A percentage as printed, without its sign: `99.88`. Raises ValueError."""
    if not re.fullmatch(rf"[0-9]{{1,3}}(\.[0-9]{{1,{MOST_PLACES}}})?", text):
        raise ValueError(text)
    whole, _, decimals = text.partition(".")
    found = Printed(int(whole + decimals), len(decimals))
    if found.units > found.whole:
        raise ValueError(text)
    return found


def printed(n: int | Fraction, d: int | Fraction, places: int) -> Printed | None:
    """What n of d prints as; None when d is 0."""
    if not d:
        return None
    whole = Printed(0, places).whole
    units = math.floor(Fraction(n) * whole / d + Fraction(1, 2))
    if n < d:
        units = min(units, whole - 1)
    if n > 0:
        units = max(units, 1)
    return Printed(units, places)


def numerators(d: int, shown: Printed) -> Interval | None:
    """All n of 0 … d that print as `shown` over d; None when there is none."""
    units, whole = shown.units, shown.whole
    if d < 1:
        return None
    if units in (0, whole):
        only = d if units else 0
        return Interval(only, only)
    # Half up: units − ½ ≤ whole · n / d < units + ½.
    low = -(-(2 * units - 1) * d // (2 * whole))
    high = -(-(2 * units + 1) * d // (2 * whole)) - 1
    if units == 1:
        low = 1
    if units == whole - 1:
        high = d - 1
    return Interval(low, high) if low <= high else None


def denominators(n: int | Fraction, shown: Printed) -> Interval | None:
    """All d ≥ n over which n prints as `shown`; None when there is none. A weighed n may have parts."""
    units, whole = shown.units, shown.whole
    if n == 0 or units == 0:
        return Interval(1, None) if n == units == 0 else None
    if units == whole:
        return Interval(n, n) if n.denominator == 1 else None
    low = 2 * whole * n // (2 * units + 1) + 1
    if units == whole - 1:
        low = math.floor(n) + 1
    high = None if units == 1 else 2 * whole * n // (2 * units - 1)
    low = max(low, math.floor(n) + 1)
    return Interval(low, high) if high is None or low <= high else None


@cache
def smallest(shown: Printed) -> tuple[int, int]:
    """The n and d with the smallest d that print as `shown`: 150 of 151 for 99.34."""
    d = 1
    while (found := numerators(d, shown)) is None:
        d += 1
    return int(found.low), d


def points_text(points: Fraction) -> str:
    """`−0.04`: a difference in percentage points; small ones get as many decimals as they need."""
    sign = "−" if points < 0 else "+" if points > 0 else ""
    size, places = float(abs(points)), 2
    while points and places < 9 and round(size, places) == 0:
        places += 1
    return f"{sign}{size:.{places}f}"


def amount_text(n: int | Fraction) -> str:
    """A numerator: whole, or with the part that a weight leaves."""
    return f"{int(n):,}" if n.denominator == 1 else f"{float(n):,.1f}"
