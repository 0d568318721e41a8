"""Work tables from files: posts, access list, exclusive grids, compounds, activities, ratings, parties."""

from datetime import date

import pytest
from conftest import ENGINES
from load_town import epoch
from load_work_town import FILES, WORK, changed, loaded, part, work_files_town

from data.days import day_number
from data.load.work_sections import SECTIONS


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    return work_files_town(request.param, tmp_path, monkeypatch, capsys)


def test_every_table_holds_what_its_file_says(town):
    printed = loaded(town)
    for title in SECTIONS:
        assert "0  set aside" in part(printed, title)
    by_grid = "JOIN grid_unit g ON g.grid_id = t.grid_id ORDER BY 1"
    columns = "t.code, g.code, t.role, t.name, t.phone, t.duty_mode, t.on_duty"
    assert town.sql(f"SELECT {columns} FROM staff t {by_grid}") == [
        ("S1", "0101", "head", "张一", "021-11112222", "resident", 1),
        ("S2", "0102", "head", None, None, "part_time", 1),
    ]
    columns = "i.code, i.name_en, d.code, i.lead_level, i.valid_from, i.valid_to"
    known = "LEFT JOIN department d ON d.department_id = i.department_id ORDER BY 1"
    first, last = (day_number(day) for day in (date(2024, 1, 1), date(2024, 6, 1)))
    assert town.sql(f"SELECT {columns} FROM access_item i {known}") == [
        ("Z1", "占道经营", "城管", "station", first, None),
        ("Z2", "装修噪声", None, "station", first, last),
    ]
    columns = "g.code, t.type_en, t.head_is_civil_servant, t.units, t.informants, t.reported_at"
    assert town.sql(f"SELECT {columns} FROM exclusive_grid t {by_grid}") == [
        ("0201", "市场", 1, 10, 7, epoch("2024-03-01 08:00:00")),
        ("0202", "园区", 0, 0, 0, None),
    ]
    areas = town.sql(
        "SELECT t.area_km2, g.area_km2 FROM exclusive_grid t JOIN grid_unit g USING (grid_id)"
    )
    assert all(told == own is not None for told, own in areas)
    # C2 names no grid: its point lies in 0202.
    assert town.sql(f"SELECT t.code, g.code, t.managed FROM compound t {by_grid}") == [
        ("C1", "0101", 1),
        ("C2", "0202", 0),
    ]
    columns = "t.kind, t.title, t.at, t.due_at, t.done_at, t.amount"
    assert town.sql(f"SELECT {columns} FROM activity t ORDER BY t.at, t.kind") == [
        ("problem", "停车", epoch("2024-03-01 00:00:00"), None, None, 1),
        ("patrol", None, epoch("2024-03-01 08:30:00"), None, epoch("2024-03-01 09:00:00"), 2),
        ("need", "没处停车，请电***", epoch("2024-03-01 10:00:00"), None, None, 1),
        ("whistle", None, *(epoch(f"2024-03-02 {t}:00") for t in ("10:00", "11:00", "10:30")), 1),
    ]
    # Need 2 belongs to problem 1, not to patrol 1.
    belongs = "SELECT o.kind FROM activity a JOIN activity o ON o.activity_id = a.of_id"
    assert town.sql(belongs) == [("problem",)]
    assert town.sql("SELECT day FROM activity WHERE kind = 'problem'") == [
        (day_number(date(2024, 3, 1)),)
    ]
    columns = "g.code, t.kind, t.period, t.level, t.level_before"
    assert town.sql(f"SELECT {columns} FROM rating t {by_grid}") == [
        ("01", "star", "2024Q1", 4, 3),
        ("0101", "flag", "2024Q1", 1, None),
    ]
    columns = "r.code, p.role, p.name, p.department_id IS NULL"
    parties = town.sql(
        f"SELECT {columns} FROM case_party p JOIN case_record r USING (case_id) ORDER BY 2"
    )
    assert [tuple(row) for row in parties] == [
        ("A1", "assist", "城管", False),
        ("A1", "supervise", "纪工委", True),
    ]


