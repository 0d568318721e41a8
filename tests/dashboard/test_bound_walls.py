"""A wall may be bound to a network: its token opens nothing from elsewhere, and that is noted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts_town import Office, grant
from guarded import Browser, guarded
from sqlalchemy import select
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from data.accounts.devices import Device, devices
from data.app_tables import audit
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]

HALL, STREET = "10.8.0.7", "203.0.113.9"


@pytest.fixture
def place(guarded_site: Site, tmp_path: Path) -> Iterator[tuple[Office, Any]]:
    with guarded(guarded_site, tmp_path) as (office, server):
        office.person("ops", grant("operations"))
        yield office, server


def at(server: Any, address: str, **cookies: str) -> Browser:
    """A browser that comes from an address."""
    made = Browser(server)
    made.client = TestClient(
        server, base_url=made.base, follow_redirects=False, client=(address, 50_000)
    )
    for name, value in cookies.items():
        made.client.cookies.set(name, value, domain="grid.test")
    return made


def paired(server: Any, wall: Browser, network: str) -> Any:
    found = re.search(r'id="code">([A-Z2-9]{4})-([A-Z2-9]{4})<', wall.get("/pair").text)
    assert found is not None
    ops = Browser(server)
    ops.sign_in("ops")
    form = {"code": found[1] + found[2], "name": "大厅", "reach": "site", "network": network}
    return ops.submit("/walls", form), ops


def test_a_token_that_is_carried_away_opens_nothing(place: tuple[Office, Any]) -> None:
    town, server = place
    wall = at(server, HALL)
    answer, ops = paired(server, wall, "10.8.0.0/24")
    assert answer.status_code == 303 and "10.8.0.0/24" in ops.get("/walls").text
    assert wall.get("/pair").headers["location"] == "/wall/"
    assert wall.get("/wall/").status_code == 200 and wall.callback("wall").status_code == 200
    thief = at(server, STREET, wall=wall.client.cookies["wall"])
    (seen,) = (one.seen_at for one in devices(town.access))
    town.hand.at += 3600
    assert thief.get("/wall/").headers["location"] == "/pair"
    assert thief.get("/pair").status_code == 200, "a wall of its own, that nobody has let in"
    assert thief.callback("wall").status_code == 401
    for path in ("/geo/1/area/T/1.geojson", "/events?screen=wall", "/api/versions?screen=wall"):
        assert thief.get(path).status_code == 401
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.what == "denial")).all()
    assert {(r.actor, r.object, r.reason) for r in rows} == {("大厅", STREET, "another address")}
    assert [one.seen_at for one in devices(town.access)] == [seen], "a thief is no sign of the wall"
    assert wall.callback("wall").status_code == 200, "the wall itself goes on"
    assert [one.seen_at for one in devices(town.access)] == [town.hand.at]


def test_who_waits_elsewhere_is_not_let_in_by_it(place: tuple[Office, Any]) -> None:
    _, server = place
    wall = at(server, STREET)
    assert paired(server, wall, "10.8.0.0/24")[0].status_code == 303
    refused = wall.get("/pair")
    assert refused.status_code == 403 and "网段" in refused.text
    assert "wall" not in wall.client.cookies


def test_nobody_says_by_a_header_where_they_are(place: tuple[Office, Any]) -> None:
    """Only a proxy that the server trusts tells the address of those who come through it."""
    _, server = place
    wall = at(server, HALL)
    paired(server, wall, HALL)
    wall.get("/pair")
    token = wall.client.cookies["wall"]
    told = {"X-Forwarded-For": HALL, "X-Real-IP": HALL, "Forwarded": f"for={HALL}"}
    behind = ProxyHeadersMiddleware(server, trusted_hosts="127.0.0.1")
    for app in (server, behind):
        thief = at(app, STREET, wall=token)
        assert thief.client.get("/wall/", headers=told).status_code == 302
    through = at(behind, "127.0.0.1", wall=token)
    assert through.client.get("/wall/", headers=told).status_code == 200
    forged = {"X-Forwarded-For": f"{HALL}, {STREET}"}
    assert through.client.get("/wall/", headers=forged).status_code == 302


@pytest.mark.parametrize("network", ["hall", "10.8.0.7/24", "10.8.0.0/33", "10.8.0.0-10.8.0.9"])
def test_what_is_no_network_is_refused_in_words(place: tuple[Office, Any], network: str) -> None:
    _, server = place
    answer, _ = paired(server, at(server, HALL), network)
    assert answer.status_code == 400 and "10.8.0.0/24" in answer.text


@pytest.mark.parametrize(
    ("network", "address", "is_at"),
    [
        ("", "-", True),
        ("10.8.0.0/24", "10.8.0.255", True),
        ("10.8.0.0/24", "::ffff:10.8.0.9", True),
        ("10.8.0.0/24", "10.8.1.0", False),
        ("10.8.0.0/24", "fd00::1", False),
        ("10.8.0.0/24", "-", False),
        ("10.8.0.0/24", "", False),
        ("fd00::/8", "fd12::1", True),
    ],
)
def test_addresses_of_both_versions(network: str, address: str, is_at: bool) -> None:
    one = Device(1, "n", "wall", grant("wall"), "by", 0, None, None, None, network)
    assert one.is_at(address) == is_at
