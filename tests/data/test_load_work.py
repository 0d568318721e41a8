"""Work tables from files: posts, access list, exclusive grids, compounds, activities, ratings, parties."""

from datetime import date

import pytest
from conftest import ENGINES, addresses
from load_town import Town, cases, epoch

from data.days import day_number
from data.load.work_sections import SECTIONS

WORK = """
[staff]
file = "staff.csv"
code = "工号"
grid = { column = "网格", rules = ["digits", "pad 4"] }
role = { column = "岗位", words = { "网格长" = "head" } }
name = "姓名"
phone = "电话"
duty_mode = { column = "方式", words = { "常驻" = "resident", "" = "part_time" } }

[access_items]
file = "items.csv"
code = "编码"
batch = "批次"
class_code = "大类"
class_name = "大类名"
name = "事项"
department = "部门"
lead_level = { value = "station" }
valid_from = "启用"
valid_to = "停用"
day_format = "%Y/%m/%d"

[exclusive_grids]
file = "exclusive.csv"
grid = "网格"
type = "类型"
head_is_civil_servant = "公职"
units = "单位"
informants = "信息员"
reported_at = "采报"
format = "%Y-%m-%d %H:%M"

[compounds]
file = "compounds.csv"
code = "编码"
name = "名称"
kind = { value = "小区" }
grid = { column = "网格", rules = ["pad 4"] }
managed = { column = "物业", words = { "" = "no" } }
lon = "经度"
lat = "纬度"

[activities]
file = "activities.csv"
id = ["流水号"]
kind = { column = "类型", words = { "巡查" = "patrol", "需求" = "need", "问题" = "problem", "吹哨" = "whistle" } }
grid = "网格"
department = "部门"
title = "内容"
at = "时间"
due_at = "期限"
done_at = "完成"
amount = "数量"
of = ["归属"]
empty = ["-"]

[ratings]
file = "ratings.csv"
grid = "网格"
kind = { column = "类型", words = { "五星" = "star", "红旗" = "flag" } }
period = "季度"
day = "评定日"
level = "等级"
level_before = "原等级"

[case_parties]
file = "parties.csv"
case = "案件"
role = { column = "角色", words = { "协办" = "assist", "督办" = "supervise" } }
name = "单位"
department = "部门"
"""

FILES = {
    "staff.csv": "工号,网格,岗位,姓名,电话,方式\nS1,第0101格,网格长,张一,021-11112222,常驻\nS2,102,网格长,,,\n",
    "items.csv": "编码,批次,大类,大类名,事项,部门,启用,停用\n"
    "Z1,1,A1,公共管理,占道经营,城管,2024/01/01,\nZ2,2,A1,公共管理,装修噪声,,2024/01/01,2024/06/01\n",
    "exclusive.csv": "网格,类型,公职,单位,信息员,采报\n0201,市场,是,10,7,2024-03-01 08:00\n0202,园区,否,0,0,\n",
    "compounds.csv": "编码,名称,网格,物业,经度,纬度\nC1,海晏苑,101,有,120.005,30.005\nC2,东街8号院,,,120.015,30.015\n",
    "activities.csv": "流水号,类型,网格,部门,内容,时间,期限,完成,数量,归属\n"
    "1,巡查,0101,,,2024-03-01 08:30:00,,2024-03-01 09:00:00,2,\n"
    "1,问题,01,,停车,2024-03-01 00:00:00,,-,,\n"
    "2,需求,0101,,没处停车，请电13800138000,2024-03-01 10:00:00,,,,1\n"
    "3,吹哨,0102,城管,,2024-03-02 10:00:00,2024-03-02 11:00:00,2024-03-02 10:30:00,,\n",
    "ratings.csv": "网格,类型,季度,评定日,等级,原等级\n01,五星,2024Q1,2024-04-09,4,3\n0101,红旗,2024Q1,2024-04-09,1,\n",
    "parties.csv": "案件,角色,单位,部门\nA1,协办,城管,城管\nA1,督办,纪工委,\n",
}
TABLES = ("staff", "access_item", "exclusive_grid", "compound", "activity", "rating", "case_party")


@pytest.fixture(params=ENGINES)
def town(request, tmp_path, monkeypatch, capsys):
    founded = Town(tmp_path, monkeypatch, capsys)
    founded.use(monkeypatch, *addresses(request.param, tmp_path, "work"))
    # The access list comes before the cases, so its departments must have names.
    named = 'unknown = "add"\n[cases.department.names]\n"城管" = ["城管", "Order"]\n'
    founded.change('unknown = "add"\n', named)
    founded.mapping += WORK
    for name, content in FILES.items():
        founded.write(name, content)
    return founded


def loaded(town: Town, *options: str) -> str:
    code, printed = town.load(*options)
    assert code == 0, printed
    return printed