def test_loading_twice_changes_nothing(town):
    loaded(town)
    before = town.everything()
    printed = loaded(town)
    assert town.everything() == before
    for title in SECTIONS:
        assert "unchanged" in part(printed, title)
        assert "loaded (new)" not in part(printed, title)


def test_a_later_extract_updates_by_code_and_keeps_what_it_lacks(town):
    loaded(town)
    changed(
        town,
        "staff.csv",
        "张一,021-11112222,常驻\nS2,102,网格长,,,",
        "李二,,常驻\nS3,102,网格长,,,",
    )
    changed(town, "items.csv", "2024/01/01,\n", "2024/01/01,2025/01/01\n")
    changed(town, "exclusive.csv", "10,7", "10,9")
    changed(town, "compounds.csv", "101,有", "101,无")
    changed(town, "activities.csv", "09:00:00,2", "09:10:00,3")
    changed(town, "ratings.csv", "4,3", "5,3")
    changed(town, "parties.csv", "纪工委,", "纪工委,城管")
    printed = loaded(town)
    for title in SECTIONS:
        assert "1  updated" in part(printed, title), title
    assert town.sql("SELECT code, name, phone FROM staff ORDER BY 1") == [
        ("S1", "李二", None),
        ("S2", None, None),
        ("S3", None, None),
    ]
    assert town.sql("SELECT amount FROM activity WHERE kind = 'patrol'") == [(3,)]
    assert town.sql("SELECT level FROM rating WHERE kind = 'star'") == [(5,)]


def test_columns_that_the_mapping_no_longer_names_are_left_as_they_are(town):
    loaded(town)
    town.change('phone = "电话"\n', "")
    assert "2  unchanged" in part(loaded(town), "staff")
    assert town.sql("SELECT phone FROM staff WHERE code = 'S1'") == [("021-11112222",)]


BAD = [
    ("staff.csv", "第0101格", "0909", "网格", "no grid has this code"),
    ("staff.csv", "S1", "", "工号", "is empty"),
    ("staff.csv", "常驻", "常住", "方式", "is none of resident, reporting, part_time"),
    ("items.csv", "城管", "园林", "部门", "no department has this code or name"),
    ("items.csv", "Z1,1", "Z1,一", "批次", "is no whole number from 1 to 1,000"),
    ("items.csv", "占道经营,城管,2024/01/01", "占道经营,城管,2024-01-01", "启用", "does not fit day_format"),
    ("exclusive.csv", "10,7", "10,11", "信息员", "is more than the units that owe one"),
    ("exclusive.csv", "是", "也许", "公职", "is none of yes, no"),
    ("compounds.csv", "海晏苑", "", "名称", "is empty"),
    ("activities.csv", "1,巡查", "1,闲逛", "类型", "is none of duty, patrol"),
    ("activities.csv", "2024-03-01 08:30:00", "早上", "时间", "does not fit format"),
    ("activities.csv", "3,吹哨", ",吹哨", "流水号", "the id is empty"),
    ("ratings.csv", "红旗,2024Q1,2024-04-09,1", "红旗,2024Q1,2024-04-09,3", "等级", "is above the highest"),
    ("parties.csv", "A1,协办", "A7,协办", "案件", "no case has this id"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "column", "reason"), BAD)
def test_a_row_that_cannot_be_read_is_set_aside_and_loads_once_corrected(
    town, name, old, new, column, reason
):
    title = next(t for t in SECTIONS if f'[{t}]\nfile = "{name}"' in WORK)
    changed(town, name, old, new)
    printed = loaded(town, *(f"--only={part}" for part in ("grids", "cases", title)))
    rejected = town.rejected(name.removesuffix(".csv"))
    assert rejected["rejected_field"].tolist() == [column]
    assert reason in rejected["rejected_reason"][0]
    assert f"{column}: {reason}" in printed
    rows = len(FILES[name].splitlines()) - 1
    assert f"{rows - 1}  loaded (new)" in part(printed, title)
    town.write(name, FILES[name])
    assert "1  loaded (new)" in part(loaded(town, "--only", title), title)


