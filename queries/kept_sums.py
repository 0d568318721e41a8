"""Answers a question from tiles where there are some: sums of whole days, then the day of the instant.

Whatever tiles cannot answer exactly (two splits at once, small grids, grids that moved, counters whose
amount grows with the clock) is left to the raw query; which it was never shows in a figure. Only
quantiles over many cases are told within a bound, and say so.
"""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, select

from data.contributions import Kind, kept_counters
from data.counters import Clock, Counter
from data.histograms import BUCKETS, Duration
from data.tiles.tables import CASES, NONE, TILES, Set, amount_column
from data.versions import version_of
from queries.edge_days import DaySteps
from queries.known_steps import as_it_is
from queries.question import UNLOCATED, Key, Question
from queries.tile_cuts import DIM, Cut, Piece, above, cut_of, pieces_of, tiles_of

Sums = dict[Key, dict[str, int]]
Found = dict[tuple[int, int], np.ndarray]
"""Amounts by what the question splits by, and by bucket (0 where there are no buckets)."""
VALUES = 2**32
"""More than there are buckets: a key and a bucket in one number."""
REST = -1
"""Key of the grid above while sums by grid are put together."""


def kept_sums(
    connection: Connection, question: Question, clock: Clock, counters: Sequence[Counter]
) -> Sums | None:
    """Sums of the counters by key as of the question's instant; None where tiles cannot tell.

    All that is read must be of one moment: the connection's transaction is a steady one (data.engines).
    """
    columns = [kept_counters(clock).index(counter) for counter in counters]
    found = _found(connection, question, clock, columns)
    if found is None:
        return None
    names = [counter.key for counter in counters]
    return {
        key: dict(zip(names, amounts.tolist(), strict=True))
        for (key, _), amounts in _by_key(found, question, len(names)).items()
    }


def kept_buckets(
    connection: Connection, question: Question, duration: Duration
) -> dict[Key, list[tuple[int, int]]] | None:
    """(bucket, cases) of a duration by key; None where tiles cannot tell."""
    found = _found(connection, question, "hist", [0], duration)
    if found is None:
        return None
    held: dict[Key, list[tuple[int, int]]] = {}
    for (key, value), amounts in _by_key(found, question, 1).items():
        held.setdefault(key, []).append((value % BUCKETS, int(amounts[0])))
    return held


def _found(
    connection: Connection,
    question: Question,
    kind: Kind,
    columns: list[int],
    duration: Duration | None = None,
) -> Found | None:
    held = tiles_of(question.site)
    cut = None if held is None else cut_of(question, kind, held)
    # Between two looks at the versions tiles may have been put aside or built anew.
    if held is None or cut is None or version_of(connection, "tiles") != held.version:
        return None
    zone = question.site.facts().zone
    today = question.site.today(question.as_of)
    version, known = version_of(connection, "cases"), question.site.known
    past = None if known is None else known.correction(connection, version, held.version, zone)
    if known is not None and past is None:
        return None
    with as_it_is(connection):
        found = _whole_days(connection, question, kind, columns, cut, today, duration)
        day = question.site.edge_days.day(connection, today, version, held.version, zone)
    _add_edge(found, day[kind], question, kind, columns, cut, duration)
    if past is not None:
        _add_edge(found, past[kind], question, kind, columns, cut, duration)
    return found


def _whole_days(
    connection: Connection,
    question: Question,
    kind: Kind,
    columns: list[int],
    cut: Cut,
    today: int,
    duration: Duration | None,
) -> Found:
    """Sums of what happened before the day began."""
    found: Found = {}
    parts: list[tuple[Set, Sequence[int], str | None]] = [(cut.held, cut.grids, cut.by)]
    if cut.by == "grid":
        # What lies in none of the grids is the rest of the grid above.
        parts.append((*above(question, cut.held), None))
    for held, grids, by in parts:
        for piece in pieces_of(question, kind, today, by):
            statement = _sum(kind, columns, held, grids, cut.value, by, piece, today, duration)
            for row in connection.execute(statement):
                key = REST if by is None and cut.by == "grid" else int(row[0] or 0)
                amounts = np.array([int(n or 0) for n in row[2:]], np.int64)
                found[key, row[1]] = found.get((key, row[1]), 0) + amounts
    return found


