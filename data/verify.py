"""Checks the sums kept ready against each other and against the cases: `python -m data.verify`.

The quick check compares tiles with tiles and the whole with a count of the cases; `--full` computes
every cell anew. `--heal` then writes what should stand there: a tile is only a copy of what cases say.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select, text

from data import bulk
from data.case_tables import FOREVER, case_derived, site_setting
from data.contributions import KINDS, Kind, kept_counters
from data.counters import CLOCK_DAY
from data.databases import open_database
from data.engines import CASE, steady
from data.errors import SetupError
from data.one_ingester import only_ingester
from data.settings import read_settings
from data.stored_settings import read_setting, write_setting
from data.tiles.build import all_cells
from data.tiles.cells import Cells
from data.tiles.tables import (
    ALL,
    DAY,
    KEYS,
    MONTH,
    NOWHERE,
    TILES,
    TURN_KEYS,
    amount_column,
    amount_columns,
    case_turn,
    tile_state,
)
from data.tiles.writer import add_cells, made_by, maker
from data.versions import bump, hold, version_of

VERIFIED = "verified"
"""What the last check found: {at, full, differing, healed}."""
SHOWN = 10
TILE_TURNS = "check_case_turn"


Place = tuple[int, int]
"""Hierarchy and grid; NOWHERE twice for the whole area."""
WHOLE: Place = (NOWHERE, NOWHERE)


class Difference(NamedTuple):
    """One sum that is not what it should be. `part`: the split or the counter, in words."""

    check: str
    kind: Kind
    place: Place
    part: str
    has: int
    should: int

    def __str__(self) -> str:
        where = "" if self.place == WHOLE else "hierarchy {}, grid {}, ".format(*self.place)
        return f"{self.check}: {self.kind}, {where}{self.part}: {self.has:,}, not {self.should:,}"


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
            yield Difference("days = months", kind, key[:2], f"split {key[2]}", has, should)


def _splits(connection: Connection, kind: Kind) -> Iterator[Difference]:
    if kind == "hist":
        return
    held = _sums(connection, kind, MONTH)
    for (tree, grid, dim), has in sorted(held.items()):
        should = held.get((tree, grid, ALL), 0)
        if dim != ALL and has != should:
            yield Difference("parts = whole", kind, (tree, grid), f"split {dim}", has, should)


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
    kept_sums = connection.execute(kept).one()
    raw_sums = connection.execute(raw, {"as_of": FOREVER - 1}).one()
    for counter, mine, theirs in zip(counters, kept_sums, raw_sums, strict=True):
        has, should = int(mine or 0), int(theirs or 0)
        if has != should:
            yield Difference("whole = cases", kind, WHOLE, counter.key, has, should)


class Missing(NamedTuple):
    """Every cell that differs, with what is to be added to put it right; and the same of `case_turn`."""

    cells: dict[Kind, Cells]
    turns: tuple[int, int]

    @property
    def number(self) -> int:
        """How many cells and turns differ."""
        few, many = self.turns
        return sum(len(part.keys) for part in self.cells.values()) + few + many


def full(connection: Connection, zone: str, *, progress: bool = False) -> Missing:
    """Compute every cell anew; all that is read must be of one moment (data.engines.steady)."""
    _scratch(connection)
    turns = TILE_TURNS
    connection.execute(text(f"DROP TABLE IF EXISTS {turns}"))
    connection.execute(text(f"CREATE TEMP TABLE {turns} (day INTEGER, case_id BIGINT)"))
    for given, turned in all_cells(connection, zone, progress=progress):
        for kind, held in given.items():
            taken = Cells(held.keys, -held.amounts)
            add_cells(connection, kind, [taken], prefix="check_")
        bulk.insert_arrays(connection, turns, dict(zip(TURN_KEYS, turned.T, strict=True)))
    columns = ", ".join(TURN_KEYS)
    some, other = f"SELECT {columns} FROM {turns}", f"SELECT {columns} FROM {case_turn.name}"
    missing, more = (
        int(
            connection.execute(text(f"SELECT COUNT(*) FROM ({one} EXCEPT {two}) AS t")).scalar_one()
        )
        for one, two in ((some, other), (other, some))
    )
    return Missing({kind: _left(connection, kind) for kind in KINDS}, (missing, more))


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


def heal(connection: Connection, missing: Missing, now: int) -> int:
    """Put right what `full` found, no case having changed since; how much there was."""
    for kind, held in missing.cells.items():
        add_cells(connection, kind, [held])
    if any(missing.turns):
        columns = ", ".join(TURN_KEYS)
        connection.execute(case_turn.delete())
        connection.execute(
            text(f"INSERT INTO {case_turn.name} ({columns}) SELECT {columns} FROM {TILE_TURNS}")
        )
    if missing.number:
        # What readers keep of a day in memory may be wrong, too: it goes by the version of the tiles.
        bump(connection, "cases", now)
        bump(connection, "tiles", now)
    return missing.number


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
        with ExitStack() as stack:
            if options.heal:
                stack.enter_context(only_ingester(engine, "data.verify"))
            connection = stack.enter_context(engine.connect())
            return verify(connection, options.full, options.heal)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2


def verify(connection: Connection, is_full: bool, healing: bool) -> int:
    """Check, tell what was found and note it; 1 when something differed. Raises SetupError.

    The check reads as of one moment and holds nobody up; only to put right and to note it writes.
    """
    steady(connection)
    zone = str(read_setting(connection, site_setting, "zone"))
    mark = made_by(connection)
    if mark != maker(zone):
        what = "there are none" if mark is None else "they were built by another program"
        raise SetupError(f"No tiles to check: {what}. `python -m data.tiles build` builds them.")
    now, version = int(time.time()), version_of(connection, "cases")
    found = quick(connection)
    for difference in found[:SHOWN]:
        print(difference)
    missing = full(connection, zone, progress=True) if is_full else None
    differing = len(found) if missing is None else missing.number
    connection.commit()
    healed = False
    if healing and missing is not None and differing:
        if hold(connection) != version:
            connection.rollback()
            raise SetupError(
                f"{differing:,} differ, but cases changed during the check: stop what loads cases for the "
                "time, and run it again."
            )
        healed = heal(connection, missing, now) > 0
    note(connection, now, is_full=is_full, differing=differing, healed=healed)
    connection.commit()
    what = "every cell" if is_full else "sums of sums"
    print(f"{what} checked: {differing:,} differ{', put right' if healed else ''}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
