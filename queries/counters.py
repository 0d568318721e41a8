"""Counters: the only things that SQL is asked to add up.

A counter is a condition on the derived case and the clock that picks the cases of a period. Figures,
the list of cases behind a figure, and the documentation are all made from the same counter.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import BigInteger, BindParameter, ColumnElement, and_, bindparam, case

from data.case_tables import case_derived as d
from queries.words import Words

Clock = Literal["reported", "accepted", "due", "closed", "stock"]

AS_OF: BindParameter[int] = bindparam("as_of", type_=BigInteger)
"""Every statement carries the instant it is asked for."""

CLOCK_DAY = {
    "reported": d.c.reported_day,
    "accepted": d.c.accepted_day,
    "due": d.c.due_day,
    "closed": d.c.closed_day,
}

CLOCK_WORDS = {
    "reported": Words("上报时间在统计期内", "reported in the period"),
    "accepted": Words("受理时间在统计期内", "accepted in the period"),
    "due": Words("现行时限在统计期内到期", "effective deadline in the period"),
    "closed": Words("办结时间在统计期内", "closed in the period"),
    "stock": Words("截至时刻的存量，与统计期无关", "stock at the as-of time, whatever the period"),
}


@dataclass(frozen=True, eq=False)
class Counter:
    """How many cases of a cohort fulfil a condition."""

    key: str
    clock: Clock
    condition: ColumnElement[bool]

    @property
    def amount(self) -> ColumnElement[int]:
        """The condition as 0/1, for adding up."""
        return case((self.condition, 1), else_=0)


@dataclass(frozen=True, eq=False)
class Register:
    """How many records of a kind the population database holds."""

    key: Literal["persons", "households", "houses", "legal_entities"]


_valid = and_(d.c.is_void == 0, d.c.is_rejected == 0)
_open = d.c.is_open == 1
_running = and_(_open, d.c.is_hung == 0)
_closed = d.c.is_closed == 1
_overdue = and_(_running, d.c.effective_deadline < AS_OF)
_due = and_(_valid, (_closed | _overdue))
_accepted = d.c.is_accepted == 1
_satisfied = d.c.satisfaction.in_(("very_satisfied", "satisfied", "basically_satisfied"))

REPORTED = Counter("reported", "reported", d.c.reported_day.is_not(None))
ACCEPTED = Counter("accepted", "accepted", _accepted)
ACCEPTED_VALID = Counter("accepted_valid", "accepted", and_(_accepted, _valid))
CLOSED_OF_ACCEPTED = Counter("closed_of_accepted", "accepted", and_(_valid, _closed))
DUE = Counter("due", "due", _due)
CLOSED_OF_DUE = Counter("closed_of_due", "due", and_(_valid, _closed))
ON_TIME_OF_DUE = Counter("on_time_of_due", "due", and_(_due, d.c.on_time_effective == 1))
ON_TIME_ORIGINAL = Counter("on_time_original_of_due", "due", and_(_due, d.c.on_time_original == 1))
CLOSED = Counter("closed", "closed", _closed)
SURVEY_DUE = Counter("survey_due", "closed", and_(_closed, d.c.survey_due == 1))
SURVEY_VALID = Counter("survey_valid", "closed", and_(_closed, d.c.survey_valid == 1))
SATISFIED = Counter("satisfied", "closed", and_(_closed, d.c.survey_valid == 1, _satisfied))
OPEN = Counter("open", "stock", _open)
OVERDUE = Counter("overdue", "stock", _overdue)
DUE_SOON = Counter(
    "due_soon",
    "stock",
    and_(_running, d.c.effective_deadline >= AS_OF, d.c.warn_at <= AS_OF),
)
NORMAL = Counter("normal", "stock", and_(_running, d.c.warn_at > AS_OF))
NO_DEADLINE = Counter("no_deadline", "stock", and_(_running, d.c.effective_deadline.is_(None)))
HUNG = Counter("hung", "stock", and_(_open, d.c.is_hung == 1))
SUPERVISED = Counter("supervised", "stock", and_(_open, d.c.is_supervised == 1))
EXTENDED = Counter("extended", "stock", and_(_open, d.c.is_extended == 1))
