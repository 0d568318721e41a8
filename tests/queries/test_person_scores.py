"""Scores of persons worked out by hand from tests/queries/seat_town.py; what withholds a total."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ENGINES
from hand_town import scope_of
from seat_town import NOON, seat_town
from small_town import at

from data.errors import SetupError
from queries.person_scores import person_scores
from queries.scores import Score
from queries.site import Site

AS_OF = at(NOON)


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Site]:
    town = seat_town(request.param, tmp_path_factory.mktemp("seats"), "seats")
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def scores(site: Site, role: str, as_of: int = AS_OF, **parts: str) -> dict[str, Score]:
    return person_scores(site, role, scope_of(site, as_of, **parts), as_of=as_of)


def counts(score: Score) -> dict[str, tuple[Any, Any]]:
    """n and d of each part."""
    return {part.key: (part.figure.n, part.figure.d) for part in score.parts}


def test_a_supervisor(site):
    found = scores(site, "supervisor")
    assert set(found) == {"A1-01", "X-9"}
    score = found["A1-01"]
    assert counts(score) == {
        "valid_reports": (1, 2),  # r1 of r1 and r2; r3 is not decided
        "not_missed": (1, 4),  # one missed against r1, r2, r3
        "verified_in_time": (3, 4),  # h2 took 45 minutes; h3 24 from its sending
        "checked_in_time": (2, 2),  # h2 was sent out late, and then checked within an hour
    }
    # 0.4 × 50 + 0.2 × (100 − 25) + 0.2 × 75 + 0.2 × 100
    assert (score.total, score.grade) == (pytest.approx(70), "C")
    assert score.n == 8


def test_an_acceptor(site):
    found = scores(site, "acceptor")
    first, second = found["SL-1"], found["SL-2"]
    assert counts(first) == {
        "volume": (3, 3),  # h1, sent out twice, counts once; h2; h4
        "verify_sent_in_time": (2, 3),  # h4 waited 36 minutes
        "check_sent_in_time": (1, 1),
    }
    # 0.25 × 100 + 0.4 × 66.67 + 0.35 × 100
    assert (first.total, first.grade) == (pytest.approx(86.6667, abs=1e-3), "B")
    assert counts(second) == {
        "volume": (2, 3),  # the busiest has three
        "verify_sent_in_time": (1, 1),
        "check_sent_in_time": (0, 1),  # five hours after the handling
    }
    # 0.25 × 66.67 + 0.4 × 100 + 0
    assert (second.total, second.grade) == (pytest.approx(56.6667, abs=1e-3), "D")


def test_a_shift_lead(site):
    found = scores(site, "shift_lead")
    # What A1-01 closed was settled on the spot.
    assert set(found) == {"ZB-1"}
    assert counts(found["ZB-1"]) == {
        "filed_in_time": (4, 5),  # h2 90 minutes after it was verified
        "filed_right": (4, 5),  # h3 was cancelled
        "closed_in_time": (1, 2),  # h1, not h2; r1 has no deadline
    }
    # 0.25 × 80 + 0.4 × 80 + 0.35 × 50
    assert (found["ZB-1"].total, found["ZB-1"].grade) == (pytest.approx(69.5), "C")


def test_a_returned_case_counts_against_its_dispatcher(site):
    found = scores(site, "dispatcher")
    assert counts(found["PQ-1"]) == {
        "volume": (3, 3),
        "dispatched_in_time": (2, 3),  # h2 after 90 minutes
        "dispatched_right": (2, 3),  # h1 came back once
    }
    # 0.2 × 100 + 0.4 × 66.67 + 0.4 × 66.67
    assert (found["PQ-1"].total, found["PQ-1"].grade) == (pytest.approx(73.3333, abs=1e-3), "C")
    # 0.2 × 33.33 + 0.4 × 100 + 0.4 × 100
    assert found["PQ-2"].total == pytest.approx(86.6667, abs=1e-3)


def test_a_parked_case_does_not_wait_for_its_dispatcher(site):
    assert counts(scores(site, "dispatcher")["PQ-4"])["dispatched_in_time"] == (1, 1)


def test_a_stage_without_a_limit_has_no_figure_and_the_breakdown_stays(site):
    score = scores(site, "dispatcher")["PQ-3"]
    assert counts(score) == {
        "volume": (1, 3),
        "dispatched_in_time": (0, 0),
        "dispatched_right": (1, 1),
    }
    assert [part.points for part in score.parts] == [pytest.approx(33.3333, abs=1e-3), None, 100]
    assert (score.total, score.grade) == (None, None)


def test_who_dispatched_nothing_in_the_area_is_not_scored(site):
    assert set(scores(site, "dispatcher", grid="B")) == {"PQ-3", "PQ-4"}
    assert scores(site, "dispatcher", grid="C") == {}
    # The busiest of the area, not of the town.
    assert counts(scores(site, "dispatcher", grid="B")["PQ-3"])["volume"] == (1, 1)


@pytest.mark.parametrize(
    ("hour", "dispatches", "right"),
    [(11.25, None, None), (11.75, (1, 1), (1, 1)), (12.25, (1, 1), (0, 1)), (13, (2, 2), (1, 2))],
    ids=["before the dispatch", "before the return", "returned", "sent again"],
)
def test_only_what_is_done_by_then_counts(site, hour, dispatches, right):
    found = scores(site, "dispatcher", at(hour)).get("PQ-1")
    told = None if found is None else counts(found)
    assert (told and told["volume"], told and told["dispatched_right"]) == (dispatches, right)


def test_steps_outside_the_period_do_not_count(site):
    # The first day: r1 was closed and h1 dispatched, h2 came in the evening and was filed at 22:30.
    first = scores(site, "shift_lead", from_="2026-03-02", to="2026-03-02")["ZB-1"]
    assert counts(first)["filed_right"] == (3, 3)
    assert counts(first)["closed_in_time"] == (1, 1)


def test_what_the_grid_missed_has_no_figure_without_a_post_or_with_a_filter(site):
    unplaced = scores(site, "supervisor")["X-9"]
    filtered = scores(site, "supervisor", source="hotline")["A1-01"]
    assert counts(unplaced)["checked_in_time"] == (1, 1)
    for score in (unplaced, filtered):
        assert counts(score)["not_missed"] == (None, None)
        assert (score.total, score.grade) == (None, None)


def test_the_grid_of_a_post_is_that_of_the_area_itself(site):
    assert counts(scores(site, "supervisor", grid="A1")["A1-01"])["not_missed"] == (1, 4)


def weighed(folder: Path, name: str, held: Any) -> Site:
    return seat_town("sqlite", folder, name, held).city.site(AS_OF)


def test_a_site_sets_its_own_weights(tmp_path):
    only_right = {"volume": 0, "dispatched_in_time": 0, "dispatched_right": 100}
    own = weighed(tmp_path, "own", {"dispatcher": only_right})
    found = scores(own, "dispatcher")
    assert found["PQ-1"].total == pytest.approx(66.6667, abs=1e-3)
    # What weighs nothing cannot withhold the total; other roles keep the usual weights.
    assert found["PQ-3"].total == 100
    assert scores(own, "supervisor")["A1-01"].total == pytest.approx(70)


@pytest.mark.parametrize(
    ("held", "named"),
    [
        ({"dispatcher": {"volume": 20, "dispatched_in_time": 40, "dispatched_right": 50}}, "110"),
        ({"dispatcher": {"volume": 100}}, "dispatched_in_time"),
        ({"boss": {}}, "scores.boss"),
        (
            {"dispatcher": {"volume": "20", "dispatched_in_time": 40, "dispatched_right": 40}},
            "'20'",
        ),
        ([], "no table"),
    ],
)
def test_weights_that_cannot_be_are_named(tmp_path, held, named):
    with pytest.raises(SetupError, match=named):
        weighed(tmp_path, "bad", held).facts()
