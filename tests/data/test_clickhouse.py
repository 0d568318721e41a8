"""On ClickHouse every figure, list and panel is what it is on SQLite.

The engine runs inside this process (chdb): one folder per process, so all its tests are in this file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import NOW, City
from demo_scopes import questions
from drawn import as_json, ask
from hand_town import COUNTED
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rezoned_town import AS_OF_HOUR, rezoned_town
from small_town import Case, Town, at, found_town
from sqlalchemy import Integer, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from test_copy import SETS, odd_city, rows_of, small_city, worth_a_copy
from test_tile_upkeep import SETS as ALL_SETS
from test_tile_upkeep import cases

from benchmarks.large_city import NOW as LARGE_NOW
from benchmarks.large_city import Place, large_city, scratch
from benchmarks.serving import CannotRun
from benchmarks.snapshot import open_city
from dashboard.export import csv_of
from dashboard.panel import Screen
from dashboard.server import SCREENS
from dashboard.view import read_view
from data.bulk import read_arrays
from data.case_tables import case_derived
from data.clock import Clock
from data.copy import follow as following
from data.copy.__main__ import copy, main
from data.copy.ends import METADATA
from data.databases import open_database
from data.dialect import clickhouse_tables
from data.engines import CASE, POPULATION, engine_for
from data.errors import SetupError
from data.tiles.build import build
from data.tiles.tables import ALL, HISTOGRAM, NOWHERE, SOURCE, TILES, Set
from queries.measure import CannotMeasure, measure
from queries.metrics import METRICS
from queries.question import DIMENSIONS
from queries.scope import read_scope
from queries.site import Site
from queries.tile_cuts import tiles_of

ZONE = "Asia/Shanghai"
KEPT = [Set(NOWHERE, 0, dim) for dim in (ALL, SOURCE, HISTOGRAM)]
KEPT += [Set(1, level, ALL) for level in (1, 2)]


@dataclass
class Pair:
    """One city on both engines, opened as the dashboard opens it."""

    here: Site
    there: Site
    address: str

    def close(self) -> None:
        for site in (self.here, self.there):
            site.case.dispose()
            site.population.dispose()


class Store:
    """The folder of this process's ClickHouse; each copy is a database of its own in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0

    def address(self) -> str:
        """An empty database."""
        self.number += 1
        engine = engine_for(f"chdb://{self.folder}", CASE, writable=True)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE copy{self.number}")
        engine.dispose()
        return f"chdb://{self.folder}?database=copy{self.number}"

    def pair(self, city: City, now: int = NOW) -> Pair:
        """The city, and a copy of it."""
        address = self.address()
        assert copy(city.case_url, address) == 0
        population = open_database(city.population_url, POPULATION)
        there = Site(open_database(address, CASE), population, Clock(stopped=now))
        return Pair(city.site(now), there, address)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("clickhouse"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> City:
    return small_city(tmp_path_factory.mktemp("sqlite"), KEPT)


@pytest.fixture(scope="module")
def pair(town: City, store: Store) -> Iterator[Pair]:
    made = store.pair(town)
    yield made
    made.close()


@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_any_question_is_answered_alike(pair, data):
    scope, as_of = data.draw(questions(pair.here))
    by = data.draw(st.sampled_from([None, *DIMENSIONS]))
    assert_alike(pair, scope, by, as_of)


def assert_alike(pair, scope, by, as_of, metrics=METRICS):
    """Every metric that goes with the question, together; and one of those that do not."""
    answered, refused = [], []
    for metric in metrics:
        try:
            measure(pair.here, [metric], scope, by, as_of=as_of)
            answered.append(metric)
        except CannotMeasure:
            refused.append(metric)
    here, there = (
        measure(site, answered, scope, by, as_of=as_of).figures for site in (pair.here, pair.there)
    )
    for key, figures in here.items():
        assert there[key] == figures, key
    for metric in refused[:1]:
        with pytest.raises(CannotMeasure):
            measure(pair.there, [metric], scope, by, as_of=as_of)


@pytest.mark.parametrize("by", [None, "grid", "source"])
@pytest.mark.parametrize("uses_tiles", [True, False])
def test_tiles_and_cases_tell_the_same_there(pair, by, uses_tiles):
    assert tiles_of(pair.there) is not None
    pair.here.uses_tiles = pair.there.uses_tiles = uses_tiles
    as_of = NOW - 1 - uses_tiles  # nothing of the other way is remembered
    try:
        assert_alike(pair, read_scope(pair.here, {"days": "90"}, as_of), by, as_of)
    finally:
        pair.here.uses_tiles = pair.there.uses_tiles = True


def fragments(site: Site) -> list[str]:
    """Addresses of everything that can be unfolded, on grids of all levels."""
    tree = site.tree()
    street, community, leaf = (tree.at_level(tree.top, level)[0].code for level in (1, 2, 3))
    source = next(iter(site.sources()))
    category = next(iter(site.categories()))
    code = site_case(site)
    return [
        "",
        f"#grid={street}&days=90&list=overdue&category={category}",
        f"#grid={community}&days=365&source={source}&list=open",
        f"#grid={leaf}&zoning=now&list=satisfaction.rest&layer=hazards",
        f"#grid={street}&about={street}&colour=satisfaction&level=3&days=7",
        f"#list=supervision_queue&case={code}&lang=en&role=dispatcher&layer=unmanaged",
        "#access=class&find=1",
    ]


def site_case(site: Site) -> str:
    with site.case.connect() as connection:
        return str(connection.execute(text("SELECT MIN(code) FROM case_record")).scalar_one())


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)
def test_every_panel_is_drawn_alike(pair: Pair, screen: Screen) -> None:
    for fragment in fragments(pair.here):
        here, there = (ask(screen, site, fragment) for site in (pair.here, pair.there))
        assert as_json(there.notice) == as_json(here.notice)
        for key, panel in here.panels.items():
            other = there.panels[key]
            assert (other.klass, other.state) == (panel.klass, panel.state), (fragment, key)
            assert as_json(other.contents) == as_json(panel.contents), (fragment, key)


