"""What changes in the database shows on all three screens at once; a lost stream mends itself."""

import time
from collections.abc import Iterator

import pytest
from browser_tools import PHONE, TABLET, WALL, Server, Visit, Visitor
from conftest import NOW
from playwright.sync_api import Route
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


def test_while_news_come_without_a_pause_a_page_asks_once_in_the_spread(
    visit: Visitor, lively: Server
) -> None:
    """Else those that stand early in it would ask after each, and a thousand pages five hundred times a second."""
    phone = visit(PHONE, at=lively, alone=True)
    phone.page.add_init_script("Math.random = () => 0")
    phone.go()
    phone.eventually(lambda: is_up(phone))
    phone.page.evaluate(
        """() => {
            window.ticks.spread = 3000;
            setInterval(() => {
                const version = (window.ticks.versions.cases += 1);
                window.dispatchEvent(new CustomEvent("tick", { detail: { kind: "cases", version } }));
            }, 200);
        }"""
    )
    phone.page.wait_for_timeout(3000)
    before = phone.updates
    phone.page.wait_for_timeout(9000)
    assert 2 <= phone.updates - before <= 4


def test_a_page_asks_anew_when_it_is_told_of_earlier_cases_than_it_shows(
    visit: Visitor, lively: Server
) -> None:
    """So it is where the database was put back from a copy."""
    phone = visit(PHONE, at=lively, alone=True).go()
    phone.eventually(lambda: is_up(phone))
    phone.page.wait_for_timeout(2000)
    before = phone.updates
    phone.page.evaluate(
        """() => {
            const version = (window.ticks.versions.cases -= 1);
            window.dispatchEvent(new CustomEvent("tick", { detail: { kind: "cases", version } }));
        }"""
    )
    phone.eventually(lambda: phone.updates > before, timeout=5000)


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


def test_where_nothing_came_meanwhile_a_page_still_sees_at_once_that_the_server_is_there_again(
    visit: Visitor, lively: Server
) -> None:
    three = [visit(s, at=lively, alone=True, forgiving=True).go() for s in (WALL, TABLET, PHONE)]
    for one in three:
        one.eventually(lambda o=one: is_up(o))
    lively.stop()
    for one in three:
        one.eventually(lambda o=one: "连不上" in o.text(".connection"))
    lively.start()
    for one in three:
        one.eventually(lambda o=one: is_up(o))
        one.eventually(lambda o=one: not o.text(".connection"), timeout=5000)


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


def test_a_hidden_tablet_or_phone_has_no_stream_and_a_hidden_wall_keeps_its_own(
    visit: Visitor, lively: Server
) -> None:
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    wall, *others = (visit(size, at=lively, alone=True).go() for size in (WALL, TABLET, PHONE))
    for one in (wall, *others):
        one.eventually(lambda o=one: is_up(o))
        one.page.evaluate(hide, True)
    assert is_up(wall)
    assert not any(is_up(one) for one in others)
    for one in others:
        one.page.evaluate(hide, False)
        one.eventually(lambda o=one: is_up(o))


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


def test_each_screen_says_in_words_how_it_is_connected_how_old_it_is_and_of_which_build(
    visit: Visitor, lively: Server
) -> None:
    build = "document.documentElement.dataset.build"
    later = "() => { const now = Date.now; Date.now = () => now() + 3 * 60000; }"
    for size, search in ((WALL, ""), (TABLET, "?lang=en"), (PHONE, "")):
        one = visit(size, at=lively, alone=True).go(search=search)
        live, version, program, fresh, old = (
            ("Live", "data no. ", "build ", ", less than 1 min old", ", 3 min old")
            if search
            else ("实时连接", "数据第 ", "程序 ", " 版，1 分钟内取", " 版，3 分钟前取")
        )
        one.eventually(lambda o=one, w=live: w in o.text("#server"))
        held = one.page.evaluate("window.ticks.versions.cases")
        assert f"{version}{held}{fresh}" in one.text("#server")
        assert f"{program}{one.page.evaluate(build)[:8]}" in one.text("#server")
        assert one.shown("#server")
        # Whatever it asks for from now on is not answered: what is shown grows old.
        one.page.route("**/_dash-update-component", lambda _: None)
        one.page.evaluate(later)
        one.eventually(lambda o=one, w=f"{version}{held}{old}": w in o.text("#server"))
    apart = visit(PHONE, at=lively, alone=True, forgiving=True)
    apart.page.route("**/events?**", lambda route: route.abort())
    apart.go()
    apart.eventually(lambda: "定时取数" in apart.text("#server"))


