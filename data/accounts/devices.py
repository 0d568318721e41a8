"""Walls: a screen without a keyboard shows a short code, somebody approves it, it gets a token.

A wall's token opens the wall screen and nothing else, under one name, until it is revoked.
"""

import ipaddress
import secrets
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from data.accounts.access import Access
from data.accounts.grants import Grant
from data.accounts.refused import ChangeRefused
from data.accounts.roles import WALL
from data.accounts.rules import wrong_reach
from data.accounts.sessions import key_of, new_token
from data.app_tables import device, pairing
from data.audit.chain import Entry

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Nothing that reads like something else from five metres."""

CODE_LENGTH = 8
SEEN_EVERY = 60
MOST = 200
"""Walls that may wait at a time."""


class Asked(NamedTuple):
    """A wall that waits: the code it shows, and the secret that only it holds."""

    code: str
    secret: str
    ends_at: int


class Device(NamedTuple):
    """A paired wall."""

    device_id: int
    name: str
    screen: str
    grant: Grant
    approved_by: str
    approved_at: int
    seen_at: int | None
    revoked_by: str | None
    revoked_at: int | None
    network: str = ""

    def is_at(self, address: str) -> bool:
        """Whether its token is good at a client's address; anywhere for a wall bound to no network."""
        if not self.network:
            return True
        try:
            came = ipaddress.ip_address(address)
        except ValueError:
            return False
        # An address of version 4 that came in by a socket of version 6 is written as one of that.
        came = getattr(came, "ipv4_mapped", None) or came
        return came in ipaddress.ip_network(self.network)


def ask(access: Access) -> Asked:
    """A fresh code for a wall that has no token. Raises ChangeRefused when too many wait already."""
    now = access.now()
    asked = Asked(
        "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH)),
        new_token(),
        now + access.rules.pairing_seconds,
    )
    row = {
        "code": asked.code,
        "key": key_of(asked.secret),
        "asked_at": now,
        "ends_at": asked.ends_at,
    }
    with access.engine.begin() as connection:
        connection.execute(delete(pairing).where(pairing.c.ends_at <= now))
        if (connection.execute(select(func.count()).select_from(pairing)).scalar() or 0) >= MOST:
            raise ChangeRefused("walls_many")
        connection.execute(insert(pairing).values(row))
    return asked


def waiting(access: Access, secret: str) -> Asked | None:
    """The code of a wall that waits, by its secret; None once it ran out or was approved."""
    mine = (pairing.c.key == key_of(secret)) & (pairing.c.ends_at > access.now())
    with access.engine.connect() as connection:
        row = connection.execute(select(pairing).where(mine, pairing.c.device_id.is_(None))).first()
    return None if row is None else Asked(row.code, secret, row.ends_at)


def plain_code(typed: str) -> str:
    """A code as somebody types it: blanks, dashes and small letters do not matter."""
    return "".join(c for c in typed.upper() if c.isalnum())[:20]


def approve(access: Access, code: str, name: str, reach: Grant, by: str, network: str = "") -> int:
    """Let the wall that shows this code in, under a name and a reach. Raises ChangeRefused.

    network: the addresses that its token is good at, such as 10.8.0.0/24; empty for all.
    """
    network = _network(network)
    now, name = access.now(), name.strip()[:60]
    if wrong_reach(WALL, reach.reach, reach.tree, reach.grid, reach.department):
        raise ChangeRefused("reach", reach.words())
    if not name:
        raise ChangeRefused("wall_name")
    with access.log.recorded(now) as record:
        waiting = (
            (pairing.c.code == plain_code(code))
            & (pairing.c.ends_at > now)
            & pairing.c.device_id.is_(None)
        )
        # Claimed first: of two who approve at once, one is told that nobody waits any more.
        claimed = update(pairing).where(waiting).values(device_id=0).returning(pairing.c.key)
        key = record.connection.execute(claimed).scalar()
        if key is None:
            raise ChangeRefused("wall_code")
        row = {
            "name": name,
            "screen": WALL,
            "key": bytes(key),
            "reach": reach.reach,
            "tree_code": reach.tree,
            "grid_code": reach.grid,
            "approved_by": by,
            "approved_at": now,
            "network": network or None,
        }
        try:
            made = record.connection.execute(
                insert(device).values(row).returning(device.c.device_id)
            ).scalar_one()
        except IntegrityError:
            raise ChangeRefused("wall_taken", name) from None
        mine = pairing.c.code == plain_code(code)
        record.connection.execute(update(pairing).where(mine).values(device_id=made))
        words = f"{reach.words()} {network}".strip()
        record.note(Entry("device", by, scope=words, object=name, reason="approved"))
        return int(made)


_FOUND = select(device).where(device.c.key == bindparam("key"), device.c.revoked_at.is_(None))


def find(access: Access, token: str, address: str) -> Device | None:
    """The wall whose token it is; None when it was revoked or never was.

    Seen is one that may be used at the address; whether this one may, is for the caller to ask.
    """
    key, now = key_of(token), access.now()
    with access.engine.connect() as connection:
        row = connection.execute(_FOUND, {"key": key}).first()
    if row is None:
        return None
    found = _device(row)
    is_due = row.seen_at is None or abs(now - row.seen_at) >= SEEN_EVERY
    if is_due and found.is_at(address):
        with access.engine.begin() as connection:
            mine = update(device).where(device.c.key == key)
            connection.execute(mine.values(seen_at=now))
    return found


def revoke(access: Access, device_id: int, by: str) -> None:
    """Shut a wall out at once; its name is free for another afterwards."""
    now = access.now()
    with access.log.recorded(now) as record:
        mine = (device.c.device_id == device_id) & device.c.revoked_at.is_(None)
        row = record.connection.execute(select(device).where(mine)).first()
        if row is None:
            raise ChangeRefused("wall_gone")
        ended = {"revoked_at": now, "revoked_by": by, "name": f"{row.name} #{device_id}"}
        record.connection.execute(update(device).where(mine).values(ended))
        record.note(Entry("device", by, object=row.name, reason="revoked"))


def devices(access: Access) -> list[Device]:
    """Every wall, revoked ones too."""
    with access.engine.connect() as connection:
        return [_device(row) for row in connection.execute(select(device).order_by(device.c.name))]


def _network(typed: str) -> str:
    """A network as it is kept; a bare address is one of its own."""
    if not typed.strip():
        return ""
    try:
        return str(ipaddress.ip_network(typed.strip()))
    except ValueError:
        raise ChangeRefused("wall_network", typed.strip()[:60]) from None


def _device(row: Any) -> Device:
    reach = Grant(WALL, row.reach, row.tree_code, row.grid_code, None, row.approved_at, None)
    head = (row.device_id, row.name, row.screen, reach, row.approved_by, row.approved_at)
    ended = (row.seen_at, row.revoked_by, row.revoked_at)
    return Device(*head, *ended, row.network or "")
