"""What deriving a case's states needs to know of its site: zone, calendar, bands, lines of work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from data.case_tables import calendar_day, category, site_setting
from data.days import day_number, day_of
from data.stored_settings import read_setting, write_setting
from data.working_time import WorkCalendar

WARN_SHARE = 0.8
"""A case turns yellow when this share of its limit has passed, unless the site says otherwise
(domain.md §3.4)."""

_CALENDAR, _WARN = "calendar", "warn_share"


@dataclass(frozen=True)
class Rules:
    """`calendar` is None where all limits run in natural time; `management`: ids of 管理 categories."""

    zone: str
    calendar: WorkCalendar | None = None
    warn_share: float = WARN_SHARE
    management: frozenset[int] = frozenset()


def read_rules(connection: Connection, zone: str) -> Rules:
    """The rules kept in a case database."""
    lines = select(category.c.category_id).where(category.c.line == "management")
    return Rules(
        zone,
        read_calendar_of(connection, zone),
        read_setting(connection, site_setting, _WARN) or WARN_SHARE,
        frozenset(connection.execute(lines).scalars()),
    )


def read_calendar_of(connection: Connection, zone: str) -> WorkCalendar | None:
    """The site's working time, None when it has none."""
    held = read_setting(connection, site_setting, _CALENDAR)
    if held is None:
        return None
    days: dict[str, set[date]] = {"off": set(), "work": set()}
    for row in connection.execute(select(calendar_day.c.day, calendar_day.c.kind)):
        days[row.kind].add(day_of(row.day))
    return WorkCalendar(
        zone=zone,
        windows=tuple((first, last) for first, last in held["windows"]),
        rest_weekdays=frozenset(held["rest_weekdays"]),
        holidays=frozenset(days["off"]),
        workdays=frozenset(days["work"]),
        known_from=_day(held["known_from"]),
        known_to=_day(held["known_to"]),
    )


def read_day_names(connection: Connection) -> dict[date, str]:
    """What the days that differ from their weekday are called, as far as the site was told."""
    named = select(calendar_day.c.day, calendar_day.c.name).where(calendar_day.c.name != "")
    return {day_of(row.day): row.name for row in connection.execute(named)}


def write_calendar(
    connection: Connection, calendar: WorkCalendar, names: Mapping[date, str] | None = None
) -> None:
    """Put the site's working time, and what its holidays are called, in place of what is there."""
    called = names or {}
    known = calendar.known_from, calendar.known_to
    held = {
        "windows": [list(window) for window in calendar.windows],
        "rest_weekdays": sorted(calendar.rest_weekdays),
        "known_from": None if known[0] is None else known[0].isoformat(),
        "known_to": None if known[1] is None else known[1].isoformat(),
    }
    write_setting(connection, site_setting, _CALENDAR, held)
    connection.execute(calendar_day.delete())
    days = [
        {"day": day_number(day), "kind": kind, "name": called.get(day, "")}
        for kind, named in (("off", calendar.holidays), ("work", calendar.workdays))
        for day in sorted(named)
    ]
    if days:
        connection.execute(calendar_day.insert(), days)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
