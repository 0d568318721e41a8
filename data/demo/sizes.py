"""How large the demo city is: everything that differs between the full and the small build."""

from dataclasses import dataclass

FORMAT = 2
"""Counted up when the generator changes, so that an older demo is rebuilt and not reused."""


@dataclass(frozen=True)
class Size:
    """Numbers of one build; days are local days, counted back from the start moment."""

    name: str
    subdistricts: int
    communities: int
    grids: int
    micros: int
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
    subdistricts=17,
    communities=175,
    grids=846,
    micros=5657,
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
    subdistricts=3,
    communities=9,
    grids=27,
    micros=81,
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
