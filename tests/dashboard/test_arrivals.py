"""`POST /api/cases` through the guard: who may send, what is believed, and that screens are told."""

import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import pytest
from arrival_town import body_of, headers_of, sent
from gateway_fixtures import Gateway
from small_town import found_town
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from dashboard.arrivals import MOST_BYTES, MOST_WRONG, OF_TOKEN
from data.app_tables import audit
from data.arrival import __main__ as command
from data.arrival import tokens
from data.arrival.intake import Intake
from data.arrival.schema import MOST_CASES
from data.arrival.signature import OLDEST_SECONDS, SIGNATURE_HEADER
from data.arrival.taking import Taken
from data.one_ingester import only_ingester

pytest_plugins = ["gateway_fixtures"]


def test_what_is_signed_is_taken_in_and_told(gateway: Gateway) -> None:
    answer = gateway.send(sent(1), sent(2, grid="Z"))
    assert answer.status_code == 200
    told = answer.json()
    assert (told["new"], told["version"]) == (1, 1)
    assert told["verdicts"] == [
        {"id": "1", "verdict": "new"},
        {
            "id": "2",
            "verdict": "refused",
            "problems": [{"field": "grid", "reason": "there is no grid Z"}],
        },
    ]
    assert [(tick.kind, tick.version) for tick in gateway.told] == [("cases", 1)]
    assert gateway.count() == 1
    assert "set-cookie" not in answer.headers


def test_the_very_same_request_is_taken_once(gateway: Gateway) -> None:
    first = gateway.send(sent(1))
    again = gateway.send(sent(1))
    assert (first.status_code, again.status_code) == (200, 409)
    gateway.office.hand.at += 5
    signed_anew = gateway.send(sent(1))
    assert signed_anew.json()["unchanged"] == 1
    assert gateway.count() == 1
    assert len(gateway.told) == 1


def test_what_nobody_signed_just_now_is_refused(gateway: Gateway) -> None:
    body = body_of([sent(1)])
    for answer in (
        gateway.send(sent(1), token="guessed"),
        gateway.send(sent(1), source="app"),
        gateway.send(sent(1), source="fax"),
        gateway.send(sent(1), later=OLDEST_SECONDS + 1),
        gateway.send(sent(1), later=-OLDEST_SECONDS - 1),
        gateway.send(sent(1), **{SIGNATURE_HEADER: "0" * 64}),
        gateway.send(sent(1), **{SIGNATURE_HEADER: ""}),
        gateway.tab.client.post("/api/cases", content=body),
        gateway.tab.client.post(
            "/api/cases",
            content=body + b" ",
            headers=headers_of(gateway.token, 1_790_000_000, body),
        ),
    ):
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"]
    assert gateway.count() == 0
    answers = [gateway.send(sent(1), token="guessed").status_code for _ in range(MOST_WRONG)]
    assert answers[-1] == 429


def test_a_token_that_was_revoked_opens_nothing(gateway: Gateway) -> None:
    access = gateway.office.access
    (held,) = tokens.tokens(access.engine)
    assert gateway.token not in str(held)
    tokens.revoke(access.log, held.token_id, "test", gateway.office.hand.at)
    assert gateway.send(sent(1)).status_code == 401
    with access.engine.connect() as connection:
        noted = connection.execute(
            select(audit.c.object, audit.c.reason).where(audit.c.what == "token")
        ).all()
    assert [tuple(row) for row in noted] == [("hotline #1", "created"), ("hotline #1", "revoked")]


