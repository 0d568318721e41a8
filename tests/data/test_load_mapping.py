"""Mappings, files and databases that cannot be used: one clear message, exit code 2, no traceback."""

import gzip

import pytest
from load_town import Town, cases

from data.load.__main__ import main


@pytest.fixture
def town(tmp_path, monkeypatch, capsys):
    return Town(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'title = "标题"',
            'titel = "标题"',
            "unknown key 'titel' in [cases]; did you mean 'title'?",
        ),
        ("[population]", "[popluation]", "did you mean 'population'?"),
        ('id = "编号"\n', "", "[cases] lacks 'id'."),
        ("default = true", 'default = "yes"', "must be true or false"),
        ('id = "编号"', "id = 7", "cases.id = 7 must be text"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Peking"', "'Asia/Peking' is no time zone"),
        ('open = ["处置中"]', 'open = "处置中"', "cases.status.open must be a list in [ ]"),
        ('open = ["处置中"]', 'open = ["已结案"]', "'已结案' is listed under two meanings"),
        ('rules = ["pad 4"] }\nparent', 'rules = ["pda 4"] }\nparent', "unknown rule 'pda 4'"),
        ('hierarchy = "area"', 'hierarchy = "aera"', "there is no hierarchy 'aera'"),
        ('level = "district", rules', 'level = "distrikt", rules', "'distrikt' is no level of"),
        ('["12345热线", "Hotline"]', '["12345热线"]', 'named twice: ["中文", "English"]'),
        ('lat = "纬度"\ndefault', "default", "needs both lon and lat"),
        ("[[120.0001, 30.0001]]", "[[120.0001]]", "must be [longitude, latitude]"),
        ("road_remove = ['\\d+号.*$']", "road_remove = ['(']", "is no pattern"),
        ('code = "T"', "", "give either a file with a key, or (top only) a code"),
        ('key = { column = "code" }\n', "", "say which property holds the code"),
        (
            'file = "districts.geojson"',
            'file = "districts.geojson"\ncrs = "EPSG:0"',
            "is not known",
        ),
        (
            'file = "districts.geojson"',
            'file = "districts.geojson"\ngeometry = "x"',
            "choose one of",
        ),
        ("[site]", "[site", "is not valid TOML"),
        (
            '[[hierarchy.level]]\nid = "district"',
            '[[hierarchy.level]]\nid = "town"',
            "two levels have the same id",
        ),
        (
            'zone = "Asia/Shanghai"',
            'zone = "Asia/Shanghai"\n[[site.period]]\nkey = "q"\nname = "季"\nname_en = "Q"\n'
            "first_day = 2024-03-31\nlast_day = 2024-01-01",
            "ends before it begins",
        ),
    ],
)
def test_slips_in_the_mapping(town, old, new, told):
    town.change(old, new)
    code, printed = town.load()
    assert code == 2
    assert told in printed
    assert "town.toml" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'title = "标题"',
            'title = "题目"',
            "cases.csv has no column '题目' (mapping: [cases] title)",
        ),
        ('population = "人口"', 'population = "人口数"', "Did you mean '人口'?"),
        ('name = ["招牌", "名称"]', 'name = ["字号"]', "(mapping: [entities] name, 字号)"),
        ('key = { column = "code" }', 'key = { column = "Code" }', "has no property 'Code'"),
        ('unit_name = "{name}社区"', 'unit_name = "{nme}社区"', "has no property 'nme'"),
        ('file = "cases.csv"', 'file = "case*.txt"', "There is no file"),
        ('file = "cases.csv"', 'file = "nothing.csv"', "check --source and the mapping"),
        ('file = "grids.geojson"', 'file = "nothing.geojson"', "(level 'grid')"),
    ],
)
def test_missing_columns_and_files(town, old, new, told):
    town.change(old, new)
    code, printed = town.load()
    assert code == 2
    assert told in printed
    if town.case_file.exists():
        assert town.sql("SELECT count(*) FROM grid_unit") == [(0,)]


