"""How fast `data.load` takes a large file of cases into empty SQLite databases.

The file is written from a large city: its titles, words, roads, points and grids, as the export of
a case system would hold them, in Chinese and in the site's local time.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection, and_, or_, select

from benchmarks.large_city import LargeCity, Tell
from benchmarks.serving import CannotRun
from benchmarks.snapshot import open_city
from benchmarks.timing import machine
from data.case_tables import FOREVER, case_record, category, department, grid_shape, source
from data.case_tables import case_derived as d
from data.case_tables import case_path as p
from data.days import local_time
from data.grids import GridTree
from data.settings import project_folder
from queries.site import Site

ZONE = "Asia/Shanghai"
FORM = "%Y-%m-%d %H:%M:%S"
HEAD = (
    *("编号", "标题", "上报时间", "截止时间", "结案时间", "状态", "来源", "大类", "小类", "部门"),
    *("地址", "经度", "纬度", "网格"),
)
LEVEL = """
[[hierarchy.level]]
id = "level{level}"
name = "{name}"
name_en = "{name_en}"
file = "level{level}.geojson"
key = {{ column = "code" }}
unit_name = "{{name}}"
"""
PARENT = 'parent = {{ column = "code", rules = ["first {length}"] }}\n'
MAPPING = """
[site]
key = "benchmark"
name = "基准城市"
name_en = "Benchmark city"
zone = "Asia/Shanghai"

[[hierarchy]]
code = "area"
name = "属地"
name_en = "Area"
default = true
{levels}
[cases]
file = "cases.csv"
id = "编号"
title = "标题"
survey_due = false

[cases.time]
format = "%Y-%m-%d %H:%M:%S"
reported = "上报时间"
deadline = "截止时间"
closed = "结案时间"

[cases.status]
column = "状态"
open = ["处置中"]
closed = ["已结案"]

[cases.source]
column = "来源"
[cases.source.names]
{sources}

[cases.category]
class_column = "大类"
item_column = "小类"

[cases.department]
column = "部门"
unknown = "add"

[cases.place]
road = "地址"
address = "地址"
lon = "经度"
lat = "纬度"

[[cases.locate]]
hierarchy = "area"
by = [{{ column = "网格", level = "level{deepest}" }}, {{ point = true }}]
"""


def measure_load(city: LargeCity, *, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Write the city's cases and grids as files, and load them in a process of their own."""
    parent = project_folder() / "var" / "benchmarks"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        tell("writing the files")
        site = open_city(city)
        with site.case.connect() as connection:
            mapping = write_files(site, connection, folder)
        site.case.dispose()
        site.population.dispose()
        megabytes = (folder / "cases.csv").stat().st_size / 1e6
        tell("loading")
        began = time.perf_counter()
        told = _load(mapping, folder)
        seconds = time.perf_counter() - began
    cases = next(part for part in told["parts"] if part["part"] == "cases")
    return {
        "machine": machine(),
        "measured": (
            f"data.load of {cases['read']:,} rows × {len(HEAD)} columns ({megabytes:.0f} MB of CSV, UTF-8) "
            "and five levels of grids into empty SQLite databases"
        ),
        "rows": cases["read"],
        "seconds": round(seconds, 1),
        "rows_per_second": round(cases["read"] / seconds),
        "case_rows_per_second": round(cases["read"] / cases["seconds"]),
        **told,
    }


