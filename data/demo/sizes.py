"""How large a made-up site is: everything that differs between the full and the small build."""

from dataclasses import dataclass, replace
from typing import Any

FORMAT = 6
"""Counted up when the generator changes, so that an older demo is rebuilt and not reused."""


@dataclass(frozen=True)
class Size:
    """Numbers of one build; days are local days, counted back from the start moment."""

    name: str
    compounds: int
    cases_per_day: float
    days_back: int
    days_ahead: int
    window_days: int
    window_ended_days_ago: int
    window_accepted: int
    window_closed: int
    longest_park_days: int
    longest_delay_days: int
    test_cases: int
    houses: int
    entities: int
    cases_per_chunk: int


FULL = Size(
    name="full",
    compounds=1240,
    cases_per_day=309.0,
    days_back=396,
    days_ahead=30,
    window_days=56,
    window_ended_days_ago=92,
    window_accepted=17_182,
    window_closed=17_154,
    longest_park_days=45,
    longest_delay_days=20,
    test_cases=20,
    houses=46_000,
    entities=5000,
    cases_per_chunk=24_000,
)

SMALL = Size(
    name="small",
    compounds=12,
    cases_per_day=50.0,
    days_back=60,
    days_ahead=7,
    window_days=14,
    window_ended_days_ago=26,
    window_accepted=690,
    window_closed=685,
    longest_park_days=10,
    longest_delay_days=5,
    test_cases=3,
    houses=380,
    entities=60,
    cases_per_chunk=1500,
)

SIZES = {size.name: size for size in (FULL, SMALL)}
"""What holds unless the site says otherwise ([size.full] and [size.small] of its site.toml)."""
WINDOW_SHARE, CLOSED_SHARE = 0.985, 0.997
"""Of the cases of a usual day, so many fall into the window; of those accepted, so many are closed."""


def size_of(site: dict[str, Any], name: str) -> Size:
    """A size as a site wants it; the window follows from the cases per day unless it is told."""
    told = site.get("size", {}).get(name, {})
    size = replace(SIZES[name], **told)
    if "cases_per_day" in told and "window_accepted" not in told:
        size = replace(
            size, window_accepted=int(WINDOW_SHARE * size.cases_per_day * size.window_days)
        )
    if size.window_accepted != SIZES[name].window_accepted and "window_closed" not in told:
        size = replace(size, window_closed=int(CLOSED_SHARE * size.window_accepted))
    return size
