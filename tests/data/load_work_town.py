"""The small town with files of posts, lists, activities and more, for the tests of data.load."""

from pathlib import Path
from typing import Any

from load_town import Town

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


def work_files_town(engine: str, folder: Path, monkeypatch: Any, capsys: Any) -> Town:
    """The town on an engine; the access list comes before the cases, so its departments have names."""
    town = Town(folder, monkeypatch, capsys).with_tables(monkeypatch, engine)
    named = 'unknown = "add"\n[cases.department.names]\n"城管" = ["城管", "Order"]\n'
    town.change('unknown = "add"\n', named)
    town.mapping += WORK
    for name, content in FILES.items():
        town.write(name, content)
    return town


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
