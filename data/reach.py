"""What makes an earlier case count as the same complaint once more (domain.md K11), as a site sets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import InputError

MOST_DAYS, MOST_METRES = 3650, 5000
REPEAT_BY = ("place", "caller", "place_or_caller")
"""What two complaints of one kind must have in common: the place, who reported them, or either."""


@dataclass(frozen=True)
class Reach:
    """How near and how recent an earlier case must be; both bounds belong to it. `by`: of REPEAT_BY."""

    metres: float = 50
    days: int = 90
    by: str = "place_or_caller"

    @property
    def by_place(self) -> bool:
        """Whether a case near by counts."""
        return self.by != "caller"

    @property
    def by_caller(self) -> bool:
        """Whether a case of the same caller counts, wherever it lies."""
        return self.by != "place"


def reach_of(assessment: Mapping[str, Any]) -> Reach:
    """`repeat_metres`, `repeat_days`, `repeat_by` of the setting `assessment`; raises InputError."""
    metres = assessment.get("repeat_metres", Reach.metres)
    days = assessment.get("repeat_days", Reach.days)
    by = assessment.get("repeat_by", Reach.by)
    if isinstance(metres, bool) or not isinstance(metres, int | float):
        metres = None
    if metres is None or not 1 <= metres <= MOST_METRES:
        given = assessment["repeat_metres"]
        raise InputError(
            f"assessment.repeat_metres = {given!r} must be a number from 1 to {MOST_METRES}."
        )
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise InputError(
            f"assessment.repeat_days = {days!r} must be a whole number from 1 to {MOST_DAYS}."
        )
    if by not in REPEAT_BY:
        raise InputError(f"assessment.repeat_by = {by!r}; choose one of {', '.join(REPEAT_BY)}.")
    return Reach(metres, days, by)
