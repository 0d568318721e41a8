"""Finds where cases lie by today's grids (按现行网格): `python -m data.rezone`.

A case keeps the path it had when it was reported; after a re-zoning `case_path_now` holds the path by
today's grids of those cases only for which it differs (domain.md §2.2 c). Loading grids renews it; the
command does so for a database of before, or after grids were changed by other means. Needs a user that
may write.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection, and_, delete, select
from tqdm import tqdm

from data import bulk
from data.case_tables import DEEPEST, case_path, case_path_now, case_record, hierarchy
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.grids import GridTree, read_tree
from data.load.locate import Locator, read_locator
from data.one_ingester import only_ingester
from data.settings import read_settings
from data.versions import bump

PORTION = 50_000
"""Cases held in memory at once."""
ASKED = 500
NOWHERE = -1
STEPS = [f"grid_{depth}" for depth in range(1, DEEPEST + 1)]
CODE_COUNTS = "grid_key_differs_from_point"
"""Remark of the import on a point that contradicts the grid the source named: the code counts."""


@dataclass(frozen=True)
class Rezoned:
    """Of one hierarchy: cases looked at, those that lie elsewhere by today's grids, rows written."""

    cases: int
    moved: int
    changed: int


def rezone(connection: Connection, now: int, *, progress: bool | None = None) -> dict[str, Rezoned]:
    """Renew case_path_now in the caller's transaction; what became of each hierarchy, by its code.

    `now` stamps the new version of the cases, which there is only where a row has changed.
    `progress` shows a bar, None only where somebody looks on.
    """
    found: dict[str, Rezoned] = {}
    for code in connection.execute(select(hierarchy.c.code).order_by(hierarchy.c.hierarchy_id)):
        tree = read_tree(connection, code[0])
        if tree is not None:
            found[tree.code] = _rezone_tree(
                connection, read_locator(connection, tree.code), progress
            )
    if any(held.changed for held in found.values()):
        bump(connection, "cases", now)
    return found


def _rezone_tree(connection: Connection, locator: Locator, progress: bool | None) -> Rezoned:
    ground = _Ground(locator)
    cases = moved = changed = 0
    hidden = None if progress is None else not progress
    with tqdm(desc=f"cases, {locator.tree.code}", unit="", leave=False, disable=hidden) as bar:
        for portion in _portions(connection, locator.tree):
            before = portion[STEPS].fillna(NOWHERE).to_numpy(np.int64)
            now = ground.paths(ground.today(portion, before))
            differs = (now != before).any(axis=1)
            rows = pd.DataFrame(now[differs], columns=STEPS)
            rows.insert(0, "case_id", portion.loc[differs, "case_id"].to_numpy(np.int64))
            changed += _write(connection, locator.tree, portion["case_id"], rows)
            cases, moved = cases + len(portion), moved + len(rows)
            bar.update(len(portion))
    return Rezoned(cases, moved, changed)


