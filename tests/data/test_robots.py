"""Posts to group robots: what they say, how they are signed, tried again, given up, and that none is lost."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from accounts_town import Office, office
from conftest import ENGINES
from post_receiver import Answer, Receiver, receiving
from sqlalchemy import func, select

from data.accounts.refused import ChangeRefused
from data.app_tables import robot_post
from data.bus.bus import LocalBus
from data.errors import SetupError
from data.linkage.outbox import CLAIM_SECONDS, MOST_TRIES, deliver
from data.linkage.robots import Robot, Robots, Sending, read_robots, signed
from data.linkage.supervision import Author, Limit, Target
from data.linkage.supervisions import Supervisions

CASE = Target("case", "c 1", "张三家门前", (("area", "A1"),), "works", "department:works")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Answer(200, '{"errcode": 0}')) as made:
        yield made


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


def supervised(town: Office, robots: Robots) -> tuple[Supervisions, int, Author]:
    held = Supervisions(town.access, LocalBus(), robots=robots)
    author = Author(town.person("yan"), "yan")
    limit = Limit("urgent_hour", 4, town.hand.at + 4 * 3600)
    return held, held.issue(CASE, "请找张三核实", limit, 0, author), author


def waiting(town: Office) -> int:
    with town.access.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(robot_post)).scalar_one())


def test_each_kind_of_robot_gets_its_form_and_signature(
    town: Office, receiver: Receiver, tmp_path: Path
) -> None:
    kinds = ("wecom", "dingtalk", "plain")
    robots = Robots(
        tuple(Robot(kind, kind, f"{receiver.origin}/robot?key=k", "s3cret") for kind in kinds),
        tmp_path / "dead",
        link="https://grid.test",
    )
    supervised(town, robots)
    assert deliver(town.access, robots) == 3
    assert waiting(town) == 0
    for kind, (path, headers, body) in zip(kinds, receiver.got, strict=True):
        told = json.loads(body)
        text = told["text"] if kind == "plain" else told["text"]["content"]
        assert (told.get("msgtype") == "text") == (kind != "plain")
        assert "号已下发：案件 c 1" in text and "https://grid.test/tablet/#case=c%201" in text
        # Neither persons nor what was written leave the building.
        assert not any(word in text for word in ("张三", "核实", "yan"))
        query = parse_qs(urlsplit(path).query)
        assert query["key"] == ["k"]
        if kind == "dingtalk":
            said = f"{query['timestamp'][0]}\ns3cret".encode()
            digest = hmac.new(b"s3cret", said, hashlib.sha256).digest()
            assert query["sign"] == [base64.b64encode(digest).decode()]
        if kind == "plain":
            said = headers["x-timestamp"].encode() + b"." + body
            assert headers["x-signature"] == hmac.new(b"s3cret", said, hashlib.sha256).hexdigest()


def test_the_address_of_a_robot_is_not_written_where_it_is_shown() -> None:
    robot = Robot("a", "wecom", "https://robot.test/send?key=hidden", "")
    assert "hidden" not in repr(Robots((robot,)))
    assert signed(robot, "{}", 5).address == robot.address


@pytest.mark.parametrize(
    "answer", [(500, ""), (200, "<html>"), (200, '{"errcode": 45009}'), (302, "")]
)
def test_what_is_not_taken_is_tried_again_later(
    town: Office, receiver: Receiver, tmp_path: Path, answer: tuple[int, str]
) -> None:
    robots = Robots((Robot("a", "wecom", f"{receiver.origin}/robot", ""),), tmp_path / "dead")
    supervised(town, robots)
    receiver.answers = [Answer(*answer)]
    assert deliver(town.access, robots) == 0
    assert deliver(town.access, robots) == 0
    assert len(receiver.got) == 1
    town.hand.at += 5
    assert deliver(town.access, robots) == 1
    assert (waiting(town), len(receiver.got)) == (0, 2)
    assert not robots.dead_letters.exists()


def test_what_no_robot_takes_ends_among_the_dead_letters(town: Office, tmp_path: Path) -> None:
    robots = Robots((Robot("a", "wecom", "https://robot.test", ""),), tmp_path / "x" / "dead")
    supervised(town, robots)
    tried: list[int] = []

    def send(_: Sending) -> tuple[int, str]:
        tried.append(town.hand.at)
        raise ConnectionRefusedError

    for _ in range(2000):
        deliver(town.access, robots, send)
        town.hand.at += 1
    assert len(tried) == MOST_TRIES
    waits = [after - before for before, after in pairwise(tried)]
    assert waits == [5 * 2**n for n in range(MOST_TRIES - 1)]
    (line,) = robots.dead_letters.read_text(encoding="utf-8").splitlines()
    letter = json.loads(line)
    assert (letter["robot"], letter["why"]) == ("a", "ConnectionRefusedError")
    assert "号已下发" in json.loads(letter["body"])["text"]["content"]
    assert waiting(town) == 0


def test_a_robot_that_is_gone_leaves_a_letter(town: Office, tmp_path: Path) -> None:
    robots = Robots((Robot("a", "wecom", "https://robot.test", ""),), tmp_path / "dead")
    supervised(town, robots)
    assert deliver(town.access, replace(robots, robots=())) == 0
    assert waiting(town) == 0 and robots.dead_letters.exists()


def test_of_two_processes_one_sends(town: Office, tmp_path: Path) -> None:
    robots = Robots((Robot("a", "wecom", "https://robot.test", ""),), tmp_path / "dead")
    supervised(town, robots)
    sent: list[str] = []

    def send(sending: Sending) -> tuple[int, str]:
        sent.append(sending.address)
        # While this one waits for an answer another looks.
        deliver(town.access, robots, send)
        return 200, '{"errcode": 0}'

    deliver(town.access, robots, send)
    assert len(sent) == 1


def test_a_silent_robot_has_one_turn_and_holds_up_no_other(town: Office, tmp_path: Path) -> None:
    robots = Robots(
        tuple(Robot(name, "wecom", f"https://{name}.test", "") for name in ("dead", "well")),
        tmp_path / "dead",
    )
    held, _, author = supervised(town, robots)
    for code in "abcdefghijk":
        limit = Limit("urgent_hour", 4, town.hand.at + 4 * 3600)
        held.issue(CASE._replace(code=code), "x", limit, 0, author)
    tried: list[str] = []

    def send(sending: Sending) -> tuple[int, str]:
        tried.append(sending.address)
        if "dead" in sending.address:
            town.hand.at += 5
            raise TimeoutError
        return 200, '{"errcode": 0}'

    assert deliver(town.access, robots, send) == 12
    assert [one for one in tried if "dead" in one] == ["https://dead.test"]
    assert waiting(town) == 12


def test_a_post_is_claimed_from_the_instant_at_which_it_is_sent(
    town: Office, tmp_path: Path
) -> None:
    robots = Robots((Robot("a", "wecom", "https://robot.test", ""),), tmp_path / "dead")
    held, _, author = supervised(town, robots)
    limit = Limit("urgent_hour", 4, town.hand.at + 4 * 3600)
    held.issue(CASE._replace(code="c 2"), "x", limit, 0, author)
    sent: list[bytes] = []

    def slow(sending: Sending) -> tuple[int, str]:
        sent.append(sending.body)
        if len(sent) == 1:
            town.hand.at += CLAIM_SECONDS - 1
        else:
            deliver(town.access, robots, slow)
        return 200, '{"errcode": 0}'

    assert deliver(town.access, robots, slow) == 2
    assert len(set(sent)) == len(sent) == 2


def test_what_did_not_happen_is_not_posted(town: Office, tmp_path: Path) -> None:
    robots = Robots(
        (Robot("a", "wecom", "https://robot.test", "", ("escalated",)),), tmp_path / "dead"
    )
    held, number, author = supervised(town, robots)
    assert waiting(town) == 0
    with pytest.raises(ChangeRefused):
        held.answer(number, " ", author)
    town.hand.at += 4 * 3600
    held.settle()
    held.settle()
    assert waiting(town) == 1


FILE = """
dead_letters = "letters.jsonl"
[[robot]]
name = "duty"
kind = "dingtalk"
address = "https://robot.test/send?access_token=x"
secret_file = "robot.secret"
steps = "issued escalated"
"""


def test_the_file_of_robots(tmp_path: Path) -> None:
    (tmp_path / "robot.secret").write_text("SEC1\n")
    path = tmp_path / "robots.toml"
    path.write_text(FILE)
    found = read_robots(path, "Asia/Shanghai", "https://grid.test")
    assert found.dead_letters == tmp_path / "letters.jsonl"
    assert found.robots == (
        Robot(
            "duty",
            "dingtalk",
            "https://robot.test/send?access_token=x",
            "SEC1",
            ("issued", "escalated"),
        ),
    )
    assert read_robots(None, "Asia/Shanghai", "") == Robots()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://robot.test", "http://robot.test", "https://"),
        ('"dingtalk"', '"slack"', "kind"),
        ("robot.secret", "gone.secret", "secret_file"),
        ("issued escalated", "issued seen", "'seen'"),
        ("name", "title", "title"),
        ("[[robot]]", "[[robots]]", "robots"),
    ],
)
def test_a_slip_in_the_file_of_robots_is_named(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    (tmp_path / "robot.secret").write_text("SEC1\n")
    path = tmp_path / "robots.toml"
    path.write_text(FILE.replace(old, new, 1))
    with pytest.raises(SetupError) as error:
        read_robots(path, "Asia/Shanghai", "")
    assert "ROBOT_FILE" in str(error.value) and told in str(error.value)
