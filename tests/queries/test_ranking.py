"""Fair ranks: few cases give none, ties share one, and rates all at 100 % turn it to the tail."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from small_town import Case, at, found_town

from queries.measure import measure
from queries.metrics import BY_KEY
from queries.ranking import ranking
from queries.scope import read_scope
from queries.site import Site

NOW = 600
"""Hour of asking; all limits are 24 hours."""


def closed(code: str, number: int, leaf: str, hours: float, **more: object) -> list[Case]:
    """So many cases, each closed so many hours after it was accepted."""
    steps = f"reported 0, accepted 1 due 25, {more.pop('steps', '')}closed {1 + hours}"
    return [Case(f"{code}{n:03d}", steps, leaf, **more) for n in range(number)]  # type: ignore[arg-type]


def asked(site: Site):
    scope = read_scope(site, {"days": "30"}, at(NOW))
    return ranking(site, scope, as_of=at(NOW), before=at(NOW) - scope.step_back)


def town_of(engine, folder, cases):
    town = found_town(engine, folder, "ranked")
    town.take(cases, now=NOW)
    return town


@pytest.fixture(params=ENGINES)
def opened(request, tmp_path) -> Iterator:
    towns = []

    def open_(cases):
        town = town_of(request.param, tmp_path, cases)
        towns.append(town)
        return town.city.site(at(NOW))

    yield open_
    for town in towns:
        town.close()


def ranks(held) -> dict[str, int | None]:
    return {row.code: row.rank for row in held.rows}


def test_by_rate_worst_first_and_few_cases_without_a_rank(opened) -> None:
    # A: 38 of 40 in time; B: 30 of 40; C has none at all.
    cases = closed("A", 38, "A1", 10) + closed("L", 2, "A1", 30)
    cases += closed("B", 30, "B1", 10) + closed("M", 10, "B1", 30)
    held = asked(opened(cases))
    assert held.by == "rate"
    assert [row.code for row in held.rows] == ["B", "A", "C"]
    assert ranks(held) == {"A": 1, "B": 2, "C": None}
    assert held.ranked == 2


def test_twenty_nine_cases_give_no_rank(opened) -> None:
    held = asked(opened(closed("A", 29, "A1", 10) + closed("B", 40, "B1", 30)))
    assert ranks(held) == {"A": None, "B": 1, "C": None}


def test_when_most_stand_at_a_hundred_the_tail_ranks(opened) -> None:
    # All in time. A reworked twice in 40; B once extended in 40.
    cases = closed("A", 38, "A1", 10) + closed("R", 2, "A1", 10, steps="rework 5, ")
    cases += closed("B", 39, "B1", 10) + closed("E", 1, "B1", 10, steps="extended 5 due 49, ")
    held = asked(opened(cases))
    assert held.by == "tail"
    assert ranks(held) == {"A": 2, "B": 1, "C": None}
    assert {row.code: row.tail for row in held.rows if row.rank} == {
        "A": (0, 2, 0, 0),
        "B": (0, 0, 0, 1),
    }


def test_equal_tails_share_a_rank(opened) -> None:
    held = asked(opened(closed("A", 40, "A1", 10) + closed("B", 30, "B1", 10)))
    assert (held.by, ranks(held)) == ("tail", {"A": 1, "B": 1, "C": None})


def test_begun_days_overdue_count_of_closed_and_open_cases(opened) -> None:
    # Closed 1 h late: a day. Open since hour 25 at hour 600: 575 h, 24 days begun.
    cases = closed("A", 40, "A1", 25)
    cases += [Case("O", "reported 0, accepted 1 due 25", "B1"), *closed("B", 39, "B1", 10)]
    site = opened(cases)
    scope = read_scope(site, {"days": "30"}, at(NOW))
    found = measure(site, [BY_KEY["late_days"]], scope, "grid", as_of=at(NOW)).figures["late_days"]
    assert {code: found[code].n for code in "ABC"} == {"A": 40, "B": 24, "C": 0}