class _Ground:
    """Today's grids of a hierarchy, each by its place in the tree's order: a subtree is a stretch."""

    def __init__(self, locator: Locator) -> None:
        order = locator.tree.order
        self.locator = locator
        self.place = pd.Series(range(len(order)), index=[grid.grid_id for grid in order])
        self.first = np.array([grid.first for grid in order])
        self.last = np.array([grid.last for grid in order])
        self.outlines = np.array([locator.outlines.get(g.grid_id) for g in order], dtype=object)
        self.steps = np.full((len(order) + 1, DEEPEST), NOWHERE, np.int64)
        for number, grid in enumerate(order):
            path = locator.paths[grid.grid_id][:DEEPEST]
            self.steps[number, : len(path)] = path

    def paths(self, places: np.ndarray) -> np.ndarray:
        """The grid at each level; NOWHERE below, and everywhere for what lies in none."""
        return self.steps[places]

    def today(self, cases: pd.DataFrame, before: np.ndarray) -> np.ndarray:
        """Place of the grid each case lies in today; NOWHERE in none.

        The point decides, unless it says less than the old grid does or lies on its border. Without
        an exact point it is the deepest of the old grids that is still there.
        """
        old = self._old(before)
        exact = (cases["location"] == "exact") & cases["lon"].notna() & cases["lat"].notna()
        told = cases["flags"].fillna("").astype(str).str.contains(CODE_COUNTS, regex=False)
        exact &= ~(told & (old != NOWHERE))
        lon, lat = (cases[axis].where(exact).astype(float) for axis in ("lon", "lat"))
        point = self._numbers(self.locator.by_point(lon, lat))
        keeps = (point == NOWHERE) | self._within(old, point)
        keeps |= self._on_border(old, point, lon.to_numpy(), lat.to_numpy())
        return np.where(keeps, old, point)

    def _old(self, before: np.ndarray) -> np.ndarray:
        """The deepest of each case's old grids that is still there."""
        old = np.full(len(before), NOWHERE)
        for depth in range(DEEPEST - 1, -1, -1):
            step = self._numbers(pd.Series(before[:, depth]))
            old = np.where(old == NOWHERE, step, old)
        return old

    def _numbers(self, grid_ids: pd.Series) -> np.ndarray:
        return grid_ids.map(self.place).fillna(NOWHERE).to_numpy(np.int64)

    def _within(self, inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
        inside = (self.first[outer] <= inner) & (inner <= self.last[outer])
        return np.asarray(inside & (inner != NOWHERE) & (outer != NOWHERE))

    def _on_border(
        self, old: np.ndarray, point: np.ndarray, lon: np.ndarray, lat: np.ndarray
    ) -> np.ndarray:
        """Whether the point lies in another grid than the old one, but touches that, too."""
        apart = (old != NOWHERE) & (point != NOWHERE) & ~self._within(point, old)
        rows = np.flatnonzero(apart)
        touched = np.zeros(len(old), bool)
        points = shapely.points(lon[rows], lat[rows])
        touched[rows] = shapely.intersects(self.outlines[old[rows]], points)
        return touched


def _portions(connection: Connection, tree: GridTree) -> Iterator[pd.DataFrame]:
    """All cases with their path in the hierarchy, in the order of their ids."""
    r = case_record.c
    same = and_(case_path.c.case_id == r.case_id, case_path.c.hierarchy_id == tree.hierarchy_id)
    steps = [case_path.c[name] for name in STEPS]
    statement = (
        select(r.case_id, r.lon, r.lat, r.location, r.flags, *steps)
        .select_from(case_record.outerjoin(case_path, same))
        .order_by(r.case_id)
        .limit(PORTION)
    )
    last = 0
    while True:
        portion = bulk.read(connection, statement.where(r.case_id > last))
        if portion.empty:
            return
        yield portion
        last = int(portion["case_id"].iloc[-1])


def _write(connection: Connection, tree: GridTree, ids: pd.Series, rows: pd.DataFrame) -> int:
    """Bring what is stored of these cases in line with `rows`; how many cases that changed."""
    held = case_path_now.c
    of_tree = held.hierarchy_id == tree.hierarchy_id
    between = held.case_id.between(int(ids.iloc[0]), int(ids.iloc[-1]))
    stored = bulk.read(
        connection, select(held.case_id, *(held[s] for s in STEPS)).where(of_tree, between)
    )
    stored = stored.astype("Int64").fillna(NOWHERE).astype("int64")
    both = stored.merge(rows, on=["case_id", *STEPS], how="outer", indicator=True)
    gone = both.loc[both["_merge"] == "left_only", "case_id"].tolist()
    fresh = both.loc[both["_merge"] == "right_only", ["case_id", *STEPS]].astype("Int64")
    for first in range(0, len(gone), ASKED):
        wanted = held.case_id.in_(gone[first : first + ASKED])
        connection.execute(delete(case_path_now).where(of_tree, wanted))
    fresh[STEPS] = fresh[STEPS].mask(fresh[STEPS] == NOWHERE)
    bulk.insert(connection, case_path_now, fresh.assign(hierarchy_id=tree.hierarchy_id))
    return len(set(gone) | set(fresh["case_id"]))


def lines(found: dict[str, Rezoned]) -> list[str]:
    """What became of each hierarchy with cases, in words."""
    return [
        f"{code}: {held.moved:,} of {held.cases:,} cases lie elsewhere by today's grids "
        f"({held.changed:,} changed)"
        for code, held in found.items()
        if held.cases
    ]


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m data.rezone`."""
    parser = argparse.ArgumentParser(prog="python -m data.rezone", description=__doc__)
    parser.parse_args(arguments)
    try:
        engine = open_database(read_settings().case_database_url, CASE, writable=True)
        with only_ingester(engine, "data.rezone"), engine.begin() as connection:
            found = rezone(connection, int(time.time()), progress=True)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    engine.dispose()
    print("\n".join(lines(found)) or "no cases lie in any hierarchy yet; load some (data.load)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
