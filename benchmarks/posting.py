"""Cases that are posted as a source posts them, to a server with accounts on a copy of the demo city."""

import json
import re
import sqlite3
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import requests
from sqlalchemy import make_url, select

from benchmarks.serving import CannotRun
from data.accounts.access import open_access
from data.arrival.signature import SIGNATURE_HEADER, SOURCE_HEADER, TIME_HEADER, key_of, signature
from data.arrival.tokens import create
from data.case_tables import category, source
from data.demo.accounts import PASSWORD
from data.engines import CASE, engine_for
from data.settings import Settings, project_folder, read_settings

LOGIN = "operations"
"""The demo's account that opens all three screens."""
LONGEST_SECONDS = 60.0


def copied(folder: Path) -> dict[str, str]:
    """A copy of the demo city in a folder: the settings that name it."""
    settings = read_settings()
    environment = {"APP_DATABASE_URL": f"sqlite:///{folder}/app.sqlite"}
    environment["AUDIT_FOLDER"] = str(folder / "audit")
    for kind in ("case", "population"):
        url = make_url(getattr(settings, f"{kind}_database_url"))
        held = project_folder() / str(url.database)
        if url.get_backend_name() != "sqlite" or not held.exists():
            raise CannotRun("There is no demo city to copy: run `python -m data.demo` first.")
        source_file, copy = sqlite3.connect(held), sqlite3.connect(folder / f"{kind}.sqlite")
        source_file.backup(copy)
        source_file.close()
        copy.close()
        environment[f"{kind.upper()}_DATABASE_URL"] = f"sqlite:///{folder}/{kind}.sqlite"
    return environment


def _door(settings: Settings) -> tuple[str, str, str]:
    """A token, the code of its source and that of a category."""
    engine = engine_for(settings.case_database_url, CASE)
    with engine.connect() as connection:
        one = (
            connection.execute(select(source.c.code).order_by(source.c.position)).scalars().first()
        )
        kind = connection.execute(select(category.c.code)).scalars().first()
    engine.dispose()
    _, token = create(open_access(settings).log, str(one), "live:", "benchmark", int(time.time()))
    return token, str(one), str(kind)


class Poster:
    """Posts one case at a time. version: of the cases after the last one."""

    def __init__(self, url: str, settings: Settings) -> None:
        self._url = url
        self._token, self._source, self._category = _door(settings)
        self.posted, self.version = 0, 0

    def post(self) -> int:
        """Post a case that is reported and accepted just now; the version of the cases then."""
        now = datetime.now(UTC).isoformat()
        events = [
            {"type": "reported", "at": now},
            {"type": "accepted", "at": now, "limit_seconds": 14_400},
        ]
        case = {"id": str(time.time_ns()), "category": self._category, "title": "占道经营"}
        body = json.dumps({"cases": [{**case, "events": events}]}).encode()
        sent_at = str(int(time.time()))
        headers = {
            SOURCE_HEADER: self._source,
            TIME_HEADER: sent_at,
            SIGNATURE_HEADER: signature(key_of(self._token), sent_at, body),
        }
        request = urllib.request.Request(f"{self._url}/api/cases", body, headers)
        with urllib.request.urlopen(request, timeout=LONGEST_SECONDS) as answer:
            self.version = int(json.loads(answer.read())["version"])
        self.posted += 1
        return self.version

    def keep_posting(self, seconds: float) -> None:
        """Post a case every second; one that takes longer is followed at once."""
        begun = time.monotonic()
        for number in range(int(seconds)):
            time.sleep(max(0.0, begun + number - time.monotonic()))
            self.post()


def session_cookie(url: str) -> str:
    """The cookie of a fresh session, as it stands in a request."""
    visitor = requests.Session()
    visitor.headers["Origin"] = url
    page = visitor.get(f"{url}/sign-in", timeout=LONGEST_SECONDS).text
    found = re.search(r'name="form_token" value="(\w+)"', page)
    if found is None:
        raise CannotRun(f"{url}/sign-in has no form")
    form = {"form_token": found[1], "login": LOGIN, "password": PASSWORD}
    visitor.post(f"{url}/sign-in", data=form, timeout=LONGEST_SECONDS)
    if "session" not in visitor.cookies:
        raise CannotRun(f"{LOGIN} cannot sign in at {url}")
    return f"session={visitor.cookies['session']}"
