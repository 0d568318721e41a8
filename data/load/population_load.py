"""Loads published population totals per grid; the file is the whole table, so it replaces it."""

from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, select

from data import bulk
from data.load.file_scan import Scan, scan
from data.load.key_rules import normalise
from data.load.locate import Locator
from data.load.mapping import Mapping, Population
from data.load.plain import tuples
from data.load.points import numbers
from data.load.rejects import Faults, Rejects
from data.load.summary import Part
from data.load.text_tables import TextTable
from data.population_tables import area_population
from data.population_tiles import bump_population

KEY = "grid_code"


def load_population(
    connection: Connection,
    mapping: Mapping,
    locator: Locator,
    tables: list[TextTable],
    rejects: Path,
    now: int,
) -> Part:
    """Check every row against the grids of the level, then bring the stored table to the file."""
    spec = mapping.population
    assert spec is not None
    part = Part("population")
    rows = []
    levels = [level.id for level in mapping.default_hierarchy().level]
    codes = set(locator.codes[levels.index(spec.level)])
    for table in tables:
        first = scan(table, [spec.grid.column])
        aside = Rejects(table, rejects)
        part.count("read", first.rows)
        for frame, malformed in table.portions():
            once = frame[~frame.index.isin(first.repeated)]
            checked, faults = _check(once, spec, codes, first)
            rows.append(checked[faults.is_good()])
            aside.take(faults, malformed)
            part.count("repeated", len(frame) - len(once))
        part.take(aside)
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=[KEY])
    _tell(found, codes, spec, part)
    if len(found):
        _replace(connection, found, part, now)
    return part


def _check(
    frame: pd.DataFrame, spec: Population, codes: set[str], first: Scan
) -> tuple[pd.DataFrame, Faults]:
    faults = Faults(frame)
    key = normalise(frame[spec.grid.column], spec.grid.rules)
    rows = pd.DataFrame({KEY: key, "source": spec.source})
    faults.add(key.isna(), spec.grid.column, "the grid code is empty")
    faults.add(
        key.notna() & ~key.isin(codes), spec.grid.column, f"no grid of level {spec.level!r} has it"
    )
    superseded = pd.Series(frame.index.isin(first.superseded), index=frame.index)
    faults.add(superseded, spec.grid.column, "a later row has the same grid with other figures")
    for name in ("population", "households"):
        column = getattr(spec, name)
        if column is None:
            rows[name] = np.nan
            continue
        text = frame[column].str.strip().str.replace(",", "")
        rows[name] = numbers(text)
        wrong = (text != "") & ~(rows[name] >= 0)
        faults.add(wrong, column, "not a number of people or households")
    return rows, faults


def _tell(found: pd.DataFrame, codes: set[str], spec: Population, part: Part) -> None:
    if found.empty:
        return
    told = [f"population {found['population'].sum():,.0f}"]
    if spec.households:
        told.append(f"households {found['households'].sum():,.0f}")
    part.note(f"{', '.join(told)} in {len(found)} of {len(codes)} grids of level {spec.level!r}")
    missing = sorted(codes - set(found[KEY]))
    if missing:
        part.note(f"grids without figures, {len(missing)}: {', '.join(missing[:5])}")


def _replace(connection: Connection, found: pd.DataFrame, part: Part, now: int) -> None:
    found = found.drop_duplicates(KEY, keep="last")
    stored = bulk.read(connection, select(area_population))
    columns = [KEY, "population", "households", "source"]
    known = found[KEY].isin(stored[KEY])
    before = set(tuples(stored[columns]))
    same = pd.Series([row in before for row in tuples(found[columns])], index=found.index)
    gone = sorted(set(stored[KEY]) - set(found[KEY]))
    part.count("loaded", int((~known).sum()))
    part.count("updated", int((known & ~same).sum()))
    part.count("unchanged", int(same.sum()))
    if gone:
        part.count("removed", len(gone))
    changed = found.loc[known & ~same, KEY].tolist()
    for start in range(0, len(gone + changed), 500):
        some = (gone + changed)[start : start + 500]
        connection.execute(delete(area_population).where(area_population.c.grid_code.in_(some)))
    bulk.insert(connection, area_population, found.loc[~same, columns])
    if gone or not same.all():
        bump_population(connection, now, ())
