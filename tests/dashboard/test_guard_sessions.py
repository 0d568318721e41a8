"""Sessions through the guard: fixation, replay, idling out, ends of grants, one answer to all failures."""

from pathlib import Path

from accounts_town import PASSWORD, Office, grant
from guarded import Browser, guarded

from data.accounts import people
from data.accounts.sessions import form_token
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]


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


def test_without_a_provider_there_is_nothing_to_sign_out_of(tab: Browser) -> None:
    answer = tab.get("/sign-in/provider/out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


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


def test_cookies_are_for_the_server_alone(tab: Browser) -> None:
    answer = tab.sign_in("leader")
    (given,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("session=")]
    assert "HttpOnly" in given and "SameSite=Lax" in given
    assert "Secure" not in given and "Max-Age" not in given and "Domain" not in given


def test_behind_tls_cookies_are_secure_and_browsers_are_told_to_stay(
    guarded_site: Site, tmp_path: Path
) -> None:
    base = "https://grid.test"
    with guarded(guarded_site, tmp_path, public_url=base) as (office, server):
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
