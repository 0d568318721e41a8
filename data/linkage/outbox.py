"""Posts that wait for group robots and browsers: put out with what they tell of, sent later, tried again, never lost.

They wait in the app's own database, so they survive a restart, and of several processes one sends each.
What nobody takes after MOST_TRIES ends in the file of dead letters, a JSON object a line.
"""

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import requests
from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from data.accounts.access import Access
from data.app_tables import robot_post
from data.linkage.robots import Post, Robots, Sending, is_taken, signed

MOST_TRIES = 8
FIRST_WAIT = 5
"""Seconds until the second try; each further wait is twice as long."""
LONGEST_WAIT = 3600
CLAIM_SECONDS = 60
"""For how long a post that is being sent is left alone by everybody else."""
AT_A_TIME = 20
PATIENCE = 5.0
"""Seconds that a robot has to answer."""

Send = Callable[[Sending], tuple[int, str]]
"""(request) -> (status, answer); raises OSError when nobody answers."""

log = logging.getLogger(__name__)


def put_out(connection: Connection, posts: Sequence[Post], now: int) -> None:
    """Have posts sent, if the transaction comes to its end."""
    rows = [{**one._asdict(), "made_at": now, "tries": 0, "next_at": now} for one in posts]
    if rows:
        connection.execute(insert(robot_post), rows)


class Carrier(Protocol):
    """Takes waiting posts to where they go; `whom` is the column that says for whom a post in `table` is."""

    table: ClassVar[Table]
    whom: ClassVar[Column[Any]]

    @property
    def dead_letters(self) -> Path:
        """The file in which ends what nobody took."""

    def name(self, whom: Any) -> str:
        """What a receiver is called in the log and in letters."""

    def is_known(self, whom: Any) -> bool:
        """Whether there is such a receiver: for who is gone nothing is tried again."""

    def carry(self, whom: Any, body: str) -> str:
        """Take a post there; why it was not taken, '' when it was."""


def deliver(access: Access, robots: Robots, send: Send | None = None) -> int:
    """Send robots what is due; how many posts were taken."""
    return carry_out(access, RobotCarrier(robots, send or _send))


def carry_out(access: Access, carrier: Carrier) -> int:
    """Send what is due; how many posts were taken. Who fails has no further turn in this call."""
    taken, failing = 0, set[Any]()
    for _ in range(AT_A_TIME):
        row = _claimed(access, carrier, failing)
        if row is None:
            break
        whom = getattr(row, carrier.whom.name)
        try:
            why = carrier.carry(whom, row.body)
        except Exception as error:  # whatever it is, the posts behind it are not to wait for it
            log.exception("%s cannot be posted to", carrier.name(whom))
            why = type(error).__name__
        taken += not why
        is_known = bool(why) and carrier.is_known(whom)
        if is_known:
            failing.add(whom)
        _settle(access, carrier, row, why, is_known=is_known)
    return taken


def _claimed(access: Access, carrier: Carrier, failing: Collection[Any]) -> Any:
    """The first post that is due, for whoever is not failing; everybody else now leaves it alone."""
    c = carrier.table.c
    due = select(carrier.table).where(carrier.whom.not_in(failing)).order_by(c.post_id).limit(1)
    while True:
        # Each at its own instant: those before it may have taken longer than a claim holds.
        now = access.now()
        # What waits longer than anything may was put off before the clock went back.
        is_due = (c.next_at <= now) | (c.next_at > now + LONGEST_WAIT)
        with access.engine.connect() as connection:
            row = connection.execute(due.where(is_due)).first()
        if row is None:
            return None
        mine = (c.post_id == row.post_id) & (c.next_at == row.next_at)
        with access.engine.begin() as connection:
            claim = update(carrier.table).where(mine).values(next_at=now + CLAIM_SECONDS)
            if connection.execute(claim).rowcount:
                return row


def _settle(access: Access, carrier: Carrier, row: Any, why: str, *, is_known: bool) -> None:
    """Note what became of a post: taken, to be tried again, or given up."""
    this = carrier.table.c.post_id == row.post_id
    with access.engine.begin() as connection:
        if why and row.tries + 1 < MOST_TRIES and is_known:
            wait = min(FIRST_WAIT * 2**row.tries, LONGEST_WAIT)
            again = {"tries": row.tries + 1, "next_at": access.now() + wait}
            connection.execute(update(carrier.table).where(this).values(again))
            return
        if why:
            name = carrier.name(getattr(row, carrier.whom.name))
            _bury(carrier.dead_letters, name, row.body, why, access.now())
        connection.execute(delete(carrier.table).where(this))


@dataclass(frozen=True)
class RobotCarrier:
    """Takes posts to group robots."""

    robots: Robots
    send: Send
    table: ClassVar[Table] = robot_post
    whom: ClassVar[Column[Any]] = robot_post.c.robot

    @property
    def dead_letters(self) -> Path:
        """As Carrier.dead_letters."""
        return self.robots.dead_letters

    def name(self, whom: str) -> str:
        """As Carrier.name."""
        return whom

    def is_known(self, whom: str) -> bool:
        """As Carrier.is_known."""
        return self.robots.named(whom) is not None

    def carry(self, whom: str, body: str) -> str:
        """As Carrier.carry."""
        robot = self.robots.named(whom)
        if robot is None:
            return "there is no such robot any more"
        try:
            status, answer = self.send(signed(robot, body))
        except OSError as error:
            log.warning("robot %s does not answer: %s", whom, type(error).__name__)
            return type(error).__name__
        if is_taken(robot, status, answer):
            return ""
        log.warning("robot %s did not take a post: %s", whom, status)
        return f"{status} {answer[:200]}"


def _send(sending: Sending) -> tuple[int, str]:
    answer = requests.post(
        sending.address,
        data=sending.body,
        headers=dict(sending.headers),
        timeout=PATIENCE,
        allow_redirects=False,
    )
    return answer.status_code, answer.text


def _bury(dead_letters: Path, name: str, body: str, why: str, now: int) -> None:
    log.error("%s: given up after %s tries, see %s", name, MOST_TRIES, dead_letters)
    line = json.dumps({"at": now, "robot": name, "why": why, "body": body}, ensure_ascii=False)
    dead_letters.parent.mkdir(parents=True, exist_ok=True)
    with dead_letters.open("a", encoding="utf-8") as letters:
        letters.write(line + "\n")
