"""投屏联动: who leads which wall, what it shows and until when. The only place that changes it.

State is a row per wall in the app's own database, so it survives restarts of server, wall and tablet. Its
number `seq` only grows. Everything is noted in the audit log in the same transaction, then told by a tick.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.app_tables import account, cast, device
from data.audit.chain import Entry
from data.audit.log import Recorded, hold
from data.bus.bus import Bus
from data.bus.tick import Tick
from data.linkage.walls import WALLS, Leader, Wall, wall_of

CLOCKS_APART = 60
"""Seconds by which the clocks of two servers may differ; what looks longer than it may be by less is left alone."""


@dataclass
class _Change:
    """A change of casts that is under way, and the ticks to be sent once it is written."""

    record: Recorded
    now: int
    ticks: list[Tick] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.record.connection


@dataclass(frozen=True)
class Casts:
    """Casts of one server's walls. Whether somebody may cast there is asked before (queries.casting)."""

    access: Access
    bus: Bus

    def walls(self) -> list[Wall]:
        """Every wall that is let in, by name, as it is led now."""
        self.settle()
        with self.access.engine.connect() as connection:
            return [wall_of(row, self.access.now()) for row in connection.execute(WALLS)]

    def wall(self, device_id: int) -> Wall | None:
        """One wall; None for one that was never let in, or no more."""
        return next((one for one in self.walls() if one.device_id == device_id), None)

    def take(self, device_id: int, leader: Leader, fragment: str) -> None:
        """Lead a wall that nobody leads, or go on leading it. Raises ChangeRefused."""
        with self._change() as change:
            row = _row(change, device_id)
            if row.account_id not in (None, leader.account_id):
                raise ChangeRefused("wall_led", _name(change.connection, row.account_id))
            self._give(change, row, leader, fragment, "taken")

    def move(self, leader: Leader, fragment: str, barred: Collection[int] = ()) -> int:
        """Show something else on the walls that are led from this screen; how many there are.

        barred: walls that stay as they are until their lease ends.
        """
        with self._change() as change:
            mine = (cast.c.account_id == leader.account_id) & (cast.c.screen == leader.screen)
            mine &= cast.c.device_id.not_in(barred)
            rows = change.connection.execute(_ROWS.where(mine)).all()
            for row in rows:
                told = "moved" if row.fragment != fragment else ""
                values = {"fragment": fragment, "ends_at": self._end(row.began_at, change.now)}
                self._write(change, row, values, leader.login, told, fragment)
        return len(rows)

    def renew(self, device_id: int, leader: Leader) -> None:
        """Begin the lease anew, as far as `cast_longest` lets it. Raises ChangeRefused."""
        with self._change() as change:
            row = _led(change, device_id, leader.account_id)
            values = {"ends_at": self._end(row.began_at, change.now), "screen": leader.screen}
            self._write(change, row, values, leader.login, "renewed")

    def give_back(self, device_id: int, leader: Leader) -> None:
        """Let the wall go; to whoever asked for it, if somebody did. Raises ChangeRefused."""
        with self._change() as change:
            row = _led(change, device_id, leader.account_id)
            if row.asked_by is not None:
                self._hand_over(change, row, leader.login)
            else:
                self._write(change, row, _FREE, leader.login, "given back")

    def ask(self, device_id: int, leader: Leader, fragment: str) -> None:
        """Ask whoever leads the wall to hand it over; one that is free is taken. Raises ChangeRefused."""
        with self._change() as change:
            row = _row(change, device_id)
            if row.account_id in (None, leader.account_id):
                self._give(change, row, leader, fragment, "taken")
                return
            if row.asked_by not in (None, leader.account_id):
                raise ChangeRefused("wall_asked", _name(change.connection, row.asked_by))
            values = {
                "asked_by": leader.account_id,
                "asked_screen": leader.screen,
                "asked_fragment": fragment,
                "asked_until": change.now + self.access.rules.ask_seconds,
            }
            self._write(change, row, values, leader.login, "asked for")

    def keep(self, device_id: int, leader: Leader) -> None:
        """Go on leading a wall that somebody asked for. Raises ChangeRefused."""
        with self._change() as change:
            row = _led(change, device_id, leader.account_id)
            if row.asked_by is None:
                return
            values = {**_NOBODY_ASKS, **_telling(row.asked_by, "kept", change.now)}
            self._write(change, row, values, leader.login, "kept")

    def force(self, device_id: int, leader: Leader, fragment: str) -> None:
        """Take a wall over without asking. Raises ChangeRefused."""
        with self._change() as change:
            row = _row(change, device_id)
            self._give(
                change, row, leader, fragment, "taken by force" if row.account_id else "taken"
            )

    def settle(self) -> None:
        """Carry out what the clock has decided: leases that ended, questions that nobody answered."""
        now = self.access.now()
        decided = _due(now) | self._too_long(now)
        with self.access.engine.connect() as connection:
            if connection.execute(_ROWS.where(decided)).first() is None:
                return
        with self._change():
            pass

    @contextmanager
    def _change(self) -> Iterator[_Change]:
        """A change of casts; whatever the clock has decided before it is carried out first."""
        now = self.access.now()
        with self.access.log.recorded(now) as record:
            hold(
                record.connection
            )  # of two who reach for a wall at once one is told that it is led
            change = _Change(record, now)
            for row in change.connection.execute(_ROWS.where(self._too_long(now))).all():
                self._shorten(change, row)
            for row in change.connection.execute(_ROWS.where(_due(now))).all():
                if row.asked_by is not None:
                    self._hand_over(change, row, "-")
                else:
                    told = _telling(row.account_id, "expired", now)
                    self._write(change, row, {**_FREE, **told}, "-", "expired")
            yield change
        for tick in change.ticks:
            self.bus.publish(tick)

    def _give(
        self, change: _Change, row: Any, leader: Leader, fragment: str, reason: str, by: str = ""
    ) -> None:
        is_new = row.account_id != leader.account_id
        began = change.now if is_new else row.began_at
        values = {
            "account_id": leader.account_id,
            "screen": leader.screen,
            "fragment": fragment,
            "began_at": began,
            "ends_at": self._end(began, change.now),
            **_NOBODY_ASKS,
        }
        if row.account_id is not None and is_new:
            values |= _telling(row.account_id, "taken", change.now)
        self._write(change, row, values, by or leader.login, reason, fragment)

    def _hand_over(self, change: _Change, row: Any, by: str) -> None:
        login = _login(change.connection, row.asked_by)
        leader = Leader(row.asked_by, login, row.asked_screen)
        self._give(change, row, leader, row.asked_fragment, f"handed over to {login}", by)

    def _too_long(self, now: int) -> ColumnElement[bool]:
        """Which leases and questions last longer than any may: the clock was put back meanwhile."""
        rules = self.access.rules
        return (cast.c.ends_at > now + rules.cast_seconds + CLOCKS_APART) | (
            cast.c.asked_until > now + rules.ask_seconds + CLOCKS_APART
        )

    def _shorten(self, change: _Change, row: Any) -> None:
        """Let a lease, and a question, last from now as long as one that begins now."""
        values = {"began_at": min(row.began_at, change.now)}
        values["ends_at"] = min(row.ends_at, self._end(values["began_at"], change.now))
        if row.asked_until is not None:
            values["asked_until"] = min(row.asked_until, change.now + self.access.rules.ask_seconds)
        self._write(change, row, values, "-", "shortened: the clock was put back")

    def _end(self, began_at: int, now: int) -> int:
        rules = self.access.rules
        return min(now + rules.cast_seconds, began_at + max(rules.cast_longest, rules.cast_seconds))

    def _write(
        self,
        change: _Change,
        row: Any,
        values: dict[str, Any],
        by: str,
        reason: str,
        shown: str = "",
    ) -> None:
        """Write a change, note it unless there is nothing to note, and have it told."""
        seq = row.seq + 1
        mine = cast.c.device_id == row.device_id
        change.connection.execute(update(cast).where(mine).values(seq=seq, **values))
        if reason:
            change.record.note(
                Entry("cast", by, object=row.wall, reason=f"{reason} {shown}".strip())
            )
        concerned = (row.account_id, row.asked_by, values.get("account_id"), values.get("asked_by"))
        accounts = dict.fromkeys(f"account:{one}" for one in concerned if one is not None)
        to = (f"device:{row.device_id}", *accounts)
        change.ticks.append(Tick("cast", seq, change.now, to, str(row.device_id)))


