"""Two browsers side by side: a tablet leads a wall, which follows each step and goes back by itself."""

import time
from collections.abc import Iterator

import pytest
from browser_tools import PHONE, TABLET, WALL, Server, Visit, Visitor
from coming_in import come_in, running
from conftest import City

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

RULES = "[linkage]\ncast_seconds = 30\n[sign_in]\nidle_seconds = 3600\n"
LED = "() => document.documentElement.classList.contains('is-cast')"


@pytest.fixture(scope="module")
def led(browser_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A guarded server with an app database of its own."""
    folder = tmp_path_factory.mktemp("led")
    (folder / "access.toml").write_text(RULES, encoding="utf-8")
    city = City(browser_city.case_url, browser_city.population_url, folder)
    rules = {"ACCESS_FILE": str(folder / "access.toml")}
    with running(city, arguments=(), environment=rules) as started:
        yield started


def pair(visit: Visitor, server: Server, name: str) -> Visit:
    """A wall, let in by the operations centre."""
    wall = visit(WALL, at=server, alone=True)
    wall.page.goto(f"{server.url}/wall/")
    code = wall.text("#code")
    phone = come_in(visit(PHONE, at=server, alone=True), "operations")
    phone.page.goto(f"{server.url}/walls?code={code}")
    phone.page.get_by_label("大屏名称").fill(name)
    phone.page.get_by_role("button", name="批准").click()
    phone.page.get_by_text(name).wait_for()
    wall.page.wait_for_url("**/wall/", timeout=20_000)
    return wall.drawn()


def cast(tablet: Visit, name: str) -> None:
    tablet.page.locator("button.cast").click()
    line = tablet.page.locator(".stage-wall", has_text=name)
    line.get_by_role("button", name="投屏").click()
    tablet.page.locator("#stage .is-cast").wait_for()


def follows(wall: Visit, tablet: Visit) -> None:
    wanted = tablet.part("grid")
    wall.eventually(lambda: wall.part("grid") == wanted)
    name = tablet.text(".crumb.is-here").splitlines()[-1]
    wall.eventually(lambda: name in wall.text(".crumb.is-here"))


def deeper(tablet: Visit) -> None:
    """One step down by the ranking of the grids below."""
    before = tablet.part("grid")
    below = tablet.page.locator(".panel-ranking a[href*='grid=']").first
    # Until the ranking is drawn anew its first line leads to where one is.
    tablet.eventually(lambda: below.get_attribute("href") != f"#grid={before}")
    below.click()
    tablet.eventually(lambda: tablet.part("grid") != before)
    tablet.eventually(lambda: tablet.count(".crumb") > 1)


def test_the_wall_follows_the_tablet_three_levels_down_and_goes_back_by_itself(
    visit: Visitor, led: Server
) -> None:
    wall = pair(visit, led, "大厅东墙")
    scene = wall.page.evaluate("() => location.hash")
    tablet = come_in(visit(TABLET, at=led, alone=True), "leader")
    cast(tablet, "大厅东墙")
    wall.page.locator(".stage-tag", has_text="正在由 陆建国 联动").wait_for()
    assert wall.page.evaluate(LED)
    for _ in range(3):
        deeper(tablet)
        follows(wall, tablet)
    # A late wall, or one that is opened anew, joins.
    wall.page.reload()
    wall.drawn()
    follows(wall, tablet)
    wall.page.locator(".stage-tag").wait_for()
    # Nobody does anything more: the lease ends on both, and the carousel goes on.
    wall.eventually(lambda: not wall.page.evaluate(LED), timeout=40_000)
    assert wall.page.evaluate("() => location.hash") in (scene, scene or "", "#")
    assert wall.count(".stage-tag") == 0
    tablet.page.locator("#stage", has_text="联动到时").wait_for()
    # Its scenes take their turns again: a minute passes at once.
    start = wall.page.evaluate("() => location.hash")
    # What is just being asked for takes a minute, too, and is given up.
    wall.forgiving = True
    wall.page.clock.install()

    def turned() -> bool:
        wall.page.clock.fast_forward(62_000)
        return bool(wall.page.evaluate("() => location.hash") != start)

    wall.eventually(turned)


def test_a_cast_outlives_the_server(visit: Visitor, led: Server) -> None:
    wall = pair(visit, led, "大厅西墙")
    wall.forgiving = True
    tablet = come_in(visit(TABLET, at=led, alone=True, forgiving=True), "leader")
    cast(tablet, "大厅西墙")
    led.stop()
    time.sleep(1)
    led.start()
    deeper(tablet)
    follows(wall, tablet)
    tablet.page.locator("#stage").get_by_role("button", name="交还").click()
    wall.eventually(lambda: not wall.page.evaluate(LED))
    assert tablet.count("#stage .is-cast") == 0


def test_the_one_asks_and_the_other_hands_over(visit: Visitor, led: Server) -> None:
    wall = pair(visit, led, "会议室")
    leader = come_in(visit(TABLET, at=led, alone=True), "leader")
    cast(leader, "会议室")
    chief = come_in(visit(PHONE, at=led, alone=True), "station_chief")
    chief.page.locator("button.cast").click()
    chief.page.locator(".stage-wall", has_text="会议室").get_by_role(
        "button", name="请求接管"
    ).click()
    leader.page.get_by_role("button", name="交出").click()
    wall.page.locator(".stage-tag", has_text="陈站长").wait_for()
    chief.page.locator("#stage .is-cast").wait_for()
    assert chief.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    leader.page.locator("#stage", has_text="已由 陈站长 接管").wait_for()
    chief.page.get_by_role("button", name="交还").click()


def test_what_ticks_may_have_missed_is_asked_for(visit: Visitor, led: Server) -> None:
    tablet = come_in(visit(TABLET, at=led, alone=True), "leader")
    tablet.eventually(lambda: tablet.page.evaluate("window.ticks.up"))
    tablet.page.wait_for_timeout(500)

    def asked() -> int:
        return sum("/api/stage/tablet" in one for one in tablet.requested)

    before = asked()
    # As after a gap of the bus: the stream stands, and is told all anew.
    told = "new CustomEvent('snapshot', { detail: { versions: window.ticks.versions } })"
    tablet.page.evaluate(f"() => window.dispatchEvent({told})")
    tablet.eventually(lambda: asked() > before, timeout=5_000)
