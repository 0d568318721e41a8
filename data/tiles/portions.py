"""All cases in portions, each with what it adds to the tiles: here, or by several processes at once."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select
from tqdm import tqdm

from data.case_tables import case_derived
from data.contributions import Kind
from data.helpers import in_order
from data.tiles.cells import Cells, between_ids, cells, falls, parents_of, read_histories, turns_of
from data.tiles.tables import Set

PORTION = 20_000
"""Cases that are worked on at once; bounds the memory, of which each helper needs as much."""


class Portion(NamedTuple):
    """What some cases add: cells by kind, rows of TURN_KEYS, pairs of grids by hierarchy; how many cases."""

    cells: dict[Kind, Cells]
    turned: np.ndarray
    parents: dict[int, np.ndarray]
    number: int


def portions(
    connection: Connection,
    zone: str,
    sets: Sequence[Set],
    *,
    committed: bool = False,
    progress: bool = False,
) -> Iterator[Portion]:
    """What all cases add to the tiles of the sets.

    committed: all of them are, so that other connections see them; then other processes help with many.
    """
    key = case_derived.c.case_id
    low, high = connection.execute(select(func.min(key), func.max(key))).one()
    starts = range(0) if low is None else range(low, high + 1, PORTION)
    parts = [range(first, first + PORTION) for first in starts]
    work = partial(_portion, zone=zone, sets=tuple(sets))
    cases = len(parts) * PORTION
    found = in_order(connection, work, parts, cases=cases, committed=committed)
    for portion in tqdm(found, "tiles", len(parts), leave=False, disable=not progress):
        if portion.number:
            yield portion


def _portion(connection: Connection, ids: range, *, zone: str, sets: Sequence[Set]) -> Portion:
    histories = read_histories(connection, between_ids(ids[0], ids[-1]))
    falling = falls(histories.versions, zone)
    return Portion(
        cells(histories, falling, sets),
        turns_of(falling),
        parents_of(histories),
        len(np.unique(histories.versions["case_id"])),
    )
