"""Brings a ClickHouse copy up to date with its source: `python -m data.copy FROM TO --follow`.

Only cases that changed are read again (data.tiles.tables.case_change), and tiles get the difference. No
transaction holds that together, so a note in the target says that it was begun: if it never ended, the
next run does the same cases again and brings all tiles anew.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy import tuple_ as row_of
from tqdm import tqdm

from data.bulk import ASKED
from data.case_tables import (
    case_derived,
    case_event,
    case_path,
    case_record,
    data_version,
    site_setting,
    survey,
)
from data.contributions import KINDS, Kind
from data.copy.columns import as_columns, write_columns
from data.copy.stream import portions, read_back
from data.dialect import clickhouse_tables, is_clickhouse
from data.errors import SetupError
from data.stored_settings import read_setting
from data.tiles.cells import Cells, cells, falls, histories_of, turns_of
from data.tiles.tables import TILES, Set, case_change, case_turn, tile_state
from data.tiles.writer import MADE_BY, add_cells, made_by, maker, read_sets
from data.versions import version_of

copy_origin = Table(
    "copy_origin",
    MetaData(),
    Column("key", Text, primary_key=True, comment="versions | begun"),
    Column("value", JSON, nullable=False),
)
"""The source's versions when it was last copied, and whether a run was begun that did not end."""

OF_CASES = (case_record, case_path, case_event, survey, case_derived)
"""Read again for the cases that changed; of the other tables all rows are compared."""
SUMS = (*TILES.values(), case_turn)


def follow(source: Connection, target: Connection, tables: Sequence[Table], versions: Any) -> int:
    """Bring the target to the source's `versions`; how many cases were read again. Raises SetupError."""
    since, is_begun = _where_it_is(target)
    if versions == since and not is_begun:
        return 0
    known = {part: version for part, version, _ in since}.get("cases", 0)
    zone = str(read_setting(source, site_setting, "zone"))
    ids = _changed(source, known, zone)
    sets = read_sets(source)
    goes_on = not is_begun and made_by(target) == maker(zone) and read_sets(target) == sets
    _note(target, "begun", True)
    if not goes_on:
        _put_tiles_aside(target)
    apart = (*OF_CASES, *SUMS, case_change, data_version, *([] if goes_on else [tile_state]))
    for table in tables:
        if table not in apart and read_back(source, table) != read_back(target, table):
            _level(source, target, table)
    for first in tqdm(range(0, len(ids), ASKED), "cases", leave=False, disable=None):
        part = ids[first : first + ASKED]
        if goes_on:
            _add_difference(source, target, part, sets, zone)
        for table in OF_CASES:
            _level(source, target, table, table.c.case_id.in_(part))
    if not goes_on:
        for table in SUMS:
            _replace(source, target, table)
        _level(source, target, tile_state)
    _level(source, target, case_change, case_change.c.version >= known)
    _level(source, target, data_version)
    note_origin(target, versions)
    return len(ids)


def note_origin(target: Connection, versions: Any) -> None:
    """Note what the target is a copy of, so that it can be followed."""
    target.execute(text(*clickhouse_tables(copy_origin)))
    _note(target, "versions", versions)
    _note(target, "begun", False)


def _note(target: Connection, key: str, value: object) -> None:
    target.execute(copy_origin.insert().values(key=key, value=value))  # the newest row holds


def _where_it_is(target: Connection) -> tuple[Any, bool]:
    if not is_clickhouse(target):
        raise SetupError("--follow is for copies on ClickHouse; PostgreSQL replicates by itself.")
    if not inspect(target).has_table(copy_origin.name):
        raise SetupError("TO: is no finished copy; without --follow it is copied.")
    since = read_setting(target, copy_origin, "versions")
    return since, bool(read_setting(target, copy_origin, "begun"))


def _changed(source: Connection, known: int, zone: str) -> list[int]:
    """The cases that changed since a data version; SetupError where the source does not remember."""
    c = case_change.c
    if made_by(source) != maker(zone):
        raise SetupError("FROM: has no tiles in force, so it does not remember what changed.")
    if version_of(source, "cases") > known:
        oldest = source.execute(select(func.min(c.version))).scalar()
        if oldest is None or oldest > known + 1:
            raise SetupError(
                "FROM: no longer remembers all that changed since TO was copied; copy it into an empty "
                "database, and let the screens use that."
            )
    changed = select(c.case_id).where(c.version > known).distinct().order_by(c.case_id)
    return [int(i) for i in source.execute(changed).scalars()]


def _put_tiles_aside(target: Connection) -> None:
    """Have the screens ask the cases until all tiles have come."""
    target.execute(delete(tile_state).where(tile_state.c.key == MADE_BY))
    version = version_of(target, "tiles") + 1
    target.execute(data_version.insert().values(part="tiles", version=version, changed_at=0))


def _add_difference(
    source: Connection, target: Connection, ids: list[int], sets: Sequence[Set], zone: str
) -> None:
    """Give the tiles what these cases are worth there less what they are worth here."""
    was, turned = _worth(target, ids, sets, zone)
    now, turns = _worth(source, ids, sets, zone)
    for kind in KINDS:
        add_cells(target, kind, [now[kind], Cells(was[kind].keys, -was[kind].amounts)])
    before, after = ({(day, case_id) for day, case_id in part.tolist()} for part in (turned, turns))
    if fresh := sorted(after - before):
        write_columns(target, case_turn, as_columns(case_turn, fresh))
    _remove(target, case_turn, sorted(before - after))


def _worth(
    connection: Connection, ids: list[int], sets: Sequence[Set], zone: str
) -> tuple[dict[Kind, Cells], np.ndarray]:
    histories = histories_of(connection, ids)
    falling = falls(histories.versions, zone)
    return cells(histories, falling, sets), turns_of(falling)


def _level(
    source: Connection, target: Connection, table: Table, *where: ColumnElement[bool]
) -> None:
    """Write the rows that differ and take away those that are gone; what is alike is never missing."""
    keys = [column.name for column in table.primary_key.columns]
    theirs, mine = (
        {
            tuple(row._mapping[name] for name in keys): row
            for row in connection.execute(select(table).where(*where))
        }
        for connection in (source, target)
    )
    fresh = [row for key, row in theirs.items() if mine.get(key) != row]
    if fresh:
        write_columns(target, table, as_columns(table, fresh))
    _remove(target, table, [key for key in mine if key not in theirs])


def _remove(target: Connection, table: Table, gone: Sequence[tuple[Any, ...]]) -> None:
    keys = table.primary_key.columns
    for first in range(0, len(gone), ASKED):
        part = gone[first : first + ASKED]
        target.execute(delete(table).where(row_of(*keys).in_(part)))


def _replace(source: Connection, target: Connection, table: Table) -> None:
    target.execute(text(f"TRUNCATE TABLE {table.name}"))
    for rows in portions(source, table, None):
        write_columns(target, table, rows)
