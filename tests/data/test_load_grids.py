"""Grid files: any format, declared projections; levels that do not nest are refused."""

import json

import geopandas
import numpy as np
import pytest
import shapely
from load_town import DISTRICTS, GRIDS, SIDE, SOUTH, WEST, Town, cell, features, strip

from data.load.chinese_offsets import to_gcj02, to_wgs84
from data.load.key_rules import normalise, parse_rules
from data.load.uscc import is_uscc


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)


def units(town):
    return town.sql(
        "SELECT u.code, p.code, u.name, round(u.area_km2, 3) FROM grid_edge e "
        "JOIN grid_unit u ON u.grid_id = e.child_id "
        "LEFT JOIN grid_unit p ON p.grid_id = e.parent_id ORDER BY e.position"
    )


def test_levels_become_a_tree_with_shapes(town):
    code, printed = town.load("--only", "grids")
    assert code == 0, printed
    assert [row[:3] for row in units(town)] == [
        ("T", None, "示范镇"),
        ("01", "T", "第01社区"),
        ("02", "T", "第02社区"),
        ("0101", "01", "0101网格"),
        ("0102", "01", "0102网格"),
        ("0201", "02", "0201网格"),
        ("0202", "02", "0202网格"),
    ]
    areas = [row[3] for row in units(town)]
    assert areas[0] == pytest.approx(sum(areas[3:]), abs=0.01), "the top is the union of all below"
    assert town.sql("SELECT count(*) FROM grid_shape") == [(7,)]
    assert "area: 1 town, 2 district, 4 grid" in printed


def test_the_same_grids_again_change_nothing_and_new_outlines_are_taken_over(town):
    town.load("--only", "grids")
    before = town.everything()
    town.load("--only", "grids")
    assert town.everything() == before
    town.change("{code}网格", "{code}号网格")
    town.write("grids.geojson", features(GRIDS | {"0202": cell(1, 1, SIDE * 0.9)}))
    assert town.load("--only", "grids")[0] == 0
    name, area = units(town)[-1][2:]
    assert name == "0202号网格"
    assert area == pytest.approx(units(town)[-2][3] * 0.81, abs=0.01)
    assert town.sql("SELECT count(*) FROM grid_unit") == [(7,)]
    assert town.sql("SELECT version FROM data_version WHERE part = 'grids'")[0][0] > 1


def _frame():
    shapes = [shapely.geometry.shape(shape) for shape in GRIDS.values()]
    names = [f"第{code}" for code in GRIDS]
    return geopandas.GeoDataFrame({"code": list(GRIDS), "name": names}, geometry=shapes, crs=4326)


@pytest.mark.parametrize("name", ["g.geojson.gz", "g.shp", "g.gpkg"])
def test_shape_formats(town, name):
    town.change('file = "grids.geojson"', f'file = "{name}"')
    if name.endswith(".gz"):
        town.write(name, features(GRIDS))
    else:
        _frame().to_crs(4547 if name == "g.gpkg" else 4490).to_file(town.source / name)
    code, printed = town.load()
    assert code == 0, printed
    assert town.path("A2") == ["01", "0102"]
    if name == "g.gpkg":
        assert "g.gpkg: converted from CGCS2000 / 3-degree Gauss-Kruger CM 114E" in printed


def test_a_chinese_shapefile_in_gbk(town):
    _frame().to_file(town.source / "g.shp", encoding="GB18030")
    (town.source / "g.cpg").unlink()
    town.change('file = "grids.geojson"', 'file = "g.shp"\nencoding = "GB18030"')
    town.change('unit_name = "{code}网格"', 'unit_name = "{name}"')
    code, printed = town.load()
    assert code == 0, printed
    assert units(town)[-1][2] == "第0202"


def test_undeclared_projected_coordinates_are_refused_and_declared_ones_converted(town):
    _frame().to_crs(4547).set_crs(None, allow_override=True).to_file(town.source / "g.shp")
    town.change('file = "grids.geojson"', 'file = "g.shp"')
    code, printed = town.load()
    assert code == 2
    assert "g.shp: shape 1, coordinate (" in printed
    assert 'Add crs = "EPSG:…" to this level in the mapping' in printed
    assert town.sql("SELECT count(*) FROM grid_unit") == [(0,)], "nothing is half loaded"
    town.change('file = "g.shp"', 'file = "g.shp"\ncrs = "EPSG:4547"')
    code, printed = town.load()
    assert code == 0, printed
    assert "converted from EPSG:4547 to WGS84" in printed
    assert town.path("A2") == ["01", "0102"]


def test_a_wrongly_declared_projection_is_refused(town):
    _frame().to_crs(4547).to_file(town.source / "g.gpkg")
    town.change('file = "grids.geojson"', 'file = "g.gpkg"\ncrs = "EPSG:2249"')
    code, printed = town.load()
    assert code == 2
    assert "the mapping says EPSG:2249; remove crs" in printed


