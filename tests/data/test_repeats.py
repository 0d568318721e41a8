"""Repeats (K11): worked by hand at the edges, and against holding every case against every other.

By place here; those of the same caller are in test_repeat_callers, the random ones have both.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
import pytest
from conftest import ENGINES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_town import ZONE, Case, Town, at, found_town

from data import earlier as counting
from data import repeats
from data.case_tables import FOREVER, site_setting
from data.days import local_day
from data.earlier import DEGREE, PLACE, count_earlier, find_later
from data.reach import REPEAT_BY, Reach
from data.rederive import rederive_all
from data.stored_settings import write_setting

NORTH = 1 / DEGREE
"""Degrees of latitude, and at the town's latitude of longitude, in a metre."""
EAST = NORTH / math.cos(math.radians(30.005))


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    founded = found_town(request.param, tmp_path, "repeats")
    yield founded
    founded.close()


def case(code: str, hour: float, north: float = 0, east: float = 0, **other: object) -> Case:
    """A case reported at an hour, so many metres from the middle of the town."""
    place = {"lat": 30.005 + north * NORTH, "lon": 120.005 + east * EAST}
    return Case(
        code, f"reported {hour}, accepted {hour + 1} due {hour + 25}", "A1", **place | other
    )


def earlier(town: Town) -> dict[str, int]:
    """Earlier cases by code; a case has one number in all its versions."""
    joined = "case_derived d JOIN case_record r USING (case_id)"
    rows = set(town.rows(joined, "r.code, d.n_earlier"))
    assert len(rows) == len({code for code, _ in rows})
    return {str(code): int(n) for code, n in rows}


@pytest.mark.parametrize(
    ("north", "east", "n"),
    [(49, 0, 1), (51, 0, 0), (0, 49, 1), (0, -51, 0), (-35, 35, 1), (36, -36, 0), (0, 0, 1)],
)
def test_near_is_within_fifty_metres(town, north, east, n):
    # 35 and 35 metres are 49.5 apart, 36 and 36 are 50.9.
    town.take([case("a", 0), case("b", 30, north, east)])
    assert earlier(town) == {"a": 0, "b": n}


@pytest.mark.parametrize(("days", "n"), [(1, 1), (90, 1), (91, 0)])
def test_recent_is_within_ninety_days(town, days, n):
    town.take([case("a", 12), case("b", 12 + 24 * days)])
    assert earlier(town) == {"a": 0, "b": n}


def test_days_are_counted_by_the_calendar(town):
    """Late on the day after the ninetieth it is the ninety-first, early on the ninetieth the ninetieth."""
    town.take(
        [
            case("a", 23),
            case("b", 24 * 90 + 1),
            case("c", 1, north=500),
            case("d", 24 * 90 + 23, 500),
        ]
    )
    assert earlier(town) == {"a": 0, "b": 1, "c": 0, "d": 1}


@pytest.mark.parametrize(
    "other",
    [
        {"category": "noise"},
        {"location": "default_point"},
        {"location": "none"},
        {"is_test": True},
    ],
)
def test_what_is_of_another_kind_or_lies_nowhere_in_particular_does_not_count(town, other):
    town.take([case("a", 0, **other), case("b", 30)])
    town.take([case("c", 0, north=500), case("d", 30, north=500, **other)])
    assert [earlier(town).get(code, 0) for code in "abcd"] == [0, 0, 0, 0]


def test_it_does_not_matter_what_became_of_the_earlier_one(town):
    cancelled = Case("a", "reported 0, cancelled 1", "A1", lat=30.005, lon=120.005)
    merged = replace(cancelled, code="b", steps="reported 2, merged 3")
    town.take([cancelled, merged, case("c", 30)])
    assert earlier(town) == {"a": 0, "b": 1, "c": 2}


def test_of_two_reported_in_one_second_neither_is_the_earlier(town):
    town.take([case("a", 5), case("b", 5), case("c", 5.001)])
    assert earlier(town) == {"a": 0, "b": 0, "c": 2}


