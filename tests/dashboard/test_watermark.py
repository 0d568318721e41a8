"""The watermark is of who asks, says it in their own words whatever these are, and stands in no page that is kept."""

import re
from xml.etree import ElementTree

import pytest
from accounts_town import Office, grant
from guarded import Browser

from dashboard.watermark import tile
from data.accounts.people import add

pytest_plugins = ["guarded_fixtures"]


def words(svg: str) -> list[str]:
    return [
        one.text or "" for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("}text")
    ]


def test_it_tells_name_organisation_time_and_the_end_of_the_login(
    town: Office, tab: Browser
) -> None:
    tab.sign_in("leader")
    answer = tab.get("/watermark.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    first, second = words(answer.text)
    assert first == "leader name · office"
    assert second.startswith("20") and second.endswith(" · …ader")
    town.hand.at += 300
    assert words(tab.get("/watermark.svg").text)[1] != second


def test_a_name_that_is_code_stays_text(town: Office, tab: Browser) -> None:
    with town.access.log.recorded(town.hand.at) as record:
        add(
            town.access,
            record.connection,
            "odd",
            '</text><script>alert(1)</script>&"\u202e',
            "<b>",
            "Lamp-post-47",
            must_change=False,
        )
    tab.sign_in("odd")
    svg = tab.get("/watermark.svg").text
    assert "<script" not in svg
    assert words(svg)[0].startswith("</text><script>")


def test_a_long_name_does_not_run_out_of_its_tile() -> None:
    assert len(words(tile("长" * 24 + " · " + "长" * 24, "x"))[0]) <= 51


@pytest.mark.parametrize("screen", ["tablet", "phone"])
def test_a_page_is_marked_and_says_nothing_of_who_looks(tab: Browser, screen: str) -> None:
    """A browser may keep it and show it to the next one."""
    tab.sign_in("operations")
    told = tab.get(f"/{screen}/").text
    assert re.search(r'<html [^>]*class="is-marked">', told)
    assert "operations" not in told


def test_pages_of_the_office_are_marked_and_a_wall_is_not(tab: Browser) -> None:
    assert "is-marked" not in tab.get("/sign-in").text
    tab.sign_in("operations")
    for path in ("/", "/account", "/walls", "/export.csv?list=accepted"):
        assert 'class="is-marked"' in tab.get(path).text, path
    assert "is-marked" not in tab.get("/wall/").text


def test_it_does_not_put_the_idle_timeout_off(town: Office, tab: Browser) -> None:
    town.person("dozing", grant("leader"))
    tab.sign_in("dozing")
    for _ in range(2):
        town.hand.at += town.access.rules.idle_seconds // 2
        answer = tab.get("/watermark.svg")
    assert answer.status_code == 401
