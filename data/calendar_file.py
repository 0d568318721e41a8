"""Reads a work calendar from a TOML file and its holiday table; every slip is named with the fix."""

import csv
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from data.errors import InputError
from data.toml_file import nearest_key, read_toml
from data.working_time import WEEKEND, Window, WorkCalendar

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KEYS = ("zone", "windows", "rest", "holiday_table")
COLUMNS = ["date", "kind", "name"]
KINDS = ("off", "work")

_WINDOW = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_calendar(path: Path) -> WorkCalendar:
    """Read and check a calendar file; raise InputError for the first thing that is not right.

    The years for which a holiday table has rows are taken to be known from their first to their
    last day. See data/sites/holidays/README.md for the table.
    """
    table = read_toml(path, "calendar", which="readable ")
    for key in table:
        if key not in KEYS:
            raise InputError(f"{path}: unknown key {key!r}; {nearest_key(key, KEYS)}")
    zone = table.get("zone")
    if not isinstance(zone, str):
        raise InputError(f'{path}: zone must name a time zone; e.g. zone = "Asia/Shanghai".')
    windows = tuple(_window(path, text) for text in _texts(path, table, "windows"))
    rest = WEEKEND
    if "rest" in table:
        rest = frozenset(_weekday(path, text) for text in _texts(path, table, "rest"))
    holidays = _NO_HOLIDAYS
    if "holiday_table" in table:
        holidays = _holidays(*_holiday_rows(path, table))
    try:
        return WorkCalendar(zone, windows, rest, *holidays)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def read_day_names(path: Path) -> dict[date, str]:
    """What the days in the calendar file's holiday table are called; none without a table."""
    table = read_toml(path, "calendar", which="readable ")
    if "holiday_table" not in table:
        return {}
    return {day: name for day, (_, name) in _holiday_rows(path, table)[1].items() if name}


def _texts(path: Path, table: dict[str, Any], key: str) -> list[str]:
    texts = table.get(key)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        example = {"windows": '["08:00-12:00", "14:00-18:00"]', "rest": '["Sat", "Sun"]'}[key]
        raise InputError(f"{path}: {key} must be a list of texts; e.g. {key} = {example}.")
    return texts


def _window(path: Path, text: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise InputError(
            f"{path}: window {text!r} is no stretch of the day; write both times with four digits, "
            'from 00:00 to 24:00; e.g. "08:00-12:00".'
        )
    hour, minute, until_hour, until_minute = map(int, found.groups())
    return 60 * hour + minute, 60 * until_hour + until_minute


def _weekday(path: Path, text: str) -> int:
    if text not in WEEKDAYS:
        raise InputError(f"{path}: rest day {text!r}: choose from {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(text)


class _Holidays(NamedTuple):
    """The last four fields of a WorkCalendar."""

    off: frozenset[date]
    work: frozenset[date]
    known_from: date | None
    known_to: date | None


_NO_HOLIDAYS = _Holidays(frozenset(), frozenset(), None, None)


_Rows = dict[date, tuple[str, str]]
"""Kind and name of each day of a holiday table."""


def _holiday_rows(named_in: Path, table: dict[str, Any]) -> tuple[Path, _Rows]:
    """The holiday table that a calendar file names, and what it holds."""
    name = table["holiday_table"]
    if not isinstance(name, str):
        raise InputError(f"{named_in}: holiday_table = {name!r} must be the name of a CSV file.")
    path = named_in.parent / name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise InputError(
            f"There is no readable holiday table {path}; {named_in} names it as holiday_table."
        ) from None
    except UnicodeDecodeError as error:
        raise InputError(
            f'{path}: a holiday table must be UTF-8 text ({error.reason}); save it as "CSV UTF-8".'
        ) from None
    try:
        rows = list(csv.reader(text.splitlines(), strict=True))
    except csv.Error as error:
        # Without strict, one quotation mark would swallow all days after it.
        raise InputError(f"{path}: {error}; look for a quotation mark not closed.") from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    if header != COLUMNS:
        raise InputError(f"{path}, row 1: the columns must be {', '.join(COLUMNS)}, not {header}.")
    found: _Rows = {}
    row_of: dict[date, int] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        place = f"{path}, row {number}"
        if len(row) != len(COLUMNS):
            raise InputError(
                f"{place} has {len(row)} fields instead of {len(COLUMNS)}; put quotation marks "
                "around a name with a comma."
            )
        day, kind = _day(place, row[0].strip()), row[1].strip()
        if kind not in KINDS:
            raise InputError(f"{place}: kind {kind!r}: write off (a day off) or work (调休).")
        if day in found:
            raise InputError(f"{place}: {day} stands in row {row_of[day]} already; remove one.")
        found[day], row_of[day] = (kind, row[2].strip()), number
    return path, found


def _holidays(path: Path, rows: _Rows) -> _Holidays:
    off, work = (frozenset(day for day, row in rows.items() if row[0] == kind) for kind in KINDS)
    return _Holidays(off, work, *_known(path, rows))


def _day(place: str, text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{place}: date {text!r} is no day of the calendar; write it as 2026-10-01."
        ) from None


def _known(path: Path, days: Iterable[date]) -> tuple[date, date]:
    """First and last day of the years that the table covers.

    The last days of December do not count: they come with the notice for the next year when its
    New Year's holiday begins in them, and say nothing about the rest of their own year.
    """
    years = {day.year for day in days if (day.month, day.day) < (12, 29)}
    if not years:
        raise InputError(f"{path} covers no year; add the holidays of at least one.")
    if gap := set(range(min(years), max(years))) - years:
        raise InputError(f"{path} has no day of {min(gap)}; add the holidays of that year.")
    return date(min(years), 1, 1), date(max(years), 12, 31)
