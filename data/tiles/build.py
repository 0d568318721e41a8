"""Builds the tiles of a case database from its derived cases, and decides which there should be."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from sqlalchemy import Connection, func, inspect, select

from data import bulk
from data.case_tables import case_record, hierarchy
from data.contributions import KINDS, Kind
from data.errors import SetupError
from data.grids import read_tree
from data.stored_settings import write_setting
from data.tiles.cells import Cells
from data.tiles.portions import portions
from data.tiles.tables import (
    ALL,
    DIMENSIONS,
    HISTOGRAM,
    NOWHERE,
    TURN_KEYS,
    Set,
    case_turn,
    tile_metadata,
    tile_spec,
    tile_state,
)
from data.tiles.writer import (
    MADE_BY,
    add_cells,
    made_by,
    maker,
    note_parents,
    put_aside,
    read_sets,
)
from data.versions import bump, hold, version_of

HELD_CASES, MANY_CASES = 12_000, 50_000
"""Cases below a grid up to which a question about it is answered by reading them all, some 5 µs each
(queries.held_cases): 60 ms at an instant are the most that a grid without tiles costs. Splits of the
whole area, which is read by the days that are asked for, are kept from MANY_CASES on."""
LARGE = 200_000
"""Cases from which on a load makes tiles of its own accord: below, raw queries are fast enough."""


def choose_sets(connection: Connection) -> list[Set]:
    """The sets of tiles that pay: of levels whose grids hold more cases than a question may read.

    They are split in every way: a screen asks for all of them, and one that is missing means to read all
    cases. Of the level below them the bare sums, by which its grids are ranked and coloured. The whole
    area is always among them, split where there are many cases.
    """
    cases, dims = _number(connection), (ALL, *DIMENSIONS, HISTOGRAM)
    whole = dims if cases > MANY_CASES else (ALL, HISTOGRAM)
    sets = [Set(NOWHERE, 0, dim) for dim in whole]
    for tree_id, code in connection.execute(
        select(hierarchy.c.hierarchy_id, hierarchy.c.code)
    ).all():
        tree = read_tree(connection, code)
        if tree is None:
            continue
        levels = np.bincount([grid.level for grid in tree.order]).tolist()
        for level, (above, grids) in enumerate(itertools.pairwise(levels), start=1):
            if cases / grids > HELD_CASES:
                sets += [Set(tree_id, level, dim) for dim in dims]
            elif cases / above > HELD_CASES:
                sets.append(Set(tree_id, level, ALL))
    return sets


def build(
    connection: Connection,
    zone: str,
    now: int,
    *,
    sets: list[Set] | None = None,
    progress: bool = False,
    committed: bool = False,
    between: Callable[[], None] = lambda: None,
) -> int:
    """Make all tiles anew; how many cases went into them. `committed` as in data.tiles.portions.

    Until the last step nobody goes by them: a build that ends early leaves none in force. Raises
    SetupError when cases changed meanwhile: whoever changes them now tells no tiles.
    """
    put_aside(connection)
    version = version_of(connection, "cases")
    between()
    _empty(connection)
    chosen = choose_sets(connection) if sets is None else sets
    connection.execute(tile_spec.insert(), [one._asdict() for one in chosen])
    between()
    number = 0
    for portion in portions(connection, zone, chosen, committed=committed, progress=progress):
        for kind in KINDS:
            add_cells(connection, kind, [portion.cells[kind]])
        turns = dict(zip(TURN_KEYS, portion.turned.T, strict=True))
        bulk.add_up(connection, case_turn, TURN_KEYS, turns)
        note_parents(connection, portion.parents)
        number += portion.number
        between()
    if hold(connection) != version:
        raise SetupError(
            "Cases changed while tiles were built, so there are none in force: figures are counted from "
            "the cases. Stop what loads cases for the time, and run `python -m data.tiles build` again."
        )
    write_setting(connection, tile_state, MADE_BY, maker(zone))
    bump(connection, "tiles", now)
    return number


def _empty(connection: Connection) -> None:
    """Tables of the right shape with nothing in them.

    Those that have it already stay, and with them the rights that users of the database were given.
    """
    found = inspect(connection)
    for table in tile_metadata.sorted_tables:
        if found.has_table(table.name):
            if [column["name"] for column in found.get_columns(table.name)] == table.columns.keys():
                connection.execute(table.delete())
                continue
            table.drop(connection)
        table.create(connection)


def drop(connection: Connection, now: int) -> None:
    """Have no tiles: figures are then counted from the cases."""
    tile_metadata.drop_all(connection)
    bump(connection, "tiles", now)


def make_first(
    connection: Connection,
    zone: str,
    now: int,
    *,
    committed: bool = False,
    between: Callable[[], None] = lambda: None,
) -> bool:
    """Build tiles where there are none in force and the city is large or had some; whether it did.

    committed, between: as of `build`.
    """
    if made_by(connection) == maker(zone):
        return False
    if not inspect(connection).has_table(tile_state.name) and _number(connection) < LARGE:
        return False
    build(connection, zone, now, committed=committed, between=between)
    return True


def _number(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(case_record)).scalar() or 0


def all_cells(
    connection: Connection, zone: str, *, progress: bool = False
) -> Iterator[tuple[dict[Kind, Cells], np.ndarray]]:
    """What should stand in every tile and in `case_turn`, portion by portion of the cases."""
    for portion in portions(connection, zone, read_sets(connection), progress=progress):
        yield portion.cells, portion.turned
