"""Reads the cells of a work table: each kind of field says what a text must be and what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from data.days import local_days
from data.errors import InputError
from data.load.key_rules import normalise
from data.load.lookups import Lookups
from data.load.plain import NUMBERS
from data.load.points import numbers
from data.load.rejects import Faults
from data.load.times import EARLIEST, TimeForm, parse
from data.load.work_mapping import Cell

YES = ("1", "yes", "true", "y", "是", "有")
NO = ("0", "no", "false", "n", "否", "无")

Report = Callable[[pd.Series, str], None]
"""Says of which rows a cell cannot be read, and why."""


@dataclass
class Reading:
    """What reading one section needs: how it writes times, and what its words may refer to."""

    where: str
    times: TimeForm
    day_format: str
    zone: str
    empty: tuple[str, ...]
    lookups: Lookups
    unknown: dict[str, set[str]] = field(default_factory=dict)

    def note_unknown(self, what: str, names: pd.Series) -> None:
        """Remember names that nothing has, to tell them in the summary."""
        self.unknown.setdefault(what, set()).update(names)


Kind = Callable[[pd.Series, Cell, Reading, Report], pd.Series]
"""Makes values of texts none of which is empty."""


@dataclass(frozen=True)
class Field:
    """A column of the table: its kind, whether a cell may be empty, and what then stands there."""

    column: str
    kind: Kind
    required: bool = True
    default: object = None


def read_cell(
    text: pd.DataFrame, cell: Cell, name: str, spec: Field, reading: Reading, faults: Faults
) -> pd.Series:
    """The values of one field, objects with None; what cannot be read is a fault of its row.

    Raises InputError where it is the mapping's own `value` that cannot be read.
    """
    told = text[cell.column] if cell.column else pd.Series(cell.value or "", index=text.index)
    told = told.map(lambda word: cell.words.get(word, word))
    filled = (told != "") & ~told.isin(reading.empty)
    column = cell.column or name

    def report(mask: pd.Series, reason: str) -> None:
        whole = mask.reindex(text.index, fill_value=False)
        if cell.value is not None and whole.any():
            raise InputError(f"{reading.where} {name} = {cell.value!r}: {reason}.")
        faults.add(whole, column, reason)

    if spec.required and spec.default is None:
        report(~filled, "is empty")
    values = pd.Series(spec.default, index=text.index, dtype="object")
    some = told[filled]
    if len(some):
        read = spec.kind(some, cell, reading, report).astype("object")
        values[filled] = read.where(read.notna(), None)
    return values


def text_of(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """The text, with single blanks."""
    return texts.str.replace(r"\s+", " ", regex=True)


def open_text(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """A text that anybody may have written: telephone and identity numbers are struck out."""
    plain = text_of(texts, cell, reading, report)
    return plain.str.replace(NUMBERS, "***", regex=True)


def word(*choices: str) -> Kind:
    """One of a few words."""

    def read(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
        report(~texts.isin(choices), _none_of(choices))
        return texts

    return read


def named(setting: str) -> Kind:
    """A key of a list that the site gives, any word where it gives none."""

    def read(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
        known = reading.lookups.keys(setting)
        strange = ~texts.isin(known) & bool(known)
        reading.note_unknown(f"key of the site's {setting}", texts[strange])
        report(strange, _none_of(known))
        return texts

    return read


def _none_of(choices: tuple[str, ...]) -> str:
    return f"is none of {', '.join(choices)}; say in words what it means"


def flag(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """Yes or no as 1 or 0."""
    low = texts.str.lower()
    report(~low.isin([*YES, *NO]), _none_of(("yes", "no")))
    return low.isin(YES).astype(int)


def whole(low: int, high: int) -> Kind:
    """A whole number in a range."""

    def read(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
        found = numbers(texts.str.replace(",", ""))
        good = found.between(low, high) & (found % 1 == 0)
        report(~good, f"is no whole number from {low} to {high:,}")
        return found.where(good).astype("Int64")

    return read


def decimal(low: float, high: float) -> Kind:
    """A number in a range."""

    def read(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
        found = numbers(texts.str.replace(",", ""))
        report(~found.between(low, high), f"is no number from {low:g} to {high:g}")
        return found

    return read


def day(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """A date as a day number."""
    found = pd.to_datetime(texts, format=reading.day_format, errors="coerce")
    report(found.isna(), f"does not fit day_format {reading.day_format!r} of {reading.where}")
    number = found.to_numpy("datetime64[D]").astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(number, found.isna().to_numpy()), index=texts.index)


def moment(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """A time as epoch seconds."""
    inner = Faults(texts.to_frame())
    found = parse(texts, reading.times, reading.zone, inner, str(texts.name)).at
    report(found.isna(), f"does not fit format {reading.times.format!r} of {reading.where}")
    report((found < EARLIEST).fillna(False).astype(bool), "lies before 1990")
    return found


def grid(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """The id of a grid of any level, by its code."""
    codes = normalise(texts, cell.rules)
    return _referred(codes, reading.lookups.grids, "grid", "no grid has this code", reading, report)


def department(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """The id of a department, by its code or its name."""
    reason = "no department has this code or name; list it in [cases.department.names]"
    known = reading.lookups.departments
    return _referred(texts, known, "department", reason, reading, report)


def item(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """The id of an item of the access list, by its code."""
    reason = "no item of the access list has this code; load [access_items] with it first"
    return _referred(texts, reading.lookups.items, "access item", reason, reading, report)


def case(texts: pd.Series, cell: Cell, reading: Reading, report: Report) -> pd.Series:
    """The id of a case, by its code."""
    reason = "no case has this id; load the cases first"
    return _referred(texts, reading.lookups.cases(texts), "case", reason, reading, report)


def _referred(
    codes: pd.Series,
    known: Mapping[str, int],
    what: str,
    reason: str,
    reading: Reading,
    report: Report,
) -> pd.Series:
    found: pd.Series = codes.map(known).astype("Int64")
    reading.note_unknown(what, codes[found.isna()].dropna())
    report(found.isna(), reason)
    return found


def days_of(moments: pd.Series, zone: str) -> pd.Series:
    """The local day of each time."""
    return local_days(moments.astype("Int64"), zone)


def merged(rows: pd.DataFrame, column: str, other: pd.Series) -> None:
    """Fill what is missing in a column of objects."""
    rows[column] = rows[column].where(rows[column].notna(), other.astype("object"))


Settle = Callable[[pd.DataFrame, Any, Reading, Faults], None]
"""What cells of one row say together: checks, and columns that follow from others."""
