"""Published population and legal entities."""

import pytest
from load_town import Town


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys).with_tables(monkeypatch)


def stored(town):
    return town.sql("SELECT * FROM area_population ORDER BY 1", people=True)


def entities(town):
    return town.sql("SELECT code, name, lon, grid_code FROM legal_entity ORDER BY 1", people=True)


def test_population_by_normalised_code(town):
    code, printed = town.load()
    assert code == 0, printed
    assert stored(town) == [
        ("0101", 1000.5, 400.0, None),
        ("0102", 2000.0, 800.0, None),
        ("0201", 10.0, 5.0, None),
    ]
    assert "population 3,010, households 1,205 in 3 of 4 grids of level 'grid'" in printed
    assert "grids without figures, 1: 0202" in printed


def test_bad_population_rows_are_set_aside(town):
    town.write(
        "population.csv",
        '网格,人口,户数\n0101,"1,000",400\n9999,5,5\n0102,-3,1\n0201,many,1\n,1,1\n0202,7,\n'
        "0202,8,\n",
    )
    code, printed = town.load()
    assert code == 0
    assert stored(town) == [("0101", 1000.0, 400.0, None), ("0202", 8.0, None, None)]
    held = town.rejected("population")
    assert list(held["rejected_row"]) == ["3", "4", "5", "6", "7"]
    assert list(held["rejected_value"]) == ["9999", "-3", "many", "", "0202"]
    assert "no grid of level 'grid' has it" in printed


def test_the_population_file_is_the_whole_table(town):
    town.load()
    version = town.sql("SELECT version FROM population_version", people=True)
    town.load()
    assert town.sql("SELECT version FROM population_version", people=True) == version
    town.write("population.csv", "网格,人口,户数\n101,1000.5,400\n0102,2500,800\n")
    _, printed = town.load()
    assert [row[:2] for row in stored(town)] == [("0101", 1000.5), ("0102", 2500.0)]
    for told in ("1  updated", "1  unchanged", "1  removed"):
        assert told in printed
    assert town.sql("SELECT version FROM population_version", people=True) > version


def test_entities_are_named_located_and_kept(town):
    _, printed = town.load()
    assert entities(town) == [
        ("E1", "甲公司", 120.005, "0101"),
        ("E2", "乙面馆", None, None),
    ]
    assert "1  point_unreadable" in printed
    before = town.everything()
    town.load()
    assert town.everything() == before
    town.write("entities.csv", "代码,名称,招牌,地址,经度,纬度\nE1,甲公司二,,,120.015,30.005\n")
    town.load()
    assert entities(town)[0] == ("E1", "甲公司二", 120.015, "0102")
    assert len(entities(town)) == 2, "what a later file lacks is kept"


def test_bad_entities_are_set_aside(town):
    town.write(
        "entities.csv",
        "代码,名称,招牌,地址,经度,纬度\n,无码,,,,\nE3,,,,,\nE4,旧,,,,\nE4,新,,,,\nE5,同,,,,\nE5,同,,,,\n",
    )
    code, printed = town.load()
    assert code == 0
    assert [row[1] for row in entities(town)] == ["新", "同"]
    assert list(town.rejected("entities")["rejected_row"]) == ["2", "3", "4"]
    assert "1  repeated rows" in printed


def test_entities_without_a_code_of_their_own(town):
    town.change('id = ["代码"]', 'id = ["名称", "地址"]')
    town.load()
    codes = [row[0] for row in entities(town)]
    assert all(len(str(code)) == 16 for code in codes)
    town.load()
    assert [row[0] for row in entities(town)] == codes


def test_credit_codes_are_checked_when_the_mapping_asks(town):
    town.change('kind = "企业"', 'kind = "企业"\ncheck_uscc = true')
    town.write(
        "entities.csv",
        "代码,名称,招牌,地址,经度,纬度\n91110000802100433B,甲,,,,\n91110000802100433A,乙,,,,\n",
    )
    town.load()
    assert [row[1] for row in entities(town)] == ["甲"]
    assert "统一社会信用代码" in town.rejected("entities")["rejected_reason"][0]


def test_both_numbers_in_one_column(town):
    head, _, tail = town.mapping.rpartition('lon = "经度"\nlat = "纬度"\n')
    town.mapping = f'{head}point = "位置"\npoint_order = "lat lon"\n{tail}'
    town.write(
        "entities.csv",
        '代码,名称,招牌,地址,位置\nE1,甲,,,"(30.005, 120.005)"\nE2,乙,,,"(0E-9, 0E-9)"\nE3,丙,,,\n',
    )
    code, printed = town.load()
    assert code == 0, printed
    assert [row[2:] for row in entities(town)] == [(120.005, "0101"), (None, None), (None, None)]


def test_projected_entities_must_be_declared(town):
    town.write("entities.csv", "代码,名称,招牌,地址,经度,纬度\nE1,甲,,,787723,2965812\n")
    code, printed = town.load()
    assert code == 2
    assert "entities.csv, row 2: (787723, 2.96581e+06)" in printed
    assert "[entities]" in printed