def test_marsian_coordinates_are_converted(town):
    shapes = {
        code: shapely.geometry.mapping(
            shapely.transform(shapely.geometry.shape(shape), lambda points: to_gcj02(points))
        )
        for code, shape in GRIDS.items()
    }
    town.write("grids.geojson", features(shapes))
    code, printed = town.load()
    assert code == 2, "offset grids do not lie in their districts"
    assert "do not lie in the grid of level 'district'" in printed
    town.change('file = "grids.geojson"', 'file = "grids.geojson"\ncrs = "GCJ-02"')
    code, printed = town.load()
    assert code == 0, printed


def test_the_chinese_offset_is_taken_out_to_a_centimetre():
    rng = np.random.default_rng(7)
    true = np.column_stack([rng.uniform(74, 134, 2000), rng.uniform(19, 53, 2000)])
    error = np.abs(to_wgs84(to_gcj02(true), "GCJ-02") - true).max() * 111_000
    assert error < 0.01
    shift = np.abs(to_gcj02(true) - true).max() * 111_000
    assert 300 < shift < 1500, "the offset itself is some hundred metres"
    abroad = np.array([[-71.06, 42.36]])
    assert (to_wgs84(abroad, "GCJ-02") == abroad).all()


def test_baidu_coordinates():
    # Tian'anmen in BD-09, GCJ-02 as a public converter gives it.
    marked = np.array([[116.404, 39.915]])
    found = to_gcj02(to_wgs84(marked, "BD-09"))
    assert found[0] == pytest.approx([116.39762729, 39.90865673], abs=1e-5)


def test_levels_that_do_not_nest_are_refused(town):
    town.write("districts.geojson", features({"01": strip(1), "02": strip(0)}))
    code, printed = town.load()
    assert code == 2
    assert "4 grids of level 'grid' (grids.geojson) do not lie in the grid of level" in printed
    assert "0101 (100.0% outside)" in printed
    assert 'geometry = "children"' in printed


def test_the_mapping_may_draw_parents_from_their_children(town):
    town.write("districts.geojson", features({"01": strip(1), "02": strip(0)}))
    town.change('file = "districts.geojson"', 'file = "districts.geojson"\ngeometry = "children"')
    code, printed = town.load()
    assert code == 0, printed
    assert "the published ones leave out parts of 4: 0101 (100.0% outside)" in printed


def test_a_level_that_is_only_a_column_of_the_level_below(town):
    data = json.loads(features(GRIDS))
    for feature in data["features"]:
        feature["properties"] |= {"comm": feature["properties"]["code"][:2], "name": "某"}
    town.write("grids.geojson", json.dumps(data))
    town.change(
        'file = "districts.geojson"\nkey = { column = "code" }',
        'file = "grids.geojson"\ngeometry = "children"\nkey = { column = "comm" }',
    )
    town.change(
        'parent = { column = "code", rules = ["pad 4", "first 2"] }', 'parent = { column = "comm" }'
    )
    code, printed = town.load()
    assert code == 0, printed
    assert "leave out" not in printed
    assert len(units(town)) == 7


def test_a_grid_that_its_shapes_place_under_two_parents_is_refused(town):
    """A level that is only a column says its parent once for each shape: all must say the same."""
    data = json.loads(features(GRIDS))
    for feature, area in zip(data["features"], ["E", "E", "E", "W"], strict=True):
        code = feature["properties"]["code"]
        feature["properties"] |= {"comm": code[:2], "area": area, "name": "某"}
    town.write("grids.geojson", json.dumps(data))
    town.write("areas.geojson", features({"E": strip(0), "W": strip(1)}))
    areas = """
[[hierarchy.level]]
id = "ward"
name = "片"
name_en = "Ward"
file = "areas.geojson"
key = { column = "code" }
unit_name = "{code}"

[[hierarchy.level]]
id = "district"
"""
    town.change('\n[[hierarchy.level]]\nid = "district"\n', areas)
    town.change(
        'file = "districts.geojson"\nkey = { column = "code" }',
        'file = "grids.geojson"\ngeometry = "children"\nkey = { column = "comm" }\n'
        'parent = { column = "area" }',
    )
    code, printed = town.load()
    assert code == 2
    assert "grids.geojson: grid '02' of level 'district' has two parents, 'E' and 'W'" in printed


def test_grids_that_lie_below_one_another_in_a_circle_are_refused(town):
    """A parent is looked for in the level above only, so the grid that closes the circle is named."""
    data = json.loads(features(GRIDS))
    parents = {"0101": "0102", "0102": "0101", "0201": "02", "0202": "02"}
    for feature in data["features"]:
        feature["properties"]["above"] = parents[feature["properties"]["code"]]
    town.write("grids.geojson", json.dumps(data))
    town.change('{ column = "code", rules = ["pad 4", "first 2"] }', '{ column = "above" }')
    code, printed = town.load()
    assert code == 2
    assert "grid '0101' belongs to '0102', which the level above does not have" in printed
    assert town.sql("SELECT count(*) FROM grid_edge") == [(0,)]


def test_parents_are_found_by_place_without_a_parent_column(town):
    town.change('parent = { column = "code", rules = ["pad 4", "first 2"] }\n', "")
    code, printed = town.load()
    assert code == 0, printed
    assert units(town)[-1][:2] == ("0202", "02")


