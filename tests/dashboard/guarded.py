"""A guarded server on a small town, and browsers that sign in to it through its own forms."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from accounts_town import LIGHT, PASSWORD, Office, office
from small_town import Case, at, found_town
from starlette.testclient import TestClient

from dashboard.office.desk import Desk
from dashboard.server import SCREENS, create_server
from data.accounts.rules import Rules
from queries.site import Site

CASES = [Case("c1", "reported 0, accepted 1 due 25, closed 10", "A1")]


@contextmanager
def ground(folder: Path) -> Iterator[Site]:
    """The town that a guarded server shows; it takes a second to build and is only read."""
    town = found_town("sqlite", folder, "guarded")
    town.take(CASES, now=100)
    site = town.city.site(at(100))
    yield site
    site.case.dispose()
    site.population.dispose()


@contextmanager
def guarded(
    site: Site,
    folder: Path,
    rules: Rules = LIGHT,
    public_url: str = "",
    engine: str = "sqlite",
    name: str = "app",
) -> Iterator[tuple[Office, Any]]:
    """(office, server)."""
    with office(engine, folder, rules, public_url, name) as opened:
        yield opened, create_server(site, desk=Desk(site, opened.access))


class Browser:
    """Keeps cookies and follows no redirect by itself."""

    def __init__(self, server: Any, base: str = "http://grid.test") -> None:
        self.base = base
        self.client = TestClient(server, base_url=base, follow_redirects=False)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, form: dict[str, str], **more: Any) -> Any:
        headers = {"Origin": self.base, **more.pop("headers", {})}
        return self.client.post(path, data=form, headers=headers, **more)

    def token(self, path: str = "/sign-in") -> str:
        """The token of the forms on a page."""
        found = re.search(r'name="form_token" value="(\w+)"', self.get(path).text)
        assert found is not None
        return found[1]

    def submit(self, page: str, form: dict[str, str], path: str = "") -> Any:
        """Send a form of a page."""
        return self.post(path or page, {"form_token": self.token(page), **form})

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> Any:
        return self.submit("/sign-in", {"login": login, "password": password, **more})

    def callback(self, screen: str, **headers: str) -> Any:
        """The screen's callback, as its page sends it."""
        body = json.dumps(BODIES.setdefault(screen, _body(screen)))
        address = f"/{screen}/_dash-update-component"
        told = {"Origin": self.base, "Content-Type": "application/json", **headers}
        return self.client.post(address, content=body, headers=told)


BODIES: dict[str, dict[str, Any]] = {}


def _body(screen: str) -> dict[str, Any]:
    (held,) = [one for one in SCREENS if one.key == screen]
    wires = ["notice.children", "seen.value"]
    for panel in held.panels:
        wires += [f"{wire.id}.{wire.prop}" for wire in panel.outputs]
        wires += [f"{panel.key}.className", f"{panel.key}-state.children"]
    names = [wire.rsplit(".", 1) for wire in wires]
    asked = json.dumps({"hash": "", "search": "", "n": 1})
    return {
        "output": f"..{'...'.join(wires)}..",
        "outputs": [{"id": name, "property": prop} for name, prop in names],
        "inputs": [{"id": "asked", "property": "value", "value": asked}],
        "state": [{"id": "seen", "property": "value", "value": "{}"}],
        "changedPropIds": ["asked.value"],
    }