def _sum(
    kind: Kind,
    columns: list[int],
    held: Set,
    grids: Sequence[int],
    value: int | None,
    by: str | None,
    piece: Piece,
    today: int,
    duration: Duration | None,
) -> Select:
    t = TILES[kind].c
    names = [CASES] if kind == "hist" else [amount_column(c.key) for c in kept_counters(kind)]
    nothing: ColumnElement[int] = literal_column("0")
    key = nothing if by is None else {"grid": t.grid_id, "day": t.period}.get(by, t.value)
    bucket = nothing if duration is None else t.value
    where = [
        t.hierarchy_id == held.hierarchy_id,
        t.grid_id == grids[0] if len(grids) == 1 else t.grid_id.in_(list(grids)),
        t.dim == held.dim,
        t.grain == piece.grain,
        t.period.between(piece.first, piece.last),
        t.at_day < today,
    ]
    if value is not None:
        where.append(t.value == value)
    if duration is not None:
        first = duration.number * BUCKETS
        where.append(t.value.between(first, first + BUCKETS - 1))
    sums = [func.sum(t[names[column]]) for column in columns]
    statement = select(key.label("key"), bucket.label("bucket"), *sums).where(and_(*where))
    grouped = [one for one in (key, bucket) if one is not nothing]
    return statement.group_by(*grouped) if grouped else statement


def _add_edge(
    found: Found,
    steps: DaySteps,
    question: Question,
    kind: Kind,
    columns: list[int],
    cut: Cut,
    duration: Duration | None,
) -> None:
    """Add what happened on the day itself, up to the instant."""
    stop = int(np.searchsorted(steps.at, question.as_of, side="right"))
    inside = _inside(steps, question, kind, cut, duration, stop)
    amounts = steps.amounts[:stop][inside][:, columns]
    if not len(amounts):
        return
    keys = _edge_keys(steps, question, cut, stop)[inside]
    buckets = steps.bucket[:stop][inside]
    if cut.by == "grid":
        _add(found, np.full(len(keys), REST), buckets, amounts)
        lies = keys != NONE
        keys, buckets, amounts = keys[lies], buckets[lies], amounts[lies]
    _add(found, keys, buckets, amounts)


def _add(found: Found, keys: np.ndarray, buckets: np.ndarray, amounts: np.ndarray) -> None:
    if not len(keys):
        return
    code = keys * VALUES + buckets
    order = np.argsort(code, kind="stable")
    code = code[order]
    starts = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    sums = np.add.reduceat(amounts[order], starts, axis=0)
    for pair, added in zip(code[starts].tolist(), sums, strict=True):
        key, bucket = divmod(pair, VALUES)
        found[key, bucket] = found.get((key, bucket), 0) + added


def _inside(
    steps: DaySteps,
    question: Question,
    kind: Kind,
    cut: Cut,
    duration: Duration | None,
    stop: int,
) -> np.ndarray:
    inside = np.ones(stop, bool)
    scope = question.scope
    if kind != "stock":
        day = steps.day[:stop]
        inside &= (day >= scope.first_day) & (day <= scope.last_day)
    if scope.grid.level:
        place = steps.places.get((scope.tree.hierarchy_id, scope.grid.level))
        inside &= False if place is None else place[:stop] == scope.grid.grid_id
    if cut.value is not None:
        inside &= steps.values[cut.held.dim][:stop] == cut.value
    if duration is not None:
        inside &= steps.bucket[:stop] // BUCKETS == duration.number
    return inside


def _edge_keys(steps: DaySteps, question: Question, cut: Cut, stop: int) -> np.ndarray:
    if cut.by is None:
        return np.zeros(stop, np.int64)
    if cut.by == "day":
        return steps.day[:stop]
    if cut.by in DIM:
        return steps.values[DIM[cut.by]][:stop]
    place = steps.places.get((question.scope.tree.hierarchy_id, question.level))
    return np.full(stop, NONE) if place is None else place[:stop]


def _by_key(found: Found, question: Question, width: int) -> dict[tuple[Key, int], np.ndarray]:
    """Amounts by the keys that figures go by; of grids, the rest of the whole is 未落格."""
    held: dict[tuple[Key, int], np.ndarray] = {}
    if question.by == "grid":
        for (number, bucket), amounts in found.items():
            sign = 1 if number == REST else -1
            before = held.get((UNLOCATED, bucket), np.zeros(width, np.int64))
            held[UNLOCATED, bucket] = before + sign * amounts
    for (number, bucket), amounts in found.items():
        if number == REST or not amounts.any():
            continue
        nothing = question.by in DIM and number == NONE
        held[question.key(None if nothing else number), bucket] = amounts
    return held
