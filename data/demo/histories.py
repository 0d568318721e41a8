"""Turns the course and the times of each case into its events."""

import numpy as np
import pandas as pd

from data.demo.chance import stream
from data.demo.seats import Seats, desk_times, is_verified
from data.demo.sizes import Size
from data.demo.steps import Times, time_steps
from data.demo.terms import NO_CLOCK
from data.demo.vocabulary import Vocabulary
from data.events import EVENT_TYPES, LEAD_LEVELS
from data.working_time import CLOCKS, WorkClock

CENTRE = 1
"""Department id of the operations centre, which accepts, sends out and checks."""
NOBODY = -1
"""Stands for the lead level and for the seat where an event does not tell it."""


class _Log:
    """Collects events as arrays of numbers; `case` is the position of the case in its table."""

    def __init__(
        self,
        times: Times,
        clocks: np.ndarray,
        words: Vocabulary,
        seats: Seats,
        rng: np.random.Generator,
    ) -> None:
        self.times = times
        self.seats = seats
        self.clocks = clocks
        self.rng = rng
        self.roles: dict[str, str] = words.site["roles"]
        self.role_numbers = {role: number for number, role in enumerate(self.roles)}
        self.reasons: dict[str, list[str]] = words.site["reasons"]
        self.notes = ["", *(text for texts in self.reasons.values() for text in texts)]
        self.parts: list[pd.DataFrame] = []

    def add(
        self,
        kind: str,
        who: np.ndarray,
        role: str | np.ndarray,
        department: int | np.ndarray = 0,
        *,
        at: str = "",
        deadline: str = "",
        limit: str = "",
        lead: np.ndarray | None = None,
        seat: np.ndarray | None = None,
    ) -> None:
        """One event of a type for each case that `who` marks; a role is named or numbered.

        at, deadline and limit name times of the case; `lead` is a position in LEAD_LEVELS, `seat`
        one in the codes of the seats.
        """
        case = np.flatnonzero(who)
        number = self.role_numbers[role] if isinstance(role, str) else role[case]
        self.parts.append(
            pd.DataFrame(
                {
                    "case": case,
                    "type": np.full(len(case), EVENT_TYPES.index(kind)),
                    "at": self.times[at or kind][case].astype(np.int64),
                    "actor_role": number,
                    "actor": NOBODY if seat is None else seat[case],
                    "department_id": department
                    if isinstance(department, int)
                    else department[case],
                    "deadline": self.times[deadline][case] if deadline else np.nan,
                    "limit_seconds": self.times[limit][case] if limit else np.nan,
                    "limit_clock": self.clocks[case] if limit else NO_CLOCK,
                    "lead_level": NOBODY if lead is None else lead[case],
                    "note": self._draw_notes(kind, len(case)),
                }
            )
        )

    def either(self, who: np.ndarray, role: str, other: str) -> np.ndarray:
        """The number of one role where marked, of the other elsewhere."""
        return np.where(who, self.role_numbers[role], self.role_numbers[other])

    def _draw_notes(self, kind: str, number: int) -> np.ndarray:
        texts = self.reasons.get(kind)
        if texts is None:
            return np.zeros(number, np.int64)
        return self.notes.index(texts[0]) + self.rng.integers(0, len(texts), number)

    def table(self, ends: np.ndarray) -> pd.DataFrame:
        """All events in the order of case and time; nothing follows the end of a case."""
        events = pd.concat(self.parts, ignore_index=True)
        events = events[events["at"].to_numpy() <= ends[events["case"]]]
        order = np.lexsort((events["at"], events["case"]))
        events = events.iloc[order].reset_index(drop=True)
        for name, texts in (
            ("type", EVENT_TYPES),
            ("actor_role", self.roles.values()),
            ("actor", self.seats.codes),
            ("note", [None, *self.notes[1:]]),
            # The last text is what position -1 stands for: NO_CLOCK and NOBODY.
            ("limit_clock", [*CLOCKS, None]),
            ("lead_level", [*LEAD_LEVELS, None]),
        ):
            # Plain objects: far faster to cut into portions than pandas' own text columns.
            events[name] = pd.Series(np.array([*texts], object)[events[name]], dtype=object)
        events["department_id"] = events["department_id"].astype("Int64").replace(0, pd.NA)
        for name in ("deadline", "limit_seconds"):
            events[name] = events[name].astype("Int64")
        return events


