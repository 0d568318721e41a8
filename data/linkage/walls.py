"""Walls that may be led, and who leads them: what is read of a cast, and how."""

from typing import Any, NamedTuple

from sqlalchemy import select

from data.accounts.grants import Grant
from data.accounts.roles import WALL
from data.app_tables import account, cast, device

TOLD_SECONDS = 30
"""How long somebody is told that a wall was taken, kept or has ended."""

SEEN_WITHIN = 180
"""A wall that has not asked for so many seconds counts as switched off."""


class Leader(NamedTuple):
    """Who changes a cast, and from which screen."""

    account_id: int
    login: str
    screen: str


class Lead(NamedTuple):
    """A cast in force; times in epoch seconds."""

    account_id: int
    name: str
    screen: str
    fragment: str
    began_at: int
    ends_at: int


class Asked(NamedTuple):
    """Somebody else wants the wall, and gets it at `until` unless it is kept."""

    account_id: int
    name: str
    until: int


class Told(NamedTuple):
    """What became of a wall for somebody who led it or asked for it: taken | kept | expired."""

    account_id: int
    what: str


class Wall(NamedTuple):
    """A wall that is let in, and who leads it; `seq` is 0 before its first cast."""

    device_id: int
    name: str
    grant: Grant
    is_on: bool
    seq: int
    lead: Lead | None
    asked: Asked | None
    told: Told | None


_leading, _asking = account.alias(), account.alias()
WALLS = (
    select(
        device,
        cast.c.seq,
        cast.c.account_id,
        cast.c.screen.label("led_from"),
        cast.c.fragment,
        cast.c.began_at,
        cast.c.ends_at,
        cast.c.asked_by,
        cast.c.asked_until,
        cast.c.told_account,
        cast.c.told_what,
        cast.c.told_at,
        _leading.c.name.label("leader"),
        _asking.c.name.label("asker"),
    )
    .select_from(device)
    .outerjoin(cast, cast.c.device_id == device.c.device_id)
    .outerjoin(_leading, _leading.c.account_id == cast.c.account_id)
    .outerjoin(_asking, _asking.c.account_id == cast.c.asked_by)
    .where(device.c.revoked_at.is_(None))
    .order_by(device.c.name)
)


def wall_of(row: Any, now: int) -> Wall:
    """The wall in a row of WALLS, as it is led at an instant."""
    grant = Grant(WALL, row.reach, row.tree_code, row.grid_code, None, row.approved_at, None)
    lead, asked, told = None, None, None
    if row.account_id is not None and row.ends_at > now:
        head = (row.account_id, row.leader or "", row.led_from, row.fragment)
        lead = Lead(*head, row.began_at, row.ends_at)
        if row.asked_by is not None:
            asked = Asked(row.asked_by, row.asker or "", row.asked_until)
    if row.told_at is not None and 0 <= now - row.told_at < TOLD_SECONDS:
        told = Told(row.told_account, row.told_what)
    is_on = row.seen_at is not None and abs(now - row.seen_at) < SEEN_WITHIN
    return Wall(row.device_id, row.name, grant, is_on, row.seq or 0, lead, asked, told)
