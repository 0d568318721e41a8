"""What changes in the database shows on all three screens at once; a lost stream mends itself."""

import time
from collections.abc import Iterator

import pytest
from browser_tools import PHONE, TABLET, WALL, Server, Visit, Visitor
from conftest import NOW
from sqlalchemy import text

from data.demo.calendar import ZONE
from data.demo.plan import due, open_plan, strike
from data.engines import CASE, engine_for
from data.ingest import ingest

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

VERSION = ".as-of-version"


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose clock asks seldom: what shows sooner was told."""
    # Imported by name at the top it would be loaded before pytest rewrites it.
    from browser_fixtures import build_city

    running = Server(build_city(tmp_path_factory.mktemp("lively")), refresh="600")
    running.start()
    yield running
    running.stop()


def take_more(server: Server) -> int:
    """Take in what the plan has for the next hour that has anything; the version of the cases then."""
    engine = engine_for(server.city.case_url, CASE, writable=True)
    plan = open_plan(server.city.folder / "plan.sqlite")
    with engine.begin() as connection:
        hours = (due(plan, NOW + 3600 * hour) for hour in range(1, 1000))
        portion = next(one for one in hours if one is not None)
        ingest(connection, portion.batch, zone=ZONE, now=int(time.time()))
        found = "SELECT version FROM data_version WHERE part = 'cases'"
        version = connection.execute(text(found)).scalar_one()
    strike(plan, portion.until)
    engine.dispose()
    plan.dispose()
    return int(version)


def is_up(visit: Visit) -> bool:
    return bool(visit.page.evaluate("window.ticks.up"))


def test_what_comes_in_shows_on_all_three_screens_within_two_seconds(
    visit: Visitor, lively: Server
) -> None:
    three = [visit(size, at=lively, alone=True).go() for size in (WALL, TABLET, PHONE)]
    for one in three:
        one.eventually(lambda o=one: is_up(o))
    version = take_more(lively)
    begun = time.monotonic()
    for one in three:
        one.eventually(lambda o=one: str(version) in o.text(VERSION), timeout=10_000)
    print(f"on all three after {time.monotonic() - begun:.2f} s")
    assert time.monotonic() - begun < 5, "two seconds where nothing else runs"


def test_a_page_finds_its_stream_again_and_what_came_meanwhile(
    visit: Visitor, lively: Server
) -> None:
    tablet = visit(TABLET, at=lively, alone=True, forgiving=True).go()
    tablet.eventually(lambda: is_up(tablet))
    lively.stop()
    tablet.eventually(lambda: tablet.shown(".connection:not(:empty)"))
    assert "连不上" in tablet.text(".connection")
    version = take_more(lively)
    lively.start()
    tablet.eventually(lambda: is_up(tablet))
    tablet.eventually(lambda: str(version) in tablet.text(VERSION))
    tablet.eventually(lambda: not tablet.text(".connection"))


def test_where_no_stream_gets_through_the_page_asks_for_versions(
    visit: Visitor, lively: Server
) -> None:
    phone = visit(PHONE, at=lively, alone=True, forgiving=True)
    phone.page.route("**/events?**", lambda route: route.abort())
    phone.go()
    phone.eventually(lambda: any("/api/versions" in one for one in phone.requested))
    version = take_more(lively)
    phone.eventually(lambda: str(version) in phone.text(VERSION), timeout=30_000)
    assert not is_up(phone)


def test_a_hidden_tablet_has_no_stream_and_a_hidden_wall_keeps_its_own(
    visit: Visitor, lively: Server
) -> None:
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    wall, tablet = (visit(size, at=lively, alone=True).go() for size in (WALL, TABLET))
    for one in (wall, tablet):
        one.eventually(lambda o=one: is_up(o))
        one.page.evaluate(hide, True)
    assert is_up(wall)
    assert not is_up(tablet)
    tablet.page.evaluate(hide, False)
    tablet.eventually(lambda: is_up(tablet))


def test_a_page_of_another_build_is_loaded_anew_once(visit: Visitor, lively: Server) -> None:
    wall = visit(WALL, at=lively, alone=True, forgiving=True)
    old = 'data-build="before"'
    turned = []

    def older(route) -> None:
        answer = route.fetch()
        turned.append(route.request.url)
        route.fulfill(
            response=answer, body=answer.text().replace("data-build=", f"{old} data-was=", 1)
        )

    wall.page.route("**/wall/", older)
    wall.page.goto(f"{lively.url}/wall/")
    wall.eventually(lambda: len(turned) == 2)
    wall.drawn()
    wall.page.wait_for_timeout(2000)
    assert len(turned) == 2, "a page that stays the old one is not loaded over and over"
