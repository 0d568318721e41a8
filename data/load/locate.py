"""Finds the grid of each case in one hierarchy, by key columns and by its point on the map."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, select

from data.case_tables import grid_shape
from data.errors import InputError
from data.grids import GridTree, read_tree
from data.load.key_rules import normalise
from data.load.mapping import Locate, Step

METRES_PER_DEGREE = 111_195.0
NOWHERE = -1
"""Stands for no grid where numbers cannot be missing."""


@dataclass(frozen=True)
class Found:
    """Grid of each row (missing = 未落格), which step found it, and doubts about it."""

    grid: pd.Series
    how: pd.Series
    at_point: pd.Series
    unknown_key: pd.Series
    keys_disagree: pd.Series
    differs_from_point: pd.Series


class Locator:
    """One hierarchy in memory: codes of every level, outlines, and the path down to every grid."""

    def __init__(self, tree: GridTree, outlines: dict[int, shapely.Geometry]) -> None:
        self.tree, self.outlines = tree, outlines
        self.codes = [
            {g.code: g.grid_id for g in tree.order if g.level == level}
            for level in range(tree.deepest() + 1)
        ]
        self.paths = {g.grid_id: [s.grid_id for s in tree.path(g)[1:]] for g in tree.order}
        self._at_level = [
            {
                g: ([tree.top.grid_id, *path])[level]
                for g, path in self.paths.items()
                if len(path) >= level
            }
            for level in range(tree.deepest() + 1)
        ]
        south, north = shapely.total_bounds(list(outlines.values()))[[1, 3]] if outlines else (0, 0)
        self._narrow = float(np.cos(np.radians((south + north) / 2)))
        self._flat = {
            i: shapely.transform(o, lambda xy: xy * [self._narrow, 1.0])
            for i, o in outlines.items()
        }
        self._by_level = []
        for level in range(tree.deepest(), 0, -1):
            ids = [g.grid_id for g in tree.order if g.level == level and g.grid_id in outlines]
            self._by_level.append((ids, shapely.STRtree([outlines[i] for i in ids])))

    def by_point(self, lon: pd.Series, lat: pd.Series) -> pd.Series:
        """The deepest grid each point lies in; missing where there is no point or no grid."""
        found = pd.Series(pd.NA, index=lon.index, dtype="Int64")
        for ids, index in self._by_level:
            asked = np.flatnonzero((lon.notna() & found.isna()).to_numpy())
            points = shapely.points(lon.to_numpy(float)[asked], lat.to_numpy(float)[asked])
            rows, shapes = index.query(points, predicate="intersects")
            hits = pd.DataFrame({"row": rows, "shape": shapes}).groupby("row")["shape"].min()
            found.iloc[asked[hits.index.to_numpy(int)]] = [ids[n] for n in hits]
        return found

    def path_frame(self, grid: pd.Series) -> pd.DataFrame:
        """Columns grid_1 … with the grid of each level below the top; empty for 未落格."""
        codes, known = pd.factorize(grid.to_numpy(np.int64, na_value=NOWHERE))
        columns = {}
        for depth in range(self.tree.deepest()):
            steps = (self.paths.get(int(g), []) for g in known)
            at_depth = [path[depth] if depth < len(path) else None for path in steps]
            columns[f"grid_{depth + 1}"] = pd.array(at_depth, dtype="Int64").take(codes)
        return pd.DataFrame(columns, index=grid.index)

    def locate(
        self, frame: pd.DataFrame, plan: Locate, levels: list[str], lon: pd.Series, lat: pd.Series
    ) -> Found:
        """Go through the steps of the mapping; the first that finds a grid wins."""
        grid = pd.Series(pd.NA, index=frame.index, dtype="Int64")
        how = pd.Series("", index=frame.index, dtype="object")
        unknown = pd.Series(False, index=frame.index)
        disagree = pd.Series(False, index=frame.index)
        point = self.by_point(lon, lat)
        for step in plan.by:
            found = point if step.point else self._by_key(frame, step, levels, unknown)
            if not step.point:
                disagree |= self._apart(grid, found, levels.index(step.level or ""))
            fresh = grid.isna() & found.notna()
            grid = grid.where(~fresh, found)
            how = how.where(~fresh, "point" if step.point else f"column {step.column}")
        by_key = grid.notna() & (how != "point")
        differs = by_key & lon.notna() & ~self._contains(grid, point, lon, lat, plan.near_metres)
        return Found(grid, how, point, unknown, disagree, differs)

    def _by_key(
        self, frame: pd.DataFrame, step: Step, levels: list[str], unknown: pd.Series
    ) -> pd.Series:
        assert step.column is not None and step.level is not None
        keys = normalise(frame[step.column], step.rules)
        known = self.codes[levels.index(step.level)]
        found = keys.map(known).astype("Int64")
        unknown |= keys.notna() & found.isna()
        return found

    def _ancestor(self, grid: pd.Series, level: int) -> pd.Series:
        """The grid of that level that each grid lies in or is; missing above it."""
        codes, known = pd.factorize(grid.to_numpy(np.int64, na_value=NOWHERE))
        above = pd.array([self._at_level[level].get(int(g)) for g in known], dtype="Int64")
        return pd.Series(above.take(codes), index=grid.index)

    def _apart(self, grid: pd.Series, other: pd.Series, level: int) -> pd.Series:
        """Whether the grid found so far lies in another grid of that level than the one found now."""
        own = self._ancestor(grid, level)
        return (own.notna() & other.notna() & (own != other)).fillna(False).astype(bool)

    def _contains(
        self, grid: pd.Series, point_grid: pd.Series, lon: pd.Series, lat: pd.Series, near: float
    ) -> pd.Series:
        """Whether each point lies in the grid, or within `near` metres of it."""
        inside = pd.Series(False, index=grid.index)
        for level in range(1, self.tree.deepest() + 1):
            inside |= (self._ancestor(point_grid, level) == grid).fillna(False).astype(bool)
        doubtful = (~inside & grid.notna() & lon.notna()).to_numpy()
        for row in grid.index[doubtful]:
            distance = self._distance(int(grid.at[row]), lon.at[row], lat.at[row])
            inside.at[row] = distance <= near
        return inside

    def _distance(self, grid_id: int, lon: float, lat: float) -> float:
        """Metres from a point to a grid, on a plane scaled at the middle of the area."""
        outline = self._flat.get(grid_id)
        if outline is None:
            return 0.0
        return float(outline.distance(shapely.Point(lon * self._narrow, lat))) * METRES_PER_DEGREE


def read_locator(connection: Connection, code: str) -> Locator:
    """Read one hierarchy with its outlines from the case database."""
    tree = read_tree(connection, code)
    if tree is None:
        raise InputError(f"Hierarchy {code!r} has no grids; load them first with --only grids.")
    rows = connection.execute(select(grid_shape.c.grid_id, grid_shape.c.outline))
    outlines = {i: shapely.from_wkb(bytes(wkb)) for i, wkb in rows if i in tree.by_id}
    return Locator(tree, outlines)