def test_parents_that_are_not_there_are_refused(town):
    town.write("grids.geojson", features(GRIDS | {"0301": cell(0, 2)}))
    code, printed = town.load()
    assert code == 2
    assert "grid '0301' belongs to '03', which the level above does not have" in printed


def test_doubled_and_empty_codes_are_refused(town):
    data = json.loads(features(GRIDS))
    data["features"][3]["properties"]["code"] = "201"
    town.write("grids.geojson", json.dumps(data))
    code, printed = town.load()
    assert code == 2
    assert "grids.geojson: shapes 3, 4 have the same code '0201'" in printed
    data["features"][3]["properties"]["code"] = " "
    town.write("grids.geojson", json.dumps(data))
    code, printed = town.load()
    assert code == 2
    assert "shape 4 has no code in 'code'" in printed


def test_the_same_code_on_two_levels_is_refused(town):
    town.change('rules = ["pad 4", "first 2"]', 'rules = ["last 2"]')
    town.change('key = { column = "code", rules = ["pad 4"] }', 'key = { column = "id2" }')
    data = json.loads(features({"01": cell(0, 0), "02": cell(0, 1)}))
    for feature in data["features"]:
        feature["properties"]["id2"] = feature["properties"]["code"]
    town.write("grids.geojson", json.dumps(data))
    code, printed = town.load()
    assert code == 2
    assert "Code '01' occurs in level 'district' and 'grid'" in printed
    assert "prefix G" in printed


def test_overlaps_and_repairs_are_told(town):
    bow = [[WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST + SIDE, SOUTH], [WEST, SOUTH + SIDE]]
    tie = {"type": "Polygon", "coordinates": [[*bow, bow[0]]]}
    wide = cell(1, 0)
    wide["coordinates"] = [
        [[x - SIDE / 2 if x < WEST + 1.5 * SIDE else x, y] for x, y in wide["coordinates"][0]]
    ]
    town.write("grids.geojson", features(GRIDS | {"0101": tie, "0102": wide}))
    code, printed = town.load()
    assert code == 0, printed
    assert "1 faulty outlines repaired" in printed
    assert "1 pairs of grids overlap (0101/0102)" in printed


def test_files_that_are_no_shapes_are_refused(town):
    town.write("grids.geojson", "编号,名称\n1,甲\n")
    code, printed = town.load()
    assert code == 2
    assert "grids.geojson cannot be read as shapes" in printed
    point = {"type": "Point", "coordinates": [WEST, SOUTH]}
    town.write("grids.geojson", features({"0101": point}))
    code, printed = town.load()
    assert code == 2
    assert "shape 1 is not an area" in printed


def test_a_second_hierarchy_shares_grids_but_not_codes(town):
    town.change(
        "[cases]\n",
        '[[hierarchy]]\ncode = "other"\nname = "另"\nname_en = "Other"\n'
        '[[hierarchy.level]]\nid = "town"\nname = "镇"\nname_en = "Town"\ncode = "T"\n'
        'unit_name = "示范镇"\n[[hierarchy.level]]\nid = "zone"\nname = "片"\nname_en = "Zone"\n'
        'file = "zones.geojson"\nkey = { column = "code" }\nunit_name = "{code}"\n\n[cases]\n',
    )
    town.change(
        "[population]",
        '[[cases.locate]]\nhierarchy = "other"\nby = [{ point = true }]\n\n[population]',
    )
    town.write("zones.geojson", features({"0101": cell(1, 1)}))
    code, printed = town.load()
    assert code == 2
    assert "Code '0101' of hierarchy 'other' is another place" in printed
    town.write("zones.geojson", features({"0101": GRIDS["0101"], "Z": cell(1, 1)}))
    code, printed = town.load()
    assert code == 0, printed
    assert town.sql("SELECT count(*) FROM grid_unit WHERE code = '0101'") == [(1,)]
    assert town.path("A1", "other") == ["0101", None]


def test_key_rules():
    import pandas as pd

    codes = pd.Series(["Ward 3", " 03", "3 ", "", " ", None])
    assert list(normalise(codes, ["digits", "pad 2"]).fillna("-")) == [
        "03",
        "03",
        "03",
        "-",
        "-",
        "-",
    ]
    assert list(normalise(pd.Series(["ab-7"]), ["upper", "remove -.*", "prefix N"])) == ["NAB"]
    assert list(normalise(pd.Series(["040701"]), ["first 4"])) == ["0407"]
    assert list(normalise(pd.Series(["040701"]), ["last 2"])) == ["01"]
    for wrong in ("pad", "pad x", "strip_it", "remove ["):
        with pytest.raises(ValueError, match="rule"):
            parse_rules([wrong])


def test_uscc_check_digit():
    assert is_uscc("91310000132260250X")
    assert is_uscc("91110000802100433B")
    assert not is_uscc("91110000802100433A")
    assert not is_uscc("91110000802100433")
    assert not is_uscc("91110000802100433I")
    assert len(DISTRICTS) == 2