def test_an_earlier_case_that_comes_later_counts_for_those_after_it(town):
    town.take([case("c", 60), case("far", 60, north=500)])
    town.take([case("b", 30)])
    assert earlier(town) == {"b": 0, "c": 1, "far": 0}
    town.take([case("a", 0), case("d", 90)])
    assert earlier(town) == {"a": 0, "b": 1, "c": 2, "d": 3, "far": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"lat": 31.0},
        {"category": "noise"},
        {"location": "default_point"},
        {"is_test": True},
        {"lon": 120.005 + 51 * EAST},
    ],
)
def test_a_case_that_is_corrected_counts_no_longer_and_then_again(town, change):
    first, later = case("a", 0), case("b", 30)
    town.take([first, later])
    town.take([replace(first, **change)])
    assert earlier(town)["b"] == 0
    town.take([first])
    assert earlier(town) == {"a": 0, "b": 1}


def test_further_steps_leave_the_number_as_it_is(town):
    first, later = case("a", 0), case("b", 30)
    town.take([first, later])
    town.take([replace(later, steps=later.steps + ", closed 40"), replace(first, title="井盖缺失")])
    assert earlier(town) == {"a": 0, "b": 1}


def test_deriving_anew_counts_anew_and_by_the_settings_of_now(town):
    town.take([case("a", 0), case("b", 30, north=70), case("c", 24 * 40)])
    with town.case.begin() as connection:
        connection.exec_driver_sql("UPDATE case_derived SET n_earlier = 9")
    rederive_all(town.city.case_url)
    assert earlier(town) == {"a": 0, "b": 0, "c": 1}
    with town.case.begin() as connection:
        told = {"repeat_metres": 80, "repeat_days": 39}
        write_setting(connection, site_setting, "assessment", told)
    rederive_all(town.city.case_url)
    assert earlier(town) == {"a": 0, "b": 1, "c": 1}


def comes_after(one, other, reach: Reach) -> bool:
    if one.category_id != other.category_id or other.reported_at >= one.reported_at:
        return False
    if one.reported_day - other.reported_day > reach.days:
        return False
    called = reach.by_caller and one.caller_key is not None and one.caller_key == other.caller_key
    if called or not reach.by_place:
        return called
    north = (one.lat - other.lat) * DEGREE
    middle = math.radians((one.lat + other.lat) / 2)
    # Whatever is held against a missing place is not near.
    return math.hypot(north, (one.lon - other.lon) * DEGREE * math.cos(middle)) <= reach.metres


def slowly(places: pd.DataFrame, reach: Reach) -> list[int]:
    """Every case held against every other."""
    rows = list(places.itertuples())
    return [sum(comes_after(one, other, reach) for other in rows) for one in rows]


def scattered(seed: int) -> tuple[pd.DataFrame, Reach]:
    """Three hundred cases anywhere on earth, in heaps and alone, some without place or caller."""
    rng = np.random.default_rng(seed)
    number = 300
    metres, days = float(rng.choice([1, 50, 5000])), int(rng.choice([1, 90]))
    heaps = rng.uniform([-70, -179], [70, 179], (5, 2))[rng.integers(0, 5, number)]
    spread = rng.normal(0, metres / 60_000, (number, 2))
    seconds = rng.integers(0, 200 * 86_400, number)
    # So few seconds that some are the same.
    seconds -= seconds % 7200
    caller = rng.choice([*"abcdefgh", None], number, p=[0.2, *[0.05] * 7, 0.45])
    nowhere = rng.random(number) < 0.2
    places = pd.DataFrame(
        {
            "case_id": range(number),
            "category_id": rng.choice([3, 900], number),
            "caller_key": caller,
            "lat": np.where(nowhere, np.nan, heaps[:, 0] + spread[:, 0]),
            "lon": np.where(nowhere, np.nan, heaps[:, 1] + spread[:, 1]),
            "reported_at": at(0) + seconds,
            "reported_day": [local_day(at(0) + int(s), ZONE) for s in seconds],
        }
    )[PLACE]
    return places, Reach(metres, days)


@pytest.mark.parametrize("by", REPEAT_BY)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pairs", [7, counting.PAIRS])
def test_counting_agrees_with_holding_all_against_all(seed, pairs, by, monkeypatch):
    """However few pairs fit into a portion."""
    monkeypatch.setattr(counting, "PAIRS", pairs)
    places, reach = scattered(seed)
    reach = replace(reach, by=by)
    found = count_earlier(places, places, reach).tolist()
    assert found == slowly(places, reach)
    assert max(found) > 0


