"""Reads the case database as it stood at an earlier moment: what it said then, not what it knows now.

A site as known at R is the same site whose case engine reads, in place of the tables that are told
better later, what they held at R. It is done to the statement, so that every figure, list and case page
agrees, and none has to know of it. What has no record of its past (grids, settings, definitions, work
that is not a case, the population) is read as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    CompoundSelect,
    MetaData,
    Select,
    Table,
    case,
    event,
    exists,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import visitors

from data.case_tables import case_derived, case_event, case_path, site_setting, survey
from data.days import day_start, epoch_of, local_day, local_time
from data.dialect import is_sqlite
from data.past_states import KNOWN_SINCE
from data.past_tables import KNOWN, case_derived_past, case_path_past
from data.stored_settings import read_setting
from queries.held_states import HeldStates
from queries.known_steps import Known
from queries.memory import Recent
from queries.scope import ScopeError, read_day
from queries.site import ANSWER_SECONDS, Site

ANSWERS = 1000
"""Figures that are remembered of each moment: few are looked at."""


class BeforeRecords(ScopeError):
    """A moment of which nothing is known; `since` is when the records begin, None without any."""

    def __init__(self, value: str, since: datetime | None) -> None:
        super().__init__("known", value)
        self.since = since


def read_known(site: Site, given: str | None) -> int | None:
    """The moment that `2026-03-31` (its end) or `2026-03-31T18:00` means on the site's clock.

    None where nothing is asked. Raises ScopeError for what is no moment or not over yet, and
    BeforeRecords.
    """
    if given is None:
        return None
    zone = site.facts().zone
    latest = max(site.clock.now(), site.changed_at() or 0)
    if len(given) <= len("2026-03-31"):
        day = read_day("known", given)
        if day > local_day(latest, zone):
            raise ScopeError("known", given)
        at = day_start(day + 1, zone) - 1
    else:
        try:
            read_day("known", given[: len("2026-03-31")])
            at = epoch_of(given, zone)
        except ValueError:
            raise ScopeError("known", given) from None
        if at > latest:
            raise ScopeError("known", given)
    since = known_since(site)
    if since is None or at < since:
        raise BeforeRecords(given, None if since is None else local_time(since, zone))
    return at


def known_since(site: Site) -> int | None:
    """Epoch seconds from which on the database can tell what it said; None before the first case."""

    def read() -> int | None:
        with site.case.connect() as connection:
            return read_setting(connection, site_setting, KNOWN_SINCE)

    return site.keep(KNOWN_SINCE, site.versions().get("cases"), read)


def as_known(site: Site, at: int | None) -> Site:
    """The site as known at a moment (epoch seconds, that second included); itself for None."""
    if at is None:
        return site
    whole = site.whole
    then = site.knowns.get(at, lambda: _as_known(whole, at))
    # Kept for all: whose eyes look at it is added afterwards.
    return then if site.sight is None else replace(then, sight=site.sight)


def _as_known(site: Site, at: int) -> Site:
    main = is_sqlite(site.case)
    then = {name: make(at, main) for name, make in THEN.items()}
    held = Recent(1)
    told = select(case_path_past.c.case_id).where(case_path_past.c.recorded_to > at).limit(1)

    def filled_in() -> bool:
        with site.case.connect() as connection:
            return connection.execute(told).first() is not None

    def reading(_: Any, statement: Any, many: Any, parameters: Any, options: Any) -> Any:
        """Give the tables that a SELECT reads another meaning: a common table of the same name."""
        if options.get(KNOWN) is not None and isinstance(statement, Select | CompoundSelect):
            names = _tables_of(statement) & then.keys()
            version = site.versions().get("cases")
            if case_path.name in names and not held.get(version, filled_in):
                names.remove(case_path.name)
            statement = statement.add_cte(*(then[name] for name in sorted(names)))
        return statement, many, parameters

    engine = site.case.execution_options(**{KNOWN: at})
    event.listen(engine, "before_execute", reading, retval=True)
    return replace(
        site,
        case=engine,
        known=Known(at),
        answers=Recent(ANSWERS, ANSWER_SECONDS),
        held_states=HeldStates(),
        origin=site,
    )


def _tables_of(statement: Select | CompoundSelect) -> set[str]:
    found = set()
    for element in visitors.iterate(statement):
        table = element if isinstance(element, Table) else getattr(element, "table", None)
        if isinstance(table, Table):
            found.add(table.name)
    return found


_main = MetaData()
MAIN = {
    t: t.to_metadata(_main, schema="main") for t in (case_derived, case_path, case_event, survey)
}
"""The tables by their whole names: SQLite takes the bare one for the common table that is being made."""


def _real(table: Table, main: bool) -> Table:
    return MAIN[table] if main else table


def _named(name: str, statement: Any) -> CTE:
    return statement.cte(name).prefix_with("NOT MATERIALIZED")


def _derived(at: int, main: bool) -> CTE:
    d, past = _real(case_derived, main), case_derived_past
    still = select(*d.columns).where(d.c.recorded_from <= at)
    columns = [past.c[column.name] for column in d.columns]
    then = select(*columns).where(past.c.recorded_to > at, past.c.recorded_from <= at)
    return _named(case_derived.name, union_all(still, then))


def _path(at: int, main: bool) -> CTE:
    """The oldest path that was kept after the moment, else the one there is.

    Looked up case by case, so that no engine puts together the paths of all cases.
    """
    p, kept = _real(case_path, main), case_path_past
    later = (
        kept.c.case_id == p.c.case_id,
        kept.c.hierarchy_id == p.c.hierarchy_id,
        kept.c.recorded_to > at,
    )

    def then(name: str) -> Any:
        first = select(kept.c[name]).where(*later).order_by(kept.c.recorded_to).limit(1)
        return case((exists().where(*later), first.scalar_subquery()), else_=p.c[name]).label(name)

    columns = [then(c.name) if c.name.startswith("grid_") else c for c in p.columns]
    return _named(case_path.name, select(*columns))


def _log(table: Table) -> Callable[[int, bool], CTE]:
    def then(at: int, main: bool) -> CTE:
        real = _real(table, main)
        came = real.c.ingested_at
        return _named(table.name, select(real).where(or_(came.is_(None), came <= at)))

    return then


THEN: dict[str, Callable[[int, bool], CTE]] = {
    case_derived.name: _derived,
    case_path.name: _path,
    case_event.name: _log(case_event),
    survey.name: _log(survey),
}
"""What the tables held at a moment."""