_NOBODY_ASKS = dict.fromkeys(("asked_by", "asked_screen", "asked_fragment", "asked_until"))
_FREE = {
    **dict.fromkeys(("account_id", "screen", "began_at", "ends_at")),
    **_NOBODY_ASKS,
    "fragment": "",
}
_ROWS = select(cast, device.c.name.label("wall")).join(
    device, device.c.device_id == cast.c.device_id
)


def _due(now: int) -> ColumnElement[bool]:
    """Which casts the clock has something to say of."""
    return (cast.c.ends_at <= now) | (cast.c.asked_until <= now)


def _telling(account_id: int, what: str, now: int) -> dict[str, Any]:
    return {"told_account": account_id, "told_what": what, "told_at": now}


def _row(change: _Change, device_id: int) -> Any:
    """The row of a wall, made if it was never led; its wall's name beside it. Raises ChangeRefused."""
    let_in = (device.c.device_id == device_id) & device.c.revoked_at.is_(None)
    if change.connection.execute(select(device.c.device_id).where(let_in)).first() is None:
        raise ChangeRefused("wall_gone")
    mine: ColumnElement[bool] = cast.c.device_id == device_id
    row = change.connection.execute(_ROWS.where(mine)).first()
    if row is None:
        change.connection.execute(insert(cast).values(device_id=device_id, seq=0, fragment=""))
        row = change.connection.execute(_ROWS.where(mine)).first()
    return row


def _led(change: _Change, device_id: int, account_id: int) -> Any:
    """The row of a wall that somebody leads. Raises ChangeRefused."""
    row = _row(change, device_id)
    if row.account_id != account_id or row.ends_at <= change.now:
        raise ChangeRefused("wall_not_yours", row.wall)
    return row


def _name(connection: Connection, account_id: int) -> str:
    which = select(account.c.name).where(account.c.account_id == account_id)
    return str(connection.execute(which).scalar() or "")


def _login(connection: Connection, account_id: int) -> str:
    which = select(account.c.login).where(account.c.account_id == account_id)
    return str(connection.execute(which).scalar() or "")
