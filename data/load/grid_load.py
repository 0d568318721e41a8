"""Writes the hierarchies of a mapping into the case database; the same files twice change nothing."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from sqlalchemy import Connection, bindparam, delete, select, update

from data import bulk
from data.case_tables import grid_shape, grid_unit, hierarchy, site_setting
from data.errors import InputError
from data.grid_writing import simplify, write_hierarchy
from data.load.grid_levels import Built, build_hierarchy
from data.load.mapping import Mapping
from data.load.plain import records
from data.load.site_mapping import Hierarchy
from data.load.summary import Part
from data.rezone import lines, rezone
from data.stored_settings import read_setting, write_setting

NAMED = ["name", "name_en", "kind", "households", "residents"]
FINGERPRINTS = "loaded_grids"
"""Setting that remembers a fingerprint of each hierarchy as it was last loaded."""


def load_grids(connection: Connection, mapping: Mapping, source: Path, now: int) -> Part:
    """Build and check every hierarchy, write those that differ from what is stored.

    Where grids have changed, known cases are placed in them anew (按现行网格), in all hierarchies: they
    share their outlines.
    """
    part = Part("grids")
    known: pd.DataFrame | None = None
    prints = dict(read_setting(connection, site_setting, FINGERPRINTS) or {})
    for item in mapping.hierarchy:
        built = build_hierarchy(item, source, known)
        known = built.grids if known is None else pd.concat([known, built.grids])
        counts = ", ".join(f"{count} {level}" for level, count in built.per_level.items())
        mark = _fingerprint(item, built, item is mapping.default_hierarchy())
        same = prints.get(item.code) == mark
        part.note(f"{item.code}: {counts}{' (unchanged)' if same else ''}")
        for note in built.notes:
            part.note(note)
        part.count("read", len(built.grids))
        if same:
            part.count("unchanged", len(built.grids))
            continue
        _write(connection, mapping, item, built, now)
        part.count("loaded", len(built.grids))
        prints[item.code] = mark
    write_setting(connection, site_setting, FINGERPRINTS, prints)
    if part.counts["loaded"]:
        for told in lines(rezone(connection, now)):
            part.note(told)
    return part


def stored_hierarchies(connection: Connection, mapping: Mapping) -> None:
    """Raise InputError when a hierarchy of the mapping has not been loaded yet."""
    stored = set(connection.execute(select(hierarchy.c.code)).scalars())
    missing = [item.code for item in mapping.hierarchy if item.code not in stored]
    if missing:
        raise InputError(
            f"Grids of hierarchy {missing[0]!r} are not loaded yet; run with --only grids first, "
            "or without --only."
        )


def _fingerprint(item: Hierarchy, built: Built, is_default: bool) -> str:
    plain = built.grids.drop(columns="geometry").astype("str").to_csv(index=False)
    digest = hashlib.blake2b(plain.encode(), digest_size=12)
    digest.update(repr((item.name, item.name_en, is_default, _level_names(item))).encode())
    for outline in shapely.to_wkb(built.grids["geometry"].to_numpy(object)):
        digest.update(outline or b"-")
    return digest.hexdigest()


def _level_names(item: Hierarchy) -> list[tuple[str, str]]:
    return [(level.name, level.name_en) for level in item.level]


def _write(
    connection: Connection, mapping: Mapping, item: Hierarchy, built: Built, now: int
) -> None:
    is_default = item is mapping.default_hierarchy()
    ids = write_hierarchy(
        connection,
        built.grids,
        code=item.code,
        name=item.name,
        name_en=item.name_en,
        level_names=_level_names(item),
        scheme=mapping.site.key,
        is_default=is_default,
        now=now,
    )
    connection.execute(
        update(hierarchy)
        .where(hierarchy.c.code == item.code)
        .values(
            name=item.name,
            name_en=item.name_en,
            level_names=[list(pair) for pair in _level_names(item)],
            is_default=int(is_default),
        )
    )
    _refresh(connection, built.grids.assign(grid_id=built.grids["code"].map(ids)))


def _refresh(connection: Connection, grids: pd.DataFrame) -> None:
    """Bring names and outlines of grids that were there before up to date.

    `write_hierarchy` leaves known grids as they are, and cases keep their path: what changes here
    is only how a grid is called and drawn.
    """
    values: dict[str, Any] = {name: bindparam(name) for name in NAMED}
    connection.execute(
        update(grid_unit).where(grid_unit.c.grid_id == bindparam("key")).values(values),
        records(grids[["grid_id", *NAMED]], {"grid_id": "key"}),
    )
    shaped = grids[grids["geometry"].notna()]
    stored = bulk.read(connection, select(grid_shape.c.grid_id, grid_shape.c.outline))
    before = dict(zip(stored["grid_id"], stored["outline"], strict=True))
    for _, level in shaped.groupby("level"):
        outlines = shapely.to_wkb(level["geometry"].to_numpy(object))
        ids = [int(i) for i in level["grid_id"]]
        if all(before.get(i) == outline for i, outline in zip(ids, outlines, strict=True)):
            continue
        drawn = shapely.to_wkb(simplify(level["geometry"].to_numpy(object)))
        connection.execute(delete(grid_shape).where(grid_shape.c.grid_id.in_(ids)))
        rows = pd.DataFrame({"grid_id": ids, "outline": outlines, "simplified": drawn})
        bulk.insert(connection, grid_shape, rows)
        _place(connection, ids, level["geometry"].to_numpy(object))


def _place(connection: Connection, ids: list[int], shapes: np.ndarray) -> None:
    """Move the labels and correct the areas of redrawn grids."""
    geod = Geod(ellps="WGS84")
    rows = [
        {
            "key": grid_id,
            "lon": shapely.get_x(point),
            "lat": shapely.get_y(point),
            "area_km2": round(abs(geod.geometry_area_perimeter(shape)[0]) / 1e6, 6),
        }
        for grid_id, point, shape in zip(ids, shapely.point_on_surface(shapes), shapes, strict=True)
    ]
    values: dict[str, Any] = {name: bindparam(name) for name in ("lon", "lat", "area_km2")}
    connection.execute(
        update(grid_unit).where(grid_unit.c.grid_id == bindparam("key")).values(values), rows
    )
