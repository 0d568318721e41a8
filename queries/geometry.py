"""Outlines of the grids of a level as GeoJSON text: immutable for a version of the grids."""

import json
from typing import NamedTuple

import brotli

from data.grids import Grid, GridTree
from data.shapes import read_shapes
from queries.sight import OutOfSight
from queries.site import Site

PACKING = 9
"""Brotli quality: of 5,657 outlines it takes a fraction of a second, once for a version."""


class Outlines(NamedTuple):
    """GeoJSON in UTF-8, and the same compressed by brotli."""

    plain: bytes
    packed: bytes


def outlines(site: Site, tree: GridTree, grid: Grid, level: int) -> Outlines:
    """A FeatureCollection of the level's grids inside `grid`, simplified, five decimals (≈ 1 m).

    Properties: c code, n and e name, g which map it belongs to, i place in the order of values.
    """

    if not site.sees(tree, grid):
        raise OutOfSight(f"outlines of {tree.code}/{grid.code}")

    def make() -> Outlines:
        inside = tree.at_level(grid, level)
        with site.case.connect() as connection:
            shapes = read_shapes(connection, [g.grid_id for g in inside])
        place = place_of(grid, level)
        features = [
            {
                "type": "Feature",
                "properties": {"c": g.code, "n": g.name, "e": g.name_en, "g": place, "i": i},
                "geometry": shapes[g.grid_id],
            }
            for i, g in enumerate(inside)
            if g.grid_id in shapes
        ]
        collection = {"type": "FeatureCollection", "features": features}
        text = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
        return Outlines(text, bytes(brotli.compress(text, quality=PACKING)))

    version = site.versions().get("grids")
    return site.drawings.get(("outlines", tree.code, grid.code, level, version), make)


def place_of(grid: Grid, level: int) -> str:
    """Names a map: its grid and the level it is cut into."""
    return f"{grid.code}/{level}"
