"""A guarded server with a wall and people who lead it, for tests of casts and 督办."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts_town import Office, grant
from accounts_town import office as an_office
from guarded import BODIES, Browser
from small_town import Case, at, found_town
from sqlalchemy import select

from dashboard.office.desk import Desk
from dashboard.server import create_server
from data.accounts import devices
from data.accounts.grants import Grant
from data.app_tables import audit
from data.linkage.pushes import Pushes
from queries.site import Site


class Tab(Browser):
    """A browser that asks for the stage of its screen and acts on it."""

    screen = "tablet"

    def stage(self, **more: str) -> Any:
        answer = self.get(f"/api/stage/{self.screen}", params=more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sheet(self, name: str, **more: str) -> str:
        answer = self.get(f"/api/stage/{self.screen}/{name}", params=more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["html"])

    def act(self, do: str, **more: object) -> Any:
        headers = {"Origin": self.base}
        sent = {"do": do, **more}
        return self.client.post(f"/api/stage/{self.screen}", json=sent, headers=headers)

    def callback_at(self, screen: str, fragment: str) -> str:
        """What the screen's callback gives at an address."""
        self.callback(screen)
        body = deepcopy(BODIES[screen])
        body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": "", "n": 1})
        headers = {"Origin": self.base, "Content-Type": "application/json"}
        answer = self.client.post(
            f"/{screen}/_dash-update-component", content=json.dumps(body), headers=headers
        )
        return str(answer.text)

    def done(self, do: str, **more: object) -> Any:
        answer = self.act(do, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Hall:
    """The town's office, its server and what is noted."""

    office: Office
    server: Any
    site: Site
    desk: Desk

    def tab(self, login: str, screen: str = "tablet") -> Tab:
        made = Tab(self.server)
        made.screen = screen
        assert made.sign_in(login).status_code == 303
        return made

    def wall(self, name: str, reach: Grant) -> tuple[int, Tab]:
        """(its number, its browser)."""
        made = Tab(self.server)
        made.screen = "wall"
        found = re.search(r'id="code">([A-Z2-9]{4})-([A-Z2-9]{4})<', made.get("/pair").text)
        assert found is not None
        code = found[1] + found[2]
        number = devices.approve(self.office.access, code, name, reach, "root")
        assert made.get("/pair").headers["location"] == "/wall/"
        return number, made

    def later(self, seconds: int) -> None:
        self.office.hand.at += seconds

    def noted(self, what: str) -> list[tuple[str, str, str]]:
        with self.office.access.engine.connect() as connection:
            rows = connection.execute(
                select(audit).where(audit.c.what == what).order_by(audit.c.seq)
            )
            return [(row.actor, row.object, row.reason) for row in rows]


CASES = [
    Case("c1", "reported 0, accepted 1 due 25", "A1"),
    Case("c2", "reported 0, accepted 1 due 25, hung 5", "B1", department="police"),
    Case("c3", "reported 0, accepted 1 due 25, dispatched 2 by SL-1", "A1", department=None),
]
NOW = 100
NO_PUSHES = Pushes()


@contextmanager
def open_town(folder: Path) -> Iterator[Site]:
    """The town with two open cases, one of them parked."""
    town = found_town("sqlite", folder, "stage")
    town.take(CASES, now=NOW)
    site = town.city.site(at(NOW))
    yield site
    site.case.dispose()
    site.population.dispose()


@contextmanager
def hall_in(site: Site, folder: Path, pushes: Pushes = NO_PUSHES) -> Iterator[Hall]:
    with an_office("sqlite", folder) as office:
        desk = Desk(site, office.access, pushes=pushes)
        server = create_server(site, desk=desk)
        office.person("ops", grant("operations"))
        office.person("boss", grant("leader"))
        office.person("chief", grant("station_chief", tree="area", grid="A"))
        office.person("other", grant("station_chief", tree="area", grid="B"))
        office.person("house", grant("building_secretary", tree="area", grid="A"))
        office.person("worker", grant("grid_worker", tree="area", grid="A1"))
        office.person("yan", grant("discipline"))
        office.person("works", grant("department", department="works"))
        yield Hall(office, server, site, desk)
