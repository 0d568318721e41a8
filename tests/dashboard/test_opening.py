"""One part of one record in plain for five minutes, on its own page; and calls whose number is not shown."""

import html
import json
import re
from typing import Any

import pytest
from accounts_town import PASSWORD, Office
from chiefs_fixtures import ask, in_station, rows, signed_in, station
from conftest import in_a_loop
from guarded import Browser
from sqlalchemy import select

from data.app_tables import account, audit
from data.audit.reading import UNUSUAL
from data.audit.verify import verify
from data.case_tables import case_path as path
from data.case_tables import case_record
from data.population_tables import person_secret
from queries.masking import mask_phone
from queries.site import Site

pytest_plugins = ["chiefs_fixtures"]

REASON = "核实独居老人情况"


def case_in(site: Site, at: int) -> str:
    """Code of a case reported in one of the stations."""
    tree = site.tree()
    assert tree is not None
    grid = tree.by_code[station(site, at)]
    asked = select(case_record.c.code).join(path, path.c.case_id == case_record.c.case_id)
    asked = asked.where(path.c.hierarchy_id == tree.hierarchy_id, path.c.grid_1 == grid.grid_id)
    with site.case.connect() as connection:
        return str(connection.execute(asked.limit(1)).scalar_one())


def number_of(site: Site, person_id: int) -> str:
    with site.population.connect() as connection:
        row = connection.execute(
            select(person_secret).where(person_secret.c.person_id == person_id)
        ).one()
    return site.keyring.open(row.phone_sealed, "person.phone", person_id)


@pytest.fixture
def one(city_site: Site) -> Any:
    return in_station(city_site, 0)


@pytest.fixture
def chief(
    city_place: tuple[Office, Any], city_town: Office, monkeypatch: pytest.MonkeyPatch
) -> Browser:
    # How often is tested elsewhere, and goes by the real clock.
    monkeypatch.setattr("data.accounts.tries.Tries.allows", lambda *_: True)
    return signed_in(city_place, "chief")


def form(city_site: Site, **changed: str) -> dict[str, str]:
    told = {"case": case_in(city_site, 0), "reason": REASON, "password": PASSWORD}
    return {**told, **changed}


def test_a_number_is_shown_for_five_minutes_and_no_longer(
    chief: Browser, city_town: Office, city_site: Site, one: Any
) -> None:
    where, number = f"/unmask/{one.person_id}/phone", number_of(city_site, one.person_id)
    assert number not in chief.get(where).text
    before = len(rows(city_town, "unmask"))
    assert chief.submit(where, form(city_site)).status_code == 303
    shown = chief.get(where)
    assert number in shown.text and shown.headers["cache-control"] == "no-store"
    assert 'http-equiv="refresh" content="301;url=?by=timer"' in shown.text
    assert rows(city_town, "unmask")[before:] == [
        ("unmask", "chief", f"person/{one.person_id}/phone", "done")
    ]
    with city_town.access.engine.connect() as connection:
        row = connection.execute(select(audit).where(audit.c.what == "unmask")).all()[-1]
    assert row.reason == f"{case_in(city_site, 0)}: {REASON}" and "station_chief" in row.scope
    assert number not in str(row)
    # One part only, and of this record only.
    assert one.name not in shown.text
    assert number not in chief.get(f"/unmask/{one.person_id}/identity").text
    city_town.hand.at += 299
    assert number in chief.get(where).text
    city_town.hand.at += 1
    assert number not in chief.get(where).text


