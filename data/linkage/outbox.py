"""Posts that wait for group robots: put out with what they tell of, sent later, tried again, never lost.

They wait in the app's own database, so they survive a restart, and of several processes one sends each.
What no robot takes after MOST_TRIES ends in the file of dead letters, a JSON object a line.
"""

import json
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

import requests
from sqlalchemy import Connection, delete, insert, select, update

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


def deliver(access: Access, robots: Robots, send: Send | None = None) -> int:
    """Send what is due; how many posts were taken. A robot that fails has no further turn in this call."""
    taken, failing = 0, set[str]()
    for _ in range(AT_A_TIME):
        row = _claimed(access, failing)
        if row is None:
            break
        why = _try(robots, row.robot, row.body, send or _send)
        taken += not why
        if why and robots.named(row.robot):
            failing.add(row.robot)
        _settle(access, robots, row, why)
    return taken


def _claimed(access: Access, failing: Collection[str]) -> Any:
    """The first post that is due, for a robot that is not failing; everybody else now leaves it alone."""
    due = select(robot_post).where(robot_post.c.robot.not_in(failing)).limit(1)
    due = due.order_by(robot_post.c.post_id)
    while True:
        # Each at its own instant: those before it may have taken longer than a claim holds.
        now = access.now()
        # What waits longer than anything may was put off before the clock went back.
        is_due = (robot_post.c.next_at <= now) | (robot_post.c.next_at > now + LONGEST_WAIT)
        with access.engine.connect() as connection:
            row = connection.execute(due.where(is_due)).first()
        if row is None:
            return None
        mine = (robot_post.c.post_id == row.post_id) & (robot_post.c.next_at == row.next_at)
        with access.engine.begin() as connection:
            claim = update(robot_post).where(mine).values(next_at=now + CLAIM_SECONDS)
            if connection.execute(claim).rowcount:
                return row


def _settle(access: Access, robots: Robots, row: Any, why: str) -> None:
    """Note what became of a post: taken, to be tried again, or given up."""
    this = robot_post.c.post_id == row.post_id
    with access.engine.begin() as connection:
        if why and row.tries + 1 < MOST_TRIES and robots.named(row.robot):
            wait = min(FIRST_WAIT * 2**row.tries, LONGEST_WAIT)
            again = {"tries": row.tries + 1, "next_at": access.now() + wait}
            connection.execute(update(robot_post).where(this).values(again))
            return
        if why:
            _bury(robots, row.robot, row.body, why, access.now())
        connection.execute(delete(robot_post).where(this))


def _try(robots: Robots, name: str, body: str, send: Send) -> str:
    """Why a robot did not take a post; '' when it did."""
    robot = robots.named(name)
    if robot is None:
        return "there is no such robot any more"
    try:
        status, answer = send(signed(robot, body))
    except OSError as error:
        log.warning("robot %s does not answer: %s", name, type(error).__name__)
        return type(error).__name__
    if is_taken(robot, status, answer):
        return ""
    log.warning("robot %s did not take a post: %s", name, status)
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


def _bury(robots: Robots, robot: str, body: str, why: str, now: int) -> None:
    log.error("robot %s: given up after %s tries, see %s", robot, MOST_TRIES, robots.dead_letters)
    line = json.dumps({"at": now, "robot": robot, "why": why, "body": body}, ensure_ascii=False)
    robots.dead_letters.parent.mkdir(parents=True, exist_ok=True)
    with robots.dead_letters.open("a", encoding="utf-8") as letters:
        letters.write(line + "\n")
