"""Scenario A7 (domain.md §7), last sentence: a re-zoned grid shows last year under its old parent.

That is because a case keeps its path; the switch 按现行网格 re-maps it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from conftest import ENGINES
from drawn import ask, links, of_class, only, text_of
from small_town import ZONE, Case, Town, at, batch_of, found_town, grids
from sqlalchemy import select

from dashboard.panel import Screen
from dashboard.server import SCREENS
from data.case_tables import case_path
from data.grid_writing import write_hierarchy
from data.ingest import ingest
from data.rezone import rezone
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.scope import Scope, read_scope
from queries.site import Site

WALL, TABLET, PHONE = SCREENS
LAST_YEAR = {"from": "2025-01-01", "to": "2025-12-31"}
THIS_YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
REZONED = 100
"""Hour at which A2 leaves A for B."""
IN_A2 = 120.015
"""A longitude inside A2."""


def panel(site: Site, key: str, fragment: str, screen: Screen) -> Any:
    answer = ask(only(screen, key), site, fragment)
    assert answer.notice is None
    return answer.panels[key].tree


def scope_of(site: Site, **parts: str) -> Scope:
    return read_scope(site, parts, site.as_of())


def take(town: Town, case: Case, district: str) -> None:
    """Ingest a case whose first hierarchy places it in a district and the grid A2."""
    batch = batch_of([case], town.grid_ids)
    first = batch.paths["hierarchy_id"] == 1
    paths = batch.paths.assign(grid_1=batch.paths["grid_1"].mask(first, town.grid_ids[district]))
    with town.case.begin() as connection:
        ingest(connection, replace(batch, paths=paths), zone=ZONE, now=at(REZONED))


@pytest.fixture(scope="module", params=ENGINES)
def rezoned(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Two cases of last year in A2 below A, one of A1; then A2 goes to B, and a new case comes."""
    town = found_town(request.param, tmp_path_factory.mktemp("rezoned"), "rezoned")
    old = "reported -8000, accepted -7999 due -7900, closed -7950"
    take(town, Case("old1", old, "A2", lon=IN_A2), "A")
    take(town, Case("old2", old, "A2", location="default_point"), "A")
    town.take([Case("old3", old, "A1")])
    moved = grids("area")
    moved.loc[moved["code"] == "A2", "parent_code"] = "B"
    with town.case.begin() as connection:
        write_hierarchy(
            connection,
            moved,
            code="area",
            name="area",
            name_en="area",
            level_names=[("镇", "Town"), ("社区", "District"), ("网格", "Grid")],
            scheme="town",
            is_default=True,
        )
        rezone(connection, at(REZONED))
    new = f"reported {REZONED - 2}, accepted {REZONED - 1} due 400"
    take(town, Case("new", new, "A2", lon=IN_A2), "B")
    site = town.city.site(at(REZONED))
    yield site
    site.case.dispose()
    site.population.dispose()
    town.close()


def accepted(site: Site, grid: str, years: dict[str, str], **zoning: str) -> float | None:
    scope = scope_of(site, grid=grid, **years, **zoning)
    return measure(site, [BY_KEY["accepted"]], scope, as_of=site.as_of()).total("accepted").n


def test_a_rezoned_grid_shows_last_year_under_its_old_parent(rezoned: Site) -> None:
    tree = rezoned.tree()
    assert tree is not None
    assert [step.code for step in tree.path(tree.by_code["A2"])] == ["T", "B", "A2"]
    years = (LAST_YEAR, THIS_YEAR)
    assert [accepted(rezoned, "A", year) for year in years] == [3, 0]
    assert [accepted(rezoned, "B", year) for year in years] == [0, 1]
    # The grid itself has them all, whoever it belonged to.
    assert [accepted(rezoned, "A2", year) for year in years] == [2, 1]
    assert [accepted(rezoned, "T", year) for year in years] == [3, 1]


def test_a_case_keeps_the_path_that_it_came_with(rezoned: Site) -> None:
    tree = rezoned.tree()
    assert tree is not None
    with rezoned.case.connect() as connection:
        rows = connection.execute(select(case_path).where(case_path.c.hierarchy_id == 1)).all()
    names = [(tree.by_id[row.grid_1].code, tree.by_id[row.grid_2].code) for row in rows]
    assert sorted(names) == [("A", "A1"), ("A", "A2"), ("A", "A2"), ("B", "A2")]


def test_children_of_last_year_still_add_up_to_their_old_parent(rezoned: Site) -> None:
    scope = scope_of(rezoned, grid="A", **LAST_YEAR)
    parts = measure(rezoned, [BY_KEY["accepted"]], scope, "grid", as_of=rezoned.as_of())
    counts = {code: figure.n for code, figure in parts.figures["accepted"].items() if figure.n}
    assert counts == {"A1": 1, "A2": 2}


def test_remapped_it_shows_last_year_under_its_new_parent(rezoned: Site) -> None:
    """Of its two old cases one has a point, the other goes with the grid it was filed under."""
    years = (LAST_YEAR, THIS_YEAR)
    assert [accepted(rezoned, "A", year, zoning="now") for year in years] == [1, 0]
    assert [accepted(rezoned, "B", year, zoning="now") for year in years] == [2, 1]
    for grid in ("A2", "T"):
        then, now = (
            [accepted(rezoned, grid, year, **zoning) for year in years]
            for zoning in ({}, {"zoning": "now"})
        )
        assert then == now


@pytest.mark.parametrize("zoning", [{}, {"zoning": "now"}], ids=["as reported", "today"])
def test_children_and_unplaced_add_up_either_way(rezoned: Site, zoning: dict[str, str]) -> None:
    for grid in ("T", "A", "B"):
        scope = scope_of(rezoned, grid=grid, **LAST_YEAR, **zoning)
        parts = measure(rezoned, [BY_KEY["accepted"]], scope, "grid", as_of=rezoned.as_of())
        whole = accepted(rezoned, grid, LAST_YEAR, **zoning)
        assert sum(figure.n or 0 for figure in parts.figures["accepted"].values()) == whole


@pytest.mark.parametrize("screen", [TABLET, PHONE], ids=lambda screen: screen.key)
def test_the_switch_is_one_tap_from_last_year_and_back(rezoned: Site, screen: Screen) -> None:
    last_year = f"#grid=B&from={LAST_YEAR['from']}&to={LAST_YEAR['to']}"
    listed: list[int] = []
    fragment = last_year
    for words in ("现按上报时网格统计", "现按现行网格统计"):
        (line,) = of_class(panel(rezoned, "header", fragment, screen), "zoning")
        assert words in text_of(line["children"])
        sheet = "urgent" if screen is TABLET else "sheet"
        tree = panel(rezoned, sheet, f"{fragment}&list=accepted", screen)
        listed.append(len(of_class(tree, "case")))
        (fragment,) = links(line["children"])
    assert listed == [0, 2]
    assert fragment == last_year