@pytest.mark.parametrize("by", REPEAT_BY)
@pytest.mark.parametrize("seed", range(4))
def test_what_comes_later_agrees_with_holding_all_against_all(seed, by):
    places, reach = scattered(seed)
    reach = replace(reach, by=by)
    few, rows = places.iloc[::3], list(places.itertuples())
    wanted = [
        n for n, one in enumerate(rows) if any(comes_after(one, o, reach) for o in few.itertuples())
    ]
    assert find_later(few, places, reach).tolist() == wanted
    assert wanted


examples = count()


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Case], list[list[Case]]]:
    """Cases as they are in the end, and the batches they come in: in any order, some of them twice.

    One that comes twice may first have lain elsewhere, been of another kind or been reported at
    another time. Every example has a degree of latitude of its own.
    """
    number = next(examples)
    north = 111_195 * (number - 20)
    final: list[Case] = []
    sent: list[Case] = []
    for n in range(draw(st.integers(2, 10))):
        one = _drawn(draw, f"{number}-{n}", north)
        final.append(one)
        if draw(st.booleans()):
            # What an event has said is said: only the place and the kind can be taken back.
            other = _drawn(draw, one.code, north)
            sent.append(replace(other, steps=one.steps))
        sent.append(one)
    if draw(st.booleans()):
        sent = _in_order(draw(st.permutations(sent)), final)
    batches: list[list[Case]] = [[]]
    for one in sent:
        full = draw(st.booleans()) or one.code in {other.code for other in batches[-1]}
        batches.append([one]) if full else batches[-1].append(one)
    return final, [batch for batch in batches if batch]


def _drawn(draw: st.DrawFn, code: str, north: float) -> Case:
    hour = draw(st.sampled_from([0, 1, 2, 24, 30, 24 * 89, 24 * 90, 24 * 91, 24 * 100, 24 * 181]))
    return case(
        code,
        hour,
        north + draw(st.sampled_from([0, 20, 40, 60, 80, 120])),
        draw(st.sampled_from([0, 30, -30])),
        category=draw(st.sampled_from(["road", "road", "noise"])),
        location=draw(st.sampled_from(["exact", "exact", "exact", "default_point"])),
        caller=draw(
            st.sampled_from([None, None, f"{code.split('-')[0]}-ann", f"{code.split('-')[0]}-bob"])
        ),
        is_test=draw(st.integers(0, 9)) == 0,
    )


def _in_order(sent: Sequence[Case], final: Sequence[Case]) -> list[Case]:
    """The same in another order, but each case last as it is in the end."""
    as_it_is = {one.code: one for one in final}
    last = {one.code: place for place, one in enumerate(sent)}
    return [as_it_is[one.code] if last[one.code] == n else one for n, one in enumerate(sent)]


@pytest.mark.parametrize("boxes", [0, repeats.BOXES])
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=arrivals())
def test_in_whatever_order_and_portions_cases_come_the_numbers_are_the_same(
    town, boxes, drawn, monkeypatch
):
    monkeypatch.setattr(repeats, "BOXES", boxes)
    final, batches = drawn
    for batch in batches:
        town.take(batch)
    kept = [one for one in final if not one.is_test]
    places = pd.DataFrame(
        {
            "case_id": range(len(kept)),
            "category_id": [one.category for one in kept],
            "caller_key": [one.caller for one in kept],
            "lat": [one.lat if one.location == "exact" else math.nan for one in kept],
            "lon": [one.lon for one in kept],
            "reported_at": [at(float(one.steps.split()[1].strip(","))) for one in kept],
        }
    )
    places["reported_day"] = [local_day(int(second), ZONE) for second in places["reported_at"]]
    numbers = dict(zip((one.code for one in kept), slowly(places, Reach()), strict=True))
    wanted = {one.code: numbers.get(one.code, 0) for one in final if not one.is_test}
    found = earlier(town)
    assert {code: found[code] for code in wanted} == wanted
    mine = {code for code in found if code.startswith(final[0].code.split("-")[0] + "-")}
    assert mine == set(wanted)


def test_what_is_read_is_how_things_stand_now(town):
    """A case that is reported again counts by its newest report."""
    town.take([case("a", 0), case("b", 30)])
    town.take(
        [Case("a", "reported 0, reported 40, accepted 41 due 60", "A1", lat=30.005, lon=120.005)]
    )
    assert earlier(town) == {"a": 1, "b": 0}
    newest = town.rows("case_derived", "case_id, reported_at, valid_to")
    assert (1, at(40), FOREVER) in newest
