"""A site: what it says of itself, what it keeps in memory and when it looks again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from conftest import ENGINES
from hand_town import AS_OF, CASE_METRICS, CASES, NOON, scope_of
from small_town import DEPARTMENTS, SOURCES, ZONE, Town, at, found_town, grids
from sqlalchemy import Engine, event

from data.case_tables import site_setting
from data.grid_writing import write_hierarchy
from queries import site as site_module
from queries.cases import behind, one_case
from queries.geometry import outlines
from queries.map_values import map_values
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    town = found_town(request.param, tmp_path, "site")
    yield town
    town.close()


@pytest.fixture
def site(town: Town) -> Iterator[Site]:
    site = town.city.site(AS_OF)
    yield site
    site.case.dispose()
    site.population.dispose()


def statements(engine: Engine) -> list[str]:
    """The statements that an engine is asked from now on."""
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    return asked


def test_a_site_says_who_and_where_it_is(site):
    facts = site.facts()
    assert (facts.name, facts.zone, facts.demo) == (("示范镇", "Sample Town"), ZONE, False)
    assert [period.key for period in facts.periods] == ["week"]
    assert [code for code, _ in site.hierarchies()] == ["area", "patrol"]
    assert site.tree("nowhere") is None
    assert (list(site.sources()), list(site.departments())) == (
        list(SOURCES),
        sorted(DEPARTMENTS),
    )
    assert site.categories()["road"].group == ("市容", "Street")


def test_a_setting_that_is_an_empty_text_does_no_harm(town, site):
    with town.case.begin() as connection:
        connection.execute(site_setting.insert().values(key="note", value=""))
    assert site.facts().zone == ZONE


def test_a_clock_that_stands_still_counts_in_ticks(town):
    site = town.city.site(AS_OF + 14)
    assert (site.clock.now(), site.as_of()) == (AS_OF + 14, AS_OF)


def test_the_same_question_again_asks_the_database_for_nothing_but_the_version(town, site):
    town.take(CASES, now=NOON)
    scope = scope_of(site)
    first = measure(site, CASE_METRICS, scope, "grid", as_of=AS_OF)
    asked = statements(site.case)
    assert measure(site, CASE_METRICS, scope, "grid", as_of=AS_OF) is first
    assert all("data_version" in statement for statement in asked)


def test_new_cases_show_when_the_version_is_looked_at_again(town, site, monkeypatch):
    scope = scope_of(site)
    assert measure(site, [BY_KEY["open"]], scope, as_of=AS_OF).total("open").n == 0
    town.take(CASES, now=NOON)
    monkeypatch.setattr(site_module, "LOOK_UP_SECONDS", -1)
    assert measure(site, [BY_KEY["open"]], scope, as_of=AS_OF).total("open").n == 6
    assert site.changed_at() == at(NOON)


def test_what_is_kept_is_made_once_for_a_version_however_many_ask(site):
    made: list[int] = []
    together = Barrier(6)

    def ask(version: int) -> int:
        together.wait(10)
        return site.keep("thing", version, lambda: made.append(version) or version)

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(ask, [1] * 6)) == {1}
        assert set(threads.map(ask, [2] * 6)) == {2}
    assert made == [1, 2]


def test_a_case_that_has_no_path_in_a_tree_lies_in_none_of_its_grids(town, site):
    """A tree that is loaded after the cases: parent = Σ children + 未落格 (domain.md §2.2)."""
    town.take(CASES, now=NOON)
    with town.case.begin() as connection:
        write_hierarchy(
            connection,
            grids("patrol"),
            code="later",
            name="后加",
            name_en="Later",
            level_names=[],
            scheme="later",
            is_default=False,
        )
    scope = scope_of(site, hierarchy="later")
    answer = measure(site, [BY_KEY["open"]], scope, "grid", as_of=AS_OF).figures["open"]
    assert measure(site, [BY_KEY["open"]], scope, as_of=AS_OF).total("open").n == 6
    assert {key: figure.n for key, figure in answer.items()} == {"P": 0, "Q": 0, "": 6}
    listed = behind(site, BY_KEY["open"], "top", scope, as_of=AS_OF)
    assert listed.total == len(listed.rows) == 6
    assert one_case(site, "07", scope, as_of=AS_OF) is not None


def test_a_map_has_the_value_of_every_grid_and_hides_what_has_none(town, site):
    town.take(CASES, now=NOON)
    scope = scope_of(site)
    shown = map_values(site, BY_KEY["on_time_rate"], scope, 2, as_of=AS_OF)
    # A1: 01, 05, 21 in time; 02 late, 07 overdue. A2: 03, 04, 20 in time. B1: 17 in time.
    assert shown.codes == ("A1", "A2", "B1")
    assert [(f.n, f.d) for f in shown.figures] == [(3, 5), (3, 3), (1, 1)]
    assert (shown.breaks, shown.lowest) == ((60, 100), 60)
    assert shown.shades[0] < shown.shades[1] == shown.shades[2]
    empty = map_values(site, BY_KEY["on_time_rate"], scope, 1, as_of=AS_OF)
    assert (empty.codes, empty.shades[-1]) == (("A", "B", "C"), -1)
    assert empty.figures[-1].value is None
    itself = map_values(site, BY_KEY["open"], scope, 0, as_of=AS_OF)
    assert (itself.codes, itself.figures[0].n) == (("T",), 6)


def test_the_outlines_of_a_map_are_those_of_the_grids_that_have_one(site):
    tree = site.tree()
    assert tree is not None
    text = outlines(site, tree, tree.top, 2).plain.decode()
    assert all(f'"c":"{code}"' in text for code in ("A1", "A2", "B1"))
    assert '"features":[]' in outlines(site, tree, tree.top, 1).plain.decode()
