"""A small invented town for the tests of data.load: two districts of two grids, a few cases."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from conftest import copies, migrated
from sqlalchemy import Engine, NullPool, create_engine, inspect, text

from data.load.__main__ import main

WEST, SOUTH, SIDE = 120.0, 30.0, 0.01

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
default = true

[[hierarchy.level]]
id = "town"
name = "镇"
name_en = "Town"
code = "T"
unit_name = "示范镇"

[[hierarchy.level]]
id = "district"
name = "社区"
name_en = "District"
file = "districts.geojson"
key = { column = "code" }
unit_name = "{name}社区"

[[hierarchy.level]]
id = "grid"
name = "网格"
name_en = "Grid"
file = "grids.geojson"
key = { column = "code", rules = ["pad 4"] }
parent = { column = "code", rules = ["pad 4", "first 2"] }
unit_name = "{code}网格"

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
"热线" = ["12345热线", "Hotline"]
"巡查" = ["网格员巡查", "Patrol"]

[cases.category]
class_column = "大类"
item_column = "小类"

[cases.department]
column = "部门"
unknown = "add"

[cases.place]
road = "地址"
road_remove = ['\\d+号.*$']
address = "地址"
lon = "经度"
lat = "纬度"
default_points = [[120.0001, 30.0001]]

[[cases.locate]]
hierarchy = "area"
by = [
  { column = "网格", level = "grid", rules = ["digits", "pad 4"] },
  { column = "社区", level = "district", rules = ["digits", "pad 2"] },
  { point = true },
]

[population]
file = "population.csv"
level = "grid"
grid = { column = "网格", rules = ["pad 4"] }
population = "人口"
households = "户数"

[entities]
file = "entities.csv"
id = ["代码"]
name = ["招牌", "名称"]
kind = "企业"
address = "{地址}"
lon = "经度"
lat = "纬度"
"""

COLUMNS = [
    *("编号", "上报时间", "截止时间", "结案时间", "状态", "来源", "大类", "小类", "部门", "标题"),
    *("地址", "经度", "纬度", "社区", "网格"),
]

CASES = [
    "A1|2024-03-01 08:00:00|2024-03-02 08:00:00|2024-03-01 10:00:00|已结案|热线|市容|占道|城管|"
    "占道经营|海晏路1号3单元302室|120.005|30.005|01|0101",
    "A2|2024-03-01 09:00:00|2024-03-02 09:00:00||处置中|巡查|市容|占道|城管|流动摊贩|海晏路2号|"
    "120.015|30.005|01|0102",
    "A3|2024-03-02 08:00:00||2024-03-05 08:00:00|已结案|热线|噪声|装修|环保|装修噪声|"
    "|120.005|30.015||",
    "A4|2024-03-03 08:00:00|||处置中|热线|噪声|装修||噪声|东街|120.0001|30.0001||",
]


def row(line: str) -> dict[str, str]:
    """One case of the list above."""
    return dict(zip(COLUMNS, line.split("|"), strict=True))


def cases() -> list[dict[str, str]]:
    """Fresh copies of the four cases."""
    return [row(line) for line in CASES]


