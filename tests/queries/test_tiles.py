"""Figures from tiles are the figures of the raw query, whatever is asked."""

from collections.abc import Iterator

import pytest
from conftest import ENGINES, NOW, City, addresses
from demo_scopes import few, questions
from hand_town import COUNTED
from hypothesis import given
from hypothesis import strategies as st
from rezoned_town import AS_OF_HOUR, rezoned_town
from small_town import at
from sqlalchemy import func, select

from data.days import day_start
from data.demo.build import build_demo
from data.engines import CASE, engine_for
from data.histograms import BOUND, EXACT_BELOW, UNIT
from data.tiles.build import build
from data.tiles.tables import (
    ALL,
    CATEGORY,
    DEPARTMENT,
    HISTOGRAM,
    NOWHERE,
    SOURCE,
    Set,
    case_turn,
    tile_state,
)
from data.versions import bump
from queries import durations, held_cases
from queries import measure as measuring
from queries.data_quality import data_quality
from queries.held_states import Stretch
from queries.kept_sums import kept_sums
from queries.measure import measure
from queries.metrics import BY_KEY, METRICS
from queries.question import DIMENSIONS
from queries.scope import read_scope
from queries.site import Site
from queries.tile_cuts import tiles_of

ZONE = "Asia/Shanghai"
KEPT = [Set(NOWHERE, 0, dim) for dim in (ALL, SOURCE, CATEGORY, DEPARTMENT, HISTOGRAM)]
KEPT += [
    Set(tree, level, dim)
    for tree in (1, 2)
    for level in (1, 2, 3)
    for dim in (ALL, SOURCE, HISTOGRAM)
]
FLOWS = tuple(metric for metric in COUNTED if metric.clock != "stock")


@pytest.fixture(scope="module", params=ENGINES)
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp(f"tiles-{request.param}")
    case_url, population_url = addresses(request.param, folder, "tiles")
    plan = folder / "plan.sqlite"
    build_demo(case_url, population_url, size="small", seed=2, now=NOW, plan_path=plan)
    engine = engine_for(case_url, CASE, writable=True)
    with engine.begin() as connection:
        build(connection, ZONE, NOW, sets=KEPT)
    engine.dispose()
    return City(case_url, population_url, folder)


