"""Multiplies the cases of a built city by statements that copy whole tables, on both engines.

Copy k lies 52 weeks times (k modulo 3) back, so the weekly rhythm stays and three years are filled.
Cases are numbered and written as they were reported, over all copies of a year: what changes together
lies together, as where cases come in. A case that is open now is copied where it is: the lights of n
copies are n times the city's. How many earlier cases lie near a copied case is copied, not counted anew.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    TableClause,
    and_,
    case,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.schema import CreateTableAs

from data import bulk
from data.case_tables import (
    FOREVER,
    case_derived,
    case_event,
    case_path,
    case_path_now,
    case_record,
    survey,
)
from data.dialect import is_postgresql
from data.work_tables import case_party

STATES = (case_record, case_path, case_path_now, case_derived)
"""What the screens' figures need; the log is copied when asked for."""
LOG = (case_event, survey)

YEAR_DAYS = 364
YEARS = 3
DAY = 86_400
SPREAD = 7919
"""A prime that no city's number of cases is likely to be a multiple of."""
STEPS = 61
APART = 0.0001
"""Degrees, about ten metres: copies of a case do not all lie on one spot."""

UNMOVED = {"case_id", "updated_at", "ingested_at", "recorded_from"}
DURATIONS = {"paused_seconds", "handling_seconds", "work_seconds", "limit_seconds"}
DAY_COLUMNS = {"reported_day", "accepted_day", "closed_day", "due_day", "supervise_day"}
INSTANTS = set(
    "valid_from valid_to reported_at accepted_at closed_at original_deadline effective_deadline "
    "warn_at hung_since dispatched_at received_at responded_at supervise_answered_at extended_at "
    "supervise_due stage_due light_due light_warn at deadline surveyed_at".split()
)

PORTION = 30_000
"""Cases that are written at once, in the order of their numbers."""

Tell = Callable[[str], None]


class Year(NamedTuple):
    """The copies that lie equally far back: how many days, numbers of the copies, cases of years before."""

    back: int
    numbers: Sequence[int]
    before: int


