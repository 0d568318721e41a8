"""Tables of sums kept ready (tiles), made from the catalogue of counters: one for each clock.

They are not migrated but built: `python -m data.tiles build` makes them anew whenever the catalogue is
another. Everything here can be thrown away and comes back from `case_derived` alone.
"""

import hashlib
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from data.contributions import CLOCKS, KINDS, Kind, kept_counters
from data.histograms import DURATIONS, PER_OCTAVE, UNIT

tile_metadata = MetaData()

ALL, SOURCE, CATEGORY, DEPARTMENT, HISTOGRAM = 0, 1, 2, 3, 4
DIMENSIONS = {SOURCE: "source_id", CATEGORY: "category_id", DEPARTMENT: "department_id"}
"""What a tile may be split by: a column of the derived case. HISTOGRAM: how long cases took."""

DAY, MONTH = 0, 1
NOWHERE = 0
"""Hierarchy and grid of the whole area, which is the same in every hierarchy."""
NONE = 0
"""Value of a dimension for cases without one, and of tiles that are not split."""


class Set(NamedTuple):
    """One set of tiles: all grids of a level, split by one dimension or not at all."""

    hierarchy_id: int
    level: int
    dim: int


KEYS = ("hierarchy_id", "grid_id", "dim", "grain", "period", "value", "at_day")
TURN_KEYS = ("day", "case_id")


def amount_column(counter: str) -> str:
    """Name of a counter's column."""
    return f"n_{counter}"


CASES = "n_cases"
"""The one column of the histogram."""


def amount_columns(kind: Kind) -> list[str]:
    """Names of what is added up: a column for each kept counter of a clock."""
    if kind == "hist":
        return [CASES]
    return [amount_column(counter.key) for counter in kept_counters(kind)]


def _tile_table(kind: Kind) -> Table:
    return Table(
        f"tile_{kind}",
        tile_metadata,
        Column("hierarchy_id", Integer, nullable=False),
        Column("grid_id", Integer, nullable=False),
        Column("dim", SmallInteger, nullable=False),
        Column("grain", SmallInteger, nullable=False),
        Column("period", Integer, nullable=False, comment="cohort day, or month since 1970-01"),
        Column("value", Integer, nullable=False),
        Column("at_day", Integer, nullable=False, comment="day on which the change took place"),
        *(Column(name, BigInteger, nullable=False) for name in amount_columns(kind)),
        PrimaryKeyConstraint(*KEYS),
        sqlite_with_rowid=False,
    )


TILES: dict[Kind, Table] = {kind: _tile_table(kind) for kind in KINDS}
"""By clock: what happened to the counters of a grid's cohort on a day; and how long cases took.

A month's row holds what happened up to the end of the month under the month's first day, and under its
own day what happened later: it is asked for once the month is over, else its days are. A stock has no
cohort: its period is the month of `at_day`; of a month that is over only the sum is kept.
"""

case_turn = Table(
    "case_turn",
    tile_metadata,
    Column("day", Integer, nullable=False),
    Column("case_id", BigInteger, nullable=False),
    PrimaryKeyConstraint(*TURN_KEYS),
    sqlite_with_rowid=False,
)
"""Which cases changed a counter on a day: what lies between a midnight and a time of day is read by it."""

tile_spec = Table(
    "tile_spec",
    tile_metadata,
    Column("hierarchy_id", Integer, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("dim", SmallInteger, nullable=False),
    PrimaryKeyConstraint("hierarchy_id", "level", "dim"),
)
"""Which tiles there are: chosen from counts when they are built, read by writer, reader and check."""

tile_parent = Table(
    "tile_parent",
    tile_metadata,
    Column("hierarchy_id", Integer, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("child_id", Integer, nullable=False),
    Column("parent_id", Integer, nullable=False, comment="0 at the first level"),
    PrimaryKeyConstraint("hierarchy_id", "level", "child_id", "parent_id"),
)
"""Under which parents cases saw each grid: of a grid that moved there are several."""

tile_state = Table(
    "tile_state",
    tile_metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSON, nullable=False),
)
"""`made_by`: fingerprint of the catalogue that the tiles were built by."""

case_change = Table(
    "case_change",
    tile_metadata,
    Column("version", BigInteger, nullable=False),
    Column("case_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("version", "case_id"),
    sqlite_with_rowid=False,
)
"""Which cases a data version changed: readers bring what they keep in memory up to date by it."""


@cache
def fingerprint() -> str:
    """Changes whenever a counter, a condition or the shape of the tiles does."""
    told = [f"{KEYS} {DIMENSIONS} {PER_OCTAVE} {UNIT} months end"]
    told += [f"{one.number} {one.counter.key} {one.seconds}" for one in DURATIONS]
    for clock in CLOCKS:
        for counter in kept_counters(clock):
            compiled = counter.amount.compile()
            told.append(f"{clock} {counter.key} {compiled} {sorted(compiled.params.items())}")
    return hashlib.blake2b("\n".join(told).encode(), digest_size=12).hexdigest()