def cell(column: int, line: int, side: float = SIDE) -> dict[str, object]:
    """A square of the town."""
    x, y = WEST + column * SIDE, SOUTH + line * SIDE
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def features(shapes: Mapping[str, object]) -> str:
    """GeoJSON of shapes by code; the name is the code with 第."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"code": c, "name": f"第{c}"}, "geometry": g}
                for c, g in shapes.items()
            ],
        }
    )


GRIDS = {"0101": cell(0, 0), "0102": cell(1, 0), "0201": cell(0, 1), "0202": cell(1, 1)}


def strip(line: int) -> dict[str, object]:
    """A district: two neighbouring squares."""
    x, y = WEST, SOUTH + line * SIDE
    ring = [[x, y], [x + 2 * SIDE, y], [x + 2 * SIDE, y + SIDE], [x, y + SIDE], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


DISTRICTS = {"01": strip(0), "02": strip(1)}


class Town:
    """A folder with files and two databases, and the command line run over them."""

    def __init__(self, folder: Path, monkeypatch: object, capsys: object) -> None:
        self.folder = folder
        self.capsys = capsys
        self.mapping = MAPPING
        self.source = folder / "source"
        self.source.mkdir()
        self.case_file = folder / "case.sqlite"
        self.use(monkeypatch, f"sqlite:///{self.case_file}", f"sqlite:///{folder}/people.sqlite")
        self.write("districts.geojson", features(DISTRICTS))
        self.write("grids.geojson", features(GRIDS))
        self.cases(cases())
        self.write("population.csv", "网格,人口,户数\n101,1000.5,400\n0102,2000,800\n0201,10,5\n")
        self.write(
            "entities.csv",
            "代码,名称,招牌,地址,经度,纬度\n"
            "E1,甲公司,,海晏路1号,120.005,30.005\n"
            "E2,乙商行,乙面馆,海晏路2号,0,0\n",
        )

    def use(self, monkeypatch: object, case_url: str, people_url: str) -> None:
        """Load into these databases from now on."""
        self.case_url, self.people_url = case_url, people_url
        monkeypatch.setenv("CASE_DATABASE_URL", case_url)  # type: ignore[attr-defined]
        monkeypatch.setenv("POPULATION_DATABASE_URL", people_url)  # type: ignore[attr-defined]
        key_file = str(self.folder / "caller.key")
        monkeypatch.setenv("CALLER_KEY_FILE", key_file)  # type: ignore[attr-defined]

    def with_tables(
        self,
        monkeypatch: object,
        engine: str = "sqlite",
        make: Callable[[str, str], Any] = migrated,
    ) -> "Town":
        """Load into tables made before: the first load makes them otherwise, which takes longer."""
        urls, _ = copies(engine, self.folder, "loaded", make)
        self.use(monkeypatch, *urls)
        return self

    def write(self, name: str, content: str, encoding: str = "utf-8") -> Path:
        """Put a text file into the source folder; .gz is packed."""
        path = self.source / name
        raw = content.encode(encoding)
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    def cases(
        self, rows: Sequence[Mapping[str, str]], name: str = "cases.csv", encoding: str = "utf-8"
    ) -> Path:
        """Write the case file, with further columns where a row has them."""
        stream = io.StringIO()
        columns = dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)])
        writer = csv.DictWriter(stream, list(columns), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.write(name, stream.getvalue(), encoding)

    def change(self, old: str, new: str) -> None:
        """Replace something in the mapping, which must be there."""
        assert old in self.mapping
        self.mapping = self.mapping.replace(old, new)

    def load(self, *options: str) -> tuple[int, str]:
        """Run the command line; give the exit code and everything it printed."""
        path = self.folder / "town.toml"
        path.write_text(self.mapping, encoding="utf-8")
        common = [str(path), "--source", str(self.source), "--rejects", str(self.folder)]
        code = main([*common, *options])
        printed = self.capsys.readouterr()  # type: ignore[attr-defined]
        return code, printed.out + printed.err

    def sql(self, statement: str, people: bool = False) -> list[tuple[object, ...]]:
        """Rows of a query on the case database, or on that of the population."""
        with _engine(self.people_url if people else self.case_url).connect() as connection:
            return [tuple(found) for found in connection.execute(text(statement))]

    def run(self, statement: str) -> None:
        """Change something in the case database."""
        with _engine(self.case_url).begin() as connection:
            connection.execute(text(statement))

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables of both databases."""
        held = {}
        for people, url in ((False, self.case_url), (True, self.people_url)):
            with _engine(url).connect() as connection:
                for name in inspect(connection).get_table_names():
                    rows = connection.execute(text(f"SELECT * FROM {name}"))
                    held[f"{people} {name}"] = sorted(map(tuple, rows), key=str)
        return held

    def flags(self, code: str) -> set[str]:
        """Data-quality flags of a case."""
        held = self.sql(f"SELECT flags FROM case_record WHERE code = '{code}'")[0][0]
        return set(str(held).split(",")) if held else set()

    def path(self, code: str, hierarchy: str = "area") -> list[str | None]:
        """Codes of the grids a case lies in, below the top."""
        found = self.sql(
            "SELECT a.code, b.code FROM case_path p JOIN case_record r USING (case_id) "
            "JOIN hierarchy h USING (hierarchy_id) "
            "LEFT JOIN grid_unit a ON a.grid_id = p.grid_1 "
            "LEFT JOIN grid_unit b ON b.grid_id = p.grid_2 "
            f"WHERE r.code = '{code}' AND h.code = '{hierarchy}'"
        )
        return list(found[0]) if found else []  # type: ignore[arg-type]

    def rejected(self, name: str = "cases") -> pd.DataFrame:
        """The file of rejected rows."""
        path = self.folder / f"{name}.rejected.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel needs the BOM"
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    def now(self, code: str) -> dict[str, object]:
        """The newest derived state of a case."""
        statement = (
            "SELECT d.* FROM case_derived d JOIN case_record r USING (case_id) "
            f"WHERE r.code = '{code}' ORDER BY d.valid_from DESC"
        )
        with _engine(self.case_url).connect() as connection:
            return dict(connection.execute(text(statement)).mappings().first() or {})


@contextmanager
def model_town(case_url: str, people_url: str) -> Iterator[Town]:
    """A town to load into databases that tests get copies of."""
    silent = SimpleNamespace(readouterr=lambda: SimpleNamespace(out="", err=""))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        town = Town(Path(folder), patch, silent)
        town.use(patch, case_url, people_url)
        yield town


def plainly_loaded(case_url: str, people_url: str) -> None:
    """Load all that the town has by itself."""
    with model_town(case_url, people_url) as town:
        code, _ = town.load()
        assert code == 0


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    """Made once for a town's many small questions; it keeps no connection, so nothing stays locked."""
    return create_engine(url, poolclass=NullPool)


def epoch(local: str) -> int:
    """Epoch second of a local time of the town."""
    return int(datetime.fromisoformat(f"{local}+08:00").timestamp())


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """A minimal XLSX: text as inline strings, numbers as numbers, datetimes as date cells."""
    lines = []
    for values in rows:
        cells = []
        for value in values:
            if isinstance(value, datetime):
                serial = (value - datetime(1899, 12, 30)).total_seconds() / 86_400
                cells.append(f'<c s="1"><v>{serial!r}</v></c>')
            elif isinstance(value, (int, float)):
                cells.append(f"<c><v>{value}</v></c>")
            else:
                cells.append(f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>')
        lines.append(f"<row>{''.join(cells)}</row>")
    main_ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main_ns}" xmlns:r="{office}"><sheets>'
        '<sheet name="案件" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main_ns}"><numFmts count="1">'
        '<numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
        '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main_ns}"><sheetData>'
        f"{''.join(lines)}</sheetData></worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return stream.getvalue()