def part(printed: str, title: str) -> str:
    """What the summary says of one part."""
    lines = printed.splitlines()
    first = lines.index(title)
    ends = [n for n in range(first + 1, len(lines)) if not lines[n].startswith(" ")]
    return "\n".join(lines[first : ends[0]])


def changed(town: Town, name: str, old: str, new: str) -> None:
    assert old in FILES[name]
    town.write(name, FILES[name].replace(old, new))


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
    changed(town, name, old, new)
    printed = loaded(town)
    rejected = town.rejected(name.removesuffix(".csv"))
    assert rejected["rejected_field"].tolist() == [column]
    assert reason in rejected["rejected_reason"][0]
    assert f"{column}: {reason}" in printed
    rows = len(FILES[name].splitlines()) - 1
    title = next(t for t in SECTIONS if f'[{t}]\nfile = "{name}"' in WORK)
    assert f"{rows - 1}  loaded (new)" in part(printed, title)
    town.write(name, FILES[name])
    assert "1  loaded (new)" in part(loaded(town), title)


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


def particulars(town: Town, *rows: str) -> None:
    """The four cases with importance, urgency, item, cross type and who leads."""
    columns = ("重要", "紧急", "事项", "三跨", "牵头")
    told = [
        row | dict(zip(columns, line.split("|"), strict=True))
        for row, line in zip(cases(), rows, strict=True)
    ]
    town.cases(told)
    town.change(
        'title = "标题"\n',
        'title = "标题"\nimportance = { column = "重要", words = { "高" = "1", "低" = "3" } }\n'
        'urgency = "紧急"\naccess_item = "事项"\n'
        'cross_type = { column = "三跨", words = { "跨部门" = "department" } }\n'
        'lead_level = { column = "牵头", words = { "工作站" = "station", "街道" = "street" } }\n',
    )


PLAIN = ("高|1|Z1|跨部门|工作站", "低|3|||街道", "||Z2||", "||||工作站")


def test_cases_tell_their_particulars(town):
    particulars(town, *PLAIN)
    loaded(town)
    columns = "r.code, r.importance, r.urgency, i.code, r.cross_type"
    found = town.sql(
        f"SELECT {columns} FROM case_record r LEFT JOIN access_item i ON i.item_id = r.access_item_id ORDER BY 1"
    )
    assert found == [
        ("A1", 1, 1, "Z1", "department"),
        ("A2", 3, 3, None, None),
        ("A3", None, None, "Z2", None),
        ("A4", None, None, None, None),
    ]
    leads = [town.now(code)["lead_level"] for code in ("A1", "A2", "A3", "A4")]
    assert leads == ["station", "street", None, "station"]
    before = town.everything()
    loaded(town)
    assert town.everything() == before


def test_another_lead_in_a_later_extract_counts_at_the_closing(town):
    """A1 was closed under the station, now the street is said to have led; A3 is told for the first time."""
    particulars(town, *PLAIN)
    loaded(town)
    town.mapping = town.mapping.replace("牵头", "主办")
    columns = ("重要", "紧急", "事项", "三跨", "主办")
    lines = ("高|1|Z1|跨部门|街道", "低|3|||街道", "||Z2||工作站", "||||")
    town.cases(
        [
            r | dict(zip(columns, x.split("|"), strict=True))
            for r, x in zip(cases(), lines, strict=True)
        ]
    )
    loaded(town)
    assert [town.now(code)["lead_level"] for code in ("A1", "A2", "A3", "A4")] == [
        "street", "street", "station", "station",
    ]  # fmt: skip
    moved = town.sql("SELECT at, lead_level FROM case_event WHERE type = 'escalated' ORDER BY at")
    assert moved == [
        (epoch("2024-03-01 09:59:59"), "street"),
        (epoch("2024-03-05 07:59:59"), "station"),
    ]
    assert town.now("A1")["n_odd"] == 0
    before = town.everything()
    loaded(town)
    assert town.everything() == before


def test_a_case_with_an_item_or_a_level_that_nobody_knows_is_set_aside(town):
    particulars(town, "中|1|||", "|4|||", "||Z9||", "||||村")
    town.load()
    reasons = dict(zip(town.rejected()["编号"], town.rejected()["rejected_field"], strict=True))
    assert reasons == {"A1": "重要", "A2": "紧急", "A3": "事项", "A4": "牵头"}
    assert "load [access_items] with it first" in town.rejected()["rejected_reason"][2]


def test_the_first_access_list_makes_states_anew(town):
    """Until there is a list nothing can be off it."""
    loaded(town, "--only", "grids", "--only", "cases")
    assert "4  known cases: their states derived anew" in part(loaded(town), "access_items")
