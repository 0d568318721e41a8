"""From the versions of cases to cells of tiles: which grid, period, value and day each step falls on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, select

from data import bulk
from data.case_tables import DEEPEST, case_derived, case_path
from data.contributions import KINDS, Kind, Steps, needed_columns, steps
from data.days import local_days
from data.row_values import Rows
from data.tiles.tables import DAY, DIMENSIONS, HISTOGRAM, KEYS, MONTH, NONE, NOWHERE, Set

Which = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""A condition on the id of a case."""
Conditions = Sequence[ColumnElement[bool]]
CASES = 2**40
"""Twice more than there are cases: a day and a case in one number."""
GRID_IDS = 2**31
"""More than there are grids: two of them in one number."""
GRIDS = [f"grid_{level}" for level in range(1, DEEPEST + 1)]


class Cells(NamedTuple):
    """Cells of one clock's tile: `keys` is one column for each of KEYS, `amounts` one per counter."""

    keys: np.ndarray
    amounts: np.ndarray


Versions = Mapping[str, np.ndarray]
"""Columns of versions of cases by name, sorted by case and time; numbers that are missing are NaN."""


class Histories(NamedTuple):
    """All versions of some cases; `places` has a row of grid ids per case and hierarchy."""

    versions: Versions
    places: Mapping[int, pd.DataFrame]


def derived_columns() -> list[str]:
    """What is read of case_derived: what counters look at, and what tiles are split by."""
    wanted = {*needed_columns(), *DIMENSIONS.values()}
    return [column.name for column in case_derived.columns if column.name in wanted]


def read_histories(connection: Connection, which: Which) -> Histories:
    """The versions and places of the cases whose id fulfils the condition."""
    case_ids = case_derived.c.case_id, case_path.c.case_id
    return _histories(connection, *([which(case_id)] for case_id in case_ids))


def histories_of(connection: Connection, ids: Sequence[int]) -> Histories:
    """The versions and places of these cases."""
    case_ids = case_derived.c.case_id, case_path.c.case_id
    return _histories(connection, *(list(bulk.among(connection, c, ids)) for c in case_ids))


def places_of(connection: Connection, ids: Sequence[int]) -> dict[int, pd.DataFrame]:
    """The places of these cases, as in Histories."""
    return _places(connection, list(bulk.among(connection, case_path.c.case_id, ids)))


def _histories(connection: Connection, of_states: Conditions, of_paths: Conditions) -> Histories:
    """What fulfils any of the conditions; no case fulfils two of them."""
    d = case_derived.c
    versions = select(*(d[name] for name in derived_columns())).order_by(d.case_id, d.valid_from)
    held = _read(connection, [versions.where(condition) for condition in of_states])
    return Histories(held, _places(connection, of_paths))


def _places(connection: Connection, conditions: Conditions) -> dict[int, pd.DataFrame]:
    p = case_path.c
    paths = select(p.hierarchy_id, p.case_id, *(p[name] for name in GRIDS))
    found = _read(connection, [paths.where(condition) for condition in conditions])
    whole = pd.DataFrame(
        {name: np.nan_to_num(ids, nan=NONE).astype(np.int64) for name, ids in found.items()}
    )
    return {
        int(tree): rows.drop(columns="hierarchy_id").set_index("case_id")
        for tree, rows in whole.groupby("hierarchy_id")
    }


def _read(connection: Connection, statements: Sequence[Select]) -> Versions:
    parts = [bulk.read_arrays(connection, statement) for statement in statements]
    return joined(parts) if len(parts) > 1 else parts[0]


