"""The guard before the server: who gets in, who is sent away, and what is not believed."""

from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import PASSWORD, Office
from guarded import Browser
from sqlalchemy import select
from starlette.websockets import WebSocketDisconnect

from dashboard.guard import MOST_BYTES
from data.accounts.roles import FOR_PEOPLE
from data.app_tables import audit
from data.audit.verify import verify

pytest_plugins = ["guarded_fixtures"]

SCREENS = ("wall", "tablet", "phone")
ROLE_SCREENS = {
    "operations": {"wall", "tablet", "phone"},
    "leader": {"tablet", "phone"},
    "station_chief": {"tablet", "phone"},
    "building_secretary": {"tablet", "phone"},
    "neighbourhood_secretary": {"tablet", "phone"},
    "department": {"tablet", "phone"},
    "grid_worker": {"phone"},
    "discipline": {"tablet", "phone"},
    "auditor": set(),
    "administrator": set(),
}
EXPORTERS = set(ROLE_SCREENS) - {"leader", "grid_worker", "auditor", "administrator"}


def noted(town: Office, what: str) -> list[tuple[str, str, str]]:
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.what == what).order_by(audit.c.seq))
        return [(r.actor, r.object, r.outcome) for r in rows]


def test_a_stranger_is_sent_to_sign_in_and_scripts_are_told_401(tab: Browser) -> None:
    for path, goes_to in (
        ("/", "/sign-in"),
        ("/phone/", "/sign-in?next=/phone/"),
        ("/tablet/?lang=en", "/sign-in?next=/tablet/%3Flang%3Den"),
        ("/wall/", "/pair"),
        ("/admin", "/sign-in?next=/admin"),
        ("/account", "/sign-in?next=/account"),
        ("/unmask/7/phone", "/sign-in?next=/unmask/7/phone"),
        ("/export.csv?list=open", "/sign-in?next=/export.csv%3Flist%3Dopen"),
    ):
        answer = tab.get(path)
        assert (answer.status_code, answer.headers["location"]) == (302, goes_to)
    for screen in SCREENS:
        for path in ("_dash-layout", "_dash-dependencies", "_reload-hash"):
            assert tab.get(f"/{screen}/{path}").status_code == 401
        assert tab.callback(screen).status_code == 401
        assert tab.get(f"/{screen}/assets/tokens.css").status_code == 200
    for path in ("/events", "/watermark.svg", "/geo/1/area/T/1.geojson", "/api/any"):
        answer = tab.get(path)
        assert (answer.status_code, answer.content) == (401, b"")


def test_every_role_is_tried() -> None:
    assert set(ROLE_SCREENS) == set(FOR_PEOPLE)


@pytest.mark.parametrize("role", ROLE_SCREENS)
def test_a_role_opens_its_screens_and_no_others(role: str, tab: Browser) -> None:
    assert tab.sign_in(role).status_code == 303
    for screen in SCREENS:
        wanted = 200 if screen in ROLE_SCREENS[role] else 403
        assert tab.get(f"/{screen}/").status_code == wanted
        assert tab.get(f"/{screen}/_dash-layout").status_code == wanted
        assert tab.callback(screen).status_code == wanted
    outlines = tab.get("/geo/1/area/A/2.geojson").status_code
    # A grid worker's right is to their own tasks, of which no record says which they are.
    shown = 404 if role == "grid_worker" else 200
    assert outlines == (shown if ROLE_SCREENS[role] else 403)
    assert tab.get("/admin").status_code == (200 if role == "administrator" else 403)
    assert tab.get("/audit").status_code == (200 if role == "auditor" else 403)
    exported = tab.get("/export.csv?list=accepted").status_code
    assert exported == (200 if role in EXPORTERS else 403)


def test_a_denial_is_noted_once_a_minute(town: Office, tab: Browser) -> None:
    tab.sign_in("leader")
    town.hand.at += 61
    before = len(noted(town, "denial"))
    for _ in range(3):
        tab.get("/wall/")
    assert noted(town, "denial")[before:] == [("leader", "/wall/", "refused")]
    town.hand.at += 61
    tab.get("/wall/")
    assert len(noted(town, "denial")) == before + 2


