"""An office with an account for every role behind a guarded server, and a browser to visit it."""

from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import Office, grant
from conftest import ENGINES
from guarded import Browser, ground, guarded

from data.accounts.roles import BY_KEY, FOR_PEOPLE
from queries.site import Site

WHERE: dict[str, dict[str, str]] = {
    "site": {},
    "none": {},
    "grid": {"tree": "area", "grid": "A"},
    "department": {"department": "works"},
}


@pytest.fixture(scope="module")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("ground")) as opened:
        yield opened


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, guarded_site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Office, Any]]:
    folder = tmp_path_factory.mktemp(f"guard-{request.param}")
    with guarded(guarded_site, folder, engine=request.param) as (office, server):
        for role in FOR_PEOPLE:
            reach = BY_KEY[role].reaches[0]
            office.person(role, grant(role, reach, **WHERE[reach]))
        office.person("nobody")
        yield office, server


@pytest.fixture
def town(place: tuple[Office, Any]) -> Office:
    return place[0]


@pytest.fixture
def server(place: tuple[Office, Any]) -> Any:
    return place[1]


@pytest.fixture
def tab(place: tuple[Office, Any]) -> Browser:
    # Each test from an address of its own: trying too often is counted by address.
    made = Browser(place[1])
    place[0].forget_tries()
    return made