def test_it_is_open_to_nobody_else_and_on_no_screen(
    city_place: tuple[Office, Any], chief: Browser, city_site: Site, one: Any
) -> None:
    where, number = f"/unmask/{one.person_id}/phone", number_of(city_site, one.person_id)
    chief.submit(where, form(city_site))
    assert number in chief.get(where).text
    card = ask(chief, f"#people=person:{one.person_id}").text
    assert number not in card and mask_phone(number) in card
    for login in ("neighbour", "worker", "head", "reader"):
        answer = signed_in(city_place, login).get(where)
        assert answer.status_code in (403, 404) and number not in answer.text


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"password": "Wrong-guess-1"}, 400, "密码不正确"),
        ({"password": ""}, 400, "密码不正确"),
        ({"reason": "   "}, 400, "请写明事由"),
        ({"reason": "aaaaaaaa"}, 400, "请写明事由"),
        ({"reason": "很长" * 200}, 400, "请写明事由"),
        ({"case": ""}, 400, "没有这个编号"),
        ({"case": "HD-NO-SUCH"}, 400, "没有这个编号"),
        ({"case": "x" * 5000}, 400, "没有这个编号"),
        ({"case": "\x00'; --"}, 400, "没有这个编号"),
    ],
)
def test_what_is_refused_says_why_and_opens_nothing(
    chief: Browser,
    city_town: Office,
    city_site: Site,
    one: Any,
    changed: dict[str, str],
    status: int,
    words: str,
) -> None:
    where = f"/unmask/{one.person_id}/phone"
    answer = chief.submit(where, form(city_site, **changed))
    assert (answer.status_code, words in answer.text) == (status, True)
    assert number_of(city_site, one.person_id) not in answer.text + chief.get(where).text
    with city_town.access.engine.begin() as connection:
        connection.execute(account.update().values(failures=0))


def test_a_case_of_another_station_is_no_case(chief: Browser, city_site: Site, one: Any) -> None:
    where = f"/unmask/{one.person_id}/phone"
    outside = chief.submit(where, form(city_site, case=case_in(city_site, 1)))
    unknown = chief.submit(where, form(city_site, case="HD-NO-SUCH"))
    assert outside.status_code == unknown.status_code == 400

    def bare(text: str) -> str:
        return re.sub(r'name="(case|form_token)" value="[^"]*"', "", html.unescape(text))

    assert bare(outside.text) == bare(unknown.text)


def test_a_record_outside_is_answered_as_one_that_there_is_not(
    city_place: tuple[Office, Any], chief: Browser, city_town: Office, city_site: Site
) -> None:
    other, before = in_station(city_site, 1), len(rows(city_town, "unmask"))
    for where in (f"/unmask/{other.person_id}/phone", "/unmask/999999999/phone"):
        got = chief.get(where)
        posted = chief.post(where, {"form_token": chief.token("/account"), **form(city_site)})
        assert (got.status_code, posted.status_code) == (404, 404)
        assert "没有这条记录" in got.text and "没有这条记录" in posted.text
    assert {row[3] for row in rows(city_town, "unmask")[before:]} == {"refused"}
    with city_town.access.engine.connect() as connection:
        row = connection.execute(select(audit).where(audit.c.what == "unmask")).all()[-1]
    assert row.reason.startswith(UNUSUAL)
    auditor = signed_in(city_place, "reader")
    listed = auditor.get("/audit?unusual=1").text
    assert f"person/{other.person_id}/phone" in listed and 'class="is-unusual"' in listed
    assert ">sign_in" not in listed and listed.count("<tr") == listed.count("is-unusual") + 1
    assert chief.get(f"/unmask/{other.person_id}/photo").status_code == 404


def test_a_form_from_elsewhere_opens_nothing(chief: Browser, city_site: Site, one: Any) -> None:
    where = f"/unmask/{one.person_id}/phone"
    answer = chief.post(where, {"form_token": "0" * 32, **form(city_site)})
    assert answer.status_code == 403
    told = {"Origin": "http://evil.example"}
    sent = {"form_token": chief.token("/account"), **form(city_site)}
    assert chief.post(where, sent, headers=told).status_code == 403
    assert number_of(city_site, one.person_id) not in chief.get(where).text


