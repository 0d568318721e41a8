"""The stages of one case with their limits: what counted in each, when it was due, whether it was late."""

from dataclasses import dataclass

from sqlalchemy import select

from data import bulk
from data.case_tables import case_event as e
from data.case_tables import case_record as r
from data.rules import Rules, read_rules
from data.stage_spans import EVENT, StageSpan, stage_spans
from data.working_time import DAY, HOUR, WORKING_CLOCKS
from queries.site import Site
from queries.words import Words


@dataclass(frozen=True)
class StageLine:
    """A stage: its name where the site gives one, its limit in units of its clock, and how it went."""

    span: StageSpan
    name: Words | None
    amount: float | None

    @property
    def clock(self) -> str:
        """The clock of the limit, '' for natural time."""
        return (self.span.limit.limit_clock if self.span.limit else None) or ""

    @property
    def is_working(self) -> bool:
        """Whether the clock stands still outside working windows."""
        return self.clock in WORKING_CLOCKS


@dataclass(frozen=True)
class StageAccount:
    """The stages so far, oldest first; `is_basis`: the site's lights go by them."""

    lines: tuple[StageLine, ...]
    is_basis: bool


def stage_account(site: Site, code: str, as_of: int) -> StageAccount | None:
    """The stages of this case as they stood at `as_of`; None where none of them has a limit."""
    rules = site_rules(site)
    if not rules.stage_limits.rows:
        return None
    steps = (
        select(*(e.c[name] for name in EVENT), r.c.category_id)
        .join(r, r.c.case_id == e.c.case_id)
        .where(r.c.code == code, r.c.is_test == 0, e.c.at <= as_of)
    )
    with site.case.connect() as connection:
        events = bulk.read(connection, steps)
    if events.empty:
        return None
    category = int(events["category_id"].iloc[0])
    spans = stage_spans(events, category, rules, site.work_clock(), as_of)
    if all(span.limit is None for span in spans):
        return None
    return StageAccount(tuple(_line(span, rules) for span in spans), rules.basis == "stage")


def _line(span: StageSpan, rules: Rules) -> StageLine:
    limit = span.limit
    if limit is None:
        return StageLine(span, None, None)
    day = DAY if rules.calendar is None else rules.calendar.day_seconds
    unit = {"work_day": day, "natural_day": DAY}.get(limit.limit_clock or "", HOUR)
    name = Words(limit.name, limit.name_en or limit.name) if limit.name else None
    return StageLine(span, name, limit.limit_seconds / unit)


def site_rules(site: Site) -> Rules:
    """The rules that the states of the cases go by, read once per version of the cases."""

    def read() -> Rules:
        zone = site.facts().zone
        with site.case.connect() as connection:
            return read_rules(connection, zone)

    return site.keep("rules", site.versions().get("cases"), read)
