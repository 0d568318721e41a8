"""Counters: the only things that SQL is asked to add up.

A counter is a condition on the derived case and the clock that picks the cases of a period. Figures,
the list of cases behind a figure, the sums kept ready (data.tiles) and the documentation are all made
from the same counter. Each is written so that it is true, not merely "not false", where it counts:
comparisons joined by and/or, never a NOT (data.contributions evaluates them without a database).
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, BindParameter, ColumnElement, and_, bindparam, case, func, or_

from data.case_tables import case_derived as d
from data.events import GRID_RESPONSE, UPPER_RESPONSE

Clock = Literal["reported", "accepted", "due", "closed", "supervised", "stock"]

AS_OF: BindParameter[int] = bindparam("as_of", type_=BigInteger)
"""Every statement carries the instant it is asked for."""

CLOCK_DAY = {
    "reported": d.c.reported_day,
    "accepted": d.c.accepted_day,
    "due": d.c.due_day,
    "closed": d.c.closed_day,
    "supervised": d.c.supervise_day,
}

PARKED_LONG_SECONDS = 60 * 86_400
"""What is parked for longer is 积存 (domain.md §3.2)."""


@dataclass(frozen=True, eq=False)
class Counter:
    """How many cases of a cohort fulfil a condition; with `times`, that many for each of them.

    `order` is how a list of them is sorted where the usual order will not do.
    """

    key: str
    clock: Clock
    condition: ColumnElement[bool]
    times: ColumnElement[int] | None = None
    order: tuple[ColumnElement[Any], ...] = ()

    @property
    def amount(self) -> ColumnElement[int]:
        """What a case counts for, 0 where the condition does not hold."""
        return case((self.condition, 1 if self.times is None else self.times), else_=0)


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
ACCEPTED_NOT_PARKED = Counter(
    "accepted_not_parked", "accepted", and_(_accepted, _valid, d.c.is_hung == 0)
)
ACCEPTED_NOT_WITHIN = Counter(
    "accepted_not_within",
    "accepted",
    and_(
        _accepted,
        _valid,
        or_(_closed, d.c.is_hung == 1, _overdue, d.c.effective_deadline.is_(None)),
    ),
)
"""The accepted but those still within their limit."""
ACCEPTED_DUE = Counter("accepted_due", "accepted", and_(_accepted, _due))
DUE = Counter("due", "due", _due)
CLOSED_OF_DUE = Counter("closed_of_due", "due", and_(_valid, _closed))
ON_TIME_OF_DUE = Counter("on_time_of_due", "due", and_(_due, d.c.on_time_effective == 1))
ON_TIME_ORIGINAL = Counter("on_time_original_of_due", "due", and_(_due, d.c.on_time_original == 1))
ON_TIME_HANDLED = Counter("on_time_handled_of_due", "due", and_(_due, d.c.on_time_handled == 1))
CLOSED = Counter("closed", "closed", _closed)
SURVEY_DUE = Counter("survey_due", "closed", and_(_closed, d.c.survey_due == 1))
SURVEY_VALID = Counter("survey_valid", "closed", and_(_closed, d.c.survey_valid == 1))
SATISFIED = Counter("satisfied", "closed", and_(_closed, d.c.survey_valid == 1, _satisfied))
FULLY_SATISFIED = Counter(
    "fully_satisfied",
    "closed",
    and_(
        _closed,
        d.c.survey_valid == 1,
        d.c.satisfaction.in_(("very_satisfied", "satisfied")),
    ),
)
BASICALLY_SATISFIED = Counter(
    "basically_satisfied",
    "closed",
    and_(_closed, d.c.survey_valid == 1, d.c.satisfaction == "basically_satisfied"),
)
DECIDED = Counter("decided", "reported", or_(_accepted, d.c.is_void == 1, d.c.is_rejected == 1))
TAKEN_OF_REPORTED = Counter("taken_of_reported", "reported", and_(_accepted, _valid))
SAME_DAY = Counter(
    "same_day",
    "accepted",
    and_(_accepted, _valid, _closed, d.c.is_same_day == 1),
)
ODD = Counter("odd_cases", "reported", d.c.n_odd > 0)
TAKEN_WITHOUT_DEADLINE = Counter(
    "taken_without_deadline", "reported", and_(_accepted, d.c.effective_deadline.is_(None))
)
TAKEN_WITHOUT_DEPARTMENT = Counter(
    "taken_without_department", "reported", and_(_accepted, d.c.department_id.is_(None))
)
OFF_LIST = Counter("off_list", "accepted", and_(_accepted, _valid, d.c.is_off_list == 1))
REPEATED = Counter("repeated", "accepted", and_(_accepted, _valid, d.c.n_earlier >= 1))
REPEATED_OFTEN = Counter("repeat_often", "accepted", and_(_accepted, _valid, d.c.n_earlier >= 2))
SELF_HANDLED = Counter("self_handled", "accepted", and_(_accepted, d.c.self_handled == 1))
EXTENDED_OF_ACCEPTED = Counter(
    "extended_of_accepted", "accepted", and_(_accepted, _valid, d.c.is_extended == 1)
)
_late = and_(_closed, d.c.effective_deadline.is_not(None), d.c.on_time_effective == 0)
CLOSED_LATE = Counter("closed_late", "due", and_(_valid, _late))
LATE_OF_DUE = Counter("late_of_due", "due", and_(_due, or_(_late, _overdue)))
_past = case((_closed, d.c.closed_at), else_=AS_OF) - d.c.effective_deadline
LATE_DAYS = Counter(
    "late_days", "due", and_(_due, or_(_late, _overdue)), (_past + 86_399) // 86_400
)
EVER_LATE = and_(
    d.c.effective_deadline.is_not(None),
    or_(_late, and_(_open, d.c.effective_deadline < d.c.valid_to)),
)
"""True of every state that LATE_DAYS counts at any instant of its stretch, and of few others."""
EXTENDED_OF_DUE = Counter("extended_of_due", "due", and_(_due, d.c.is_extended == 1))
REWORK_PASSES = Counter("rework_passes", "closed", and_(_closed, d.c.n_rework > 0), d.c.n_rework)
REOPENED = Counter("reopened", "closed", and_(_closed, d.c.n_reopen > 0))
FIRST_TIME = Counter(
    "first_time",
    "closed",
    and_(_closed, d.c.n_rework == 0, d.c.n_reopen == 0, d.c.n_return == 0),
)
CHECKED = Counter("checked", "closed", and_(_closed, d.c.is_checked == 1))
REWORKED = Counter("reworked", "closed", and_(_closed, d.c.is_checked == 1, d.c.n_rework > 0))
_dispatched = and_(_closed, d.c.n_dispatch > 0)
DISPATCHES = Counter("dispatches", "closed", _dispatched, d.c.n_dispatch)
RETURNS = Counter("returns", "closed", and_(_dispatched, d.c.n_return > 0), d.c.n_return)
_led = and_(_closed, d.c.is_management == 1, d.c.self_handled == 0, d.c.lead_level.is_not(None))
MANAGED = Counter("managed", "closed", _led)
STATION_LED = Counter("station_led", "closed", and_(_led, d.c.lead_level == "station"))
SURVEY_REACHED = Counter("survey_reached", "closed", and_(_closed, d.c.survey_reached == 1))
RESPONDED = Counter("survey_responded", "closed", and_(_closed, d.c.survey_responded == 1))
SOLVED = Counter("survey_solved", "closed", and_(_closed, d.c.survey_solved == 1))
_wait = case((d.c.in_grid == 1, GRID_RESPONSE), else_=UPPER_RESPONSE)
_answered_in_time = and_(d.c.responded_at <= d.c.reported_at + _wait, d.c.responded_at <= AS_OF)
_response_due = and_(
    d.c.in_grid.is_not(None),
    _valid,
    or_(d.c.responded_at <= AS_OF, d.c.reported_at + _wait < AS_OF),
)
RESPONSE_DUE = Counter("response_due", "reported", _response_due)
RESPONSE_IN_TIME = Counter("response_in_time", "reported", and_(_response_due, _answered_in_time))
DISPATCHED = Counter("dispatched", "accepted", and_(_accepted, d.c.dispatched_at <= AS_OF))
RECEIVED = Counter("received", "accepted", and_(_accepted, d.c.received_at <= AS_OF))
_answered = d.c.supervise_answered_at <= AS_OF
SUPERVISION_DUE = Counter(
    "supervision_due", "supervised", or_(_answered, d.c.supervise_due < AS_OF)
)
SUPERVISION_ANSWERED = Counter(
    "supervision_answered",
    "supervised",
    and_(_answered, d.c.supervise_answered_at <= d.c.supervise_due),
)

OPEN = Counter("open", "stock", _open)
OVERDUE = Counter("overdue", "stock", and_(_running, d.c.light_due < AS_OF))
"""Lights go by the limit that the site has chosen for them; rates by the limit of the whole case."""
DUE_SOON = Counter(
    "due_soon",
    "stock",
    and_(_running, d.c.light_due >= AS_OF, d.c.light_warn <= AS_OF),
)
NORMAL = Counter("normal", "stock", and_(_running, d.c.light_warn > AS_OF))
NO_DEADLINE = Counter("no_deadline", "stock", and_(_running, d.c.light_due.is_(None)))
PARKED_LONG = Counter(
    "parked_long",
    "stock",
    and_(_open, d.c.is_hung == 1, d.c.hung_since <= AS_OF - PARKED_LONG_SECONDS),
)
HUNG = Counter("hung", "stock", and_(_open, d.c.is_hung == 1))
SUPERVISED = Counter("supervised", "stock", and_(_open, d.c.is_supervised == 1))
EXTENDED = Counter("extended", "stock", and_(_open, d.c.is_extended == 1))
QUEUE = Counter(
    "queue",
    "stock",
    and_(_open, or_(d.c.is_hung == 1, d.c.is_extended == 1)),
    order=(
        d.c.is_supervised.asc(),
        func.coalesce(d.c.hung_since, d.c.extended_at).asc(),
        d.c.case_id.asc(),
    ),
)
"""What the inspectors look at (S0-24): not yet supervised first, then by how long ago it was granted."""

COUNTERS: tuple[Counter, ...] = tuple(held for held in vars().values() if isinstance(held, Counter))
"""Every counter, in the order above."""