def test_an_account_without_a_grant_gets_in_and_sees_nothing(tab: Browser) -> None:
    tab.sign_in("nobody")
    assert tab.get("/").status_code == 200
    for screen in SCREENS:
        assert tab.get(f"/{screen}/").status_code == 403
    assert tab.get("/geo/1/area/T/1.geojson").status_code == 403


@pytest.mark.parametrize(
    "header", ["X-Auth-User", "X_Auth_User", "x-auth-scope", "Remote-User", "X-Forwarded-User"]
)
def test_headers_that_claim_to_be_somebody_are_not_believed(
    header: str, tab: Browser, place: tuple[Office, Any]
) -> None:
    claimed = {header: "administrator"}
    assert tab.get("/admin", headers=claimed).status_code == 302
    assert tab.callback("phone", **claimed).status_code == 401
    seen: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])
        seen.append(scope["visitor"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = place[1]
    kept, guard._app = guard._app, inner
    try:
        tab.get("/health", headers={**claimed, "X-Kept": "1"})
    finally:
        guard._app = kept
    names = [name.replace(b"_", b"-") for name, _ in seen[:-1]]
    assert b"x-kept" in names
    assert header.lower().replace("_", "-").encode() not in names
    assert seen[-1] is None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://grid.test.evil.example"])
def test_what_another_site_sends_is_refused(origin: str, tab: Browser) -> None:
    tab.sign_in("leader")
    assert tab.callback("phone", Origin=origin).status_code == 403
    token = tab.token("/account")
    form = {"form_token": token}
    answer = tab.post("/sign-out", form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert tab.get("/phone/").status_code == 200


def test_a_form_without_its_token_does_nothing(tab: Browser) -> None:
    tab.sign_in("leader")
    stranger = Browser(tab.client.app)
    for token in ("", "0" * 32, stranger.token()):
        assert tab.post("/sign-out", {"form_token": token}).status_code == 403
    assert tab.get("/phone/").status_code == 200
    # Nor can somebody be signed in to another's account by a form from elsewhere.
    form = {"login": "leader", "password": PASSWORD, "form_token": "0" * 32}
    assert stranger.post("/sign-in", form).status_code == 403


def test_a_body_that_is_too_long_is_not_read(tab: Browser) -> None:
    tab.sign_in("leader")
    long = b"x" * (MOST_BYTES + 1)
    address = "/phone/_dash-update-component"
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    assert tab.client.post(address, content=long, headers=told).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * (MOST_BYTES // 4)

    # Without a length it is counted as it comes.
    assert tab.client.post(address, content=pieces(), headers=told).status_code == 413


def test_headers_of_every_answer(tab: Browser) -> None:
    tab.sign_in("leader")
    for path in (
        "/",
        "/phone/",
        "/phone/_dash-layout",
        "/wall/",
        "/sign-in",
        "/export.csv",
        "/none",
    ):
        told = tab.get(path).headers
        assert told["cache-control"] == "no-store", path
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert told["referrer-policy"] == "same-origin"
        policy = told["content-security-policy"]
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'sha256-" in policy
        assert "frame-ancestors 'none'" in policy
        assert "strict-transport-security" not in told
    outline = tab.get("/geo/1/area/T/1.geojson").headers["cache-control"]
    assert "public" not in outline
    assert "no-store" not in tab.get("/phone/assets/tokens.css").headers["cache-control"]


def test_nobody_is_let_in_while_it_cannot_be_found_out_who_asks(
    tab: Browser,
    place: tuple[Office, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tab.sign_in("leader")

    def away(*_: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(place[1], "_visitors", away)
    assert tab.get("/phone/").status_code == 503
    assert tab.callback("phone").status_code == 503
    assert tab.get("/sign-in").status_code == 503
    assert tab.get("/phone/assets/tokens.css").status_code == 200
    said = [one for one in caplog.records if "the app's database does not answer" in one.message]
    assert [bool(one.exc_info) for one in said] == [True, False, False], "how it came about once"


def test_a_websocket_is_closed(place: tuple[Office, Any]) -> None:
    tab = Browser(place[1])
    with pytest.raises(WebSocketDisconnect), tab.client.websocket_connect("/phone/_dash-ws"):
        pass


def test_after_all_that_the_audit_log_is_intact(town: Office) -> None:
    assert verify(town.access.log).problems == []
