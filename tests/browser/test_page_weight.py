"""What each screen loads must not grow unnoticed: bytes and requests, never time.

The recorded weights are in page_weight.json. After a change that is worth its bytes, record them anew:

    RECORD_PAGE_WEIGHT=1 .venv/bin/python -m pytest tests/browser/test_page_weight.py
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from browser_tools import PHONE, TABLET, UPDATE, WALL, Server, Size, Visit, context_of
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

RECORDED = Path(__file__).with_name("page_weight.json")
ALLOWED = 1.02
"""Figures change with the minute, and their bytes with them."""


class Weight:
    """Requests of a page and their bytes on the wire; of the callbacks only the first."""

    def __init__(self, page: Any) -> None:
        self._sent: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._request)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _request(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        repeated = UPDATE in url and any(UPDATE in other for other in self._sent.values())
        # A stream has no end, and no weight worth telling.
        if url.startswith("http") and not repeated and "/events?" not in url:
            self._sent[event["requestId"]] = url

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._sent:
            self._bytes[event["requestId"]] = int(event["encodedDataLength"])

    @property
    def open(self) -> set[str]:
        """What has been asked for and is not there yet."""
        return {url for key, url in self._sent.items() if key not in self._bytes}

    def told(self) -> dict[str, int]:
        return {"requests": len(self._sent), "bytes": sum(self._bytes.values())}


@pytest.mark.parametrize("size", [WALL, TABLET, PHONE], ids=str)
def test_a_screen_does_not_load_more_than_was_recorded(
    size: Size, chromium: Browser, server: Server
) -> None:
    context = context_of(chromium, size, service_workers="block")
    visit = Visit(context.new_page(), server, size)
    weight = Weight(visit.page)
    visit.page.goto(f"{server.url}/{size.screen}/")
    visit.drawn()
    visit.page.evaluate("() => document.fonts.ready.then(() => true)")
    visit.page.wait_for_timeout(500)
    visit.eventually(lambda: not weight.open)
    told = weight.told()
    context.close()
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    if os.environ.get("RECORD_PAGE_WEIGHT"):
        held = json.dumps({**recorded, size.screen: told}, indent=2, sort_keys=True)
        RECORDED.write_text(held + "\n")
        return
    limit = recorded[size.screen]
    assert told["requests"] <= limit["requests"], (told, sorted(weight._sent.values()))
    assert told["bytes"] <= limit["bytes"] * ALLOWED, told
    assert size is not PHONE or told["bytes"] <= 200_000
