"""Loads the work tables, all in one way: check every cell, set bad rows aside, bring the table to the file.

Rows are known by their key. What a later file lacks is kept, what it says differently is updated, and
columns that a mapping does not name are left as they are.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, and_, bindparam, func, select, update

from data import bulk
from data.load.file_scan import Scan, scan
from data.load.lookups import Lookups
from data.load.mapping import Mapping
from data.load.plain import records, tuples
from data.load.rejects import Faults, Rejects
from data.load.summary import Part
from data.load.text_tables import TextTable
from data.load.vocabulary import Vocabularies, read_names
from data.load.work_fields import Reading, read_cell
from data.load.work_mapping import WorkTable
from data.load.work_sections import SECTIONS, Section
from data.versions import bump
from data.work_tables import activity

ASKED = 500
TOLD = 5
"""Unknown names of a kind that the summary tells."""

Source = tuple[WorkTable, list[TextTable]]
Key = tuple[object, ...]


def load_work(
    connection: Connection,
    mapping: Mapping,
    name: str,
    sources: Sequence[Source],
    rejects: Path,
    now: int,
) -> Part:
    """Load one section from all of its files; gives what there is to tell."""
    section, part = SECTIONS[name], Part(name)
    lookups = Lookups(connection, mapping.site.key, mapping.default_hierarchy().code)
    changed, unknown = False, dict[str, set[str]]()
    for spec, tables in sources:
        zone = spec.zone or mapping.site.zone
        empty = tuple(spec.empty)
        reading = Reading(f"[{name}]", spec, spec.day_format, zone, empty, lookups, unknown)
        for table in tables:
            load = _File(section, spec, table, reading, part)
            changed |= load.run(connection, Rejects(table, rejects))
    for what, names in unknown.items():
        if names:
            told = ", ".join(map(repr, sorted(names)[:TOLD]))
            part.note(f"there is no {what} {told}; {len(names):,} unknown in all")
    if name == "activities":
        _tell_astray(connection, part)
    if changed:
        for version in ("work", *section.version):
            bump(connection, version, now)
    return part


def write_named_words(connection: Connection, mapping: Mapping) -> None:
    """Write the departments that the mapping names, before rows refer to them."""
    if mapping.cases:
        names = read_names(mapping.cases.category, mapping.folder)
        words = Vocabularies(mapping.cases.source, mapping.cases.department, names)
        words.write_named(connection)


class _File:
    """One file of a section on its way into the table."""

    def __init__(
        self, section: Section, spec: WorkTable, table: TextTable, reading: Reading, part: Part
    ) -> None:
        self.section, self.spec, self.table = section, spec, table
        self.reading, self.part = reading, part
        cells = {name: getattr(spec, name) for name in section.fields}
        self.cells = {name: cell for name, cell in cells.items() if cell is not None}
        self.seen: set[Key] = set()

    def run(self, connection: Connection, rejects: Rejects) -> bool:
        """Load the file; whether anything in the table is another than before."""
        columns = self._id_columns()
        first = scan(self.table, columns)
        self.part.count("read", first.rows)
        changed = False
        for frame, malformed in self.table.portions():
            once = frame[~frame.index.isin(first.repeated)]
            rows, faults = self._check(once, first, columns[0])
            changed |= _upsert(connection, self.section, rows[faults.is_good()], self.part)
            rejects.take(faults, malformed)
            self.part.count("repeated", len(frame) - len(once))
        self.part.take(rejects)
        return changed

    def _id_columns(self) -> list[str]:
        """The columns by which a row of the file is known."""
        fields = self.section.fields
        keys = [name for name in self.cells if fields[name].column in self.section.key]
        if own := getattr(self.spec, "id", None):
            # A number of its own kind only: that a whistle has it too says nothing.
            keys, named = ["kind"], list(own)
        else:
            named = []
        columns = [self.cells[name].column for name in keys]
        return [*named, *(column for column in columns if column)] or [self.table.columns[0]]

    def _check(
        self, frame: pd.DataFrame, first: Scan, id_column: str
    ) -> tuple[pd.DataFrame, Faults]:
        faults = Faults(frame)
        text = frame.apply(lambda column: column.str.strip())
        rows = pd.DataFrame(index=frame.index)
        for name, cell in self.cells.items():
            field = self.section.fields[name]
            rows[field.column] = read_cell(text, cell, name, field, self.reading, faults)
        if self.section.settle and len(rows):
            self.section.settle(rows, self.spec, self.reading, faults)
        superseded = pd.Series(frame.index.isin(first.superseded), index=frame.index)
        faults.add(superseded, id_column, "a later row of this file is the same with other content")
        again = self._again(rows, faults.is_good())
        faults.add(again, id_column, "an earlier row of this file is the same in another spelling")
        return rows, faults

    def _again(self, rows: pd.DataFrame, good: pd.Series) -> pd.Series:
        again = pd.Series(False, index=rows.index)
        kept = rows[good]
        if kept.empty:
            return again
        for row, key in zip(kept.index, tuples(kept[list(self.section.key)]), strict=True):
            again[row] = key in self.seen
            self.seen.add(key)
        return again


def _upsert(connection: Connection, section: Section, rows: pd.DataFrame, part: Part) -> bool:
    """Insert new rows, update those that differ; say whether there were any."""
    if rows.empty:
        return False
    key = list(section.key)
    values = [name for name in rows.columns if name not in key]
    keys, held = tuples(rows[key]), _stored(connection, section, rows, values)
    told = tuples(rows[values])
    is_new = pd.Series([one not in held for one in keys], index=rows.index)
    differs = [one in held and held[one] != now for one, now in zip(keys, told, strict=True)]
    fresh, other = rows[is_new].copy(), rows[pd.Series(differs, index=rows.index)]
    for field in section.fields.values():
        if field.default is not None and field.column not in fresh:
            fresh[field.column] = field.default
    if section.number:
        column = section.table.c[section.number]
        top = connection.execute(select(func.max(column))).scalar() or 0
        fresh[section.number] = range(top + 1, top + 1 + len(fresh))
    bulk.insert(connection, section.table, fresh)
    if len(other) and values:
        same = and_(*(section.table.c[name] == bindparam(f"key_{name}") for name in key))
        change = update(section.table).where(same)
        change = change.values({name: bindparam(f"new_{name}") for name in values})
        names = {n: f"key_{n}" for n in key} | {n: f"new_{n}" for n in values}
        connection.execute(change, records(other[[*key, *values]], names))
    part.count("loaded", len(fresh))
    part.count("updated", len(other))
    part.count("unchanged", len(rows) - len(fresh) - len(other))
    return bool(len(fresh) or len(other))


def _stored(
    connection: Connection, section: Section, rows: pd.DataFrame, values: list[str]
) -> dict[Key, Key]:
    """What the table holds of these rows: values by key."""
    key, table = list(section.key), section.table
    asked = pd.unique(rows[key[0]]).tolist()
    statement = select(*(table.c[name] for name in [*key, *values]))
    held: dict[Key, Key] = {}
    for n in range(0, len(asked), ASKED):
        some = statement.where(table.c[key[0]].in_(asked[n : n + ASKED]))
        found = bulk.read(connection, some)
        held |= dict(zip(tuples(found[key]), tuples(found[values]), strict=True))
    return held


def _tell_astray(connection: Connection, part: Part) -> None:
    """Say how many belong to something that is not there: it may yet come in another file."""
    other = activity.alias("other")
    there = select(other.c.activity_id).where(other.c.activity_id == activity.c.of_id).exists()
    astray = select(func.count()).where(activity.c.of_id.is_not(None), ~there)
    if number := connection.execute(astray).scalar():
        part.note(f"{number:,} activities belong to one that is not loaded; check `of`")
