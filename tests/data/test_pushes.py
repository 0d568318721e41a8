"""Web Push: what a browser gets and can read, whose it is, that it is tried again and ends with the session."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import http_ece
import pytest
from accounts_town import PASSWORD, Office, office
from conftest import ENGINES
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from post_receiver import Answer, Post, Receiver, receiving
from py_vapid import Vapid02
from sqlalchemy import func, select
from told_phones import is_told

from data.accounts import people, sign_in
from data.accounts.access import Access
from data.accounts.refused import ChangeRefused
from data.app_tables import push_post, push_subscription
from data.bus.bus import LocalBus
from data.linkage import pushes as pushing
from data.linkage.outbox import MOST_TRIES, carry_out
from data.linkage.push_keys import make_key
from data.linkage.pushes import Browser, PushCarrier, Pushes, send
from data.linkage.supervision import Author, Limit, Target
from data.linkage.supervisions import Supervisions

CASE = Target("case", "c 1", "张三家门前", (("area", "A1"),), "works", "department:works")


TAKEN = Answer(201, headers=(("Location", "/elsewhere"),))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Phone:
    """A browser with a push service of its own: it keeps what comes, and can read what was sealed for it."""

    service: Receiver
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"0123456789abcdef"

    @property
    def got(self) -> list[Post]:
        return self.service.got

    @property
    def origin(self) -> str:
        return self.service.origin

    def refuses(self, *statuses: int) -> None:
        """What its service answers to the next posts."""
        self.service.answers = [TAKEN._replace(status=status) for status in statuses]

    @property
    def browser(self) -> Browser:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return Browser(f"{self.origin}/push/1", base64url(point), base64url(self.secret))

    def read(self, number: int = -1) -> Any:
        body = http_ece.decrypt(
            self.got[number].body,
            private_key=self.key,
            auth_secret=self.secret,
            version="aes128gcm",
        )
        return json.loads(body)


@pytest.fixture
def phone() -> Iterator[Phone]:
    with receiving(TAKEN) as service:
        yield Phone(service)


@pytest.fixture(params=ENGINES)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    with office(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def pushes(tmp_path: Path) -> Pushes:
    path = tmp_path / "push.pem"
    return Pushes(path, make_key(path), "https://grid.test", ("127.0.0.1",))


@dataclass
class Told:
    """Somebody who owes answers and has a phone that is told."""

    town: Office
    pushes: Pushes
    account: int
    token: str
    held: Supervisions

    def issue(self, code: str = "c 1") -> int:
        at = self.town.hand.at
        author = Author(self.town.person(f"yan{code[-1]}"), "yan")
        limit = Limit("urgent_hour", 4, at + 4 * 3600)
        return self.held.issue(CASE._replace(code=code), "请找张三核实", limit, 0, author)

    def deliver(self) -> int:
        access = self.town.access
        return carry_out(access, PushCarrier(access, self.pushes, send))

    def count(self, table: Any) -> int:
        with self.town.access.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def signed_in(access: Access, login: str, replaces: str | None = None) -> str:
    token = sign_in.sign_in(access, login, PASSWORD, replaces=replaces)
    assert token
    return token


@pytest.fixture
def told(town: Office, pushes: Pushes, phone: Phone) -> Told:
    account = town.person("chief")
    token = signed_in(town.access, "chief")
    units = {"zh": "建管中心", "en": "Works"}
    held = Supervisions(
        town.access,
        LocalBus(),
        pushes=pushes,
        owing=lambda *_: [account],
        units=lambda _: units,
    )
    pushing.begin(town.access, account, token, phone.browser, "zh")
    return Told(town, pushes, account, token, held)


def test_a_phone_reads_number_unit_and_limit_and_nothing_of_persons(
    told: Told, phone: Phone
) -> None:
    number = told.issue()
    assert told.deliver() == 1
    _, headers, sealed = phone.got[0]
    assert headers["content-encoding"] == "aes128gcm" and headers["ttl"] == "43200"
    assert b"works" not in sealed and b"c 1" not in sealed
    read = phone.read()
    assert read == {
        "what": "issued",
        "number": number,
        "unit": "建管中心",
        "due": read["due"],
        "language": "zh",
    }
    assert not any(word in json.dumps(read, ensure_ascii=False) for word in ("张三", "核实", "yan"))
    assert told.count(push_post) == 0


def test_the_push_service_can_tell_whose_it_is(told: Told, phone: Phone) -> None:
    told.issue()
    told.deliver()
    scheme, _, rest = phone.got[0].headers["authorization"].partition(" ")
    parts = dict(one.strip().split("=", 1) for one in rest.split(","))
    assert scheme == "vapid" and parts["k"] == told.pushes.public
    assert Vapid02.verify(phone.got[0].headers["authorization"])
    claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"]) == (phone.origin, "https://grid.test")
    changed = parts["t"][:-6] + ("AAAAAA" if not parts["t"].endswith("AAAAAA") else "BBBBBB")
    assert not Vapid02.verify(f"vapid t={changed},k={parts['k']}")


def test_the_steps_that_who_owes_the_answer_is_told_of(told: Told, phone: Phone) -> None:
    number = told.issue()
    chief = Author(told.account, "chief")
    told.held.answer(number, "已核实", chief)
    told.held.send_back(number, "不够", Author(1, "yan"))
    told.town.hand.at += 4 * 3600
    told.held.settle()
    told.held.close(number, "另案处理", Author(1, "yan"))
    told.deliver()
    assert [phone.read(n)["what"] for n in range(len(phone.got))] == [
        "issued",
        "sent_back",
        "escalated",
    ]


@pytest.mark.parametrize("status", [500, 429, 302, 307, 403])
def test_what_is_not_taken_is_tried_again_later(told: Told, phone: Phone, status: int) -> None:
    told.issue()
    phone.refuses(status)
    assert told.deliver() == told.deliver() == 0
    assert len(phone.got) == 1, "no redirect is followed and nothing is sent twice"
    told.town.hand.at += 5
    assert told.deliver() == 1
    assert told.count(push_post) == 0 and told.count(push_subscription) == 1


def test_what_nobody_takes_ends_among_the_dead_letters(told: Told, phone: Phone) -> None:
    told.issue()
    phone.refuses(*[500] * MOST_TRIES)
    for _ in range(MOST_TRIES):
        told.deliver()
        told.town.hand.at += 3600
    (line,) = told.pushes.dead_letters.read_text(encoding="utf-8").splitlines()
    letter = json.loads(line)
    assert letter["robot"].startswith("push ") and letter["why"].startswith("500")
    assert phone.origin not in line and told.count(push_post) == 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(told: Told, phone: Phone, status: int) -> None:
    told.issue()
    told.issue("c 2")
    phone.refuses(status)
    told.deliver()
    assert len(phone.got) == 1
    assert (told.count(push_post), told.count(push_subscription)) == (0, 0)
    assert not told.pushes.dead_letters.exists()


def test_it_ends_with_the_session_and_with_the_account(told: Told, phone: Phone) -> None:
    access = told.town.access
    told.issue()
    sign_in.sign_out(access, told.token, "chief")
    assert told.count(push_subscription) == 0
    told.deliver()
    assert phone.got == [], "what waited is not sent after signing out"
    assert told.count(push_post) == 0
    token = signed_in(access, "chief")
    pushing.begin(access, told.account, token, phone.browser, "zh")
    people.disable(access, told.account, "root")
    assert told.count(push_subscription) == 0


def test_what_waited_for_one_phone_reaches_no_other(told: Told, phone: Phone) -> None:
    access = told.town.access
    told.issue()
    phone.refuses(503)
    told.deliver()
    sign_in.sign_out(access, told.token, "chief")
    other = told.town.person("other")
    token = signed_in(access, "other")
    pushing.begin(access, other, token, phone.browser, "zh")
    told.town.hand.at += 3600
    told.deliver()
    assert (len(phone.got), told.count(push_post)) == (1, 0)


def test_a_browser_that_asks_again_is_still_told_what_waits(told: Told, phone: Phone) -> None:
    told.issue()
    pushing.begin(told.town.access, told.account, told.token, phone.browser, "en")
    assert told.deliver() == 1 and told.count(push_subscription) == 1


def test_a_browser_that_lost_its_session_is_bound_to_the_next_that_looks(
    told: Told, phone: Phone
) -> None:
    access, endpoint = told.town.access, phone.browser.endpoint
    token = signed_in(access, "chief")  # the browser was closed, and its cookie went with it
    assert pushing.look(access, told.account, token, endpoint)
    sign_in.sign_out(access, token, "chief")
    assert told.count(push_subscription) == 0


def test_one_that_cannot_be_sealed_for_does_not_hold_up_the_others(
    told: Told, phone: Phone
) -> None:
    access = told.town.access
    crooked = phone.browser._replace(
        endpoint=f"{phone.origin}/push/2", p256dh=base64url(b"\x04" + bytes(64))
    )
    pushing.begin(access, told.account, told.token, crooked, "zh")
    told.issue()
    assert told.deliver() == 1
    for _ in range(MOST_TRIES):
        told.town.hand.at += 4000
        told.deliver()
    assert told.count(push_post) == 0
    assert '"ValueError"' in told.pushes.dead_letters.read_text(encoding="utf-8")


def test_who_signs_in_anew_goes_on_and_somebody_else_does_not(told: Told, phone: Phone) -> None:
    access = told.town.access
    # The session idled out; the same person signs in on the same phone.
    told.town.hand.at += 3600
    again = signed_in(access, "chief", told.token)
    assert is_told(access, told.account, phone.browser.endpoint)
    told.town.person("other")
    signed_in(access, "other", again)
    assert told.count(push_subscription) == 0


def test_an_account_has_so_many_phones_and_none_for_ever(told: Told, phone: Phone) -> None:
    access = told.town.access
    for n in range(2, 9):
        told.town.hand.at += 1
        other = phone.browser._replace(endpoint=f"{phone.origin}/push/{n}")
        pushing.begin(access, told.account, told.token, other, "en")
    assert told.count(push_subscription) == pushing.MOST_OF_ONE
    assert not is_told(access, told.account, phone.browser.endpoint)
    told.town.hand.at += pushing.KEPT_SECONDS + 1
    told.issue()
    assert told.count(push_post) == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://10.0.0.1/push",
        "http://fcm.googleapis.com/x",
        "https://evil-fcm.googleapis.com.test/x",
        "https://notfcm.googleapis.com/x",
        "https://me@fcm.googleapis.com/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "file:///etc/passwd",
        "https://fcm.googleapis.com:22/x",
        "https://a.test\\@fcm.googleapis.com/x",
        "https://[fcm.googleapis.com/x",
    ],
)
def test_the_server_posts_to_push_services_only(endpoint: str, phone: Phone) -> None:
    given = phone.browser._replace(endpoint=endpoint)._asdict()
    with pytest.raises(ChangeRefused, match="push host"):
        Pushes(Path("x")).read(given)


def test_keys_that_are_none_are_refused(phone: Phone, pushes: Pushes) -> None:
    assert pushes.read(phone.browser._asdict()) == phone.browser
    for wrong in (
        {"p256dh": "x"},
        {"p256dh": base64url(b"\x04" + bytes(64))},
        {"auth": "说"},
        {"auth": ""},
    ):
        with pytest.raises(ChangeRefused, match="push keys"):
            pushes.read({**phone.browser._asdict(), **wrong})
    apple = {"endpoint": "https://web.push.apple.com/x"}
    assert Pushes(Path("x")).read({**phone.browser._asdict(), **apple}).endpoint


def test_a_site_without_a_key_pushes_nothing(told: Told) -> None:
    held = replace(told.held, pushes=Pushes(), owing=lambda *_: pytest.fail("nobody is looked up"))
    author = Author(told.account, "chief")
    held.issue(CASE, "x", Limit("urgent_hour", 1, told.town.hand.at + 3600), 0, author)
    assert told.count(push_post) == 0
