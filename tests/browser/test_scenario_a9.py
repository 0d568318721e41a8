"""A9 in the browser (domain.md §7): the old who live alone, a masked list here, totals there, nothing elsewhere."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from accounts_town import PASSWORD, Office, grant, office
from coming_in import fill_in
from conftest import City
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from dashboard.office.desk import Desk
from dashboard.server import create_server
from dashboard.warming import warm
from data.accounts import devices
from data.app_tables import audit
from data.grids import Grid
from queries.area import area_of
from queries.cases import behind
from queries.metrics import BY_KEY
from queries.person_lookup import find_persons
from queries.person_pick import Wanted
from queries.scope import read_scope
from queries.site import Site

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

ASKED = "#people=list:old60.alone.unseen30"
WANTED = Wanted(at_least=60, household="独居", not_visited=30)
WAIT = 40_000
MASKED = re.compile(r"^\S{1,2}\*+$")


@dataclass(frozen=True)
class Ground:
    """A guarded server in this process, whose clock tests turn."""

    url: str
    site: Site
    office: Office
    home: Grid

    def noted(self, what: str) -> list[tuple[str, str]]:
        with self.office.access.engine.connect() as connection:
            rows = connection.execute(select(audit).where(audit.c.what == what))
            return [(row.actor, row.object) for row in rows]


@pytest.fixture(scope="module")
def ground(browser_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    site = browser_city.site()
    tree = site.tree()
    assert tree is not None
    home = max(
        tree.at_level(tree.top, 2),
        key=lambda grid: len(
            find_persons(site, area_of(tree, [grid]), WANTED, as_of=site.as_of()).rows
        ),
    )
    where: dict[str, Any] = {"tree": tree.code, "grid": home.code}
    with office("sqlite", Path(tmp_path_factory.mktemp("a9"))) as held:
        held.person("secretary", grant("neighbourhood_secretary", **where))
        held.person("building", grant("building_secretary", **where))
        held.person("leader", grant("leader"))
        held.person("locked", grant("leader"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        app = create_server(site, refresh_seconds=2, desk=Desk(site, held.access))
        warm(site)
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield Ground(f"http://127.0.0.1:{port}", site, held, home)
        server.should_exit = True
        thread.join()
    site.case.dispose()
    site.population.dispose()


Open = Callable[..., Page]


@pytest.fixture
def browser_page(chromium: Browser) -> Iterator[Open]:
    """A page in a browser of its own."""
    opened: list[BrowserContext] = []

    def open_page(width: int = 1180, height: int = 820) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, service_workers="block"
        )
        context.set_default_timeout(WAIT)
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


def sign_in(page: Page, ground: Ground, login: str, password: str = PASSWORD) -> None:
    page.goto(f"{ground.url}/sign-in?next=/tablet/")
    fill_in(page, login, password)


def asked_for(page: Page, ground: Ground, login: str, fragment: str = ASKED) -> Page:
    """Sign in and open an address that somebody sent."""
    sign_in(page, ground, login)
    page.wait_for_url("**/tablet/")
    page.goto(f"{ground.url}/tablet/{fragment}")
    page.locator(".sheet-card").wait_for()
    return page


def test_the_secretary_gets_a_masked_list_of_the_own_neighbourhood(
    ground: Ground, browser_page: Open
) -> None:
    page = asked_for(browser_page(), ground, "secretary")
    for chosen in ("60岁以上", "独居", "30天"):
        expect(page.locator(".people-conditions .is-chosen", has_text=chosen)).to_have_count(1)
    lines = page.locator(".looked-line")
    lines.first.wait_for()
    tree = ground.site.tree()
    assert tree is not None
    area = area_of(tree, [ground.home])
    true = find_persons(ground.site, area, WANTED, as_of=ground.site.as_of()).rows
    assert lines.count() == len(true) > 0
    names = lines.locator("b").all_text_contents()
    assert names == [row.name for row in true] and all(map(MASKED.match, names))
    assert not re.search(r"\d{17}[\dX]", page.content())
    lines.first.click()
    page.locator(".card-facts").wait_for()
    assert "*" in page.locator(".case-head").inner_text()


def test_one_telephone_opens_for_a_reason_and_one_row_is_noted(
    ground: Ground, browser_page: Open
) -> None:
    site = ground.site
    where = {"grid": ground.home.code, "days": "365"}
    scope = read_scope(site, where, site.as_of())
    case = behind(site, BY_KEY["accepted"], "top", scope, as_of=site.as_of()).rows[0]
    page = asked_for(browser_page(), ground, "secretary")
    page.locator(".looked-line").first.click()
    page.locator("a[href*='/phone']").click()
    page.get_by_label("案件编号").fill(case.code)
    page.get_by_label("事由").fill("高温走访前电话联系")
    page.get_by_label("本人密码").fill(PASSWORD)
    page.get_by_role("button", name="解密查看").click()
    number = page.locator("#plain b").inner_text()
    assert re.fullmatch(r"[\d-]{7,}", number)
    (row,) = ground.noted("unmask")
    assert row[0] == "secretary" and number not in row[1]
    assert page.evaluate("() => document.body.innerText.includes('secretary name')")


def test_the_same_address_gives_the_leader_totals_with_small_ones_hidden(
    ground: Ground, browser_page: Open
) -> None:
    page = asked_for(browser_page(), ground, "leader")
    table = page.locator(".home-totals")
    table.wait_for()
    assert page.locator(".looked-line").count() == 0
    cells = table.locator("td").all_text_contents()
    assert cells and all(re.fullmatch(r"<10|…|[\d,]+", cell) for cell in cells)
    assert any(not cell[0].isdigit() for cell in cells)
    small = [cell for cell in cells if cell[0].isdigit() and 0 < int(cell.replace(",", "")) < 10]
    assert small == []
    assert not re.search(r"[一-龥]\*", page.locator(".sheet-card").inner_text())
    page.goto(f"{ground.url}/tablet/{ASKED}&lang=en")
    expect(table).to_be_visible()
    assert table.locator("td").all_text_contents() == cells


def test_the_building_secretary_gets_no_residents(ground: Ground, browser_page: Open) -> None:
    page = asked_for(browser_page(), ground, "building")
    page.locator(".sheet-card .empty").first.wait_for()
    assert page.locator(".looked-line").count() == 0
    assert "*" not in page.locator(".sheet-card").inner_text()


def test_the_wall_is_refused_and_it_is_noted(ground: Ground, browser_page: Open) -> None:
    wall = paired(ground, browser_page())
    answer = wall.goto(f"{ground.url}/tablet/{ASKED}")
    assert answer is not None and answer.status == 403
    assert ("大厅", "/tablet/") in ground.noted("denial")
    wall.goto(f"{ground.url}/wall/{ASKED}")
    wall.locator(".panel-band:not(.is-loading)").wait_for()
    assert wall.locator(".looked-line, .home-totals").count() == 0


def paired(ground: Ground, page: Page) -> Page:
    """A wall that was let in."""
    access = ground.office.access
    known = {one.name for one in devices.devices(access) if one.revoked_at is None}
    name = "大厅" if "大厅" not in known else f"大厅{len(known)}"
    waits = devices.ask(access)
    devices.approve(access, waits.code, name, grant("wall"), "test")
    page.context.add_cookies([{"name": "wall", "value": waits.secret, "url": ground.url}])
    return page


def test_after_signing_out_the_back_button_shows_nothing(
    ground: Ground, browser_page: Open
) -> None:
    page = asked_for(browser_page(), ground, "secretary")
    page.locator(".looked-line").first.wait_for()
    page.goto(f"{ground.url}/")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in")
    for _ in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert page.locator(".looked-line, .panel").count() == 0
    assert page.evaluate("() => Object.keys(localStorage).length") == 0


def test_five_wrong_passwords_lock_for_the_time_that_is_set(
    ground: Ground, browser_page: Open
) -> None:
    page, rules = browser_page(), ground.office.access.rules
    for _ in range(rules.failures):
        sign_in(page, ground, "locked", "Wrong-guess-1")
        page.locator(".office-wrong").wait_for()
    sign_in(page, ground, "locked")
    page.locator(".office-wrong").wait_for()
    ground.office.hand.at += rules.lock_seconds + 1
    sign_in(page, ground, "locked")
    page.wait_for_url("**/tablet/")


def test_ten_idle_minutes_sign_the_tablet_out_but_not_the_wall(
    ground: Ground, browser_page: Open
) -> None:
    wall = paired(ground, browser_page(1920, 1080))
    wall.goto(f"{ground.url}/wall/")
    wall.locator(".panel-band:not(.is-loading)").wait_for()
    tablet = asked_for(browser_page(), ground, "secretary")
    ground.office.hand.at += ground.office.access.rules.idle_seconds + 1
    tablet.wait_for_url("**/sign-in**")
    assert tablet.locator(".looked-line, .panel").count() == 0
    wall.wait_for_timeout(5000)
    assert "/wall/" in wall.url and wall.locator(".panel-band:not(.is-loading)").count() == 1
    wall.reload()
    wall.locator(".panel-band:not(.is-loading)").wait_for()