def joined(parts: Sequence[Versions]) -> Versions:
    """The rows of all parts, one part after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def former(case_id: np.ndarray) -> np.ndarray:
    """The id under which a case is held as it was before a change, and the other way round: below 0."""
    return -1 - case_id


def against(was: Sequence[Histories], now: Histories) -> Histories:
    """Cases as they are together with what they were, so that both are worked on in one go.

    What they were goes by the `former` of their ids; its steps are taken away (`signed`).
    """
    frames, places = [now.versions], {tree: [rows] for tree, rows in now.places.items()}
    for held in was:
        frames.append({**held.versions, "case_id": former(held.versions["case_id"])})
        for tree, rows in held.places.items():
            places.setdefault(tree, []).append(rows.set_axis(former(rows.index)))
    return Histories(joined(frames), {t: pd.concat(rows) for t, rows in places.items()})


def between_ids(first: int, last: int) -> Which:
    """The condition that a case is one of a range, both ends in it."""
    return lambda column: column.between(first, last)


class Falls(NamedTuple):
    """Steps of one kind with the case and the day they fall on."""

    steps: Steps
    case_id: np.ndarray
    at_day: np.ndarray


def falls(versions: Versions, zone: str) -> dict[Kind, Falls]:
    """The steps of every kind, each with its case and its local day."""
    found: dict[Kind, Falls] = {}
    rows = Rows(versions)
    for kind in KINDS:
        held = steps(rows, kind)
        found[kind] = Falls(held, rows.case_id[held.row], days_of(held.at, zone))
    return found


def signed(held: Falls) -> Falls:
    """The same steps, taken away where they are of what a case was."""
    sign = np.where(held.case_id < 0, -1, 1)[:, None]
    return held._replace(steps=replace(held.steps, amounts=held.steps.amounts * sign))


def days_of(at: np.ndarray, zone: str) -> np.ndarray:
    """Local day of each instant."""
    return local_days(pd.Series(at), zone).to_numpy(np.int64)


def cells(
    histories: Histories, falling: Mapping[Kind, Falls], sets: Iterable[Set]
) -> dict[Kind, Cells]:
    """What these cases add to every tile of the sets; durations are not split further."""
    sets = tuple(sets)
    found: dict[Kind, Cells] = {}
    for kind, held in falling.items():
        wanted = (one for one in sets if (one.dim == HISTOGRAM) == (kind == "hist"))
        parts = [_of_set(histories, held, kind, one) for one in wanted]
        parts = [part for part in parts if len(part.keys)]
        found[kind] = (
            Cells(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
            if parts
            else Cells(np.zeros((0, len(KEYS)), np.int64), held.steps.amounts[:0])
        )
    return found


def _of_set(histories: Histories, held: Falls, kind: Kind, one: Set) -> Cells:
    """Day cells of one set and, made from them, month cells."""
    grid = np.full(len(held.at_day), NOWHERE)
    inside = np.ones(len(grid), bool)
    if one.level:
        grid = grids_of(histories.places.get(one.hierarchy_id), held.case_id, one.level)
        inside = grid != NONE
    value = held.steps.value
    if one.dim in DIMENSIONS:
        column = histories.versions[DIMENSIONS[one.dim]]
        value = np.nan_to_num(column[held.steps.row], nan=NONE).astype(np.int64)
    period = months_of(held.at_day) if kind == "stock" else held.steps.day
    keys = [grid, period, value, held.at_day]
    amounts = held.steps.amounts
    if not inside.all():
        keys, amounts = [key[inside] for key in keys], amounts.T[:, inside].T
    (grid, period, value, at_day), amounts = grouped(keys, amounts)
    days = _keyed(one, grid, DAY, period, value, at_day, amounts)
    if kind != "stock":
        period = months_of(period)
    first = period.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    keys = [grid, period, value, np.where(months_of(at_day) <= period, first, at_day)]
    (grid, period, value, at_day), amounts = grouped(keys, amounts)
    months = _keyed(one, grid, MONTH, period, value, at_day, amounts)
    return Cells(np.r_[days.keys, months.keys], np.r_[days.amounts, months.amounts])


def _keyed(
    one: Set,
    grid: np.ndarray,
    grain: int,
    period: np.ndarray,
    value: np.ndarray,
    at_day: np.ndarray,
    amounts: np.ndarray,
) -> Cells:
    same = np.ones_like(grid)
    columns = (one.hierarchy_id * same, grid, one.dim * same, grain * same, period, value, at_day)
    return Cells(np.stack(columns, axis=1), amounts)


def grids_of(places: pd.DataFrame | None, case_id: np.ndarray, level: int) -> np.ndarray:
    """The grid of each case at a level; NONE where it has none."""
    if places is None:
        return np.full(len(case_id), NONE)
    row = places.index.get_indexer(case_id)
    ids = places[f"grid_{level}"].to_numpy(np.int64)
    return np.where(row >= 0, ids[row], NONE) if len(ids) else np.full(len(case_id), NONE)


def months_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01 of day numbers."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_day_of(month: int) -> int:
    """Day number of a month's first day."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def grouped(keys: Sequence[np.ndarray], amounts: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Sums of the amounts over rows with the same keys; rows that come to nothing are left out."""
    if not len(amounts):
        return [key[:0] for key in keys], amounts
    code = np.zeros(len(amounts), np.int64)
    for key in keys:
        low = int(key.min())
        code = code * (int(key.max()) - low + 1) + (key - low)
    order = np.argsort(code)
    code = code[order]
    fresh = np.ones(len(code), bool)
    fresh[1:] = code[1:] != code[:-1]
    group = np.empty(len(code), np.int64)
    group[order] = np.cumsum(fresh) - 1
    starts = np.flatnonzero(fresh)
    # Floats, which hold every sum of whole numbers that there will be; three times as fast as by rows.
    sums = np.stack([np.bincount(group, column, len(starts)) for column in amounts.T])
    counts = np.flatnonzero(sums.any(axis=0))
    rows = order[starts[counts]]
    return [key[rows] for key in keys], sums[:, counts].astype(np.int64).T


def parents_of(histories: Histories) -> dict[int, np.ndarray]:
    """By hierarchy: level, grid and the grid above it (0 at the first level), each once, sorted."""
    found = {}
    for tree, places in histories.places.items():
        parts = []
        for level, below in enumerate(GRIDS, start=1):
            child = places[below].to_numpy(np.int64)
            above = places[GRIDS[level - 2]].to_numpy(np.int64) if level > 1 else 0 * child
            code = pd.unique((child * GRID_IDS + above)[child != NONE])
            parts.append(np.stack((np.full_like(code, level), *np.divmod(code, GRID_IDS)), axis=1))
        pairs = np.concatenate(parts)
        found[tree] = pairs[np.lexsort(pairs.T[::-1])]
    return found


def turns_of(falling: Mapping[Kind, Falls]) -> np.ndarray:
    """Day and case of every step, each pair once: rows of TURN_KEYS."""
    codes = [held.at_day * CASES + held.case_id + CASES // 2 for held in falling.values()]
    code = np.sort(pd.unique(np.concatenate(codes)))
    return np.stack((code // CASES, code % CASES - CASES // 2), axis=1)
