"""A guarded server on the small city, with a chief of its first station, one of the second, and others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from accounts_town import Office, grant
from conftest import City
from guarded import Browser, _body, guarded
from sqlalchemy import select

from data.app_tables import audit
from data.population_tables import household, person
from queries.site import Site


@pytest.fixture(scope="module")
def city_site(city: City) -> Iterator[Site]:
    opened = city.site()
    yield opened
    opened.case.dispose()
    opened.population.dispose()


@pytest.fixture(scope="module")
def city_place(
    request: pytest.FixtureRequest,
    city: City,
    city_site: Site,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Office, Any]]:
    engine = "sqlite" if city.case_url.startswith("sqlite") else "postgresql"
    folder = tmp_path_factory.mktemp(f"chiefs-{engine}")
    tree = city_site.tree()
    assert tree is not None
    # Its own: tests of other files run in between, for the city of an engine is built once for all.
    name = request.module.__name__
    with guarded(city_site, folder, engine=engine, name=name) as (office, server):
        for login, at in (("chief", 0), ("neighbour", 1)):
            office.person(
                login, grant("station_chief", tree=tree.code, grid=station(city_site, at))
            )
        office.person("head", grant("leader"))
        office.person("worker", grant("grid_worker", tree=tree.code, grid=station(city_site, 0)))
        office.person("inspector", grant("discipline"))
        office.person("reader", grant("auditor", "none"))
        yield office, server


@pytest.fixture
def city_town(city_place: tuple[Office, Any]) -> Office:
    city_place[
        0
    ].hand.at += 100_000  # what was looked at before is no longer open, and a day has passed
    city_place[0].forget_tries()
    return city_place[0]


def station(site: Site, at: int) -> str:
    """Code of one of the grids below the top."""
    tree = site.tree()
    assert tree is not None
    return tree.at_level(tree.top, 1)[at].code


def in_station(site: Site, at: int) -> Any:
    """Somebody registered there, with the house."""
    tree = site.tree()
    assert tree is not None
    codes = [one.code for one in tree.subtree(tree.by_code[station(site, at)])]
    asked = select(person, household.c.house_id).join(
        household, household.c.household_id == person.c.household_id
    )
    with site.population.connect() as connection:
        asked = asked.where(person.c.grid_code.in_(codes)).order_by(person.c.person_id)
        return connection.execute(asked.limit(1)).first()


def signed_in(city_place: tuple[Office, Any], login: str) -> Browser:
    tab = Browser(city_place[1])
    assert tab.sign_in(login).status_code == 303
    return tab


def ask(tab: Browser, fragment: str, typed: str = "", screen: str = "tablet") -> Any:
    """The answer to a screen's callback at an address."""
    body = _body(screen)
    search = f"?typed={typed}" if typed else ""
    body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": search, "n": 1})
    told = {"Origin": tab.base, "Content-Type": "application/json"}
    address = f"/{screen}/_dash-update-component"
    return tab.client.post(address, content=json.dumps(body), headers=told)


def rows(city_town: Office, *kinds: str) -> list[tuple[str, str, str, str]]:
    """(what, actor, object, outcome) of the audit log."""
    asked = select(audit).where(audit.c.what.in_(kinds)).order_by(audit.c.seq)
    with city_town.access.engine.connect() as connection:
        return [(r.what, r.actor, r.object, r.outcome) for r in connection.execute(asked)]
