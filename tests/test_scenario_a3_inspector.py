"""A3, the inspector's part (domain.md §7): no population page, and each of her list views is noted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import Office, grant
from conftest import ENGINES
from guarded import Browser, _body, guarded
from sqlalchemy import select

from data.app_tables import audit
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, guarded_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, Browser]]:
    folder = tmp_path_factory.mktemp(f"a3-{request.param}")
    with guarded(guarded_site, folder, engine=request.param) as (office, server):
        office.person("inspector", grant("discipline"))
        office.person("chief", grant("leader"))
        tab = Browser(server)
        assert tab.sign_in("inspector").status_code == 303
        yield office, tab


def ask(tab: Browser, screen: str, fragment: str) -> dict[str, Any]:
    body = _body(screen)
    body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": "", "n": 1})
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    address = f"/{screen}/_dash-update-component"
    return tab.client.post(address, content=json.dumps(body), headers=told).json()["response"]


def views(office: Office) -> list[tuple[str, str]]:
    asked = select(audit).where(audit.c.what == "list_view").order_by(audit.c.seq)
    with office.access.engine.connect() as connection:
        return [(row.actor, row.object) for row in connection.execute(asked)]


@pytest.mark.parametrize("screen", ["tablet", "phone"])
def test_no_population_page_opens(place: tuple[Office, Browser], screen: str) -> None:
    _, tab = place
    for closed in ("colour=population", "explain=population", "explain=households"):
        assert ask(tab, screen, f"#{closed}")["notice"]["children"] is not None, closed
    if screen == "tablet":
        assert "按权限不开放" in json.dumps(ask(tab, screen, "")["people-body"], ensure_ascii=False)


def test_each_list_view_is_noted_once_while_it_stays_open(place: tuple[Office, Browser]) -> None:
    office, tab = place
    office.hand.at += 100
    before = len(views(office))
    ask(tab, "phone", "")
    assert len(views(office)) == before
    for _ in range(3):
        ask(tab, "phone", "#list=supervision_queue")
        office.hand.at += 15
    ask(tab, "phone", "#list=parked_long")
    ask(tab, "phone", "#list=parked_long&case=c1")
    ask(tab, "tablet", "")
    assert views(office)[before:] == [
        ("inspector", "phone list=supervision_queue"),
        ("inspector", "phone list=parked_long"),
        ("inspector", "phone list=parked_long case=c1"),
        ("inspector", "tablet list=overdue"),
    ]
    office.hand.at += 100
    ask(tab, "phone", "#list=parked_long")
    assert len(views(office)) == before + 5


def test_a_callback_that_goes_round_the_kept_answers_is_noted_too(
    place: tuple[Office, Browser],
) -> None:
    office, tab = place
    office.hand.at += 100
    before = len(views(office))
    body = {**_body("phone"), "more": 1}
    body["inputs"][0]["value"] = json.dumps({"hash": "#list=open", "search": "", "n": 1})
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    tab.client.post("/phone/_dash-update-component", content=json.dumps(body), headers=told)
    assert views(office)[before:] == [("inspector", "phone list=open")]


def test_a_file_is_noted_with_its_reason(place: tuple[Office, Browser]) -> None:
    office, tab = place
    page = "/export.csv?list=accepted"
    assert tab.submit(page, {"reason": "每周督办会"}).status_code == 200
    with office.access.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.what == "export")).all()
    last = rows[-1]
    assert (last.actor, last.object, last.reason) == (
        "inspector",
        "csv list=accepted",
        "每周督办会",
    )
    # The page that asked for the reason showed lines of the list: a view like others.
    assert views(office)[-1] == ("inspector", "export list=accepted")
