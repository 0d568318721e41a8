"""Writes a hierarchy of grids with their shapes into the case database.

Grids are shared by hierarchies: a code of the same scheme is one grid, however many trees it is in.
"""

import time

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from sqlalchemy import Connection, delete, func, select

from data import bulk
from data.case_tables import (
    FOREVER,
    grid_edge,
    grid_shape,
    grid_unit,
    hierarchy,
)
from data.errors import InputError
from data.versions import bump

SHARE_OF_SIDE = 0.012
"""Simplification: points are dropped while the line moves by less than this share of a grid's side."""


def write_hierarchy(
    connection: Connection,
    grids: pd.DataFrame,
    *,
    code: str,
    name: str,
    name_en: str,
    level_names: list[tuple[str, str]],
    scheme: str,
    is_default: bool,
    now: int | None = None,
) -> dict[str, int]:
    """Write one tree and give the grid id of each code.

    grids: code, parent_code (missing at the one top), name, name_en, kind, geometry (shapely, WGS84,
    or None), households, residents; rows in display order. The caller has checked that shapes nest;
    raises InputError when the codes are no tree. Cases that are there already keep their paths:
    `data.rezone` finds where they lie by the new grids.
    now: epoch seconds that the new version is stamped with; default: the real clock.
    """
    check_tree(code, grids)
    ids = _write_units(connection, grids, scheme)
    tree = connection.execute(
        select(hierarchy.c.hierarchy_id).where(hierarchy.c.code == code)
    ).scalar()
    if tree is None:
        tree = 1 + (connection.execute(select(func.max(hierarchy.c.hierarchy_id))).scalar() or 0)
        connection.execute(
            hierarchy.insert().values(
                hierarchy_id=tree,
                code=code,
                name=name,
                name_en=name_en,
                level_names=[list(pair) for pair in level_names],
                is_default=int(is_default),
            )
        )
    connection.execute(delete(grid_edge).where(grid_edge.c.hierarchy_id == tree))
    edges = pd.DataFrame(
        {
            "hierarchy_id": tree,
            "child_id": grids["code"].map(ids),
            "parent_id": grids["parent_code"].map(ids).astype("Int64"),
            "position": range(len(grids)),
            "valid_from": 0,
            "valid_to": FOREVER,
        }
    )
    bulk.insert(connection, grid_edge, edges)
    bump(connection, "grids", int(time.time()) if now is None else now)
    return ids


def check_tree(hierarchy_code: str, grids: pd.DataFrame) -> None:
    """Raise InputError unless the codes are a tree: one top, one known parent each, no circle."""
    begin = f"Hierarchy {hierarchy_code!r}:"
    for code, parents in grids[grids["code"].duplicated(keep=False)].groupby("code")["parent_code"]:
        told = " and ".join(sorted({"no grid" if pd.isna(p) else repr(p) for p in parents}))
        raise InputError(f"{begin} grid {code!r} lies below {told}; a grid has one parent, once.")
    parents = dict(zip(grids["code"], grids["parent_code"], strict=True))
    tops = [code for code, parent in parents.items() if pd.isna(parent)]
    for code, parent in parents.items():
        if code not in tops and parent not in parents:
            raise InputError(
                f"{begin} grid {code!r} lies below {parent!r}, which is no grid of it; correct its parent."
            )
    for code in parents:
        way = [code]
        while way[-1] not in tops:
            way.append(parents[way[-1]])
            if way[-1] in way[:-1]:
                told = " → ".join(map(repr, way[way.index(way[-1]) :]))
                raise InputError(
                    f"{begin} grids lie below one another in a circle: {told}; correct the parent of one."
                )
    if len(tops) != 1:
        told = ", ".join(map(repr, tops)) or "none"
        raise InputError(f"{begin} one grid has no parent, the top; here it is {told}.")


def _write_units(connection: Connection, grids: pd.DataFrame, scheme: str) -> dict[str, int]:
    stored = connection.execute(
        select(grid_unit.c.code, grid_unit.c.grid_id).where(grid_unit.c.scheme == scheme)
    )
    ids = {row.code: row.grid_id for row in stored}
    fresh = grids[~grids["code"].isin(ids)].drop_duplicates("code").copy()
    first = 1 + (connection.execute(select(func.max(grid_unit.c.grid_id))).scalar() or 0)
    fresh["grid_id"] = range(first, first + len(fresh))
    fresh["scheme"], fresh["valid_from"], fresh["valid_to"] = scheme, 0, FOREVER
    shaped = fresh["geometry"].notna().to_numpy()
    shapes = fresh["geometry"].to_numpy(object)
    inside = shapely.point_on_surface(shapes[shaped].astype(object))
    for axis, of in (("lon", shapely.get_x), ("lat", shapely.get_y)):
        fresh[axis] = np.nan
        fresh.loc[shaped, axis] = of(inside)
    fresh["area_km2"] = np.nan
    fresh.loc[shaped, "area_km2"] = [_km2(shape) for shape in shapes[shaped]]
    bulk.insert(connection, grid_unit, fresh.drop(columns="geometry"))
    if shaped.any():
        drawn = fresh[shaped].assign(outline=shapely.to_wkb(shapes[shaped].astype(object)))
        levels = drawn.groupby(_levels(grids).loc[drawn.index])["geometry"]
        drawn["simplified"] = levels.transform(lambda level: simplify(level.to_numpy(object)))
        drawn["simplified"] = shapely.to_wkb(drawn["simplified"].to_numpy(object))
        bulk.insert(connection, grid_shape, drawn[["grid_id", "outline", "simplified"]])
    return ids | dict(zip(fresh["code"], fresh["grid_id"], strict=True))


def _levels(grids: pd.DataFrame) -> pd.Series:
    """Level of each grid: 0 at the top, else one below its parent."""
    parents = dict(zip(grids["code"], grids["parent_code"], strict=True))

    def level(code: str) -> int:
        parent = parents.get(code)
        return 0 if parent is None or pd.isna(parent) else 1 + level(parent)

    return grids["code"].map(level)


def simplify(shapes: np.ndarray) -> np.ndarray:
    """Fewer points, neighbours still share their edges; lone faults fall back to each by itself."""
    side = float(np.sqrt(np.median(shapely.area(shapes)))) or 1e-4
    tolerance = SHARE_OF_SIDE * side
    if shapely.coverage_is_valid(shapes):
        simpler = shapely.coverage_simplify(shapes, tolerance)
    else:
        simpler = shapely.simplify(shapes, tolerance)
    return np.where(shapely.is_empty(simpler), shapes, simpler)


def _km2(shape: shapely.Geometry) -> float:
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(shape)
    return round(abs(area) / 1e6, 6)