def test_the_page_that_masks_itself_keeps_no_idle_session_alive(
    chief: Browser, city_town: Office, one: Any
) -> None:
    where, idle = f"/unmask/{one.person_id}/phone", city_town.access.rules.idle_seconds
    chief.get(where)
    for _ in range(2):
        city_town.hand.at += idle // 2
        last = chief.get(f"{where}?by=timer")
    assert last.status_code == 302


def test_so_many_a_day(chief: Browser, city_town: Office, city_site: Site, one: Any) -> None:
    where = f"/unmask/{one.person_id}/name"
    for _ in range(city_town.access.rules.unmask_per_day):
        assert chief.submit(where, form(city_site)).status_code == 303
        city_town.hand.at += 1
    answer = chief.submit(where, form(city_site))
    assert (answer.status_code, "已用完" in answer.text) == (429, True)
    assert verify(city_town.access.log).problems == []


OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a link on a page of ours."""


def dialled(tab: Browser, person_id: int) -> tuple[int, dict[str, str], bytes]:
    """What /call/PERSON answers; the test client itself cannot read an address like tel:123."""
    cookies = "; ".join(f"{name}={value}" for name, value in tab.client.cookies.items())
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/call/{person_id}",
        "query_string": b"",
        "headers": [
            (b"host", b"grid.test"),
            (b"cookie", cookies.encode()),
            (b"sec-fetch-site", b"same-origin"),
        ],
        "server": ("grid.test", 80),
        "client": ("1.2.3.4", 1),
        "scheme": "http",
        "http_version": "1.1",
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    in_a_loop(lambda: tab.client.app(scope, receive, send))  # type: ignore[arg-type]
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


def test_a_call_leads_to_the_telephone_and_shows_no_number(
    chief: Browser, city_town: Office, city_site: Site, one: Any
) -> None:
    number, before = number_of(city_site, one.person_id), len(rows(city_town, "call"))
    status, headers, body = dialled(chief, one.person_id)
    assert (status, headers["location"], body) == (302, f"tel:{number}", b"")
    assert headers["cache-control"] == "no-store"
    assert rows(city_town, "call")[before:] == [
        ("call", "chief", f"person/{one.person_id}", "done")
    ]


@pytest.mark.parametrize("login", ["neighbour", "worker", "head", "inspector", "reader"])
def test_who_may_not_call_is_given_no_number(
    city_place: tuple[Office, Any], city_town: Office, one: Any, login: str
) -> None:
    answer = signed_in(city_place, login).get(f"/call/{one.person_id}", headers=OURS)
    assert answer.status_code in (403, 404)
    assert "tel:" not in str(answer.headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_another_site_cannot_have_somebody_called(
    chief: Browser, city_town: Office, one: Any, site: str | None
) -> None:
    """Nor a link of which the browser does not say where it stood."""
    told = {} if site is None else {"Sec-Fetch-Site": site}
    before = rows(city_town, "call")
    assert chief.get(f"/call/{one.person_id}", headers=told).status_code == 403
    assert rows(city_town, "call") == before


def test_calls_are_counted_too(chief: Browser, city_town: Office, one: Any) -> None:
    for _ in range(city_town.access.rules.calls_per_day):
        assert dialled(chief, one.person_id)[0] == 302
    answer = chief.get(f"/call/{one.person_id}", headers=OURS)
    assert (answer.status_code, "已用完" in answer.text) == (429, True)
    assert rows(city_town, "call")[-1][3] == "refused"


def test_the_card_offers_both_to_whom_they_are_open(
    city_place: tuple[Office, Any], chief: Browser, one: Any
) -> None:
    answer = ask(chief, f"#people=person:{one.person_id}").json()
    card = json.dumps(answer["response"]["sheet-body"])
    for part in ("name", "address", "phone", "identity"):
        assert f"/unmask/{one.person_id}/{part}?lang=zh" in card
    assert f"/call/{one.person_id}" in card
    for login in ("neighbour", "head", "inspector"):
        assert (
            "/unmask/"
            not in ask(signed_in(city_place, login), f"#people=person:{one.person_id}").text
        )