def test_unknown_names_are_told(town):
    changed(town, "staff.csv", "第0101格", "0909")
    changed(town, "items.csv", "城管", "园林")
    printed = loaded(town)
    assert "there is no grid '0909'; 1 unknown in all" in part(printed, "staff")
    assert "there is no department '园林'; 1 unknown in all" in part(printed, "access_items")


def test_roles_are_those_of_the_site_where_it_names_any(town):
    rules = town.folder / "rules"
    rules.mkdir()
    rules.joinpath("site.toml").write_text('[[post]]\nkey = "chief"\nname = ["站长", "Chief"]\n')
    town.change('zone = "Asia/Shanghai"', 'zone = "Asia/Shanghai"\nrules = "rules"')
    _, printed = town.load()
    assert "there is no key of the site's posts 'head'" in part(printed, "staff")
    assert (
        "is none of chief; say in words what it means"
        in town.rejected("staff")["rejected_reason"][0]
    )


def test_the_same_row_twice_in_a_file(town):
    """Other content: the later row counts. Another spelling of the grid: the earlier one."""
    changed(town, "staff.csv", "S2,102", "S1,0101,网格长,王三,,常驻\nS2,102")
    changed(town, "ratings.csv", "01,五星", "01,红旗,2024Q1,2024-04-09,1,0\n01,五星")
    loaded(town)
    assert town.sql("SELECT name FROM staff WHERE code = 'S1'") == [("王三",)]
    assert "a later row of this file" in town.rejected("staff")["rejected_reason"][0]
    assert len(town.sql("SELECT level FROM rating")) == 3


def test_what_belongs_to_nothing_is_told(town):
    changed(town, "activities.csv", "10:00:00,,,,1", "10:00:00,,,,77")
    assert "1 activities belong to one that is not loaded" in part(loaded(town), "activities")


def test_several_files_fill_one_table(town):
    town.mapping = town.mapping.replace("[ratings]", "[[ratings]]")
    town.mapping += (
        '[[ratings]]\nfile = "stars.csv"\ngrid = "网格"\nkind = { value = "star" }\n'
        'period = { value = "2024Q2" }\nday = "日"\nlevel = "星"\n'
    )
    town.write("stars.csv", "网格,日,星\n02,2024-07-09,3\n")
    assert "3  loaded (new)" in part(loaded(town), "ratings")


def test_only_one_part_and_a_dry_run(town):
    loaded(town, "--only", "grids")
    printed = loaded(town, "--only", "staff")
    assert "2  loaded (new)" in part(printed, "staff")
    before = town.everything()
    changed(town, "staff.csv", "S1", "S9")
    assert "1  loaded (new)" in part(loaded(town, "--only", "staff", "--dry-run"), "staff")
    assert town.everything() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "工号"', 'code = "编号"', "no column '编号' (mapping: [staff] code)"),
        ('code = "工号"\n', "", "[staff] lacks 'code'"),
        ('phone = "电话"', 'fone = "电话"', "unknown key 'fone' in [staff]"),
        (
            'name = "姓名"',
            'name = { words = { "a" = "b" } }',
            "[staff] name: give either a column,",
        ),
        ('"staff.csv"', '"cases.csv"', "two tables of the mapping read 'cases.csv'"),
        ('value = "station"', 'value = "boss"', "[access_items] lead_level = 'boss': is none of"),
        ('rules = ["digits", "pad 4"] }\nrole', 'rules = ["dgts"] }\nrole', "unknown rule 'dgts'"),
        ('id = ["流水号"]', "id = []", "[activities] id: name the columns"),
        ('day_format = "%Y/%m/%d"', 'zone = "Mars"', "access_items.zone = 'Mars' is no time zone"),
    ],
)
def test_a_slip_of_the_mapping_is_named_with_its_place(town, old, new, said):
    town.change(old, new)
    code, printed = town.load()
    assert code == 2, printed
    assert said in printed
