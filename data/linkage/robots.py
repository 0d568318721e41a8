"""Group robots of 政务微信 and 钉钉, and plain receivers: where posts go and what they say.

A post names number, case or grid by code, and times; never persons, titles or what was written: it leaves
the building.
"""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from data.days import local_time
from data.errors import SetupError
from data.linkage.supervision import Supervision
from data.sites.shape import Many, Section, one_of, read_setting_file, text

KINDS = ("wecom", "dingtalk", "plain")
TOLD = ("issued", "answered", "escalated")
"""The steps that robots are told of, unless a robot's `steps` names fewer."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORDS = {
    "issued": "【督办】{number} 号已下发：{about}，{due} 前答复。{link}",
    "answered": "【督办】{number} 号已答复：{about}。{link}",
    "escalated": "【督办】{number} 号逾期未答复：{about}，期限 {due}。{link}",
}
ABOUT = {"case": "案件 {code}", "grid": "网格 {code}"}


class Robot(NamedTuple):
    """Where to post. secret: signs posts; of 政务微信 the key is part of the address."""

    name: str
    kind: str
    address: str
    secret: str
    steps: tuple[str, ...] = TOLD


class Post(NamedTuple):
    """A text for one robot."""

    robot: str
    body: str


class Sending(NamedTuple):
    """A signed request."""

    address: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Robots:
    """All robots of a site. zone: of the times in posts; link: what the address of a screen begins with."""

    robots: tuple[Robot, ...] = field(default=(), repr=False)
    dead_letters: Path = Path("var/robots.dead.jsonl")
    zone: str = "Asia/Shanghai"
    link: str = ""

    def named(self, name: str) -> Robot | None:
        """The robot of this name."""
        return next((one for one in self.robots if one.name == name), None)

    def posts(self, what: str, held: Supervision) -> list[Post]:
        """What is to be posted of a step."""
        return [
            Post(one.name, _body(one.kind, self._said(what, held)))
            for one in self.robots
            if what in one.steps and what in WORDS
        ]

    def _said(self, what: str, held: Supervision) -> str:
        target = held.target
        part = f"case={quote(target.code)}" if target.kind == "case" else _grid(target.places)
        return WORDS[what].format(
            number=held.number,
            about=ABOUT[target.kind].format(code=target.code),
            due=local_time(held.limit.due, self.zone).strftime("%m-%d %H:%M"),
            link=f"{self.link}/tablet/#{part}" if self.link else "",
        )


def signed(robot: Robot, body: str, at: float | None = None) -> Sending:
    """The request that takes a post to a robot, as its kind wants it signed. at: epoch seconds."""
    at = time.time() if at is None else at
    headers = {"Content-Type": "application/json; charset=utf-8"}
    address = robot.address
    if robot.kind == "dingtalk" and robot.secret:
        stamp = str(round(at * 1000))
        digest = hmac.digest(robot.secret.encode(), f"{stamp}\n{robot.secret}".encode(), "sha256")
        sign = quote(base64.b64encode(digest).decode(), safe="")
        address += f"{'&' if '?' in address else '?'}timestamp={stamp}&sign={sign}"
    if robot.kind == "plain" and robot.secret:
        stamp = str(round(at))
        digest = hmac.digest(robot.secret.encode(), f"{stamp}.{body}".encode(), "sha256")
        headers |= {"X-Timestamp": stamp, "X-Signature": digest.hex()}
    return Sending(address, body.encode(), headers)


def is_taken(robot: Robot, status: int, answer: str) -> bool:
    """Whether a robot's answer says that it took the post: theirs say `errcode` 0 besides."""
    if not 200 <= status < 300:
        return False
    if robot.kind == "plain":
        return True
    try:
        return bool(json.loads(answer).get("errcode") == 0)
    except (ValueError, AttributeError):
        return False


_ROBOT = Section(
    {
        "name": text(),
        "kind": one_of(*KINDS),
        "address": text(),
        "secret_file": text(required=False),
        "steps": text(required=False),
    }
)
_FILE = Section({"robot": Many(_ROBOT), "dead_letters": text(required=False)})


def read_robots(path: Path | None, zone: str, link: str) -> Robots:
    """The robots in ROBOT_FILE, none without it; raises SetupError naming what is wrong."""
    if path is None:
        return Robots()
    held = read_setting_file(path, "ROBOT_FILE", "group robots", _FILE)
    robots = tuple(_robot(path, one) for one in held["robot"])
    if len({one.name for one in robots}) < len(robots):
        raise SetupError(f"ROBOT_FILE: {path.name}: two robots have one name; give each its own.")
    letters = path.parent / held.get("dead_letters", "robots.dead.jsonl")
    return Robots(robots, letters, zone, link)


def _robot(path: Path, held: Mapping[str, Any]) -> Robot:
    place = f"ROBOT_FILE: {path.name}: robot {held['name']!r}"
    parts = urlsplit(held["address"])
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SetupError(f"{place}: address must begin with https://: its key would travel openly.")
    secret = ""
    if "secret_file" in held:
        try:
            secret = (path.parent / held["secret_file"]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SetupError(f"{place}: secret_file cannot be read ({error.strerror}).") from None
    steps = tuple(held.get("steps", " ".join(TOLD)).split())
    if wrong := [one for one in steps if one not in TOLD]:
        raise SetupError(f"{place}: steps: {wrong[0]!r} is not one of {', '.join(TOLD)}.")
    return Robot(held["name"], held["kind"], held["address"], secret, steps)


def _body(kind: str, said: str) -> str:
    told: dict[str, object] = {"msgtype": "text", "text": {"content": said}}
    if kind == "plain":
        told = {"text": said}
    return json.dumps(told, ensure_ascii=False)


def _grid(places: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"hierarchy={quote(tree)}&grid={quote(grid)}" for tree, grid in places[:1])
