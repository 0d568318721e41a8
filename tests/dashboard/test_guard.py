"""The guard before the server: who gets in, who is sent away, and what is not believed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts_town import PASSWORD, Office, grant
from conftest import ENGINES
from guarded import Browser, ground, guarded
from sqlalchemy import select
from starlette.websockets import WebSocketDisconnect

from dashboard.guard import MOST_BYTES
from data.accounts import people
from data.accounts.roles import BY_KEY, FOR_PEOPLE
from data.accounts.sessions import form_token
from data.app_tables import audit
from data.audit.verify import verify
from queries.site import Site

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


WHERE: dict[str, dict[str, str]] = {
    "site": {},
    "none": {},
    "grid": {"tree": "area", "grid": "A"},
    "department": {"department": "works"},
}


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, Any]]:
    folder = tmp_path_factory.mktemp(f"guard-{request.param}")
    with guarded(site, folder, engine=request.param) as (office, server):
        for role in ROLE_SCREENS:
            reach = BY_KEY[role].reaches[0]
            office.person(role, grant(role, reach, **WHERE[reach]))
        office.person("nobody")
        yield office, server


@pytest.fixture
def town(place: tuple[Office, Any]) -> Office:
    return place[0]


@pytest.fixture
def tab(place: tuple[Office, Any]) -> Browser:
    # Each test from an address of its own: trying too often is counted by address.
    made = Browser(place[1])
    place[1]._pace._tries.clear()
    return made


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
    ):
        answer = tab.get(path)
        assert (answer.status_code, answer.headers["location"]) == (302, goes_to)
    for screen in SCREENS:
        for path in ("_dash-layout", "_dash-dependencies", "_reload-hash"):
            assert tab.get(f"/{screen}/{path}").status_code == 401
        assert tab.callback(screen).status_code == 401
        assert tab.get(f"/{screen}/assets/tokens.css").status_code == 200
    for path in ("/events", "/export.csv", "/geo/1/area/T/1.geojson", "/api/any"):
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
    outlines = tab.get("/geo/1/area/T/1.geojson").status_code
    assert outlines == (200 if ROLE_SCREENS[role] else 403)
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


def test_a_planted_session_id_is_not_taken_over(town: Office, tab: Browser) -> None:
    """Session fixation: the id that the attacker knows is worth nothing after the victim signs in."""
    tab.client.cookies.set("session", "chosen-by-the-attacker", domain="grid.test")
    assert tab.get("/phone/").status_code == 302
    tab.sign_in("leader")
    fresh = tab.client.cookies.get("session")
    assert fresh not in (None, "chosen-by-the-attacker")
    attacker = Browser(tab.client.app)
    attacker.client.cookies.set("session", "chosen-by-the-attacker", domain="grid.test")
    assert attacker.get("/phone/").status_code == 302


def test_of_two_cookies_of_a_name_guard_and_forms_take_the_same(tab: Browser) -> None:
    """Else a planted one could stand for the form while the real one stands for the person."""
    tab.sign_in("leader")
    own = tab.client.cookies["session"]
    planted = form_token("planted")
    stranger = Browser(tab.client.app)
    for order in (f"session=planted; session={own}", f"session={own}; session=planted"):
        told = {"Cookie": order, "Origin": tab.base}
        answer = stranger.client.post("/sign-out", data={"form_token": planted}, headers=told)
        assert answer.status_code == 403 or answer.headers["location"] == "/sign-in"
        assert tab.get("/phone/").status_code == 200


def test_a_session_changes_its_id_at_sign_in_and_the_old_one_ends(tab: Browser) -> None:
    tab.sign_in("leader")
    first = tab.client.cookies["session"]
    tab.sign_in("leader")
    assert tab.client.cookies["session"] != first
    old = Browser(tab.client.app)
    old.client.cookies.set("session", first)
    assert old.callback("phone").status_code == 401


def test_a_token_replayed_after_signing_out_opens_nothing(tab: Browser) -> None:
    tab.sign_in("leader")
    token = tab.client.cookies["session"]
    assert tab.get("/phone/").status_code == 200
    answer = tab.submit("/account", {}, "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "session" not in tab.client.cookies
    tab.client.cookies.set("session", token)
    assert tab.get("/phone/").status_code == 302
    assert tab.callback("phone").status_code == 401


def test_a_disabled_account_is_out_with_its_next_request(town: Office, tab: Browser) -> None:
    number = town.person("leaving", grant("leader"))
    tab.sign_in("leaving")
    assert tab.callback("phone").status_code == 200
    people.disable(town.access, number, "administrator")
    assert tab.callback("phone").status_code == 401


def test_a_grant_that_ends_closes_the_screen_at_once(town: Office, tab: Browser) -> None:
    ends = town.hand.at + 100
    town.person("deputy", grant("leader", valid_to=ends))
    tab.sign_in("deputy")
    assert tab.get("/phone/").status_code == 200
    town.hand.at = ends
    assert tab.get("/phone/").status_code == 403
    assert tab.callback("phone").status_code == 403


def test_the_pages_timer_does_not_keep_an_idle_session_alive(town: Office, tab: Browser) -> None:
    tab.sign_in("leader")
    idle = town.access.rules.idle_seconds
    for _ in range(3):
        town.hand.at += idle - 1
        assert tab.callback("phone", **{"X-Active": "1"}).status_code == 200
    for _ in range(9):
        town.hand.at += idle // 10
        assert tab.callback("phone").status_code == 200
    town.hand.at += idle // 10
    assert tab.callback("phone").status_code == 401
    assert tab.get("/phone/").status_code == 302


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


def test_trying_too_often_has_to_wait(town: Office, tab: Browser) -> None:
    page = tab.token()
    form = {"form_token": page, "login": "nobody-known", "password": "x"}
    tried = [tab.post("/sign-in", form) for _ in range(town.access.rules.attempts_per_minute + 1)]
    assert {answer.status_code for answer in tried[:-1]} == {401}
    assert tried[-1].status_code == 429
    assert tried[-1].headers["retry-after"] == "60"
    assert tab.get("/sign-in").status_code == 200


def test_every_failure_gets_the_same_answer(town: Office, tab: Browser) -> None:
    disabled = town.person("gone")
    people.disable(town.access, disabled, "administrator")
    town.person("locked")
    for _ in range(town.access.rules.failures):
        tab.sign_in("locked", "Wrong-guess-1")
    said = set()
    token = tab.token()
    for login, password in (
        ("unknown-one", PASSWORD),
        ("leader", "Wrong-guess-1"),
        ("locked", PASSWORD),
        ("gone", PASSWORD),
    ):
        form = {"form_token": token, "login": login, "password": password}
        answer = tab.post("/sign-in", form)
        assert "session" not in answer.cookies
        said.add((answer.status_code, answer.text, str(answer.headers.raw)))
    assert len({one[:2] for one in said}) == 1


def test_a_one_time_password_opens_nothing_but_the_page_that_changes_it(
    town: Office, tab: Browser
) -> None:
    town.person("newcomer", grant("leader"), must_change=True)
    tab.sign_in("newcomer", next="/phone/")
    answer = tab.get("/phone/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/password")
    assert tab.callback("phone").status_code == 403
    assert tab.get("/geo/1/area/T/1.geojson").status_code == 403
    before = tab.client.cookies["session"]
    page = "/account/password"
    form = {"old": PASSWORD, "new": "Steel-bridge-9", "again": "Steel-bridge-8"}
    assert tab.submit(page, form).status_code == 400
    answer = tab.submit(page, {**form, "again": "Steel-bridge-9"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert tab.client.cookies["session"] != before
    assert tab.get("/phone/").status_code == 200


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


def test_cookies_are_for_the_server_alone(tab: Browser) -> None:
    answer = tab.sign_in("leader")
    (given,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("session=")]
    assert "HttpOnly" in given and "SameSite=Lax" in given
    assert "Secure" not in given and "Max-Age" not in given and "Domain" not in given


def test_behind_tls_cookies_are_secure_and_browsers_are_told_to_stay(
    site: Site, tmp_path: Path
) -> None:
    base = "https://grid.test"
    with guarded(site, tmp_path, public_url=base) as (office, server):
        office.person("leader", grant("leader"))
        tab = Browser(server, base)
        answer = tab.sign_in("leader")
        (given,) = [c for c in answer.headers.get_list("set-cookie") if "session=" in c]
        assert given.startswith("__Host-session=") and "Secure" in given and "Path=/" in given
        assert tab.get("/phone/").status_code == 200
        assert "max-age" in tab.get("/phone/").headers["strict-transport-security"]
        # A cookie without the prefix, as a page on another host of the domain could set, is none.
        other = Browser(server, base)
        other.client.cookies.set("session", tab.client.cookies["__Host-session"])
        assert other.get("/phone/").status_code == 302


def test_nobody_is_let_in_while_it_cannot_be_found_out_who_asks(
    tab: Browser, place: tuple[Office, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tab.sign_in("leader")

    def away(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(place[1], "_visitors", away)
    assert tab.get("/phone/").status_code == 503
    assert tab.callback("phone").status_code == 503
    assert tab.get("/sign-in").status_code == 503
    assert tab.get("/phone/assets/tokens.css").status_code == 200


def test_a_websocket_is_closed(place: tuple[Office, Any]) -> None:
    tab = Browser(place[1])
    with pytest.raises(WebSocketDisconnect), tab.client.websocket_connect("/phone/_dash-ws"):
        pass


def test_after_all_that_the_audit_log_is_intact(town: Office) -> None:
    assert verify(town.access.log).problems == []
