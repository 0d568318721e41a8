"""Checks the sums kept ready against each other and against the cases: `python -m data.verify`.

The quick check compares tiles with tiles and the whole with a count of the cases; `--full` computes
every cell anew. `--heal` then writes what should stand there: a tile is only a copy of what cases say.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select, text

from data.case_tables import FOREVER, case_derived, site_setting
from data.contributions import KINDS, Kind, kept_counters
from data.counters import CLOCK_DAY
from data.databases import open_database
from data.engines import CASE
from data.errors import SetupError
from data.settings import read_settings
from data.stored_settings import read_setting, write_setting
from data.tiles.build import cells_of_all
from data.tiles.cells import Cells
from data.tiles.tables import (
    ALL,
    DAY,
    KEYS,
    MONTH,
    NOWHERE,
    TILES,
    amount_column,
    amount_columns,
    tile_state,
)
from data.tiles.writer import add_cells, made_by, maker
from data.versions import bump

VERIFIED = "verified"
"""What the last check found: {at, full, differing, healed}."""
SHOWN = 10


class Difference(NamedTuple):
    """One sum that is not what it should be, in words."""

    check: str
    kind: Kind
    where: str
    has: int
    should: int

    def __str__(self) -> str:
        return f"{self.check}: {self.kind}, {self.where}: {self.has:,}, not {self.should:,}"


def quick(connection: Connection) -> list[Difference]:
    """Days = months, the parts of a split = the whole, all together = the cases."""
    return [
        found
        for kind in KINDS
        for check in (_days_and_months, _splits, _cases)
        for found in check(connection, kind)
    ]


def _weighed(kind: Kind) -> ColumnElement[int]:
    """One number for all counters: each weighs something else, so that two faults do not cancel out."""
    columns = [TILES[kind].c[name] for name in amount_columns(kind)]
    total: Any = sum((1 + number) * column for number, column in enumerate(columns))
    return func.coalesce(func.sum(total), 0)


def _sums(connection: Connection, kind: Kind, grain: int) -> dict[tuple[int, int, int], int]:
    """By hierarchy, grid and split."""
    t = TILES[kind].c
    by = (t.hierarchy_id, t.grid_id, t.dim)
    rows = connection.execute(select(*by, _weighed(kind)).where(t.grain == grain).group_by(*by))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def _days_and_months(connection: Connection, kind: Kind) -> Iterator[Difference]:
    days, months = (_sums(connection, kind, grain) for grain in (DAY, MONTH))
    for key in sorted(days.keys() | months.keys()):
        should, has = days.get(key, 0), months.get(key, 0)
        if should != has:
            yield Difference("days = months", kind, _place(key), has, should)


def _splits(connection: Connection, kind: Kind) -> Iterator[Difference]:
    if kind == "hist":
        return
    held = _sums(connection, kind, MONTH)
    for (tree, grid, dim), has in sorted(held.items()):
        should = held.get((tree, grid, ALL), 0)
        if dim != ALL and has != should:
            yield Difference("parts = whole", kind, _place((tree, grid, dim)), has, should)


def _cases(connection: Connection, kind: Kind) -> Iterator[Difference]:
    """All steps together are where the cases stand in the end."""
    t, d = TILES[kind].c, case_derived.c
    if kind == "hist":
        return
    counters = kept_counters(kind)
    kept = select(*(func.sum(t[amount_column(c.key)]) for c in counters)).where(
        t.hierarchy_id == NOWHERE, t.dim == ALL, t.grain == MONTH
    )
    cohort = d.is_open == 1 if kind == "stock" else CLOCK_DAY[kind].is_not(None)
    raw = select(*(func.sum(c.amount) for c in counters)).where(d.valid_to == FOREVER, cohort)
    has = connection.execute(kept).one()
    should = connection.execute(raw, {"as_of": FOREVER - 1}).one()
    for counter, mine, theirs in zip(counters, has, should, strict=True):
        if int(mine or 0) != int(theirs or 0):
            yield Difference("whole = cases", kind, counter.key, int(mine or 0), int(theirs or 0))


def _place(key: tuple[int, int, int]) -> str:
    return "hierarchy {}, grid {}, split {}".format(*key)


def full(connection: Connection, zone: str, *, progress: bool = False) -> dict[Kind, Cells]:
    """Every cell that differs, with what is to be added to put it right; nothing is left out."""
    _scratch(connection)
    for kind, given in cells_of_all(connection, zone, progress=progress):
        taken = Cells(given.keys, -given.amounts)
        add_cells(connection, kind, [taken], prefix="check_")
    return {kind: _left(connection, kind) for kind in KINDS}


def _scratch(connection: Connection) -> None:
    """Copies of the tiles, from which what should be there is taken away."""
    for table in TILES.values():
        name = f"check_{table.name}"
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        connection.execute(text(f"CREATE TEMP TABLE {name} AS SELECT * FROM {table.name}"))
        connection.execute(text(f"CREATE UNIQUE INDEX ix_{name} ON {name} ({', '.join(KEYS)})"))


def _left(connection: Connection, kind: Kind) -> Cells:
    table = TILES[kind]
    names = [column.name for column in table.columns if column.name not in KEYS]
    columns = ", ".join((*KEYS, *names))
    some = " OR ".join(f"{name} <> 0" for name in names)
    rows = connection.execute(text(f"SELECT {columns} FROM check_{table.name} WHERE {some}")).all()
    held = np.array(rows, np.int64).reshape(-1, len(KEYS) + len(names))
    return Cells(held[:, : len(KEYS)], -held[:, len(KEYS) :])


def heal(connection: Connection, differing: dict[Kind, Cells], now: int) -> int:
    """Put the differing cells right; how many there were."""
    for kind, missing in differing.items():
        add_cells(connection, kind, [missing])
    number = sum(len(missing.keys) for missing in differing.values())
    if number:
        bump(connection, "cases", now)
    return number


def note(connection: Connection, now: int, *, is_full: bool, differing: int, healed: bool) -> None:
    """Note what a check found: the screens' data-quality panel tells it."""
    held = {"at": now, "full": is_full, "differing": differing, "healed": healed}
    write_setting(connection, tile_state, VERIFIED, held)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m data.verify`; exit code 1 when something differed."""
    parser = argparse.ArgumentParser(prog="python -m data.verify", description=__doc__)
    parser.add_argument("--full", action="store_true", help="compute every cell anew")
    parser.add_argument(
        "--heal", action="store_true", help="with --full: put differing cells right"
    )
    options = parser.parse_args(arguments)
    if options.heal and not options.full:
        parser.error("--heal needs --full: only that knows what should stand there.")
    try:
        engine = open_database(read_settings().case_database_url, CASE, writable=True)
        with engine.begin() as connection:
            return verify(connection, options.full, options.heal)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2


def verify(connection: Connection, is_full: bool, healing: bool) -> int:
    """Check, tell what was found and note it; 1 when something differed. Raises SetupError."""
    zone = str(read_setting(connection, site_setting, "zone"))
    mark = made_by(connection)
    if mark != maker(zone):
        what = "there are none" if mark is None else "they were built by another program"
        raise SetupError(f"No tiles to check: {what}. `python -m data.tiles build` builds them.")
    now = int(time.time())
    found = quick(connection)
    for difference in found[:SHOWN]:
        print(difference)
    differing = len(found)
    if is_full:
        missing = full(connection, zone, progress=True)
        differing = sum(len(part.keys) for part in missing.values())
        if healing:
            heal(connection, missing, now)
    note(connection, now, is_full=is_full, differing=differing, healed=healing)
    what = "every cell" if is_full else "sums of sums"
    print(f"{what} checked: {differing:,} differ{', put right' if healing and differing else ''}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
