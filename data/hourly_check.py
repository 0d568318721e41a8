"""What an ingester does beside its work: checks the sums kept ready, at its start and every hour.

Sums are held against sums, and one grid in turn cell by cell against its cases. A grid that differs is
written anew, which goes into the log and lights the data-quality panel (data.verify tells it).
"""

import logging

import numpy as np
from sqlalchemy import Connection, Engine, and_, or_, select

from data.case_tables import case_path, site_setting
from data.contributions import KINDS, Kind
from data.stored_settings import read_setting
from data.tiles.cells import GRIDS, Cells, cells, falls, grouped, histories_of
from data.tiles.tables import KEYS, NOWHERE, TILES, tile_parent, tile_spec
from data.tiles.writer import add_cells, made_by, maker, read_sets
from data.verify import SHOWN, Place, note, quick, verify
from data.versions import bump, hold

HOUR = 3600
PORTION = 40_000
"""Cases worked on at once; bounds the memory."""

log = logging.getLogger(__name__)


class HourlyCheck:
    """For the one ingester of a database: while it checks, nobody changes cases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hour: int | None = None

    def is_due(self, now: int) -> bool:
        """Whether this hour's check is still to be made; now: epoch seconds."""
        return self._hour is None or now // HOUR > self._hour

    def when_due(self, now: int) -> int:
        """Check unless this hour's check was made; how many sums differed and were put right.

        now: epoch seconds. A clock that goes back makes no more checks than one that stands still.
        """
        if not self.is_due(now):
            return 0
        self._hour = now // HOUR
        with self._engine.connect() as connection:
            return check(connection, self._hour, now)


def check(connection: Connection, turn: int, now: int) -> int:
    """Check sums against sums and the grid whose turn it is against its cases; puts right what differs.

    turn: any whole number that is counted up. Gives how many sums differed.
    """
    zone = str(read_setting(connection, site_setting, "zone"))
    if made_by(connection) != maker(zone):
        return 0
    found = quick(connection)
    for difference in found[:SHOWN]:
        log.error("sums kept ready: %s", difference)
    places = {difference.place for difference in found}
    if any(grid == NOWHERE for _, grid in places):
        # The whole is made of all cases, and so may be whatever made it differ.
        return _whole(connection)
    hold(connection)
    places |= _turn(connection, turn)
    number = sum(_renew(connection, zone, place) for place in sorted(places))
    if number:
        log.error("sums kept ready: %d cells differed from the cases and were put right", number)
        bump(connection, "cases", now)
        bump(connection, "tiles", now)
    note(connection, now, is_full=False, differing=max(number, len(found)), healed=number > 0)
    connection.commit()
    return number


def _whole(connection: Connection) -> int:
    log.error("sums kept ready: the whole area differs, every cell is computed anew")
    connection.rollback()
    return verify(connection, True, True)


def _turn(connection: Connection, turn: int) -> set[Place]:
    """The grid whose turn it is among those that have tiles; none where only the whole has."""
    p, s = tile_parent.c, tile_spec.c
    has_tiles = and_(s.hierarchy_id == p.hierarchy_id, s.level == p.level)
    known = select(p.hierarchy_id, p.child_id).join(tile_spec, has_tiles).distinct()
    grids = sorted((tree, grid) for tree, grid in connection.execute(known))
    return {grids[turn % len(grids)]} if grids else set()


def _renew(connection: Connection, zone: str, place: Place) -> int:
    """Write what differs from the cases among the cells of one grid; how many there were."""
    differing = cells_to_add(connection, zone, place)
    for kind, held in differing.items():
        add_cells(connection, kind, [held])
    return sum(len(held.keys) for held in differing.values())


def cells_to_add(connection: Connection, zone: str, place: Place) -> dict[Kind, Cells]:
    """What must be added to the cells of a grid so that they are what its cases say; none where they are."""
    tree, grid = place
    p = case_path.c
    inside = select(p.case_id).where(
        p.hierarchy_id == tree, or_(*(p[name] == grid for name in GRIDS))
    )
    ids = sorted(connection.execute(inside).scalars())
    parts = {kind: [_held(connection, kind, place)] for kind in KINDS}
    sets = [one for one in read_sets(connection) if one.hierarchy_id == tree]
    for first in range(0, len(ids), PORTION):
        histories = histories_of(connection, ids[first : first + PORTION])
        for kind, given in cells(histories, falls(histories.versions, zone), sets).items():
            mine = given.keys[:, KEYS.index("grid_id")] == grid
            parts[kind].append(Cells(given.keys[mine], given.amounts[mine]))
    return {kind: _sum(held) for kind, held in parts.items()}


def _held(connection: Connection, kind: Kind, place: Place) -> Cells:
    """What stands there now, to be taken away."""
    table = TILES[kind]
    rows = connection.execute(
        select(table).where(table.c.hierarchy_id == place[0], table.c.grid_id == place[1])
    ).all()
    held = np.array(rows, np.int64).reshape(-1, len(table.columns))
    return Cells(held[:, : len(KEYS)], -held[:, len(KEYS) :])


def _sum(parts: list[Cells]) -> Cells:
    keys, amounts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    columns, sums = grouped(list(keys.T), amounts)
    return Cells(np.stack(columns, axis=1), sums)
