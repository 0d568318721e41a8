"""督办 issued here: to whom, by when, and what became of it. The only place that changes it.

A step is written with its row, noted in the audit log and put out for the group robots in one transaction,
then told by a tick. Who may do what is asked before (queries.supervising). These are the app's own; the case
event `supervised`, which comes with the cases and which K20 counts, is another thing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.app_tables import account, supervision, supervision_photo, supervision_step
from data.audit.chain import Entry
from data.audit.log import Recorded, hold
from data.bus.bus import Bus
from data.bus.tick import Tick
from data.linkage.outbox import put_out
from data.linkage.pushes import Pushes
from data.linkage.robots import Robots
from data.linkage.supervision import Author, Limit, Step, Supervision, Target

STEPS = ("issued", "seen", "acknowledged", "answered", "sent_back", "escalated", "closed")
MOST_WORDS = 1000
MOST_TO = 150
"""Whom one tick names at most; more get a second one."""

To = Callable[[Supervision], Sequence[str]]
"""Whom a 督办 concerns, as ticks name them."""

Owing = Callable[[Connection, Target, int], Sequence[int]]
"""(the app's database, what it is about, now) -> the accounts that owe the answer."""

Units = Callable[[Target], Mapping[str, str]]
"""What the unit that it is counted by is called, by language."""


@dataclass
class _Change:
    record: Recorded
    now: int
    done: list[tuple[Supervision, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Supervisions:
    """The 督办 of one app database."""

    access: Access
    bus: Bus
    to: To = lambda _: ()
    robots: Robots = field(default_factory=Robots)
    pushes: Pushes = field(default_factory=Pushes)
    owing: Owing = lambda *_: ()
    units: Units = lambda _: {}

    def issue(self, target: Target, words: str, limit: Limit, as_of: int, by: Author) -> int:
        """Issue one; its number. as_of: instant of the figures it is issued on. Raises ChangeRefused."""
        words = _words(words)
        with self._change() as change:
            same = (supervision.c.kind == target.kind) & (supervision.c.code == target.code)
            if self._rows(change, same & supervision.c.closed_at.is_(None)):
                raise ChangeRefused("supervision_open", target.title)
            row = {
                "issuer_id": by.account_id,
                **target._asdict(),
                "places": [list(place) for place in target.places],
                "posts": list(target.posts),
                "words": words,
                "clock": limit.clock,
                "amount": limit.amount,
                "issued_at": change.now,
                "as_of": as_of,
                "reply_due": limit.due,
            }
            made = change.record.connection.execute(
                insert(supervision).values(row).returning(supervision.c.supervision_id)
            ).scalar_one()
            self._step(change, int(made), "issued", by, words)
        return int(made)

    def mark_seen(self, number: int, by: Author) -> None:
        """Note that somebody whom it is addressed to has opened it; the first time counts."""
        with self._change() as change:
            held = self._open(change, number)
            if held.seen_at is None:
                self._write(change, number, seen_at=change.now)
                self._step(change, number, "seen", by)

    def acknowledge(self, number: int, by: Author) -> None:
        """签收: somebody takes it on. Raises ChangeRefused."""
        with self._change() as change:
            held = self._open(change, number)
            if held.acknowledged_at is None:
                self._see(change, held)
                self._write(change, number, acknowledged_at=change.now)
                self._step(change, number, "acknowledged", by)

    def answer(self, number: int, words: str, by: Author, photo: bytes | None = None) -> None:
        """Answer; who answers has seen and acknowledged it too. Raises ChangeRefused.

        photo: a JPEG, as data.linkage.photos makes it plain.
        """
        words = _words(words)
        with self._change() as change:
            held = self._open(change, number)
            if not held.waits:
                raise ChangeRefused("supervision_answered", number)
            self._see(change, held)
            if held.acknowledged_at is None:
                self._write(change, number, acknowledged_at=change.now)
            self._write(change, number, answered_at=change.now)
            step_id = self._step(change, number, "answered", by, words)
            if photo is not None:
                row = {"supervision_id": number, "step_id": step_id, "image": photo}
                change.record.connection.execute(insert(supervision_photo).values(row))

    def send_back(self, number: int, words: str, by: Author) -> None:
        """Its issuer takes the answer for none; it is owed again. Raises ChangeRefused."""
        words = _words(words)
        with self._change() as change:
            if self._open(change, number).waits:
                raise ChangeRefused("supervision_unanswered", number)
            self._write(change, number, answered_at=None)
            self._step(change, number, "sent_back", by, words)

    def close(self, number: int, words: str, by: Author) -> None:
        """Its issuer is done with it; without an answer, says why. Raises ChangeRefused."""
        with self._change() as change:
            words = (
                _words(words) if self._open(change, number).waits else words.strip()[:MOST_WORDS]
            )
            self._write(change, number, closed_at=change.now)
            self._step(change, number, "closed", by, words)

    def settle(self) -> None:
        """Escalate what has become late."""
        late = _late(self.access.now())
        with self.access.engine.connect() as connection:
            if connection.execute(select(supervision.c.supervision_id).where(late)).first() is None:
                return
        with self._change() as change:
            for held in self._rows(change, _late(change.now)):
                self._write(change, held.number, late_at=change.now)
                self._step(change, held.number, "escalated", None)

    def open_ones(self) -> list[Supervision]:
        """All that are not closed, the most urgent first."""
        self.settle()
        return self._read(_ROWS.where(supervision.c.closed_at.is_(None)))

    def issued_since(self, at: int) -> list[Supervision]:
        """All that were issued from an instant on, the newest last."""
        return self._read(_ROWS.where(supervision.c.issued_at >= at))

    def find(self, number: int) -> Supervision | None:
        """One by its number."""
        found = self._read(_ROWS.where(supervision.c.supervision_id == number))
        return found[0] if found else None

    def steps(self, number: int) -> list[Step]:
        """What was done with one, in order."""
        theirs = supervision_step.c.supervision_id == number
        rows = (
            select(supervision_step, account.c.name, supervision_photo.c.photo_id)
            .outerjoin(account, account.c.account_id == supervision_step.c.account_id)
            .outerjoin(supervision_photo, supervision_photo.c.step_id == supervision_step.c.step_id)
            .where(theirs)
            .order_by(supervision_step.c.step_id)
        )
        with self.access.engine.connect() as connection:
            return [
                Step(r.at, r.name or "", r.what, r.words, r.photo_id)
                for r in connection.execute(rows)
            ]

    def photo(self, number: int, photo_id: int) -> bytes | None:
        """A picture of one; None where it has none of that number."""
        which = (supervision_photo.c.supervision_id == number) & (
            supervision_photo.c.photo_id == photo_id
        )
        with self.access.engine.connect() as connection:
            found = connection.execute(select(supervision_photo.c.image).where(which)).scalar()
        return None if found is None else bytes(found)

    def _read(self, rows: Select[Any]) -> list[Supervision]:
        with self.access.engine.connect() as connection:
            return [_supervision(row) for row in connection.execute(rows)]

    @contextmanager
    def _change(self) -> Iterator[_Change]:
        now = self.access.now()
        with self.access.log.recorded(now) as record:
            hold(record.connection)  # of two who answer at once one is told that it is answered
            change = _Change(record, now)
            yield change
        for held, step_id in change.done:
            to = list(self.to(held))
            for first in range(0, max(1, len(to)), MOST_TO):
                named = tuple(to[first : first + MOST_TO])
                self.bus.publish(Tick("supervision", step_id, now, named, str(held.number)))

    def _rows(self, change: _Change, which: ColumnElement[bool]) -> list[Supervision]:
        return [_supervision(row) for row in change.record.connection.execute(_ROWS.where(which))]

    def _open(self, change: _Change, number: int) -> Supervision:
        found = self._rows(change, supervision.c.supervision_id == number)
        if not found or found[0].closed_at is not None:
            raise ChangeRefused("supervision_gone", number)
        return found[0]

    def _see(self, change: _Change, held: Supervision) -> None:
        if held.seen_at is None:
            self._write(change, held.number, seen_at=change.now)

    def _write(self, change: _Change, number: int, **values: int | None) -> None:
        mine = supervision.c.supervision_id == number
        change.record.connection.execute(update(supervision).where(mine).values(**values))

    def _step(
        self, change: _Change, number: int, what: str, by: Author | None, words: str = ""
    ) -> int:
        """Write a step down everywhere; the row must be as it is afterwards. The step's number."""
        connection = change.record.connection
        row = {
            "supervision_id": number,
            "at": change.now,
            "account_id": None if by is None else by.account_id,
            "what": what,
            "words": words,
        }
        made = insert(supervision_step).values(row).returning(supervision_step.c.step_id)
        step_id = int(connection.execute(made).scalar_one())
        (held,) = self._rows(change, supervision.c.supervision_id == number)
        told = f"{held.target.kind} {held.target.code}"
        actor = "-" if by is None else by.login
        reason = f"{what}: {words}" if words else what
        change.record.note(Entry("supervision", actor, told, f"#{number}", reason))
        put_out(connection, self.robots.posts(what, held), change.now)
        if self.pushes.tells(what):
            owing = self.owing(connection, held.target, change.now)
            units = self.units(held.target)
            self.pushes.put_out(connection, what, held, owing, units, change.now)
        change.done.append((held, step_id))
        return step_id


_ROWS: Select[Any] = (
    select(supervision, account.c.name, account.c.organisation)
    .outerjoin(account, account.c.account_id == supervision.c.issuer_id)
    .order_by(supervision.c.reply_due, supervision.c.supervision_id)
)


def _late(now: int) -> ColumnElement[bool]:
    """Which have become late and were not escalated yet."""
    owed = supervision.c.answered_at.is_(None) & supervision.c.closed_at.is_(None)
    return owed & supervision.c.late_at.is_(None) & (supervision.c.reply_due <= now)


def _supervision(row: Any) -> Supervision:
    places = tuple((str(tree), str(grid)) for tree, grid in row.places)
    posts = tuple(map(str, row.posts or ()))
    return Supervision(
        row.supervision_id,
        row.issuer_id,
        row.name or "",
        row.organisation or "",
        Target(row.kind, row.code, row.title, places, row.department, row.unit, posts),
        row.words,
        Limit(row.clock, row.amount, row.reply_due),
        row.issued_at,
        row.as_of,
        row.seen_at,
        row.acknowledged_at,
        row.answered_at,
        row.late_at,
        row.closed_at,
    )


def _words(given: str) -> str:
    words = given.strip()
    if not words or len(words) > MOST_WORDS:
        raise ChangeRefused("supervision_words", MOST_WORDS)
    return words