def write_files(site: Site, connection: Connection, folder: Path) -> Path:
    """The mapping, an outline file for each level and the cases; gives the mapping's path."""
    tree = site.tree()
    if tree is None:
        raise ValueError("the city has no grids")
    levels = range(tree.deepest() + 1)
    for level in levels:
        _write_level(connection, tree, level, folder / f"level{level}.geojson")
    text = MAPPING.format(
        levels="".join(_level_told(tree, level) for level in levels),
        sources="\n".join(
            f'"{s.name.zh}" = ["{s.name.zh}", "{s.name.en}"]' for s in site.sources().values()
        ),
        deepest=tree.deepest(),
    )
    path = folder / "benchmark.toml"
    path.write_text(text, encoding="utf-8")
    with (folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows(_rows(connection, tree))
    return path


def _level_told(tree: GridTree, level: int) -> str:
    name, name_en = tree.level_name(level)
    told = LEVEL.format(level=level, name=name, name_en=name_en)
    if level == 0:
        return told
    above = tree.at_level(tree.top, level - 1)[0]
    return told + PARENT.format(length=len(above.code))


def _write_level(connection: Connection, tree: GridTree, level: int, path: Path) -> None:
    grids = {grid.grid_id: grid for grid in tree.at_level(tree.top, level)}
    rows = connection.execute(select(grid_shape.c.grid_id, grid_shape.c.outline))
    kept = [(grids[i], outline) for i, outline in rows if i in grids]
    shapes = shapely.to_geojson(shapely.from_wkb([outline for _, outline in kept]))
    features = [
        {
            "type": "Feature",
            "properties": {"code": grid.code, "name": grid.name},
            "geometry": json.loads(shape),
        }
        for (grid, _), shape in zip(kept, shapes, strict=True)
    ]
    told = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _rows(connection: Connection, tree: GridTree) -> Iterator[tuple[object, ...]]:
    """The cases that are open or closed, as they stand now."""
    r = case_record.c
    deepest = p.c[f"grid_{tree.deepest()}"]
    statement = (
        select(
            *(r.code, r.title, d.c.reported_at, d.c.effective_deadline, d.c.closed_at),
            *(
                d.c.is_open,
                source.c.name,
                category.c.class_name,
                category.c.name,
                department.c.name,
            ),
            *(r.address_masked, r.lon, r.lat, deepest),
        )
        .join(d, and_(d.c.case_id == r.case_id, d.c.valid_to == FOREVER))
        .join(p, and_(p.c.case_id == r.case_id, p.c.hierarchy_id == tree.hierarchy_id))
        .join(source, source.c.source_id == r.source_id)
        .join(category, category.c.category_id == r.category_id)
        .join(department, department.c.department_id == r.department_id, isouter=True)
        .where(or_(d.c.is_open == 1, d.c.is_closed == 1))
        .order_by(r.case_id)
    )
    found = connection.execution_options(yield_per=10_000).execute(statement)
    for code, title, *times, is_open, told, kind, item, unit, address, lon, lat, grid_id in found:
        grid = tree.by_id.get(grid_id)
        yield (
            *(code, title, *map(_time, times), "处置中" if is_open else "已结案"),
            *(told, kind, item, unit, address, lon, lat, grid.code if grid else ""),
        )


def _time(at: int | None) -> str:
    return "" if at is None else local_time(at, ZONE).strftime(FORM)


def _load(mapping: Path, folder: Path) -> dict[str, Any]:
    addresses = [f"sqlite:///{folder}/{kind}.sqlite" for kind in ("case", "population")]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load_child", str(mapping), str(folder), *addresses],
        cwd=project_folder(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotRun(f"the load ended with an error:\n{done.stderr.strip()}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def load_table(report: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [report["measured"], report["machine"]]
    lines += [
        f"{part['seconds']:>9.1f} s  {part['part']}: {part['loaded']:,} loaded, {part['set_aside']} set aside"
        for part in report["parts"]
    ]
    lines.append(
        f"{report['rest_seconds']:>9.1f} s  tiles of a large city, the quick check, statistics of the engine"
    )
    lines.append(
        f"{report['seconds']} s in all, {report['rows_per_second']:,} rows per second "
        f"({report['case_rows_per_second']:,} in the part of the cases), "
        f"{report['cpu_seconds']} s of CPU time, peak {report['peak_megabytes']} MB"
    )
    return "\n".join(lines)