@pytest.fixture(scope="module")
def site(city: City) -> Iterator[Site]:
    opened = city.site()
    yield opened
    opened.case.dispose()
    opened.population.dispose()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each clock asked about, whether tiles answered."""
    seen: list[bool] = []

    def asked(*arguments):
        answer = kept_sums(*arguments)
        seen.append(answer is not None)
        return answer

    monkeypatch.setattr(measuring, "kept_sums", asked)
    return seen


@pytest.fixture(scope="module")
def plain(city: City) -> Iterator[Site]:
    """The same city, asked without tiles."""
    opened = city.site()
    opened.uses_tiles = False
    yield opened
    opened.case.dispose()
    opened.population.dispose()


def told(figures):
    """What is there of a metric; keys of nothing may or may not be named."""
    return {key: figure for key, figure in figures.items() if figure.n or figure.d}


def assert_alike(site, plain, metrics, scope, by, as_of, level=None):
    kept, raw = (
        measure(one, metrics, scope, by, as_of=as_of, level=level).figures for one in (site, plain)
    )
    assert {key: told(figures) for key, figures in kept.items()} == {
        key: told(figures) for key, figures in raw.items()
    }


@few
@given(data=st.data())
def test_any_question_is_answered_alike(site, plain, data):
    scope, as_of = data.draw(questions(site))
    by = data.draw(st.sampled_from([None, *DIMENSIONS]))
    level = None
    if by == "grid" and scope.grid.level == scope.tree.deepest():
        by = None
    if by == "grid":
        level = data.draw(st.integers(scope.grid.level + 1, scope.tree.deepest()))
    assert_alike(site, plain, FLOWS if by == "day" else COUNTED, scope, by, as_of, level)


@pytest.mark.parametrize("by", [None, "grid", "source", "category", "department", "day"])
@pytest.mark.parametrize("days_ago", [0, 0.3, 1, 45, -3])
def test_tiles_answer_the_questions_they_are_for(site, plain, answered, by, days_ago):
    as_of = NOW - round(days_ago * 86_400)
    scope = read_scope(site, {"days": "90"}, as_of)
    assert_alike(site, plain, FLOWS if by == "day" else COUNTED, scope, by, as_of)
    assert answered.count(True) >= 5


def test_a_site_that_goes_by_the_cases_asks_no_tiles(plain, answered):
    scope = read_scope(plain, {"days": "31"}, NOW)
    measure(plain, COUNTED, scope, as_of=NOW - 1)
    assert not any(answered)


@pytest.mark.parametrize("zoning", ["reported", "now"])
@pytest.mark.parametrize("engine", ENGINES)
def test_where_grids_have_moved_tiles_answer_alike_or_not_at_all(tmp_path, engine, zoning):
    """A2 lay below A when its cases were reported and lies below B today; A1 is no more."""
    town = rezoned_town(engine, tmp_path, "tilezoning")
    dims = (ALL, SOURCE, CATEGORY, DEPARTMENT)
    sets = [Set(NOWHERE, 0, dim) for dim in dims]
    sets += [Set(tree, level, dim) for tree in (1, 2) for level in (1, 2, 3) for dim in dims]
    with town.case.begin() as connection:
        build(connection, ZONE, NOW, sets=sets)
    as_of = at(AS_OF_HOUR)
    kept, raw = town.city.site(as_of), town.city.site(as_of)
    raw.uses_tiles = False
    for code, _ in kept.hierarchies():
        tree = kept.tree(code)
        for grid in tree.order:
            parts = {"hierarchy": code, "grid": grid.code, "days": "400"}
            scope = read_scope(kept, parts | ({"zoning": "now"} if zoning == "now" else {}), as_of)
            assert_alike(kept, raw, COUNTED, scope, None, as_of)
            for level in range(grid.level + 1, tree.deepest() + 1):
                assert_alike(kept, raw, COUNTED, scope, "grid", as_of, level)
    for opened in (kept, raw):
        opened.case.dispose()
        opened.population.dispose()
    town.close()


@pytest.mark.parametrize("days_ago", [0, 0.4, 30])
@pytest.mark.parametrize("by", [None, "grid"])
@pytest.mark.parametrize("metric", [m for m in METRICS if m.quantile], ids=lambda m: m.key)
def test_quantiles_of_many_cases_come_from_buckets_within_their_bound(
    site, plain, monkeypatch, metric, by, days_ago
):
    as_of = NOW - round(days_ago * 86_400)
    scope = read_scope(site, {"days": "390"}, as_of)
    monkeypatch.setattr(durations, "EXACT_BELOW", 1)
    kept, raw = (
        measure(one, [metric], scope, by, as_of=as_of + 1).figures[metric.key]
        for one in (site, plain)
    )
    for key, exact in raw.items():
        told = kept[key]
        assert told.n == exact.n
        assert (told.value is None) == (exact.value is None)
        if exact.value is None or exact.n < 200:
            continue  # between few cases lie gaps that no bucket knows of
        assert told.about
        assert abs(told.value - exact.value) <= max(BOUND * exact.value, UNIT / 3600)


def test_quantiles_of_few_cases_are_exact(site):
    scope = read_scope(site, {"days": "2"}, NOW)
    figure = measure(site, [BY_KEY["handling_median"]], scope, as_of=NOW).total("handling_median")
    assert 0 < figure.n < EXACT_BELOW
    assert not figure.about


def test_tiles_of_another_catalogue_are_not_gone_by(city):
    engine = engine_for(city.case_url, CASE, writable=True)
    with engine.begin() as connection:
        held = connection.execute(select(tile_state.c.value)).scalar()
        connection.execute(tile_state.update().values(value="somebody else's"))
        bump(connection, "tiles", NOW)
    opened = city.site()
    assert tiles_of(opened) is None
    opened.case.dispose()
    with engine.begin() as connection:
        connection.execute(tile_state.update().values(value=held))
        bump(connection, "tiles", NOW)
    opened = city.site()
    assert tiles_of(opened) is not None
    opened.case.dispose()
    engine.dispose()


def test_before_the_first_case_nothing_is_looked_for(site, plain):
    scope = read_scope(site, {"from": "2001-01-01", "to": "2001-01-09"}, NOW)
    early = 978_600_000  # 4 January 2001
    site.look()
    assert_alike(site, plain, (*COUNTED, BY_KEY["late_days"]), scope, None, early)
    with site.case.connect() as connection:
        first = day_start(connection.execute(select(func.min(case_turn.c.day))).scalar_one(), ZONE)
        for until, before in ((first, True), (first + 1, False), (NOW, False)):
            stretch = Stretch(0, 1, until - 3600, until)
            assert held_cases._is_before_all(site, connection, stretch) is before
            assert not held_cases._is_before_all(plain, connection, stretch)


@few
@given(data=st.data())
def test_what_is_remarked_is_counted_alike(site, plain, data):
    scope, as_of = data.draw(questions(site))
    assert data_quality(site, scope, as_of=as_of) == data_quality(plain, scope, as_of=as_of)


def test_remarks_are_looked_for_once_for_all_grids_and_periods(site, monkeypatch):
    searched = []
    monkeypatch.setattr(
        "queries.data_quality._looked_for", lambda *asked: searched.append(asked) or {}
    )
    site.remarked_states.clear()
    tree, told = site.tree(), []
    for grid in (tree.top, *tree.at_level(tree.top, 1)):
        scope = read_scope(site, {"grid": grid.code, "days": "90"}, NOW)
        told.append(data_quality(site, scope, as_of=NOW - 5))
    assert not searched and any(sum(one.faults.values()) for one in told)
    assert len(site.remarked_states._held) == 1