def test_the_list_behind_a_figure_is_taken_along_alike(pair):
    for name in ("open", "overdue", "closure_rate.rest", "satisfaction"):
        told = []
        for site in (pair.here, pair.there):
            view = read_view(site, f"#list={name}&days=90", "")
            told.append(csv_of(site, view, view.listed))
        assert told[0] == told[1]
        assert told[0].count("\n") > 10


def test_where_grids_have_moved_figures_are_alike(tmp_path, store):
    town = rezoned_town("sqlite", tmp_path, "moved")
    with town.case.begin() as connection:
        build(connection, ZONE, NOW, sets=SETS)
    as_of = at(AS_OF_HOUR)
    pair = store.pair(town.city, as_of)
    for code, _ in pair.here.hierarchies():
        tree = pair.here.tree(code)
        for grid in [grid for grid in tree.order if grid.level < tree.deepest()][:3]:
            for more in ({}, {"zoning": "now"}):
                parts = {"days": "400", "hierarchy": code, "grid": grid.code} | more
                assert_alike(pair, read_scope(pair.here, parts, as_of), "grid", as_of, COUNTED)
    pair.close()
    town.close()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Iterator[tuple[Town, str]]:
    """A town where things go on happening, and a copy of it whose tables were made beforehand."""
    town = found_town("sqlite", tmp_path_factory.mktemp("followed"), "town")
    town.take([Case("0", "reported 0, accepted 1 due 25", "A1")], now=2)
    with town.case.begin() as connection:
        build(connection, ZONE, 0, sets=ALL_SETS)
    address = store.address()
    engine = engine_for(address, CASE, writable=True)
    with engine.connect() as connection:
        for metadata in METADATA[CASE]:
            for table in metadata.sorted_tables:
                made = clickhouse_tables(table, sums=table in TILES.values())
                connection.execute(text(*made))
    engine.dispose()
    assert copy(town.city.case_url, address) == 0
    yield town, address
    town.close()


def follow(town: Town, address: str) -> None:
    assert main([town.city.case_url, address, "--follow"]) == 0


def assert_same(town: Town, address: str) -> None:
    """The rows are the source's, and what tiles tell is what the cases tell."""
    before, after = rows_of(town.city.case_url, CASE), rows_of(address, CASE)
    assert after == {name: worth_a_copy(name, rows) for name, rows in before.items()}
    told = []
    for uses_tiles in (True, False):
        opened = town.city.site(at(2400))
        site = Site(open_database(address, CASE), opened.population, opened.clock)
        site.uses_tiles = uses_tiles
        assert (tiles_of(site) is not None) == uses_tiles
        for by in (None, "grid"):
            scope = read_scope(site, {"days": "120"}, at(2400))
            told.append(measure(site, COUNTED, scope, by, as_of=at(2400)).figures)
        opened.case.dispose()
        opened.population.dispose()
        site.case.dispose()
    assert told[:2] == told[2:]


def test_back_from_clickhouse_nothing_has_changed(followed, tmp_path):
    town, address = followed
    back = f"sqlite:///{tmp_path}/back.sqlite"
    assert copy(address, back) == 0
    assert_same(town, back)


