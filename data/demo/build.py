"""Builds the demo city into the two databases and its plan."""

from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete

from data import bulk
from data.case_tables import (
    category,
    compound,
    department,
    site_setting,
    source,
    station,
    station_grid,
)
from data.days import day_of, local_day
from data.demo.calendar import ZONE
from data.demo.city import City, department_rows, imagine
from data.demo.identities import identities
from data.demo.plan import write_plan
from data.demo.progress import Progress
from data.demo.records import case_paths
from data.demo.site_settings import write_site
from data.demo.sizes import Size, size_of
from data.demo.stores import KEY, Build
from data.demo.tags import tag_rows
from data.demo.territory import SCHEME
from data.demo.visits import visit_rows
from data.demo.vocabulary import Vocabulary, read_vocabulary
from data.demo.work import write_parties, write_work
from data.demo.workplace import Workplace, remove_sqlite, workplace
from data.engines import CASE, POPULATION
from data.grid_writing import write_hierarchy
from data.ingest import CaseBatch, ingest
from data.population_tables import (
    building,
    house,
    household,
    legal_entity,
    person,
    person_secret,
    population_metadata,
    population_setting,
    tag,
    tag_assignment,
    visit,
)
from data.population_tiles import bump_population
from data.sites.folder import DEFAULT_SITE
from data.stored_settings import write_setting
from data.versions import bump
from data.work_tables import case_metadata


def build_demo(
    case_url: str,
    population_url: str,
    *,
    size: str,
    seed: int,
    now: int,
    plan_path: Path,
    site: str = DEFAULT_SITE,
    progress: bool = False,
) -> City:
    """Build from nothing; the databases count as a demo only when all of it is written.

    What they held before is lost: ask data.demo.stores.build_of first. now: epoch seconds; site: its
    name or the path of its folder.
    """
    words = read_vocabulary(site)
    numbers = size_of(words.site, size)
    build = Build(size, seed, now, words.key)
    with Progress(shown=progress) as bar:
        city = imagine(numbers, words, seed, now, bar.begin)
        with (
            workplace(population_url, POPULATION) as people,
            workplace(case_url, CASE) as cases,
        ):
            bar.begin("population database")
            _write_population(people, city, build)
            bar.begin("grids")
            paths, ids = _write_ground(cases, city, seed)
            bar.begin("case database")
            _write_cases(cases, city, paths, numbers, now, bar)
            with cases.transaction() as connection:
                write_parties(connection, city, ids, seed)
            bar.begin("plan")
            _write_plan(plan_path, city, paths, build)
            for place, table in ((people, population_setting), (cases, site_setting)):
                with place.transaction() as connection:
                    write_setting(connection, table, KEY, build.as_json())
                    bulk.analyse(connection)
    return city


def _write_population(place: Workplace, city: City, build: Build) -> None:
    with place.transaction() as connection:
        for table in population_metadata.sorted_tables:
            connection.execute(delete(table))
        write_setting(connection, population_setting, "demo", True)
        write_setting(connection, population_setting, "basis", _basis(city.words))
    with place.transaction() as connection:
        people = city.residents
        today = local_day(build.now, ZONE)
        known = identities(city, day_of(today).year, build.seed)
        bulk.insert(connection, building, known.buildings)
        bulk.insert(connection, house, known.houses)
        bulk.insert(connection, household, people.households)
        bulk.insert(connection, person, known.persons)
        bulk.insert(connection, person_secret, known.secrets)
        bulk.insert(connection, legal_entity, city.entities)
        bulk.insert(connection, tag, tag_rows(city.words.tags))
        bulk.insert(connection, tag_assignment, city.tag_assignments)
        called = visit_rows(people.households, city.entities, today, build.seed)
        bulk.insert(connection, visit, called)
        bump_population(connection, build.now)


def _basis(words: Vocabulary) -> str:
    """'area' where nobody is registered one by one: without totals by area, nothing is known."""
    known = words.site.get("population", {}).get("known", True)
    return "register" if known else "area"


