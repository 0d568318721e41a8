"""Hierarchies of grids: written once, shared by trees, read back depth first."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ENGINES
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import TREES, Case, Town, found_town, grids
from sqlalchemy import select

from data.case_tables import FOREVER, case_path, grid_edge, grid_shape, grid_unit
from data.errors import InputError
from data.grid_writing import simplify, write_hierarchy
from data.grids import GridTree, read_tree
from data.shapes import read_shapes

LEVELS = [("镇", "Town"), ("社区", "District"), ("网格", "Grid")]


@pytest.fixture(scope="module", params=ENGINES)
def standing(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Town]:
    """A town that is only looked at."""
    founded = found_town(request.param, tmp_path_factory.mktemp("standing"), "standing")
    yield founded
    founded.close()


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    """A town of the test's own."""
    founded = found_town(request.param, tmp_path, "grids")
    yield founded
    founded.close()


def tree_of(town: Town, code: str | None = None) -> GridTree:
    with town.case.connect() as connection:
        tree = read_tree(connection, code)
    assert tree is not None
    return tree


def write(town: Town, rows: pd.DataFrame, code: str = "area", **other: object) -> dict[str, int]:
    options: dict[str, object] = {
        "code": code,
        "name": code,
        "name_en": code,
        "level_names": LEVELS,
        "scheme": "town",
        "is_default": code == "area",
    }
    with town.case.begin() as connection:
        return write_hierarchy(connection, rows, **(options | other))


def test_a_tree_is_read_back_depth_first_in_the_order_it_was_written(standing):
    tree = tree_of(standing)
    assert [grid.code for grid in tree.order] == ["T", "A", "A1", "A2", "B", "B1", "C"]
    assert [grid.level for grid in tree.order] == [0, 1, 2, 2, 1, 2, 1]
    assert tree.top.code == "T"
    assert tree.top.parent_id is None
    assert tree.deepest() == 2
    assert (tree.code, tree.level_name(1), tree.level_name(7)) == (
        "area",
        ("社区", "District"),
        ("第7级", "level 7"),
    )


def test_a_subtree_a_path_and_the_children_of_a_grid(standing):
    tree = tree_of(standing)
    a, b1, c = (tree.by_code[code] for code in ("A", "B1", "C"))
    assert [grid.code for grid in tree.subtree(a)] == ["A", "A1", "A2"]
    assert [grid.code for grid in tree.path(b1)] == ["T", "B", "B1"]
    assert [grid.code for grid in tree.children(tree.top)] == ["A", "B", "C"]
    assert tree.children(c) == []
    assert [grid.code for grid in tree.at_level(tree.top, 2)] == ["A1", "A2", "B1"]
    assert tree.at_level(c, 2) == []
    assert tree.at_level(a, 1) == [a]


def test_trees_share_the_grids_of_a_scheme(standing):
    area, patrol = tree_of(standing), tree_of(standing, "patrol")
    assert [grid.code for grid in patrol.order] == ["T", "P", "A1", "B1", "Q", "A2"]
    for code in ("T", "A1", "A2", "B1"):
        assert area.by_code[code].grid_id == patrol.by_code[code].grid_id == standing.grid_ids[code]
    assert len(standing.rows("grid_unit")) == 9


def test_the_default_tree_is_the_one_without_a_name_and_an_unknown_one_is_none(standing):
    assert tree_of(standing).code == "area"
    with standing.case.connect() as connection:
        assert read_tree(connection, "nowhere") is None


def test_another_scheme_has_grids_of_its_own(town):
    ids = write(town, grids("area"), "twin", scheme="other", is_default=False)
    assert set(ids) == {"T", "A", "B", "C", "A1", "A2", "B1"}
    assert set(ids.values()) & set(town.grid_ids.values()) == set()


def test_writing_a_tree_again_changes_nothing_but_the_version(town):
    tables = ("hierarchy", "grid_unit", "grid_shape", "grid_edge")
    before = {table: town.rows(table) for table in tables}
    version = dict(town.rows("data_version", "part, version"))["grids"]
    assert write(town, grids("area")).items() <= town.grid_ids.items()
    assert {table: town.rows(table) for table in tables} == before
    assert dict(town.rows("data_version", "part, version"))["grids"] == version + 1


def test_a_tree_that_was_cut_anew_keeps_the_grids_that_it_no_longer_has(town):
    """Cases still lie in them."""
    rows = grids("area")
    write(town, rows[~rows["code"].isin(["A2", "C"])])
    assert [grid.code for grid in tree_of(town).order] == ["T", "A", "A1", "B", "B1"]
    assert len(town.rows("grid_unit")) == 9