# Without shrinking: a failure here is slow already.
@settings(max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(cases(), st.lists(st.integers(0, 2300), min_size=1, max_size=2))
def test_a_copy_follows_whatever_happens_to_cases(followed, made, hours):
    town, address = followed
    first = min(int(case.steps.split()[1].rstrip(",")) for case in made)
    for hour in (max(hour, first) for hour in hours):
        town.take(made, until=hour, now=hour)
        follow(town, address)
    assert_same(town, address)


def test_a_run_that_ends_early_is_made_good_by_the_next(followed, monkeypatch, capsys):
    town, address = followed
    town.take([Case("z", "reported 5, accepted 6 due 40, closed 30", "B1")], now=50)
    level = following._level

    def stop(source, target, table, *where):
        if table is case_derived:
            raise KeyboardInterrupt
        level(source, target, table, *where)

    monkeypatch.setattr(following, "_level", stop)
    assert main([town.city.case_url, address, "--follow"]) == 130
    monkeypatch.undo()
    town.take([Case("y", "reported 8, accepted 9 due 40", "A2")], now=51)
    follow(town, address)
    assert_same(town, address)


def test_what_cannot_be_followed_is_told(followed, store, tmp_path, capsys):
    town, address = followed
    source = town.city.case_url
    assert main([source, store.address(), "--follow"]) == 2
    assert "no finished copy" in capsys.readouterr().err
    assert main([source, f"sqlite:///{tmp_path}/other.sqlite", "--follow"]) == 2
    assert "PostgreSQL replicates" in capsys.readouterr().err
    town.take([Case("x", "reported 9, accepted 10", "A1")], now=60)
    with town.case.begin() as connection:
        build(connection, ZONE, 0, sets=ALL_SETS)  # forgets which cases changed
    assert main([source, address, "--follow"]) == 2
    assert "no longer remembers" in capsys.readouterr().err


def test_the_engine_understands_the_tables_of_a_cluster(pair, capsys):
    assert main(["--ddl", "city"]) == 0
    statements = capsys.readouterr().out.strip().removesuffix(";").split(";\n\n")
    assert len(statements) == 2 * len([*rows_of(pair.address, CASE)])
    with pair.there.case.connect() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(f"EXPLAIN AST {statement}").all()


def test_odd_words_and_numbers_come_over_as_they_are(town, store, tmp_path, monkeypatch):
    monkeypatch.setattr("data.copy.check.sums_that_differ", lambda connection: [])
    source, target, home = odd_city(town, tmp_path), store.address(), f"sqlite:///{tmp_path}/home"
    assert (copy(source, target), copy(target, home)) == (0, 0)
    before, after = rows_of(source, CASE), rows_of(home, CASE)
    assert {name: worth_a_copy(name, rows) for name, rows in before.items()} == after


def test_a_row_that_was_replaced_is_not_found_by_what_it_said(store):
    """Filters may come before rows of one key become one only if they look at the key alone."""
    engine = engine_for(store.address(), CASE, writable=True)
    with engine.connect() as connection:
        for statement in (
            "CREATE TABLE said (id Int64, word Int32) ENGINE = ReplacingMergeTree ORDER BY id",
            "SYSTEM STOP MERGES said",
            "INSERT INTO said SELECT number, 1 FROM numbers(50000)",
            "INSERT INTO said SELECT number, 2 FROM numbers(20000, 10)",
        ):
            connection.exec_driver_sql(statement)
        for word, found in ((1, 49_990), (2, 10)):
            asked = text(f"SELECT COUNT(*), SUM(id) FROM said WHERE word = {word} AND id < 50000")
            assert connection.execute(asked).one()[0] == found
            read = select(literal_column("id", Integer)).select_from(text("said"))
            ids = read_arrays(connection, read.where(text(f"word = {word}")))["id"]
            assert (len(ids), len(set(ids.tolist()))) == (found, found)
    engine.dispose()


def test_screens_cannot_write(pair):
    with (
        pytest.raises(DBAPIError, match="readonly"),
        pair.there.case.connect() as connection,
    ):
        connection.execute(text("DELETE FROM case_record WHERE case_id = 1"))


def test_the_population_stays_elsewhere(town, store):
    with pytest.raises(SetupError, match="POPULATION_DATABASE_URL: the population database stays"):
        open_database(f"chdb://{store.folder}", POPULATION)
    with pytest.raises(SetupError, match="TO: the population database stays"):
        copy(town.population_url, store.address())


def test_a_large_city_is_copied_once_and_only_read(store, tmp_path):
    place = Place(100, "clickhouse", url=store.address(), size="small", folder=tmp_path)
    city = large_city(place)
    assert city.engine == "clickhouse" and city.built_seconds > 0
    assert large_city(place).built_seconds == 0
    site = open_city(city)
    tree = site.tree()
    scope = read_scope(site, {"grid": tree.top.code, "days": "365"}, LARGE_NOW)
    here = open_city(replace(city, case_url=f"sqlite:///{tmp_path}/case_{place.name}.sqlite"))
    told = [measure(one, COUNTED, scope, as_of=LARGE_NOW).figures for one in (site, here)]
    assert told[0] == told[1]
    with pytest.raises(CannotRun, match="read from"), scratch(city):
        pass
    for one in (site, here):
        one.case.dispose()
        one.population.dispose()
