"""Loading does the same on every engine that tests run on."""

import pytest
from conftest import ENGINES, addresses
from load_town import Town, cases, epoch


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    town = Town(tmp_path, monkeypatch, capsys)
    town.use(monkeypatch, *addresses(request.param, tmp_path, "town"))
    return town


def test_load_reload_and_follow_a_later_extract(town):
    town.cases([*cases(), {**cases()[0], "编号": "X", "状态": "?"}])
    code, printed = town.load()
    assert code == 0, printed
    assert "1  set aside" in printed
    before = town.everything()
    assert town.load()[0] == 0
    assert town.everything() == before
    rows = cases()
    rows[0] |= {"状态": "处置中", "结案时间": ""}
    rows[1] |= {
        "状态": "已结案",
        "结案时间": "2024-03-04 09:00:00",
        "截止时间": "2024-03-09 09:00:00",
    }
    rows[3] |= {"网格": "0202"}
    town.cases(rows)
    town.write("population.csv", "网格,人口,户数\n101,7,\n")
    town.write("entities.csv", "代码,名称,招牌,地址,经度,纬度\nE1,改名,,,,\nE3,丙,,,,\n")
    code, printed = town.load()
    assert code == 0, printed
    assert town.now("A1")["is_open"] == 1
    assert town.now("A2")["closed_at"] == epoch("2024-03-04 09:00:00")
    assert town.now("A2")["effective_deadline"] == epoch("2024-03-09 09:00:00")
    assert town.path("A4") == ["02", "0202"]
    found = town.sql("SELECT grid_code, population FROM area_population", people=True)
    assert found == [("0101", 7.0)]
    found = town.sql("SELECT code, name FROM legal_entity ORDER BY 1", people=True)
    assert found == [("E1", "改名"), ("E2", "乙面馆"), ("E3", "丙")]
    before = town.everything()
    assert town.load()[0] == 0
    assert town.everything() == before


def test_dry_run_leaves_the_database_alone(town):
    assert town.load()[0] == 0
    before = town.everything()
    town.cases([{**cases()[0], "编号": "NEW"}])
    code, printed = town.load("--dry-run")
    assert code == 0, printed
    assert "1  loaded (new)" in printed
    assert town.everything() == before
