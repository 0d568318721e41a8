"""Loads legal entities: who trades where. Entities that a later file lacks are kept."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, bindparam, func, select, update

from data import bulk
from data.load.file_scan import Scan, joined, scan
from data.load.inputs import BRACES
from data.load.locate import Locator
from data.load.mapping import Entities, Mapping
from data.load.plain import records, tuples
from data.load.points import check_declared, numbers, to_degrees
from data.load.rejects import Faults, Rejects
from data.load.summary import Part
from data.load.text_tables import TextTable
from data.load.uscc import is_uscc
from data.population_tables import legal_entity
from data.population_tiles import bump_population

COLUMNS = ["code", "name", "kind", "industry", "address", "lon", "lat", "grid_code", "risk"]
_PAIR = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)[\s,;]+(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)")


def load_entities(
    connection: Connection,
    mapping: Mapping,
    locator: Locator,
    tables: list[TextTable],
    rejects: Path,
    now: int,
) -> Part:
    """Check, locate and upsert every entity of the files."""
    spec = mapping.entities
    assert spec is not None
    part = Part("entities")
    changed = False
    for table in tables:
        first = scan(table, spec.id)
        aside = Rejects(table, rejects)
        part.count("read", first.rows)
        for frame, malformed in table.portions():
            once = frame[~frame.index.isin(first.repeated)]
            rows, faults = _check(once, spec, first, table.path.name)
            rows["grid_code"] = _grids(rows, locator)
            good = faults.is_good()
            changed |= _upsert(connection, rows[good], part)
            pointed = rows["lon"].notna()
            part.flags["point_unreadable"] += int((good & ~pointed).sum())
            part.flags["point_outside"] += int((good & pointed & rows["grid_code"].isna()).sum())
            aside.take(faults, malformed)
            part.count("repeated", len(frame) - len(once))
        part.take(aside)
    if changed:
        bump_population(connection, now, ["entity"])
    return part


def _check(
    frame: pd.DataFrame, spec: Entities, first: Scan, file: str
) -> tuple[pd.DataFrame, Faults]:
    faults = Faults(frame)
    text = frame.apply(lambda column: column.str.strip())
    rows = pd.DataFrame({"code": _codes(text, spec)})
    faults.add(rows["code"] == "", spec.id[0], "the id is empty")
    superseded = pd.Series(frame.index.isin(first.superseded), index=frame.index)
    faults.add(superseded, spec.id[0], "duplicate id: a later row has it with other content")
    if spec.check_uscc:
        wrong = (rows["code"] != "") & ~rows["code"].map(is_uscc)
        faults.add(wrong, spec.id[0], "not a 统一社会信用代码: length or check digit is wrong")
    rows["name"] = ""
    for template in spec.name:
        rows["name"] = rows["name"].where(rows["name"] != "", _fill(template, text))
    faults.add(rows["name"] == "", spec.name[0].strip("{}"), "the name is empty")
    rows["kind"], rows["risk"] = spec.kind, spec.risk
    rows["industry"] = text[spec.industry] if spec.industry else None
    rows["address"] = _fill(spec.address, text) if spec.address else None
    rows = rows.astype("object").where(rows != "", None)
    rows["lon"], rows["lat"] = _points(text, spec, file)
    return rows, faults


def _codes(text: pd.DataFrame, spec: Entities) -> pd.Series:
    """The id column as it is, or a fingerprint of several, which stays the same from file to file."""
    if len(spec.id) == 1:
        return text[spec.id[0]]
    return joined(text, spec.id).map(
        lambda key: (
            hashlib.blake2b(key.encode(), digest_size=8).hexdigest() if key.strip("\x1f") else ""
        )
    )


def _fill(template: str, text: pd.DataFrame) -> pd.Series:
    """Braces replaced by columns; commas and spaces left over by empty ones are dropped."""
    columns = BRACES.findall(template)
    if not columns:
        columns, template = [template], "{" + template + "}"
    filled = [
        re.sub(r"\s+", " ", template.format_map(row)).strip(" ,")
        for row in text[columns].to_dict("records")
    ]
    return pd.Series(filled, index=text.index)


def _points(text: pd.DataFrame, spec: Entities, file: str) -> tuple[pd.Series, pd.Series]:
    """WGS84 points; (0, 0) and what is no pair of numbers is no point."""
    if spec.point:
        pairs = text[spec.point].str.extract(_PAIR)
        names = spec.point_order.split()
        lon, lat = (numbers(pairs[names.index(axis)]) for axis in ("lon", "lat"))
    elif spec.lon and spec.lat:
        lon, lat = (numbers(text[c]) for c in (spec.lon, spec.lat))
    else:
        lon = lat = pd.Series(np.nan, index=text.index)
    check_declared(file, "[entities]", lon, lat, spec.crs)
    return to_degrees(lon, lat, spec.crs)


def _grids(rows: pd.DataFrame, locator: Locator) -> pd.Series:
    grid = locator.by_point(rows["lon"], rows["lat"])
    codes = {grid_id: unit.code for grid_id, unit in locator.tree.by_id.items()}
    return grid.map(codes).astype("object").where(grid.notna(), None)


def _upsert(connection: Connection, rows: pd.DataFrame, part: Part) -> bool:
    """Insert new entities, update those that differ; say whether anything changed."""
    stored = bulk.read(connection, select(legal_entity)).set_index("code")
    ids = rows["code"].map(stored["entity_id"]) if len(stored) else pd.Series(pd.NA, rows.index)
    fresh = rows[ids.isna()].copy()
    top = connection.execute(select(func.max(legal_entity.c.entity_id))).scalar() or 0
    fresh["entity_id"] = range(top + 1, top + 1 + len(fresh))
    bulk.insert(connection, legal_entity, fresh)
    old = rows[ids.notna()]
    before = tuples(stored.reindex(old["code"])[COLUMNS[1:]])
    differs = np.array(
        [x != y for x, y in zip(tuples(old[COLUMNS[1:]]), before, strict=True)], bool
    )
    _update(connection, old[differs])
    part.count("loaded", len(fresh))
    part.count("updated", int(differs.sum()))
    part.count("unchanged", len(old) - int(differs.sum()))
    return bool(len(fresh) or differs.any())


def _update(connection: Connection, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    values: dict[str, Any] = {name: bindparam(name) for name in COLUMNS[1:]}
    connection.execute(
        update(legal_entity).where(legal_entity.c.code == bindparam("key")).values(values),
        records(rows[COLUMNS], {"code": "key"}),
    )