def test_a_wall_is_loaded_anew_once_the_server_is_well(visit: Visitor, lively: Server) -> None:
    wall = visit(WALL, at=lively, alone=True, forgiving=True)
    loaded, asked, well = [], [], []

    def page(route: Route) -> None:
        loaded.append(route.request.url)
        answer = route.fetch()
        changed = answer.text().replace("data-build=", 'data-build="before" data-was=', 1)
        route.fulfill(response=answer, body=changed if len(loaded) == 1 else answer.text())

    def health(route: Route) -> None:
        asked.append(route.request.url)
        if well:
            route.continue_()
        else:
            route.fulfill(status=503)

    wall.page.route("**/wall/", page)
    wall.page.route("**/health", health)
    wall.page.goto(f"{lively.url}/wall/")
    wall.eventually(lambda: len(asked) == 2)
    assert len(loaded) == 1, "a wall that cannot be loaded again stays as it is"
    assert wall.shown(".panel-band")
    well.append(True)
    wall.eventually(lambda: len(loaded) == 2)
    wall.drawn()


def test_a_page_that_waits_for_an_answer_asks_for_no_other(visit: Visitor, lively: Server) -> None:
    tablet = visit(TABLET, at=lively, alone=True).go()
    tablet.eventually(lambda: is_up(tablet))
    held: list[Route] = []
    most = [0]

    def late(route: Route) -> None:
        held.append(route)
        most[0] = max(most[0], len(held))

    tablet.page.route("**/_dash-update-component", late)
    version = take_more(lively)
    tablet.eventually(lambda: held)
    for _ in range(2):
        version = take_more(lively)
        tablet.page.wait_for_timeout(1500)
    assert most[0] == 1
    while held:
        held.pop().continue_()
        tablet.page.wait_for_timeout(1500)
    tablet.page.unroute("**/_dash-update-component")
    # What was told meanwhile is asked for afterwards.
    tablet.eventually(lambda: str(version) in tablet.text(VERSION))


def test_a_network_that_is_cut_is_told_and_found_again(visit: Visitor, lively: Server) -> None:
    phone = visit(PHONE, at=lively, alone=True, forgiving=True).go()
    phone.eventually(lambda: is_up(phone))
    figures = phone.page.locator(".panel-brief").inner_text()
    line = phone.page.context.new_cdp_session(phone.page)
    line.send("Network.enable")
    cut = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", {"offline": True, **cut})
    # Streams that are open go on in this emulation, so a page that asks finds out.
    phone.page.evaluate("() => window.dispatchEvent(new Event('hashchange'))")
    phone.eventually(lambda: "连不上服务器" in phone.text("#connection"))
    assert phone.page.locator(".panel-brief").inner_text() == figures
    assert "连不上服务器" in phone.text("#server")
    line.send("Network.emulateNetworkConditions", {"offline": False, **cut})
    version = take_more(lively)
    phone.eventually(lambda: str(version) in phone.text(VERSION))
    phone.eventually(lambda: not phone.text("#connection"))


def test_a_clock_that_is_put_back_or_forth_stops_no_screen(visit: Visitor, lively: Server) -> None:
    jump = "hours => { const now = Date.now; Date.now = () => now() + hours * 3600000; }"
    wall, phone = (visit(size, at=lively, alone=True).go() for size in (WALL, PHONE))
    for hours in (-2, 5):
        for one in (wall, phone):
            one.eventually(lambda o=one: is_up(o))
            one.page.evaluate(jump, hours)
        version = take_more(lively)
        for one in (wall, phone):
            one.eventually(lambda o=one, v=version: str(v) in o.text(VERSION), timeout=15_000)
            one.eventually(lambda o=one: not o.text("#connection"))