def multiply(
    connection: Connection, cases: int, *, with_log: bool = False, tell: Tell = lambda _: None
) -> None:
    """Make the city on this connection hold exactly so many cases; `tell` hears of each step.

    Commits as it goes: for a database that nobody reads yet. All copies are whole but the last, which
    takes cases from all days evenly. Parties of cases are left out, the log too unless asked for.
    """
    tables = (*STATES, *LOG) if with_log else STATES
    tell("the city's own cases")
    n = _set_aside(connection, tables)
    foreign = _loosen(connection, tables)
    connection.commit()
    for year in years(-(-cases // n), n):
        _list_copies(connection, year.numbers, cases, n)
        step = max(PORTION // len(year.numbers), 1)
        for first in range(1, n + 1, step):
            for target in tables:
                _copy(connection, target, year, range(first, first + step))
            connection.commit()
        tell(f"{len(year.numbers)} copies, {year.back} days back")
    for target in tables:
        for index in sorted(target.indexes, key=lambda index: str(index.name)):
            tell(f"index {index.name}")
            index.create(connection)
            connection.commit()
    tell("statistics")
    _fasten(connection, foreign)
    for target in tables:
        connection.execute(text(f"DROP TABLE {_own(target).name}"))
    connection.execute(text(f"DROP TABLE {COPIES.name}"))
    bulk.analyse(connection)
    connection.commit()


def years(copies: int, n: int) -> Iterator[Year]:
    """The copies of a city of n cases by how far they lie back, the oldest first."""
    before = 0
    for age in reversed(range(min(YEARS, copies))):
        numbers = range(age, copies, YEARS)
        yield Year(YEAR_DAYS * age, numbers, before)
        before += len(numbers) * n


COPIES = table("own_copies", *map(column, ("slot", "prefix", "shift", "part")))
"""Copies of one year: which of them, what stands before codes, degrees aside, how many cases it takes."""


def _list_copies(connection: Connection, numbers: Sequence[int], cases: int, n: int) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {COPIES.name}"))
    connection.execute(
        text(
            f"CREATE TEMPORARY TABLE {COPIES.name} "
            "(slot INTEGER, prefix TEXT, shift DOUBLE PRECISION, part INTEGER)"
        )
    )
    rows = [
        {
            "slot": slot,
            "prefix": f"C{number:04}-" if number else "",
            "shift": ((number * 37 + STEPS // 2) % STEPS - STEPS // 2) * APART if number else 0.0,
            "part": min(n, cases - number * n),
        }
        for slot, number in enumerate(numbers)
    ]
    connection.execute(insert(COPIES), rows)


def _own(target: Table) -> TableClause:
    """Where the city's own rows of a table wait; `moves` is 0 for cases that are open now."""
    names = (*target.columns.keys(), "moves", "place")
    return table(f"own_{target.name}", *(column(name) for name in names))


def _set_aside(connection: Connection, tables: tuple[Table, ...]) -> int:
    """Take the city's own rows out of the tables; how many cases there were."""
    key = case_record.c.case_id
    bounds = select(func.min(key), func.max(key), func.count())
    first, last, n = connection.execute(bounds).one()
    if n == 0 or (first, last) != (1, n):
        raise ValueError(f"case ids must run from 1 to the number of cases, not {first} to {last}.")
    is_now_open = and_(case_derived.c.is_open == 1, case_derived.c.valid_to == FOREVER)
    now_open = select(case_derived.c.case_id).where(is_now_open)
    for target in tables:
        rows = select(
            *target.columns,
            case((target.c.case_id.in_(now_open), 0), else_=1).label("moves"),
            (target.c.case_id * SPREAD % n).label("place"),
        )
        rows = rows.order_by(*target.primary_key.columns)
        own = _own(target).name
        connection.execute(CreateTableAs(rows, own, temporary=True))
        connection.execute(text(f"CREATE INDEX ix_{own} ON {own} (case_id)"))
    emptied = (case_party, *LOG, case_path_now, case_path, case_derived, case_record)
    if is_postgresql(connection):
        connection.execute(text(f"TRUNCATE {', '.join(target.name for target in emptied)}"))
        return int(n)
    for target in emptied:
        connection.execute(delete(target))
    return int(n)


def _loosen(connection: Connection, tables: tuple[Table, ...]) -> list[tuple[str, str, str]]:
    """Drop the indexes, and on PostgreSQL the foreign keys: (table, name, definition) of each."""
    for target in tables:
        for index in target.indexes:
            index.drop(connection)
    if not is_postgresql(connection):
        return []
    dropped = []
    for target in tables:
        for key in inspect(connection).get_foreign_keys(target.name):
            here, there = map(", ".join, (key["constrained_columns"], key["referred_columns"]))
            told = f"FOREIGN KEY ({here}) REFERENCES {key['referred_table']} ({there})"
            dropped.append((target.name, str(key["name"]), told))
    for name, constraint, _ in dropped:
        connection.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT {constraint}"))
    return dropped


def _fasten(connection: Connection, foreign: list[tuple[str, str, str]]) -> None:
    for name, constraint, told in foreign:
        connection.execute(text(f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {told}"))


def _copy(connection: Connection, target: Table, year: Year, ids: range) -> None:
    own = _own(target)
    values = {held.name: _copied(own, held, year) for held in target.columns}
    rows = select(*(value.label(name) for name, value in values.items()))
    rows = rows.where(own.c.case_id.between(ids[0], ids[-1]), own.c.place < COPIES.c.part)
    rows = rows.order_by(*(values[key.name] for key in target.primary_key.columns))
    connection.execute(insert(target).from_select(target.columns.keys(), rows))


def _copied(own: TableClause, held: Column[Any], year: Year) -> ColumnElement[Any]:
    """What a column of a copy holds: numbered anew, moved back, or as it is."""
    value = own.c[held.name]
    if held.name == "case_id":
        return (value - 1) * len(year.numbers) + COPIES.c.slot + (year.before + 1)
    if held.name == "code":
        return COPIES.c.prefix.concat(value)
    if held.name in ("lon", "lat"):
        return value + COPIES.c.shift
    if not year.back:
        return value
    if held.name in DAY_COLUMNS:
        return value - own.c.moves * year.back
    if held.name == "valid_to":
        return case((value == FOREVER, value), else_=value - own.c.moves * (year.back * DAY))
    if held.name in INSTANTS:
        return value - own.c.moves * (year.back * DAY)
    return value
