"""A site may ask roles for a second factor: before it is set up nothing opens, whatever is asked for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from accounts_town import LIGHT, PASSWORD, START, Office, grant
from guarded import Browser, guarded
from sqlalchemy import select, update

from data.accounts.grants import give, withdraw
from data.accounts.rules import read_rules
from data.app_tables import account, audit, role_grant
from data.errors import SetupError
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]

RULES = replace(LIGHT, second_factor_for=("operations", "administrator"))
PAGE = "/account/second-factor"
AHEAD = 10_000


@pytest.fixture
def place(guarded_site: Site, tmp_path: Path) -> Iterator[tuple[Office, Any]]:
    with guarded(guarded_site, tmp_path, RULES) as (office, server):
        office.person("root", grant("administrator", "none"))
        office.person("ops", grant("operations"))
        office.person("boss", grant("leader"))
        office.person("later", grant("leader"), grant("operations", valid_from=START + AHEAD))
        office.person("newcomer", grant("operations"), must_change=True)
        yield office, server


def enrol(town: Office, tab: Browser, **more: str) -> Any:
    page = tab.get(PAGE).text
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert secret and token
    code = pyotp.TOTP(secret[1]).at(town.hand.at)
    return tab.post(PAGE, {"form_token": token[1], "code": code, **more}), secret[1]


def is_let_nowhere(tab: Browser, *pages: str) -> bool:
    for path in ("/", "/account", "/account/", "/nowhere", *pages):
        answer = tab.get(path)
        if (answer.status_code, answer.headers.get("location")) != (302, PAGE):
            return False
    calls = ("/geo/1/area/T/1.geojson", "/events?screen=tablet", "/api/versions?screen=tablet")
    return all(tab.get(path).status_code in (401, 403) for path in calls)


def test_nothing_opens_before_there_is_a_second_factor(town: Office, server: Any) -> None:
    tab = Browser(server)
    assert tab.sign_in("ops", next="/tablet/").status_code == 303
    assert is_let_nowhere(tab, "/tablet/", "/phone/", "/wall/", "/walls", "/account/password/x")
    assert tab.callback("tablet").status_code == 403
    assert tab.get("/export.csv?list=cases").status_code in (302, 403)
    shown = tab.get(PAGE)
    assert "启用前不能查看任何内容" in shown.text
    wrong = tab.submit(PAGE, {"code": "000000"})
    assert wrong.status_code == 400 and is_let_nowhere(tab, "/tablet/")
    answer, secret = enrol(town, tab)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert tab.get("/tablet/").status_code == 200 and tab.callback("tablet").status_code == 200
    town.hand.at += 30
    assert Browser(server).sign_in("ops").status_code == 401
    code = pyotp.TOTP(secret).at(town.hand.at)
    assert Browser(server).sign_in("ops", code=code).status_code == 303


def test_signing_out_stays_open_and_so_does_the_watermark(server: Any) -> None:
    tab = Browser(server)
    tab.sign_in("root")
    assert is_let_nowhere(tab, "/admin")
    assert tab.get("/watermark.svg").status_code == 200
    assert tab.submit("/account/password", {}, path="/sign-out").status_code == 303
    assert tab.get("/admin").headers["location"].startswith("/sign-in")


def test_a_one_time_password_is_changed_first(town: Office, server: Any) -> None:
    tab = Browser(server)
    tab.sign_in("newcomer")
    assert tab.get(PAGE).headers["location"] == "/account/password"
    changed = {"old": PASSWORD, "new": "Steel-bridge-9", "again": "Steel-bridge-9"}
    assert tab.submit("/account/password", changed).status_code == 303
    assert is_let_nowhere(tab, "/tablet/")
    enrol(town, tab)
    assert tab.get("/tablet/").status_code == 200


def test_it_is_asked_by_roles_that_are_held_and_only_while_they_are(
    town: Office, server: Any
) -> None:
    boss, later = Browser(server), Browser(server)
    boss.sign_in("boss")
    later.sign_in("later")
    assert boss.get("/tablet/").status_code == 200 and later.get("/tablet/").status_code == 200
    number = town.number_of("boss")
    given = give(town.access, number, grant("operations", valid_from=town.hand.at), "root")
    assert is_let_nowhere(boss, "/tablet/"), "an open session meets it with its next request"
    withdraw(town.access, given, "root")
    assert boss.get("/tablet/").status_code == 200
    with town.access.engine.begin() as connection:
        mine = role_grant.c.account_id == town.number_of("later")
        connection.execute(update(role_grant).where(mine).values(valid_from=town.hand.at))
    assert is_let_nowhere(later, "/tablet/"), "the role has begun"


def test_who_has_no_password_here_is_for_the_provider_to_ask(town: Office, server: Any) -> None:
    tab = Browser(server)
    tab.sign_in("ops")
    with town.access.engine.begin() as connection:
        mine = update(account).where(account.c.login == "ops")
        connection.execute(mine.values(password_hash=None))
    assert tab.get("/tablet/").status_code == 200


def test_another_in_its_place_asks_for_the_password(town: Office, server: Any) -> None:
    tab = Browser(server)
    tab.sign_in("boss")
    enrol(town, tab)
    with town.access.engine.connect() as connection:
        held = select(account.c.totp_secret).where(account.c.login == "boss")
        before = connection.execute(held).scalar_one()
        for more in ({}, {"password": "Wrong-guess-1"}):
            assert enrol(town, tab, **more)[0].status_code == 403
            assert connection.execute(held).scalar_one() == before
    answer, secret = enrol(town, tab, password=PASSWORD)
    with town.access.engine.connect() as connection:
        assert answer.status_code == 200 and connection.execute(held).scalar_one() == secret
        rows = connection.execute(select(audit.c.reason).where(audit.c.what == "second_factor"))
        assert list(rows.scalars()) == ["set up", "set up"]


def test_it_is_named_by_roles_of_people(tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    file.write_text('[sign_in]\nsecond_factor_for = ["auditor"]\n', encoding="utf-8")
    assert read_rules(file).second_factor_for == ("auditor",)
    for wrong in ('["wall"]', '["chief"]', '"auditor"', "true"):
        file.write_text(f"[sign_in]\nsecond_factor_for = {wrong}\n", encoding="utf-8")
        with pytest.raises(SetupError, match=r"second_factor_for.*write a list of"):
            read_rules(file)
