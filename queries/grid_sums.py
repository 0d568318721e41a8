"""Counts that lie on single grids, added up below any grid by one subtraction.

Grids are numbered depth first, so all below a grid is a stretch of them (data.grids).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.grids import Grid, GridTree


@dataclass(frozen=True)
class GridSums:
    """`names` of what is counted; `running`: a row of whole numbers per grid, all before it added up."""

    names: tuple[str, ...]
    running: np.ndarray

    def below(self, grid: Grid) -> dict[str, int]:
        """What lies on the grid and below it, by name; names of which there is nothing are left out."""
        sums = (self.running[grid.last + 1] - self.running[grid.first]).tolist()
        return {name: n for name, n in zip(self.names, sums, strict=True) if n}


def grid_sums(tree: GridTree, counts: Mapping[str | None, Mapping[str, int]]) -> GridSums:
    """Add up counts by grid code and name; codes that the hierarchy does not hold are left out."""
    names = {
        name: number for number, name in enumerate({n for held in counts.values() for n in held})
    }
    cells = np.zeros((len(tree.order) + 1, len(names)), np.int64)
    for code, held in counts.items():
        grid = None if code is None else tree.by_code.get(code)
        if grid is None:
            continue
        for name, n in held.items():
            cells[grid.first + 1, names[name]] = n
    return GridSums(tuple(names), cells.cumsum(axis=0))
