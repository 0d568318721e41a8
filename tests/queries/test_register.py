"""Counts of persons, households, dwellings and legal entities, and the make-up of the population."""

import threading
import time
from collections.abc import Iterator

import pandas as pd
import pytest
from conftest import ENGINES, NOW, City
from demo_scopes import few, questions
from hypothesis import given
from hypothesis import strategies as st
from small_town import Town, at, found_town
from sqlalchemy import func, select

from data import bulk
from data.population_tables import (
    area_population,
    house,
    household,
    legal_entity,
    person,
    population_setting,
    population_version,
    tag,
    tag_assignment,
)
from queries.map_values import map_values
from queries.measure import CannotMeasure, measure
from queries.metrics import BY_KEY
from queries.people import band_name, make_up
from queries.protect_apart import protect_apart
from queries.protected import SMALLEST
from queries.register import basis
from queries.scope import Scope, read_scope
from queries.site import Site
from queries.told_tags import open_tags

TABLES = {
    "population": person,
    "households": household,
    "houses": house,
    "legal_entities": legal_entity,
}
RECORDS = tuple(BY_KEY[key] for key in TABLES)
HOMES = ["A1"] * 6 + ["A2"] * 3 + ["B1"] * 5 + ["A"] * 2 + [None] + ["gone"]
"""Where the eighteen persons of the small town live: two are known to a district only."""

TOLD_TAGS = (
    "户籍 自住房 流动 在职职工 出租房 工会会员 灵活就业 老旧小区改造 志愿者 个体经营者 小微企业 二次供水改造"
).split()
"""Of the demo city of seed 1, the most frequent first; 退休人员 is none, for few of those who could be are not."""


@pytest.fixture(scope="module")
def demo(city: City) -> Iterator[Site]:
    site = city.site(is_exact=True)
    yield site
    site.case.dispose()
    site.population.dispose()


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    town = found_town(request.param, tmp_path, "register")
    rows = pd.DataFrame({"grid_code": pd.Series(HOMES, dtype=object)})
    rows["person_id"] = range(1, len(rows) + 1)
    rows["household_id"] = 1
    rows["sex"] = ["male"] * 14 + ["female"] * 4
    rows["birth_year"] = [2020, 2012] + [1990] * 9 + [1960] * 6 + [1940]
    rows["residence_kind"] = "户籍"
    with town.population.begin() as connection:
        bulk.insert(connection, person, rows)
    yield town
    town.close()


def exact(town: Town) -> Site:
    """The town as a program sees it that holds figures against records."""
    return town.city.site(at(0), is_exact=True)


def counts(site: Site, key: str, scope: Scope, by: str | None = None, level: int | None = None):
    answer = measure(site, [BY_KEY[key]], scope, by, as_of=at(0), level=level)
    return {name: figure.n for name, figure in answer.figures[key].items()}


def test_records_count_in_their_grid_and_those_without_one_in_the_whole(town):
    site = exact(town)
    top = read_scope(site, {}, at(0))
    assert counts(site, "population", top) == {None: 18}
    assert counts(site, "population", top, "grid") == {"A": 11, "B": 5, "C": 0, "": 2}
    assert counts(site, "population", top, "grid", 2) == {"A1": 6, "A2": 3, "B1": 5, "": 4}
    inside = top.at(top.tree.by_code["A"])
    assert counts(site, "population", inside) == {None: 11}
    assert counts(site, "population", inside, "grid") == {"A1": 6, "A2": 3, "": 2}


def test_records_of_a_district_lie_in_no_grid_of_the_other_tree(town):
    site = exact(town)
    top = read_scope(site, {"hierarchy": "patrol"}, at(0))
    assert counts(site, "population", top, "grid") == {"P": 11, "Q": 3, "": 4}


def test_published_totals_stand_in_where_there_is_no_register(town):
    totals = pd.DataFrame({"grid_code": ["A1", "A2", "B1"], "population": [0.1, 1000.2, 30.3]})
    with town.population.begin() as connection:
        connection.execute(population_setting.insert().values(key="basis", value="area"))
        bulk.insert(connection, area_population, totals.assign(households=[None, 400.0, 12.0]))
    site = town.city.site(at(0))
    top = read_scope(site, {}, at(0))
    assert basis(site) == "area"
    assert counts(site, "population", top)[None] == pytest.approx(1030.6)
    by_grid = counts(site, "population", top, "grid")
    assert by_grid == pytest.approx({"A": 1000.3, "B": 30.3, "C": 0, "": 0}, abs=1e-9)
    assert counts(site, "households", top) == {None: 412}
    assert counts(site, "houses", top) == {None: 0}