def _write_ground(place: Workplace, city: City, seed: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """Everything but the cases; gives the paths of all cases and the grids' ids by code."""
    with place.transaction() as connection:
        for table in reversed(case_metadata.sorted_tables):
            connection.execute(delete(table))
        _write_words(connection, city)
        write_site(connection, city.words, city.days)
        ladder = city.words.ladder
        ids: dict[str, int] = {}
        for number, tree in enumerate(ladder.trees):
            name, name_en = tree.name
            ids |= write_hierarchy(
                connection,
                city.territory.tree(tree.code),
                code=tree.code,
                name=name,
                name_en=name_en,
                level_names=ladder.level_names(tree),
                scheme=SCHEME,
                is_default=number == 0,
                now=city.days.now,
            )
        _write_places(connection, city, ids)
        write_work(connection, city, ids, seed)
        bump(connection, "work", city.days.now)
    codes = city.rows["code"].to_numpy(object)
    return case_paths(city.cases, codes, city.territory, ids, seed), ids


def _write_words(connection: Connection, city: City) -> None:
    words = city.words
    for table, rows, key in (
        (source, words.sources, "source_id"),
        (category, words.categories, "category_id"),
        (department, department_rows(city), "department_id"),
    ):
        bulk.insert(connection, table, rows.assign(**{key: np.arange(1, len(rows) + 1)}))


def _write_places(connection: Connection, city: City, ids: dict[str, int]) -> None:
    units, blocks = city.territory.units, city.territory.blocks
    leaf_ids = city.territory.leaf_ids(ids, blocks.leaf)
    compounds = city.places.compounds
    bulk.insert(connection, compound, compounds.assign(grid_id=leaf_ids[compounds["leaf"]]))
    level = city.words.ladder.station
    if not level:
        return
    stations = units[level]
    quota = city.words.site["stations"]["staff_quota"][: len(stations)]
    numbers = np.arange(1, len(stations) + 1)
    bulk.insert(connection, station, stations.assign(station_id=numbers, staff_quota=quota))
    below = blocks.levels[blocks.levels.index(level) + 1]
    grids = units[below]["code"].map(ids)
    rows = pd.DataFrame({"station_id": blocks.parents[below] + 1, "grid_id": grids})
    bulk.insert(connection, station_grid, rows)


def _write_cases(
    place: Workplace, city: City, paths: pd.DataFrame, size: Size, now: int, bar: Progress
) -> None:
    """Take in all that has happened by now, in portions of cases."""
    number = int((city.cases["reported"] <= now).sum())
    events = city.events[city.events["at"] <= now]
    surveys = city.surveys[city.surveys["surveyed_at"] <= now]
    codes = city.rows["code"].to_numpy(object)
    by_code = paths.set_index("code", drop=False)
    for first in range(0, number, size.cases_per_chunk):
        last = min(first + size.cases_per_chunk, number)
        batch = CaseBatch(
            city.rows.iloc[first:last],
            by_code.loc[codes[first:last]].reset_index(drop=True),
            _of(events, first, last, codes),
            _of(surveys, first, last, codes),
        )
        with place.transaction() as connection:
            ingest(connection, batch, zone=ZONE, now=now)
        bar.advance(last / number)


def _of(rows: pd.DataFrame, first: int, last: int, codes: np.ndarray) -> pd.DataFrame:
    """The rows of these cases, named by code; the rows are in the order of the cases."""
    start, stop = np.searchsorted(rows["case"].to_numpy(), [first, last])
    part = rows.iloc[start:stop]
    return part.assign(code=codes[part["case"]]).drop(columns="case").reset_index(drop=True)


def _write_plan(path: Path, city: City, paths: pd.DataFrame, build: Build) -> None:
    codes = city.rows["code"].to_numpy(object)
    total = len(codes)
    events = _of(city.events[city.events["at"] > build.now], 0, total, codes)
    surveys = _of(city.surveys[city.surveys["surveyed_at"] > build.now], 0, total, codes)
    waiting = city.rows["code"].isin(set(events["code"]) | set(surveys["code"]))
    future = set(codes[city.cases["reported"] > build.now])
    batch = CaseBatch(city.rows[waiting], paths[paths["code"].isin(future)], events, surveys)
    about = {"build": build.as_json(), "ends_at": int(city.cases["reported"].max())}
    fresh = path.with_suffix(".building")
    remove_sqlite(fresh)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    write_plan(fresh, batch, about)
    remove_sqlite(path)
    fresh.replace(path)
