"""A snapshot is timed whole and in its parts, with nothing remembered from the one before."""

import pytest
from conftest import NOW, City

from benchmarks.large_city import LargeCity
from benchmarks.snapshot import measure_snapshots, open_city, questions_of, snapshot_table
from benchmarks.timing import percentile
from dashboard.server import SCREENS


@pytest.fixture(scope="module")
def large(city: City) -> LargeCity:
    return LargeCity(10_000, city.case_url, city.population_url, city.case_url)


@pytest.fixture(scope="module")
def report(large):
    return measure_snapshots(large, nodes=1, ranges=("1", "all"))


def test_every_screen_level_and_range_is_asked_about(report):
    assert report["snapshot"]["n"] == 3 * 5 * 2
    assert {name: held["n"] for name, held in report["screens"].items()} == {
        "wall": 10,
        "tablet": 10,
        "phone": 10,
    }
    assert set(report["levels"]) == {"0", "1", "2", "3", "4"}
    assert set(report["ranges"]) == {"1", "all"}


def test_no_panel_fails_and_each_is_timed_every_time(report):
    assert report["failed_panels"] == {}
    panels = {f"{screen.key} {panel.key}" for screen in SCREENS for panel in screen.panels}
    assert set(report["panels"]) == panels
    assert {held["n"] for held in report["panels"].values()} == {10}


def test_nothing_is_remembered_from_one_question_to_the_next(report):
    assert max(held["n"] for held in report["answers"].values()) >= 10


def test_what_is_asked_of_the_databases_is_less_than_the_whole(report):
    assert 0 < report["answers_alone"]["p50_ms"] < report["snapshot"]["p50_ms"]
    assert 0 < report["floor"]["select_1_ms"] < report["snapshot"]["p50_ms"]


def test_the_worst_statements_come_with_their_plan(report):
    worst = report["statements"]
    # Both are rounded.
    assert worst[0]["total_ms"] >= worst[0]["worst_ms"] - 1
    assert worst[0]["worst_ms"] > 0
    assert all(one["plan"] for one in worst)
    assert any("case_derived" in step for one in worst for step in one["plan"])


def test_the_same_grids_are_asked_about_in_every_range_and_run(large):
    site = open_city(large)
    asked = list(questions_of(site, 2, ("7", "all")))
    assert asked == list(questions_of(site, 2, ("7", "all")))
    grids = [{q.fragment.split("&")[0] for q in asked if q.range == days} for days in ("7", "all")]
    assert grids[0] == grids[1]
    assert len(grids[0]) == 1 + 2 * 4
    assert all(
        "from=2026" in q.fragment or "from=2025" in q.fragment for q in asked if q.range == "all"
    )


def test_the_table_names_every_screen_and_its_floor(report):
    lines = snapshot_table(report)
    assert "SELECT 1" in lines
    assert all(screen.key in lines for screen in SCREENS)


@pytest.mark.parametrize(("share", "wanted"), [(0.5, 2), (0.95, 4), (0.25, 1), (1, 4)])
def test_a_percentile_is_one_of_the_values(share, wanted):
    assert percentile([3, 1, 4, 2], share) == wanted


def test_the_test_city_stands_at_the_benchmarks_instant():
    from benchmarks import large_city

    assert large_city.NOW == NOW
