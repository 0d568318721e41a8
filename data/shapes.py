"""Reads the simplified outlines of grids as GeoJSON geometries."""

import json
from typing import Any

import shapely
from sqlalchemy import Connection, select

from data.case_tables import grid_shape

PRECISION = 1e-5
"""Degrees that coordinates are rounded to: about one metre."""


def read_shapes(connection: Connection, grid_ids: list[int]) -> dict[int, dict[str, Any]]:
    """GeoJSON geometry by grid id; grids without an outline are left out."""
    wanted = set(grid_ids)
    statement = select(grid_shape.c.grid_id, grid_shape.c.simplified)
    if len(grid_ids) <= 500:
        statement = statement.where(grid_shape.c.grid_id.in_(grid_ids))
    rows = [row for row in connection.execute(statement) if row.grid_id in wanted]
    shapes = shapely.from_wkb([row.simplified for row in rows])
    rounded = shapely.set_precision(shapes, PRECISION, mode="pointwise")
    texts = shapely.to_geojson(rounded)
    return {row.grid_id: json.loads(text) for row, text in zip(rows, texts, strict=True)}