@pytest.mark.parametrize("body", [b"\xff", b"[1", b'{"cases": 1}', body_of([0] * (MOST_CASES + 1))])
def test_what_is_no_batch_is_refused_in_words(body: bytes, gateway: Gateway) -> None:
    answer = gateway.send(body=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert gateway.count() == 0


def test_ten_megabytes_are_the_most_and_only_here(gateway: Gateway) -> None:
    full = body_of([sent(1, title="路" * 100)])
    answer = gateway.send(body=full + b" " * (MOST_BYTES - len(full)))
    assert answer.status_code == 200
    assert gateway.send(body=b" " * (MOST_BYTES + 1)).status_code == 413
    elsewhere = gateway.tab.client.post("/sign-in", content=b"x" * 300_000)
    assert elsewhere.status_code == 413


def test_a_batch_that_finds_another_program_at_work_may_come_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.one_ingester.PATIENCE_SECONDS", 0.1)
    with only_ingester(gateway.town.city.site().case, "data.load"):
        answer = gateway.send(sent(1))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "data.load" in answer.json()["error"]
    assert gateway.send(sent(1)).status_code == 200


def test_what_fails_halfway_leaves_nothing(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("data.arrival.taking.note_pulse", fail)
    answer = gateway.send(sent(1))
    assert answer.status_code == 503
    assert "disk" not in answer.text
    assert gateway.count() == 0
    monkeypatch.undo()
    assert gateway.send(sent(1)).status_code == 200


def test_what_cannot_be_noted_is_taken_in_all_the_same(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "remember", away)
    assert gateway.send(sent(1)).json()["new"] == 1
    monkeypatch.undo()
    assert gateway.send(sent(1)).json()["unchanged"] == 1
    assert gateway.send(sent(1)).status_code == 409


@pytest.mark.parametrize("asked", ["in_force", "is_seen"])
def test_an_app_database_that_is_away_is_no_fault_of_the_batch(
    asked: str, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, asked, away)
    answer = gateway.send(sent(1))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert gateway.count() == 0
    monkeypatch.undo()
    assert gateway.send(sent(1)).status_code == 200


def away(*_: Any) -> None:
    raise OperationalError("", {}, OSError("the app's database is away"))


def test_batches_wait_in_threads_of_their_own(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setattr(
        Intake, "take", lambda *_: names.append(current_thread().name) or Taken(0, 0, 0, 0, 1, ())
    )
    assert gateway.send(sent(1)).status_code == 200
    assert names[0].startswith("arrivals")


def test_one_token_leaves_a_place_for_the_others(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = tokens.create(gateway.office.access.log, "app", "", "test", gateway.office.hand.at)
    goes_on = Event()

    def waiting(self: Intake, source: str, *_: Any) -> Taken:
        if source == "hotline":
            goes_on.wait(10)
        return Taken(0, 0, 0, 0, 1, ())

    monkeypatch.setattr(Intake, "take", waiting)
    with ThreadPoolExecutor(OF_TOKEN + 1) as pool:
        mine = [pool.submit(gateway.send, sent(n)) for n in range(OF_TOKEN + 1)]
        busy = next(as_completed(mine)).result()
        assert busy.status_code == 503
        theirs = gateway.send(sent(9), token=other, source="app")
        goes_on.set()
        assert theirs.status_code == 200
        assert sorted(one.result().status_code for one in mine) == [200] * OF_TOKEN + [503]


def test_no_id_breaks_the_answer(gateway: Gateway) -> None:
    odd = json.dumps({"cases": [sent("\ud800x"), sent(2), {**sent(3), "urgency": 10**400}]})
    answer = gateway.send(body=odd.encode())
    assert [one["verdict"] for one in answer.json()["verdicts"]] == ["refused", "new", "refused"]
    assert answer.json()["verdicts"][0]["id"] == "x"


def test_the_document_is_for_everybody_and_the_door_is_no_page(gateway: Gateway) -> None:
    document = gateway.tab.get("/api/openapi.json")
    assert json.loads(document.text)["openapi"] == "3.1.0"
    assert {"408", "409", "429", "503"} <= set(
        document.json()["paths"]["/api/cases"]["post"]["responses"]
    )
    assert gateway.tab.get("/api/cases").status_code == 405
    body = body_of([sent(1)])
    headers = headers_of(gateway.token, gateway.office.hand.at, body)
    posted = gateway.tab.client.post("/api/openapi.json", content=body, headers=headers)
    assert (posted.status_code, gateway.count()) == (405, 0)
    assert gateway.send(sent(1), Origin="http://evil.example").status_code == 403


def test_a_token_is_made_and_revoked_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town = found_town("sqlite", tmp_path, "commanded")
    monkeypatch.setenv("CASE_DATABASE_URL", town.city.case_url)
    monkeypatch.setenv("APP_DATABASE_URL", f"sqlite:///{tmp_path}/app.sqlite")
    monkeypatch.setenv("AUDIT_FOLDER", str(tmp_path / "audit"))
    assert command.main(["token", "create", "fax"]) == 2
    assert "hotline, patrol, app" in capsys.readouterr().err
    assert command.main(["token", "create", "app"]) == 0
    assert len(capsys.readouterr().out.strip()) > 40
    assert command.main(["token", "list"]) == 0
    assert "prefix 'app:'" in capsys.readouterr().out
    assert command.main(["token", "revoke", "1"]) == 0
    assert command.main(["token", "revoke", "1"]) == 2
