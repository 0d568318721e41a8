"""K22–K30 of the town at work once more, its rows loaded from files: the same hand counts hold.

The files hold what work_town says; what is expected is that of test_work_metrics.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ENGINES
from hand_town import scope_of
from small_town import ZONE, Town, at
from test_work_metrics import EXPECTED
from work_town import ACTIVITIES, AS_OF, DAY_0, EXCLUSIVE, POSTS, RATINGS, work_town

from data.days import day_of, local_time
from data.load.inputs import open_inputs
from data.load.mapping_file import read_mapping
from data.load.work_load import load_work
from data.load.work_sections import SECTIONS
from data.work_tables import activity, exclusive_grid, rating, staff
from queries.measure import measure
from queries.metrics import BY_KEY
from queries.site import Site

MAPPING = """
[site]
key = "town"
name = "示范镇"
name_en = "Sample Town"
zone = "Asia/Shanghai"

[[hierarchy]]
code = "area"
name = "属地"
name_en = "Area"
[[hierarchy.level]]
id = "town"
name = "镇"
name_en = "Town"
code = "T"
unit_name = "示范镇"
[[hierarchy.level]]
id = "grid"
name = "网格"
name_en = "Grid"
file = "grids.geojson"
key = { column = "code" }
unit_name = "{code}"

[staff]
file = "staff.csv"
code = "编号"
grid = "网格"
role = { value = "worker" }
name = "姓名"
duty_mode = { column = "方式", words = { "常驻" = "resident", "报到" = "reporting", "兼职" = "part_time" } }
on_duty = "在岗"

[exclusive_grids]
file = "exclusive.csv"
grid = "网格"
type = { value = "市场" }
people = "人数"
area_km2 = "面积"
head_is_civil_servant = "公职"
units = "单位"
informants = "信息员"
reported_at = "最近采报"
linked_grid = "综合网格"

[activities]
file = "activities.csv"
id = ["编号"]
kind = { column = "类型", words = { "巡查" = "patrol", "在岗" = "duty", "吹哨" = "whistle" } }
grid = "网格"
department = "部门"
at = "时间"
due_at = "期限"
done_at = "完成"
amount = "数量"
of = ["所属"]

[ratings]
file = "ratings.csv"
grid = "网格"
kind = "类型"
period = { value = "2026Q1" }
day = "日期"
level = "等级"
level_before = "原等级"
"""

KINDS = {"patrol": "巡查", "duty": "在岗", "whistle": "吹哨"}
MODES = {"resident": "常驻", "reporting": "报到", "part_time": "兼职"}


def moment(hour: float | None) -> str:
    return "" if hour is None else f"{local_time(at(hour), ZONE):%Y-%m-%d %H:%M:%S}"


def told(value: object) -> str:
    return "" if value is None else str(value)


def write(folder: Path, name: str, columns: str, rows: list[list[str]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns.split(), *rows])


def write_files(folder: Path) -> None:
    """The rows of work_town as their owners would export them."""
    posts = [
        [f"S{n}", grid, told(name), MODES[mode], "是" if on_duty else "否"]
        for n, (grid, name, mode, on_duty) in enumerate(POSTS)
    ]
    write(folder, "staff.csv", "编号 网格 姓名 方式 在岗", posts)
    exclusive = [
        [g, told(people), told(area), str(head), str(u), str(i), moment(seen), told(linked)]
        for g, linked, head, u, i, seen, people, area in EXCLUSIVE
    ]
    head = "网格 人数 面积 公职 单位 信息员 最近采报 综合网格"
    write(folder, "exclusive.csv", head, exclusive)
    activities = []
    for n, (kind, grid, unit, begun, due, done, amount, *ids) in enumerate(ACTIVITIES):
        number, of = ids if ids else (n + 1, None)
        times = [moment(begun), moment(due), moment(done)]
        word = KINDS.get(kind, kind)
        activities.append([told(number), word, grid, told(unit), *times, str(amount), told(of)])
    write(folder, "activities.csv", "编号 类型 网格 部门 时间 期限 完成 数量 所属", activities)
    ratings = [
        [grid, kind, day_of(DAY_0 + day).isoformat(), str(level), told(before)]
        for grid, kind, day, level, before in RATINGS
    ]
    write(folder, "ratings.csv", "网格 类型 日期 等级 原等级", ratings)


def load(town: Town, folder: Path) -> dict[str, dict[str, int]]:
    """Load the files into the town; what each section did."""
    path = folder / "town.toml"
    path.write_text(MAPPING, encoding="utf-8")
    mapping = read_mapping(path)
    inputs = open_inputs(mapping, folder, tuple(SECTIONS))
    done = {}
    with town.case.begin() as connection:
        for name, sources in inputs.work.items():
            part = load_work(connection, mapping, name, sources, folder, AS_OF)
            done[name] = {what: n for what, n in part.counts.items() if n and what != "read"}
            done[name]["set aside"] = part.set_aside
    return done


@pytest.fixture(scope="module", params=ENGINES)
def loaded(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[tuple[Site, dict, dict]]:
    """The town without the rows that work_town put there, the files loaded twice."""
    folder = tmp_path_factory.mktemp("loaded")
    town = work_town(request.param, folder)
    with town.case.begin() as connection:
        for table in (activity, staff, exclusive_grid, rating):
            connection.execute(table.delete())
    write_files(folder)
    first, second = load(town, folder), load(town, folder)
    site = town.city.site(AS_OF, is_exact=True)
    yield site, first, second
    site.case.dispose()
    site.population.dispose()
    town.close()


def test_every_row_is_loaded_and_again_none_is_another(loaded):
    """Of the two decisions of one day on A2's flag the later one counts."""
    _, first, second = loaded
    numbers = {"staff": len(POSTS), "exclusive_grids": 3, "activities": len(ACTIVITIES)}
    assert first == {
        **{name: {"loaded": n, "set aside": 0} for name, n in numbers.items()},
        "ratings": {"loaded": len(RATINGS) - 1, "set aside": 1},
    }
    assert second == {
        **{name: {"unchanged": n, "set aside": 0} for name, n in numbers.items()},
        "ratings": {"unchanged": len(RATINGS) - 1, "set aside": 1},
    }


@pytest.mark.parametrize("key", EXPECTED)
def test_the_figures_are_those_counted_by_hand(loaded, key):
    site, whole = loaded[0], EXPECTED[key][0]
    found = measure(site, [BY_KEY[key]], scope_of(site, AS_OF), as_of=AS_OF).total(key)
    assert (found.n if found.d is None else (found.n, found.d)) == whole
