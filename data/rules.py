"""What deriving a case's states needs to know of its site: zone, calendar, lights, lines of work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from data.assessment_day import MIDNIGHT, day_begins_of
from data.case_tables import calendar_day, category, site_setting
from data.days import day_number, day_of
from data.errors import InputError, SetupError
from data.priorities import Cells, priority_cells
from data.reach import Reach, reach_of
from data.stage_limits import StageLimits, read_stage_limits
from data.stored_settings import read_setting, write_setting
from data.work_tables import access_item
from data.working_time import WORKING_CLOCKS, WorkCalendar

WARN_SHARE = 0.8
"""A case turns yellow when this share of its limit has passed, unless the site says otherwise
(domain.md §3.4)."""

BASES = ("whole", "stage")
"""What lights go by: the limit of the whole case, or that of its stage where it has one."""

_CALENDAR, _WARN, _LIGHTS = "calendar", "warn_share", "lights"
_PRIORITIES, _ASSESSMENT = "priorities", "assessment"


@dataclass(frozen=True)
class Rules:
    """`calendar` is None where all limits run in natural time; `management`: ids of 管理 categories.

    `day_begins`: HH:MM at which the day of assessment begins (K08); `reach`: what is a repeat (K11).
    """

    zone: str
    calendar: WorkCalendar | None = None
    warn_share: float = WARN_SHARE
    management: frozenset[int] = frozenset()
    basis: str = BASES[0]
    stage_limits: StageLimits = StageLimits()
    has_access_list: bool = False
    priorities: Cells = field(default_factory=dict)
    day_begins: str = MIDNIGHT
    reach: Reach = Reach()


def read_rules(connection: Connection, zone: str) -> Rules:
    """The rules kept in a case database; raises SetupError for those that cannot be gone by."""
    lines = select(category.c.category_id).where(category.c.line == "management")
    calendar = read_calendar_of(connection, zone)
    # Databases of before hold the share under a key of its own.
    held = {_WARN: read_setting(connection, site_setting, _WARN) or WARN_SHARE}
    try:
        warn_share, basis = lights_of(read_setting(connection, site_setting, _LIGHTS), held)
        stage_limits = read_stage_limits(connection)
        priorities = priority_cells(read_setting(connection, site_setting, _PRIORITIES))
        day_begins, reach = _assessed(read_setting(connection, site_setting, _ASSESSMENT))
    except InputError as error:
        raise SetupError(f"The site's rules: {error}") from None
    for row in stage_limits.rows:
        if calendar is None and row.limit_clock in WORKING_CLOCKS:
            raise SetupError(
                f"stage limit {row.stage!r} runs in {row.limit_clock}, but the site has no working "
                "time: give it a calendar (see examples/boston311/README.md)."
            )
    management = frozenset(connection.execute(lines).scalars())
    has_list = connection.execute(select(access_item.c.item_id).limit(1)).first() is not None
    return Rules(
        zone,
        calendar,
        warn_share,
        management,
        basis,
        stage_limits,
        has_access_list=has_list,
        priorities=priorities,
        day_begins=day_begins,
        reach=reach,
    )


def _assessed(held: Mapping[str, Any] | None) -> tuple[str, Reach]:
    if held is not None and not isinstance(held, Mapping):
        raise InputError(f'assessment = {held!r} is no table; e.g. {{day_begins = "12:00"}}.')
    told = held or {}
    return day_begins_of(told.get("day_begins", MIDNIGHT)), reach_of(told)


def lights_of(
    held: Mapping[str, Any] | None, defaults: Mapping[str, Any] | None = None
) -> tuple[float, str]:
    """Share of a limit after which a light turns yellow, and what it goes by, of a setting `lights`.

    Raises InputError for a share that is no number between 0 and 1 and for an unknown basis.
    """
    if held is not None and not isinstance(held, Mapping):
        raise InputError(f"lights = {held!r} is no table; e.g. {{warn_share = 0.8}}.")
    told = {_WARN: WARN_SHARE, "basis": BASES[0], **(defaults or {}), **(held or {})}
    share, basis = told[_WARN], told["basis"]
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    if not (is_number and 0 < share < 1):
        raise InputError(
            f"lights: warn_share = {share!r} must be a number between 0 and 1, e.g. 0.8: lights turn "
            "yellow when that share of the limit has passed."
        )
    if basis not in BASES:
        raise InputError(f"lights: basis = {basis!r}; choose one of {', '.join(BASES)}.")
    return float(share), str(basis)


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
