"""Scores of departments: each part worked out by hand, and no total where a part is missing."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES
from hand_town import AS_OF, scope_of
from small_town import Case, found_town

from queries.scores import department_scores, grade_of, volume_points
from queries.site import Site

DONE = "reported {0}, accepted {0} due {1}, dispatched {0}.1, checked {2}, closed {2}"
CASES = (
    *(Case(f"w{n}", DONE.format(n, n + 24, n + 5)) for n in range(3)),
    # Late, and reworked.
    Case("w4", "reported 1, accepted 1 due 25, checked 30, rework 31, checked 40, closed 41"),
    # The police: one case, overdue, never checked.
    Case("p1", "reported 1, accepted 1 due 25", department="police"),
)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = found_town(request.param, tmp_path_factory.mktemp("scores"), "scores")
    town.take(CASES, now=228)
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def test_a_score_is_the_weighted_sum_of_its_parts(site):
    works = department_scores(site, scope_of(site), as_of=AS_OF)["works"]
    # 4 cases: 100 points. Closed 4/4, on time 3/4, 1 of 4 checked was reworked.
    assert [part.points for part in works.parts] == [100, 100, 75, 75]
    assert [part.weight for part in works.parts] == [0.1, 0.3, 0.3, 0.3]
    assert (works.n, works.total, works.grade) == (4, pytest.approx(85), "B")


def test_without_one_part_there_is_no_total(site):
    police = department_scores(site, scope_of(site), as_of=AS_OF)["police"]
    assert [part.points for part in police.parts] == [100, 0, 0, None]
    assert (police.total, police.grade) == (None, None)


def test_who_was_given_nothing_is_not_scored(site):
    assert set(department_scores(site, scope_of(site), as_of=AS_OF)) == {"works", "police"}


@pytest.mark.parametrize(
    ("accepted", "points"),
    [(0, 100), (50, 100), (51, 90), (100, 90), (101, 75), (500, 60), (999, 40), (1000, 0)],
)
def test_points_for_the_number_of_cases(accepted, points):
    assert volume_points(accepted) == points


@pytest.mark.parametrize(
    ("total", "grade"),
    [(100, "A"), (90, "A"), (89.99, "B"), (75, "B"), (60, "C"), (40, "D"), (39.99, "E"), (0, "E")],
)
def test_grades(total, grade):
    assert grade_of(total) == grade
