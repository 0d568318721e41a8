"""Takes over the site's working time, and clears the flags of cases that a new one reaches."""

from sqlalchemy import Connection, bindparam, select, update

from data.case_tables import FOREVER, case_derived, case_record
from data.load.mapping import Mapping
from data.load.summary import CALENDAR_ENDED, Part
from data.rules import read_calendar_of, read_day_names, write_calendar
from data.versions import bump
from data.working_time import WorkCalendar, WorkClock, spelt


def write_working_time(connection: Connection, mapping: Mapping, now: int) -> Part | None:
    """Write the calendar of the mapping where it differs; None when there is nothing to tell.

    The states of the cases go by it only after data.rederive.renew_states.
    """
    part = Part("working time")
    zone, calendar = mapping.site.zone, mapping.working_time
    held = read_calendar_of(connection, zone)
    if calendar is None:
        if held is None:
            return None
        part.note(
            "the mapping names none, so that of an earlier load stays; add its file to [site]: "
            'calendar = "calendar.toml".'
        )
        return part
    if calendar == held and mapping.day_names == read_day_names(connection):
        return None
    write_calendar(connection, calendar, mapping.day_names)
    # What a site says of itself is read again when the version of the grids changes.
    bump(connection, "grids", now)
    if calendar != held:
        part.note(f"{mapping.site.calendar} is the site's working time now: {_told(calendar)}.")
    return part if part.notes else None


def take_back_flags(connection: Connection, calendar: WorkCalendar) -> None:
    """Cases that no file brings again must not stay flagged for a year that is known by now."""
    clock = WorkClock(calendar)
    flagged = connection.execute(
        select(case_record.c.case_id, case_record.c.flags, case_derived.c.effective_deadline)
        .join(case_derived, case_derived.c.case_id == case_record.c.case_id)
        .where(case_derived.c.valid_to == FOREVER, case_record.c.flags.contains(CALENDAR_ENDED))
    ).all()
    rows: list[dict[str, object]] = []
    for case_id, flags, deadline in flagged:
        if deadline is not None and not clock.beyond_table(deadline):
            kept = [flag for flag in flags.split(",") if flag != CALENDAR_ENDED]
            rows.append({"key": case_id, "kept": ",".join(kept) or None})
    if rows:
        statement = update(case_record).where(case_record.c.case_id == bindparam("key"))
        connection.execute(statement.values(flags=bindparam("kept")), rows)


def _told(calendar: WorkCalendar) -> str:
    windows = map(spelt, calendar.windows)
    known = "no holiday table"
    if calendar.known_to is not None:
        known = f"holidays known from {calendar.known_from} to {calendar.known_to}"
    return f"{', '.join(windows)}, {known}"
