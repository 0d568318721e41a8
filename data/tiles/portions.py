"""All cases in portions, each with what it adds to the tiles: here, or by several processes at once."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, func, select
from tqdm import tqdm

from data.case_tables import case_derived
from data.contributions import Kind
from data.engines import CASE, address_of, engine_for
from data.tiles.cells import Cells, between_ids, cells, falls, parents_of, read_histories, turns_of
from data.tiles.tables import Set

PORTION = 20_000
"""Cases that are worked on at once; bounds the memory, of which each helper needs as much."""
MANY = 200_000
"""Cases from which on other processes help: each takes a second or two to start."""


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
    found: Iterator[Portion]
    many = len(parts) * PORTION > MANY and helpers() > 1
    address = address_of(connection) if committed and many else None
    if address is None:
        found = (_portion(connection, zone, sets, ids) for ids in parts)
    else:
        found = _by_helpers(address, zone, tuple(sets), parts)
    for portion in tqdm(found, "tiles", len(parts), leave=False, disable=not progress):
        if portion.number:
            yield portion


def helpers() -> int:
    """How many processes help; more would wait for the one that writes."""
    return min(os.cpu_count() or 1, 4)


def _portion(connection: Connection, zone: str, sets: Sequence[Set], ids: range) -> Portion:
    histories = read_histories(connection, between_ids(ids[0], ids[-1]))
    falling = falls(histories.versions, zone)
    return Portion(
        cells(histories, falling, sets),
        turns_of(falling),
        parents_of(histories),
        len(np.unique(histories.versions["case_id"])),
    )


def _by_helpers(
    address: str, zone: str, sets: tuple[Set, ...], parts: Sequence[range]
) -> Iterator[Portion]:
    """The same from processes of their own, in order; few wait to be fetched, so that memory is bounded."""
    number = helpers()
    # Processes that begin afresh: a copy of this one would share its connections.
    with ProcessPoolExecutor(number, get_context("spawn"), _end_with_parent) as pool:
        waiting: deque[Future[Portion]] = deque()
        for ids in parts:
            waiting.append(pool.submit(_portion_at, address, zone, sets, ids))
            if len(waiting) > number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _end_with_parent() -> None:
    """In a helper: wait for no more work once who gives it is gone, by kill -9 too."""

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _portion_at(address: str, zone: str, sets: tuple[Set, ...], ids: range) -> Portion:
    """In a helper: `_portion` over a connection of its own."""
    with _engine(address).connect() as connection:
        return _portion(connection, zone, sets, ids)


@cache
def _engine(address: str) -> Engine:
    return engine_for(address, CASE)