def test_where_nobody_has_told_the_number_it_is_none_and_not_nought(town):
    with town.population.begin() as connection:
        connection.execute(population_setting.insert().values(key="basis", value="area"))
    site = town.city.site(at(0))
    top = read_scope(site, {}, at(0))
    for key in ("population", "households"):
        answer = measure(site, [BY_KEY[key]], top, as_of=at(0)).total(key)
        assert (answer.n, answer.value) == (None, None)
        assert counts(site, key, top, "grid") == {"A": None, "B": None, "C": None, "": None}
    inside = top.at(top.tree.by_code["A"])
    assert counts(site, "population", inside, "grid") == {"A1": None, "A2": None, "": None}
    # A list of dwellings is one of records: that it is empty is known.
    assert counts(site, "houses", top) == {None: 0}
    shown = map_values(site, BY_KEY["population"], top, 1, as_of=at(0))
    assert shown.shades == (-1, -1, -1)
    assert shown.breaks == ()


def test_totals_of_residents_without_households_leave_those_unknown(town):
    totals = pd.DataFrame({"grid_code": ["A1"], "population": [40.0], "households": [None]})
    with town.population.begin() as connection:
        connection.execute(population_setting.insert().values(key="basis", value="area"))
        bulk.insert(connection, area_population, totals)
    site = town.city.site(at(0))
    top = read_scope(site, {}, at(0))
    assert counts(site, "population", top, "grid") == {"A": 40, "B": 0, "C": 0, "": 0}
    assert counts(site, "households", top) == {None: None}


def test_a_change_of_the_register_shows_when_its_version_counts_up(town):
    site = exact(town)
    top = read_scope(site, {}, at(0))
    assert counts(site, "population", top) == {None: 18}
    with town.population.begin() as connection:
        connection.execute(person.delete().where(person.c.grid_code == "B1"))
        connection.execute(
            population_version.insert().values(part="population", version=7, changed_at=0)
        )
    later = exact(town)
    assert counts(later, "population", top) == {None: 13}


def test_cells_of_fewer_than_five_are_withheld_and_none_is_none(town):
    site = town.city.site(at(0))
    top = read_scope(site, {}, at(0))
    found = make_up(site, top)
    # It is 2026: 6 and 14, nine of 36, six of 66, one of 86.
    assert told(found.ages) == {"0–14": "<5", "15–59": "9", "60–79": "<10", "80+": "<10"}
    assert told(found.sexes) == {"female": "<5", "male": "…"}
    assert told(found.residence) == {"户籍": "18"}
    assert found.entities == {}
    # Three live there: not even of what sex they are not.
    assert told(make_up(site, top.at(top.tree.by_code["A2"])).sexes) == {
        "female": "…",
        "male": "…",
    }


def test_a_total_of_fewer_than_five_is_hidden_with_one_that_would_tell_it(town):
    site = town.city.site(at(0))
    top = read_scope(site, {}, at(0))
    answer = measure(site, [BY_KEY["population"]], top, "grid", as_of=at(0), level=2)
    figures = answer.figures["population"]
    assert {code: f.hidden for code, f in figures.items()} == {
        "A1": "",
        "A2": "<5",
        "B1": "",
        "": "…",
    }
    for code in ("A2", ""):
        hidden = figures[code]
        assert (hidden.n, hidden.d, hidden.value) == (None, None, None)
    assert figures["A1"].n == 6
    assert measure(site, [BY_KEY["population"]], top, as_of=at(0)).total("population").n == 18


def test_a_hierarchy_that_people_are_not_counted_by_tells_nothing_new(town):
    site = town.city.site(at(0))
    top = read_scope(site, {"hierarchy": "patrol"}, at(0))
    answer = measure(site, [BY_KEY["population"]], top, "grid", as_of=at(0))
    assert {code: f.hidden for code, f in answer.figures["population"].items()} == {
        "P": "",
        "Q": "…",
        "": "…",
    }


