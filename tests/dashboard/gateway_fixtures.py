"""A guarded server that sources send their cases to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from accounts_town import LIGHT, Office, office
from arrival_town import body_of, headers_of
from guarded import Browser
from small_town import Town, at, found_town
from sqlalchemy import func, select

from dashboard.office.desk import Desk
from dashboard.server import create_server
from data.arrival import tokens
from data.arrival.intake import Intake
from data.bus.tick import Tick
from data.case_tables import case_record


class Gateway(NamedTuple):
    """A guarded server that takes cases, the office behind it, the town, and what was told."""

    town: Town
    office: Office
    tab: Browser
    token: str
    told: list[Tick]

    def send(
        self, *cases: Any, body: bytes = b"", token: str = "", later: int = 0, **more: str
    ) -> Any:
        body = body or body_of(cases)
        source = more.pop("source", "hotline")
        headers = headers_of(token or self.token, self.office.hand.at + later, body, source)
        return self.tab.client.post("/api/cases", content=body, headers={**headers, **more})

    def count(self) -> int:
        with self.town.city.site().case.connect() as connection:
            return int(
                connection.execute(select(func.count()).select_from(case_record)).scalar_one()
            )


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    town = found_town("sqlite", tmp_path, "sent")
    site = town.city.site(at(200))
    with office("sqlite", tmp_path, LIGHT) as opened:
        desk, intake = Desk(site, opened.access), Intake(town.city.case_url)
        told: list[Tick] = []
        desk.bus.listen(told.append)
        server = create_server(site, desk=desk, intake=intake)
        _, token = tokens.create(opened.access.log, "hotline", "", "test", opened.hand.at)
        yield Gateway(town, opened, Browser(server), token, told)
        intake.close()
    site.case.dispose()
    site.population.dispose()
