"""Answers a question from tiles where there are some: sums of whole days, then the day of the instant.

Whatever tiles cannot answer exactly (two splits at once, small grids, grids that moved, counters whose
amount grows with the clock) is left to the raw query; which it was never shows in a figure. Only
quantiles over many cases are told within a bound, and say so.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, TextClause, bindparam, text

from data.contributions import Kind, kept_counters
from data.counters import Clock, Counter
from data.histograms import BUCKETS, Duration
from data.tiles.cells import grouped
from data.tiles.tables import NONE, TILES, Set, amount_columns
from queries.edge_days import DaySteps
from queries.known_steps import as_it_is
from queries.question import UNLOCATED, Key, Question
from queries.tile_cuts import DIM, Cut, above, cut_of, pieces_of, tiles_of

Sums = dict[Key, dict[str, int]]
Found = dict[tuple[int, int], np.ndarray]
"""Amounts by what the question splits by, and by bucket (0 where there are no buckets)."""
REST = -1
"""Key of the grid above while sums by grid are put together."""


def kept_sums(
    connection: Connection,
    question: Question,
    clock: Clock,
    counters: Sequence[Counter],
    version: Mapping[str, int],
) -> Sums | None:
    """Sums of the counters by key as of the question's instant; None where tiles cannot tell.

    All that is read must be of one moment: the connection's transaction is a steady one (data.engines),
    and sees the data of these versions. What is read is kept until they change. Of a whole and of grids all
    counters of the clock are read, since another panel asks for others of them; of other splits, which
    are many rows for one panel, those that are asked for.
    """
    kept = kept_counters(clock)
    columns = tuple(kept.index(counter) for counter in counters)
    read = tuple(range(len(kept))) if question.by in (None, "grid") else columns
    found = _found(connection, question, clock, read, version)
    if found is None:
        return None
    names = [counter.key for counter in counters]
    places = [read.index(column) for column in columns]
    asked = {key: amounts[places] for key, amounts in found.items()}
    return {
        key: dict(zip(names, amounts.tolist(), strict=True))
        for (key, _), amounts in _by_key(asked, question, len(names)).items()
    }


def kept_buckets(
    connection: Connection, question: Question, duration: Duration, version: Mapping[str, int]
) -> dict[Key, list[tuple[int, int]]] | None:
    """(bucket, cases) of a duration by key; None where tiles cannot tell.

    Of a whole all durations are read at once: a panel that tells one tells the others too.
    """
    only = None if question.by is None else duration.number
    found = _found(connection, question, "hist", (0,), version, only)
    if found is None:
        return None
    own = {at: n for at, n in found.items() if at[1] // BUCKETS == duration.number}
    held: dict[Key, list[tuple[int, int]]] = {}
    for (key, value), amounts in _by_key(own, question, 1).items():
        held.setdefault(key, []).append((value % BUCKETS, int(amounts[0])))
    return held


def _found(
    connection: Connection,
    question: Question,
    kind: Kind,
    columns: tuple[int, ...],
    version: Mapping[str, int],
    only: int | None = None,
) -> Found | None:
    """Amounts of some of a kind's columns; of durations all, or only one by its number."""
    held = tiles_of(question.site)
    cut = None if held is None else cut_of(question, kind, held)
    # Between two looks at the versions tiles may have been put aside or built anew.
    if held is None or cut is None or version.get("tiles") != held.version:
        return None
    scope = question.scope.on(0, 0) if kind == "stock" else question.scope
    split = question.by, question.level if question.by == "grid" else None
    moment = question.as_of, version.get("cases"), held.version
    zone, cases = question.site.facts().zone, version.get("cases", 0)
    known = question.site.known
    past = None if known is None else known.correction(connection, cases, held.version, zone)
    if known is not None and past is None:
        return None

    def read() -> Found:
        today = question.site.today(question.as_of)
        with as_it_is(connection):
            found = _whole_days(connection, question, kind, columns, cut, today, only)
            day = question.site.edge_days.day(connection, today, cases, held.version, zone)
        for steps in (day, past) if past else (day,):
            _add_edge(found, steps[kind], question, kind, columns, cut, only)
        return found

    asked = "kept", kind, columns, only, scope.key, split, moment
    return question.site.answers.get(asked, read)


