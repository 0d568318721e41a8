"""A phone that asks to be told of 督办: who may, where the button stands, and that without a key there is none."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from stage_town import Hall, Tab, hall_in, open_town
from test_pushes import base64url
from told_phones import is_told

from data.app_tables import push_post, push_subscription
from data.linkage.push_keys import make_key
from data.linkage.pushes import Pushes
from queries.site import Site

CASE = {"case": "c1", "words": "请核实", "amount": "4", "clock": "urgent_hour"}
POINT = ec.generate_private_key(ec.SECP256R1()).public_key()
BROWSER = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/1",
    "p256dh": base64url(
        POINT.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    ),
    "auth": base64url(bytes(16)),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_town(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


@pytest.fixture
def hall(site: Site, tmp_path: Path) -> Iterator[Hall]:
    key = tmp_path / "push.pem"
    with hall_in(site, tmp_path, Pushes(key, make_key(key), "https://grid.test")) as opened:
        yield opened


@pytest.fixture
def plain(site: Site, tmp_path: Path) -> Iterator[Hall]:
    """Without a key."""
    with hall_in(site, tmp_path) as opened:
        yield opened


def ask(tab: Tab, do: str, **more: str) -> Any:
    sent = {"do": do, **BROWSER, **more}
    return tab.client.post("/api/push", json=sent, headers={"Origin": tab.base})


def posts(hall: Hall) -> list[dict[str, Any]]:
    with hall.office.access.engine.connect() as connection:
        return [json.loads(row.body) for row in connection.execute(select(push_post))]


def test_a_phone_is_told_from_asking_to_signing_out(hall: Hall) -> None:
    worker = hall.tab("worker", "phone")
    assert ask(worker, "look").json() == {"on": False}
    assert ask(worker, "on").json() == {"on": True}
    assert ask(worker, "look").json() == {"on": True}
    hall.tab("boss").done("issue", **CASE)
    (told,) = posts(hall)
    assert (told["what"], told["unit"], told["language"]) == ("issued", "works名", "zh")
    assert "路面" not in str(told) and "c1" not in str(told) and "boss" not in str(told)
    worker.submit("/account", {}, "/sign-out")
    with hall.office.access.engine.connect() as connection:
        assert connection.execute(select(push_subscription)).all() == []


def test_it_may_be_turned_off(hall: Hall) -> None:
    worker = hall.tab("worker", "phone")
    ask(worker, "on")
    # Nobody turns off another's, or asks whether there is one.
    other = hall.tab("other", "phone")
    assert ask(other, "off").json() == ask(other, "look").json() == {"on": False}
    assert is_told(hall.office.access, hall.office.number_of("worker"), BROWSER["endpoint"])
    assert ask(worker, "off").json() == {"on": False}
    hall.tab("boss").done("issue", **CASE)
    assert posts(hall) == []


def test_only_those_who_owe_the_answer_are_told(hall: Hall) -> None:
    for login in ("worker", "other"):
        ask(hall.tab(login, "phone"), "on", endpoint=f"https://fcm.googleapis.com/{login}")
    hall.tab("boss").done("issue", **CASE)
    assert len(posts(hall)) == 1


@pytest.mark.parametrize("login", ["boss", "yan", "ops"])
def test_who_can_owe_no_answer_is_offered_nothing(login: str, hall: Hall) -> None:
    tab = hall.tab(login, "phone")
    assert ask(tab, "on").status_code == 403
    assert 'id="push"' not in tab.get("/account").text


def test_strangers_and_odd_requests_are_refused(hall: Hall) -> None:
    assert ask(Tab(hall.server), "on").status_code == 401
    worker = hall.tab("worker", "phone")
    refused = ask(worker, "on", endpoint="https://10.0.0.1/x")
    assert refused.status_code == 409 and "10.0.0.1" in refused.json()["wrong"]
    headers = {"Origin": worker.base}
    for odd in ([], "x", None, {"do": 3}, {"do": "on", "endpoint": ["x"]}):
        answer = worker.client.post("/api/push", json=odd, headers=headers)
        assert answer.status_code == 409, odd
    evil = {"Origin": "http://evil.example"}
    assert worker.client.post("/api/push", json=BROWSER, headers=evil).status_code == 403


def test_the_button_stands_on_the_account_and_the_phones_worker_knows_what_to_say(
    hall: Hall,
) -> None:
    worker = hall.tab("worker", "phone")
    page = worker.get("/account").text
    assert f'data-key="{hall.desk.pushes.public}"' in page and "在本机接收督办" in page
    script = worker.get("/phone/worker.js").text
    assert 'addEventListener("push"' in script and "号已下发" in script and "{words}" not in script
    assert 'addEventListener("push"' not in worker.get("/tablet/worker.js").text
    assert "worker-src 'self' blob:" in worker.get("/account").headers["content-security-policy"]


def test_a_site_without_a_key_has_nothing_of_it(plain: Hall) -> None:
    worker = plain.tab("worker", "phone")
    assert ask(worker, "on").status_code == 403
    assert "push" not in worker.get("/account").text
    assert 'addEventListener("push"' not in worker.get("/phone/worker.js").text


def test_nothing_that_pushes_is_loaded_before_something_is_pushed() -> None:
    code = (
        "import sys, app; sys.exit(bool({'pywebpush', 'py_vapid', 'aiohttp'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
