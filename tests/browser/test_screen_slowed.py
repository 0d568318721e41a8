"""Who looks up too much is told so on the screen, whose figures stay as they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_tools import TABLET, Server, Visitor
from coming_in import come_in, running
from conftest import City

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]


@pytest.fixture
def strict(browser_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    rules = tmp_path / "access.toml"
    rules.write_text("[sign_in]\nlook_ups_per_minute = 1\n")
    monkeypatch.setenv("ACCESS_FILE", str(rules))
    with running(browser_city, arguments=()) as started:
        yield started


def test_it_says_so_in_words_and_goes_on_afterwards(visit: Visitor, strict: Server) -> None:
    seen = visit(TABLET, at=strict, alone=True, forgiving=True)
    page = come_in(seen, "station_chief", "#people=find").page
    page.locator("#people-text").fill("王")
    page.locator(".looked-line").first.wait_for()
    page.locator("#people-text").fill("李")
    page.locator(".connection", has_text="查询过于频繁").wait_for()
    assert seen.count(".is-cut") == 0
    page.locator("#people-text").fill("王")
    seen.eventually(lambda: page.locator(".connection").inner_text() == "")
    assert page.locator(".looked-line").first.is_visible()