def test_nothing_is_told_until_it_is_prepared_apart(town, monkeypatch):
    apart = []
    monkeypatch.setattr(
        "queries.protected.protect_apart", lambda *a, **o: apart.append(a) or protect_apart(*a, **o)
    )
    site = town.city.site(at(0))
    gate = threading.Event()
    site.prepared.begin()
    site.prepared.get("first", 0, gate.wait)
    top = read_scope(site, {}, at(0))
    assert measure(site, [BY_KEY["population"]], top, as_of=at(0)).total("population").hidden == "…"
    found = make_up(site, top)
    assert not found.is_ready and not any(one.value for one in found.sexes.values())
    gate.set()
    begun = time.monotonic()
    while not make_up(site, top).is_ready:
        assert time.monotonic() - begun < 20
        time.sleep(0.02)
    assert told(make_up(site, top).residence) == {"户籍": "18"}
    assert measure(site, [BY_KEY["population"]], top, as_of=at(0)).total("population").n == 18
    assert len(apart) >= 5


def told(cells) -> dict[str, str]:
    return {value: one.text for value, one in cells.items()}


def test_age_bands_are_named_by_their_ends():
    assert [band_name(0, 14), band_name(80, 200)] == ["0–14", "80+"]


@few
@given(data=st.data())
def test_the_grids_below_and_what_lies_in_none_of_them_are_the_whole_register(demo, data):
    scope, as_of = data.draw(questions(demo, filtered=False))
    whole = measure(demo, RECORDS, scope, as_of=as_of)
    for level in range(scope.grid.level + 1, scope.tree.deepest() + 1):
        below = measure(demo, RECORDS, scope, "grid", as_of=as_of, level=level)
        for metric in RECORDS:
            figures = below.figures[metric.key].values()
            assert sum(f.n for f in figures) == whole.total(metric.key).n
            assert min(f.n for f in figures) >= 0


@few
@given(data=st.data())
def test_a_grid_has_the_records_of_its_subtree(demo, data):
    scope, as_of = data.draw(questions(demo, filtered=False))
    codes = [grid.code for grid in scope.tree.subtree(scope.grid)]
    answer = measure(demo, RECORDS, scope, as_of=as_of)
    for key, table in TABLES.items():
        statement = select(func.count()).select_from(table)
        if scope.grid.level:
            statement = statement.where(table.c.grid_code.in_(codes))
        with demo.population.connect() as connection:
            assert answer.total(key).n == connection.execute(statement).scalar_one()


@few
@given(data=st.data())
def test_no_cell_of_the_make_up_gives_away_fewer_than_five(demo, data):
    scope, _ = data.draw(questions(demo, filtered=False))
    found = make_up(demo, scope)
    cells = [*found.ages.values(), *found.sexes.values(), *found.residence.values()]
    cells += [*found.entities.values(), *(one.shown for one in open_tags(demo, scope))]
    assert all(one.value is None or one.value == 0 or one.value >= SMALLEST for one in cells)


def test_only_open_tags_are_counted(demo):
    top = read_scope(demo, {}, NOW)
    with demo.population.connect() as connection:
        names = {
            row.name: row.n
            for row in connection.execute(
                select(tag.c.name, func.count().label("n"))
                .join(tag_assignment, tag_assignment.c.tag_id == tag.c.tag_id)
                .where(tag.c.sensitivity == 0)
                .where(tag.c.class_name.not_in(("年龄", "老年关爱", "结构安全")))
                .group_by(tag.c.name)
            )
        }
    listed = open_tags(demo, top)
    assert [one.name.zh for one in listed] == TOLD_TAGS
    for one in listed:
        assert one.shown.value in (names[one.name.zh], None)
    most = [names[one.name.zh] for one in listed]
    assert most == sorted(most, reverse=True), "the most frequent first"


@pytest.mark.parametrize("by", ["day", "source", "category", "department"])
def test_records_have_no_dimension_but_the_grid(demo, by):
    with pytest.raises(CannotMeasure, match=rf"population.*{by}"):
        measure(demo, [BY_KEY["population"]], read_scope(demo, {}, NOW), by, as_of=NOW)


@pytest.mark.parametrize("name", ["source", "category", "department"])
def test_records_take_no_filter_of_cases(demo, name):
    words = {"source": demo.sources, "category": demo.categories, "department": demo.departments}
    scope = read_scope(demo, {name: next(iter(words[name]()))}, NOW)
    with pytest.raises(CannotMeasure, match="filter"):
        measure(demo, [BY_KEY["houses"]], scope, as_of=NOW)
