"""Repeats (K11) by the same caller: worked by hand, what a site may set, and that they cost little."""

from collections.abc import Iterator
from dataclasses import replace
from time import process_time

import numpy as np
import pandas as pd
import pytest
from conftest import ENGINES
from small_town import Case, Town, found_town

from data.case_tables import site_setting
from data.earlier import DEGREE, PLACE, count_earlier, find_later
from data.errors import InputError, SetupError
from data.reach import Reach, reach_of
from data.rederive import rederive_all
from data.rules import read_rules
from data.stored_settings import write_setting

DAY = 86_400


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    founded = found_town(request.param, tmp_path, "callers")
    yield founded
    founded.close()


def call(code: str, hour: float, caller: str | None, north: float = 0, **other: object) -> Case:
    """A case of a caller, so many metres north of the middle of the town."""
    line = f"reported {hour}, accepted {hour + 1} due {hour + 25}"
    return Case(code, line, "A1", caller=caller, lat=30.005 + north / DEGREE, **other)


def earlier(town: Town) -> dict[str, int]:
    """Earlier cases by code."""
    joined = "case_derived d JOIN case_record r USING (case_id)"
    return {str(code): int(n) for code, n in set(town.rows(joined, "r.code, d.n_earlier"))}


def test_the_same_caller_counts_wherever_the_case_lies(town):
    """b and c lie elsewhere, d nowhere at all; e is somebody else's, f nobody's known."""
    town.take(
        [
            call("a", 0, "ann"),
            call("b", 10, "ann", 400),
            call("c", 20, "ann", 800, location="default_point"),
            call("d", 30, "ann", location="none"),
            call("e", 40, "bob", 1200),
            call("f", 50, None, 1600),
        ]
    )
    assert earlier(town) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 0, "f": 0}


def test_near_by_and_of_the_same_caller_is_one_earlier_case(town):
    """c comes after a, near and of its caller, and after b, near only; d after a and c by its caller."""
    town.take(
        [
            call("a", 0, "ann"),
            call("b", 10, "bob", 20),
            call("c", 20, "ann", 40),
            call("d", 30, "ann", 500),
        ]
    )
    assert earlier(town) == {"a": 0, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    "other", [{"category": "noise"}, {"is_test": True}, {"caller": None}, {"caller": "bob"}]
)
def test_other_kinds_tests_and_others_do_not_count(town, other):
    first = replace(call("a", 0, "ann"), **other)
    town.take([first, call("b", 30, "ann", 500)])
    assert earlier(town)["b"] == 0


@pytest.mark.parametrize(("days", "n"), [(90, 1), (91, 0)])
def test_recent_is_within_ninety_days_for_callers_too(town, days, n):
    town.take([call("a", 12, "ann"), call("b", 12 + 24 * days, "ann", 500)])
    assert earlier(town) == {"a": 0, "b": n}


def test_two_without_a_caller_are_not_the_same_caller(town):
    town.take([call("a", 0, None), call("b", 30, None, 500)])
    assert earlier(town) == {"a": 0, "b": 0}


def test_a_caller_who_is_corrected_takes_the_later_cases_along(town):
    """a was bob's at first, then ann's: c comes after it no longer, b does from then on."""
    first = call("a", 0, "bob")
    town.take([first, call("b", 30, "ann", 500), call("c", 40, "bob", 900)])
    assert earlier(town) == {"a": 0, "b": 0, "c": 1}
    town.take([replace(first, caller="ann")])
    assert earlier(town) == {"a": 0, "b": 1, "c": 0}
    town.take([call("z", -10, "bob", 1300)])
    assert earlier(town) == {"a": 0, "b": 1, "c": 1, "z": 0}


def test_the_site_says_what_two_must_have_in_common(town):
    """b is near a, c is of a's caller, d is both."""
    town.take(
        [
            call("a", 0, "ann"),
            call("b", 10, "bob", 20),
            call("c", 20, "ann", 500),
            call("d", 30, "ann"),
        ]
    )
    wanted = {
        "place": {"a": 0, "b": 1, "c": 0, "d": 2},
        "caller": {"a": 0, "b": 0, "c": 1, "d": 2},
        "place_or_caller": {"a": 0, "b": 1, "c": 1, "d": 3},
    }
    assert earlier(town) == wanted["place_or_caller"]
    for by, numbers in wanted.items():
        with town.case.begin() as connection:
            write_setting(connection, site_setting, "assessment", {"repeat_by": by})
        rederive_all(town.city.case_url)
        assert earlier(town) == numbers, by


def test_an_unknown_word_is_refused_with_key_and_fix(town):
    with pytest.raises(InputError, match=r"assessment.repeat_by = 'phone'; choose one of place,"):
        reach_of({"repeat_by": "phone"})
    with town.case.begin() as connection:
        write_setting(connection, site_setting, "assessment", {"repeat_by": "phone"})
    with town.case.connect() as connection, pytest.raises(SetupError, match="repeat_by"):
        read_rules(connection, "Asia/Shanghai")


def one_caller(number: int) -> pd.DataFrame:
    """Cases of one caller all over a city, one in a quarter of an hour or so."""
    rng = np.random.default_rng(1)
    at = np.arange(number, dtype=np.int64) * 1000
    return pd.DataFrame(
        {
            "case_id": np.arange(number),
            "category_id": 1,
            "caller_key": "ann",
            "lat": 30 + rng.random(number) / 5,
            "lon": 120 + rng.random(number) / 5,
            "reported_at": at,
            "reported_day": at // DAY,
        }
    )[PLACE]


def test_who_calls_very_often_costs_no_more_than_others():
    """Twenty thousand cases of one caller would be two hundred million pairs."""
    cases = one_caller(20_000)
    began = process_time()
    counts = count_earlier(cases, cases, Reach(days=3650))
    later = find_later(cases.iloc[[5]], cases, Reach(days=3650))
    assert process_time() - began < 2
    assert counts.tolist() == list(range(20_000))
    assert later.tolist() == list(range(6, 20_000))