def test_no_mapping_no_folder(town, capsys):
    assert main([str(town.folder / "no.toml"), "--source", str(town.source)]) == 2
    assert "There is no mapping file" in capsys.readouterr().err
    (town.folder / "m.toml").write_text(town.mapping, "utf-8")
    assert main([str(town.folder / "m.toml"), "--source", str(town.folder / "no")]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_damaged_files(town):
    town.change('file = "cases.csv"', 'file = "cases.csv.gz"')
    path = town.cases(cases(), "cases.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    code, printed = town.load()
    assert (code, "cases.csv.gz cannot be read" in printed) == (2, True), printed
    path.write_bytes(b"no gzip at all")
    assert town.load()[0] == 2
    town.change('file = "cases.csv.gz"', 'file = "cases.xlsx"')
    (town.source / "cases.xlsx").write_bytes(b"no workbook")
    code, printed = town.load()
    assert (code, "cannot be read as a workbook" in printed) == (2, True), printed
    town.write("x.geojson.gz", "{}")
    (town.source / "x.geojson.gz").write_bytes(gzip.compress(b"{}")[:-6])
    town.change('file = "grids.geojson"', 'file = "x.geojson.gz"')
    assert "x.geojson.gz cannot be read as shapes" in town.load("--only", "grids")[1]


def test_neither_utf8_nor_gb18030(town):
    path = town.cases(cases())
    path.write_bytes(path.read_bytes().replace("热线".encode(), b"\xff\xff\xff"))
    code, printed = town.load()
    assert code in (0, 2)
    path.write_bytes(b"\x80,\xff\n" * 3)
    code, printed = town.load()
    assert code == 2
    assert "cases.csv is neither UTF-8 nor GB18030" in printed


def test_empty_and_ambiguous_headers(town):
    town.write("cases.csv", "")
    assert "cases.csv is empty" in town.load()[1]
    town.write("cases.csv", "编号,编号\n1,2\n")
    assert "the header names '编号' twice" in town.load()[1]


def test_a_quotation_mark_that_is_not_closed(town):
    path = town.cases(cases())
    path.write_text(path.read_text("utf-8") + '"A9,' + "x" * 200_000, "utf-8")
    code, printed = town.load()
    assert code == 2
    assert "look for a quotation mark" in printed


def test_semicolons_and_tabs(town):
    for mark in ";\t":
        path = town.cases(cases())
        path.write_text(path.read_text("utf-8").replace(",", mark), "utf-8")
        code, printed = town.load()
        assert code == 0, printed


def test_the_demo_and_other_sites_are_refused(town):
    assert town.load()[0] == 0
    town.change('key = "town"', 'key = "elsewhere"')
    code, printed = town.load()
    assert code == 2
    assert "The case database holds the site 'town'. Set CASE_DATABASE_URL to a database" in printed
    import sqlite3

    with sqlite3.connect(town.case_file) as connection:
        connection.execute("UPDATE site_setting SET value = 'true' WHERE key = 'demo'")
    code, printed = town.load()
    assert code == 2
    assert "The case database holds the demo city" in printed


def test_the_default_address_is_kept_for_the_demo(town, monkeypatch):
    monkeypatch.delenv("POPULATION_DATABASE_URL")
    code, printed = town.load()
    assert code == 2
    assert "POPULATION_DATABASE_URL is not set" in printed
    assert "sqlite:///var/town/population.sqlite" in printed


def test_a_database_that_cannot_be_written(town, monkeypatch):
    monkeypatch.setenv("CASE_DATABASE_URL", "sqlite:////proc/nowhere/case.sqlite")
    code, printed = town.load()
    assert code == 2
    assert "Traceback" not in printed


def test_dry_run_checks_everything_and_writes_nothing(town):
    town.cases([*cases(), {**cases()[0], "编号": "X", "状态": "?"}])
    code, printed = town.load("--dry-run")
    assert code == 0, printed
    assert "4  loaded (new)" in printed
    assert "1  set aside" in printed
    assert "the databases are as they were" in printed
    assert not town.case_file.exists()
    assert list(town.rejected()["编号"]) == ["X"]
    town.load()
    before = town.everything()
    town.cases([{**cases()[0], "编号": "NEW"}])
    code, printed = town.load("--dry-run")
    assert "1  loaded (new)" in printed
    assert town.everything() == before


def test_only_some_parts(town):
    code, printed = town.load("--only", "cases")
    assert code == 2
    assert "Grids of hierarchy 'area' are not loaded yet; run with --only grids first" in printed
    assert town.load("--only", "grids")[0] == 0
    code, printed = town.load("--only", "population", "--only", "entities")
    assert code == 0
    assert "cases" not in printed.splitlines()
    assert town.sql("SELECT count(*) FROM case_record") == [(0,)]
    assert town.load("--only", "cases")[0] == 0
    assert town.sql("SELECT count(*) FROM case_record") == [(4,)]


def test_the_site_says_who_it_is(town):
    town.change(
        'zone = "Asia/Shanghai"\n',
        'zone = "Asia/Shanghai"\n[[site.period]]\nkey = "q1"\nname = "一季度"\nname_en = "Q1"\n'
        "first_day = 2024-01-01\nlast_day = 2024-03-31\n",
    )
    assert town.load()[0] == 0
    held = dict(town.sql("SELECT key, value FROM site_setting"))
    assert (held["site"], held["demo"]) == ('"town"', "false")
    assert '"from": "2024-01-01"' in str(held["periods"])
    people = "SELECT key, value FROM population_setting WHERE key <> 'tiles_of_version'"
    assert dict(town.sql(people, people=True)) == {
        "site": '"town"',
        "demo": "false",
        "basis": '"area"',
    }