def _whole_days(
    connection: Connection,
    question: Question,
    kind: Kind,
    columns: tuple[int, ...],
    cut: Cut,
    today: int,
    only: int | None,
) -> Found:
    """Sums of what happened before the day began."""
    parts: list[tuple[Set, Sequence[int], str | None]] = [(cut.held, cut.grids, cut.by)]
    if cut.by == "grid":
        # What lies in none of the grids is the rest of the grid above.
        parts.append((*above(question, cut.held), None))
    legs: list[Leg] = []
    values: dict[str, object] = {"today": today}
    for held, grids, by in parts:
        rest = REST if by is None and cut.by == "grid" else 0
        for piece in pieces_of(question, kind, today, by):
            n = len(legs)
            legs.append(Leg(by, rest, cut.value is not None, kind == "hist", only is not None))
            values |= {f"tree{n}": held.hierarchy_id, f"grids{n}": list(grids), f"dim{n}": held.dim}
            values |= {f"grain{n}": piece.grain, f"first{n}": piece.first, f"last{n}": piece.last}
            if cut.value is not None:
                values[f"value{n}"] = cut.value
            if only is not None:
                values |= {f"bucket{n}": only * BUCKETS, f"end{n}": (only + 1) * BUCKETS - 1}
    found: Found = {}
    rows = connection.execute(_sums(kind, columns, tuple(legs)), values).all()
    for key, bucket, *amounts in rows:
        if amounts[0] is None:
            continue  # a sum of nothing
        at = int(key or 0), bucket
        sums = np.array(amounts, np.int64)
        found[at] = found[at] + sums if at in found else sums
    return found


class Leg(NamedTuple):
    """The shape of one sum: what it is split by, or the key of all, and what narrows it.

    `bucketed`: split by bucket too, and `one` of one duration only.
    """

    by: str | None
    key: int
    filtered: bool
    bucketed: bool
    one: bool


@cache
def _sums(kind: Kind, columns: tuple[int, ...], legs: tuple[Leg, ...]) -> TextClause:
    """All sums of a question in one statement. Written out: putting it together anew took most time."""
    names = [amount_columns(kind)[number] for number in columns]
    statement = text(" UNION ALL ".join(_sum(kind, names, n, leg) for n, leg in enumerate(legs)))
    return statement.bindparams(*(bindparam(f"grids{n}", expanding=True) for n in range(len(legs))))


def _sum(kind: Kind, names: Sequence[str], n: int, leg: Leg) -> str:
    table = TILES[kind].name
    split = {"grid": "grid_id", "day": "period", None: None}.get(leg.by, "value")
    groups = [name for name in (split, "value" if leg.bucketed else None) if name]
    where = [
        f"hierarchy_id = :tree{n} AND grid_id IN :grids{n} AND dim = :dim{n} AND grain = :grain{n}",
        f"period BETWEEN :first{n} AND :last{n} AND at_day < :today",
    ]
    if leg.filtered:
        where.append(f"value = :value{n}")
    if leg.one:
        where.append(f"value BETWEEN :bucket{n} AND :end{n}")
    sums = ", ".join(f"SUM({name})" for name in names)
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    chosen = f"{split or leg.key}, {'value' if leg.bucketed else 0}, {sums}"
    return f"SELECT {chosen} FROM {table} WHERE {' AND '.join(where)}{grouped}"


def _add_edge(
    found: Found,
    steps: DaySteps,
    question: Question,
    kind: Kind,
    columns: tuple[int, ...],
    cut: Cut,
    only: int | None,
) -> None:
    """Add what happened on the day itself, up to the instant."""
    stop = int(np.searchsorted(steps.at, question.as_of, side="right"))
    inside = _inside(steps, question, kind, cut, only, stop)
    amounts = steps.amounts[:stop][inside][:, list(columns)]
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
    (keys, buckets), sums = grouped([keys, buckets], amounts)
    for key, bucket, one in zip(keys.tolist(), buckets.tolist(), sums, strict=True):
        found[key, bucket] = found.get((key, bucket), 0) + one


def _inside(
    steps: DaySteps,
    question: Question,
    kind: Kind,
    cut: Cut,
    only: int | None,
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
    if only is not None:
        inside &= steps.bucket[:stop] // BUCKETS == only
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
        if number == REST or not any(amounts.tolist()):
            continue
        nothing = question.by in DIM and number == NONE
        held[question.key(None if nothing else number), bucket] = amounts
    return held