def changed(**parents: str | None) -> pd.DataFrame:
    """The tree `area` with other parents."""
    rows = grids("area")
    for code, parent in parents.items():
        rows.loc[rows["code"] == code, "parent_code"] = parent
    return rows


TWICE = pd.concat([grids("area"), changed(A1="B").query("code == 'A1'")], ignore_index=True)
NO_TREES = {
    "two parents": (TWICE, "grid 'A1' lies below 'A' and 'B'; a grid has one parent"),
    "a circle": (changed(A="A1"), "in a circle: 'A' → 'A1' → 'A'; correct the parent of one"),
    "below itself": (changed(C="C"), "in a circle: 'C' → 'C'"),
    "a circle without a top": (changed(T="A1"), "in a circle: 'T' → 'A1' → 'A' → 'T'"),
    "an unknown parent": (changed(B1="Z"), "grid 'B1' lies below 'Z', which is no grid of it"),
    "two tops": (changed(C=None), "one grid has no parent, the top; here it is 'T', 'C'"),
}


@pytest.mark.parametrize(("rows", "told"), NO_TREES.values(), ids=NO_TREES)
def test_what_is_no_tree_is_refused_by_the_grids_names_and_nothing_is_written(town, rows, told):
    before = town.rows("grid_edge")
    with pytest.raises(InputError) as refused:
        write(town, rows)
    assert str(refused.value).startswith("Hierarchy 'area': ")
    assert told in str(refused.value)
    assert town.rows("grid_edge") == before


def test_a_grid_has_its_area_and_a_point_inside_and_holds_from_ever_to_ever(standing):
    with standing.case.connect() as connection:
        units = {row.code: row for row in connection.execute(select(grid_unit))}
        edges = connection.execute(select(grid_edge.c.valid_from, grid_edge.c.valid_to)).all()
    a1 = units["A1"]
    assert (120 < a1.lon < 120.01, 30 < a1.lat < 30.01) == (True, True)
    # 0.01° of longitude at 30° N is 965 m, of latitude 1,109 m.
    assert a1.area_km2 == pytest.approx(0.965 * 1.109, rel=0.01)
    assert (units["T"].lon, units["T"].area_km2) == (None, None)
    assert (a1.households, a1.residents) == (10, None)
    assert set(edges) == {(0, FOREVER)}


def test_only_grids_with_an_outline_have_a_shape(standing):
    ids = standing.grid_ids
    with standing.case.connect() as connection:
        shapes = read_shapes(connection, list(ids.values()))
        stored = set(connection.execute(select(grid_shape.c.grid_id)).scalars())
    assert set(shapes) == stored == {ids[code] for code in TREES["area"]}
    square = shapely.geometry.shape(shapes[ids["A2"]])
    assert square.equals(shapely.box(120.01, 30, 120.02, 30.01))


def test_the_paths_of_cases_stay_when_the_tree_is_written_again(town):
    town.take([Case("a", "reported 0", "A1")])
    before = town.rows(case_path.name)
    rows = grids("area")
    rows.loc[rows["code"] == "A1", "parent_code"] = "B"
    write(town, rows)
    assert town.rows(case_path.name) == before


def wavy(x: float, steps: int, height: float) -> np.ndarray:
    """Points of a wavy line from (x, 0) to (x, 1)."""
    y = np.linspace(0, 1, steps)
    return np.column_stack([x + height * np.sin(y * 40), y])


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(st.integers(20, 300), st.floats(0.0001, 0.004))
def test_simplified_neighbours_still_share_their_edge(steps, height):
    line = wavy(0.5, steps, height)
    left = shapely.polygons(np.vstack([[[0, 0]], line, [[0, 1]], [[0, 0]]]))
    right = shapely.polygons(np.vstack([[[1, 0]], line, [[1, 1]], [[1, 0]]]))
    simpler = simplify(np.array([left, right], dtype=object))
    assert shapely.coverage_is_valid(simpler)
    assert shapely.union_all(simpler).equals(shapely.box(0, 0, 1, 1))
    before, after = (shapely.get_num_coordinates(s).sum() for s in ([left, right], simpler))
    assert after <= before
    moved = shapely.hausdorff_distance(simpler[0], left)
    assert moved <= 3 * 0.012 * np.sqrt(0.5)


def test_overlapping_grids_are_simplified_each_by_itself():
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(0.5, 0, 1.5, 1)], dtype=object)
    assert shapely.equals(simplify(shapes), shapes).all()


def test_a_grid_too_small_to_simplify_keeps_its_outline():
    tiny = shapely.box(5, 5, 5.0001, 5.0001)
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), tiny], dtype=object)
    assert not shapely.is_empty(simplify(shapes)).any()