def write_histories(
    cases: pd.DataFrame,
    seats: Seats,
    size: Size,
    words: Vocabulary,
    clock: WorkClock,
    seed: int,
) -> tuple[pd.DataFrame, Times]:
    """All events of all cases, by case and time, and the times they were made from.

    Columns: case (position), type, at, actor_role, actor, department_id, deadline,
    limit_seconds, limit_clock, lead_level, note.
    """
    times = desk_times(time_steps(cases, size, clock, seed), cases, seed)
    log = _Log(times, cases["limit_clock"].to_numpy(), words, seats, stream(seed, "notes"))
    public = cases["awaited"].to_numpy(bool)
    normal = (cases["fate"] == "normal").to_numpy()
    taken = normal | (cases["fate"] == "cancelled").to_numpy()
    sent = taken & ~cases["self_handled"].to_numpy()
    log.add(
        "reported",
        np.ones(len(cases), bool),
        log.either(public, "public", "staff"),
        seat=seats.reporter,
    )
    seen = is_verified(cases)
    log.add("verify_sent", seen, "operator", CENTRE, seat=seats.acceptor)
    log.add("verified", seen, "checker", CENTRE, seat=seats.supervisor)
    for name in ("rejected", "merged"):
        log.add(name, (cases["fate"] == name).to_numpy(), "operator", CENTRE)
    lead = cases["lead"].to_numpy()
    limits = {"deadline": "deadline", "limit": "limit_seconds"}
    log.add("accepted", taken, "operator", CENTRE, **limits, lead=lead, seat=seats.shift_lead)
    log.add("cancelled", (cases["fate"] == "cancelled").to_numpy(), "operator", CENTRE)
    _sending(log, cases, sent)
    _delays(log, cases, sent)
    _ending(log, cases, normal, sent)
    _second_round(log, cases)
    ends = np.where(cases["fate"] == "cancelled", times["cancelled"], np.inf)
    return log.table(ends), times


def _sending(log: _Log, cases: pd.DataFrame, sent: np.ndarray) -> None:
    returned = sent & cases["returned"].to_numpy()
    own = cases["department"].to_numpy()
    wrong = cases["wrong_department"].to_numpy()
    by = log.seats.dispatcher
    log.add("dispatched", sent, "dispatcher", np.where(returned, wrong, own), seat=by)
    log.add("returned", returned, "handler", wrong)
    log.add("dispatched", returned, "dispatcher", own, at="dispatched_again", seat=by)
    log.add("received", sent, "handler", own)
    answered = (cases["awaited"] & ~cases["unanswered"]).to_numpy(bool)
    log.add("responded", sent & answered, "handler", own)
    beyond = sent & cases["escalated"].to_numpy(bool)
    log.add("escalated", beyond, "approver", CENTRE, lead=cases["lead_after"].to_numpy())


def _delays(log: _Log, cases: pd.DataFrame, sent: np.ndarray) -> None:
    own = cases["department"].to_numpy()
    parked, extended, supervised = (
        sent & cases[name].to_numpy(bool) for name in ("parked", "extended", "supervised")
    )
    stuck = (cases["stuck"] != "").to_numpy()
    log.add("extension_requested", extended, "handler", own)
    log.add("extended", extended, "approver", CENTRE, deadline="new_deadline")
    log.add("hang_requested", parked, "handler", own)
    log.add("hung", parked, "approver", CENTRE)
    log.add("resumed", parked & ~stuck, "approver", CENTRE)
    log.add("supervised", supervised, "supervisor", deadline="reply_due")
    log.add("supervision_answered", supervised & ~stuck, "handler", own)


def _ending(log: _Log, cases: pd.DataFrame, normal: np.ndarray, sent: np.ndarray) -> None:
    own = cases["department"].to_numpy()
    spot = cases["self_handled"].to_numpy()
    ended = normal & (cases["stuck"] == "").to_numpy()
    checked = ended & sent
    rework = checked & cases["rework"].to_numpy()
    log.add("handled", rework, "handler", own, at="first_handled")
    seats = log.seats
    log.add("check_sent", rework, "operator", CENTRE, at="first_check_sent", seat=seats.acceptor)
    log.add("checked", rework, "checker", CENTRE, at="first_checked", seat=seats.supervisor)
    log.add("rework", rework, "checker", own)
    log.add("handled", ended, log.either(spot, "staff", "handler"), own)
    log.add("check_sent", checked, "operator", CENTRE, seat=seats.acceptor)
    log.add("checked", checked, "checker", CENTRE, seat=seats.supervisor)
    by = np.where(spot, seats.reporter, seats.closer)
    log.add("closed", ended, log.either(spot, "staff", "operator"), CENTRE, seat=by)


def _second_round(log: _Log, cases: pd.DataFrame) -> None:
    own = cases["department"].to_numpy()
    again = cases["reopened"].to_numpy(bool)
    seats = log.seats
    log.add("reopened", again, "operator", CENTRE, deadline="deadline_2", limit="limit_seconds_2")
    log.add("dispatched", again, "dispatcher", own, at="dispatched_2", seat=seats.dispatcher)
    log.add("received", again, "handler", own, at="received_2")
    log.add("handled", again, "handler", own, at="handled_2")
    log.add("check_sent", again, "operator", CENTRE, at="check_sent_2", seat=seats.acceptor)
    log.add("checked", again, "checker", CENTRE, at="checked_2", seat=seats.supervisor)
    log.add("closed", again, "operator", CENTRE, at="closed_2", seat=seats.closer)
