"""A chief opens one number for five minutes, calls without seeing it, and takes a list along, by hand on a tablet."""

import re

import pytest
from browser_tools import TABLET, Server, Visit, Visitor
from coming_in import come_in
from conftest import City
from sqlalchemy import create_engine, text

from data.demo.accounts import PASSWORD

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

SMALL = """() => [...document.querySelectorAll('main a.button, main button, main input, .card-facts a')]
  .filter((one) => one.type !== 'hidden' && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)"""
TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def chief(visit: Visitor, guarded: Server) -> Visit:
    return come_in(visit(TABLET, at=guarded, alone=True), "station_chief", "#list=closed&days=365")


def noted(city: City, what: str) -> list[tuple[str, str]]:
    engine = create_engine(f"sqlite:///{city.folder}/app.sqlite")
    asked = text("SELECT actor, object FROM audit WHERE what = :what ORDER BY seq")
    with engine.connect() as connection:
        found = [(row.actor, row.object) for row in connection.execute(asked, {"what": what})]
    engine.dispose()
    return found


def test_one_number_is_opened_and_the_card_stays_masked(chief: Visit, browser_city: City) -> None:
    page = chief.page
    case = page.locator(".panel-urgent .case").first.get_attribute("href") or ""
    code = re.findall(r"case=([^&]+)", case)[0]
    before = noted(browser_city, "unmask")
    chief.to("#people=list:old60")
    page.locator(".looked-line").first.click()
    page.locator(".card-facts").wait_for()
    masked = page.locator(".opened", has_text="****").first.inner_text()
    assert page.evaluate(SMALL) == []
    page.locator("a[href*='/phone']").click()
    page.wait_for_load_state()
    assert not page.evaluate(TOO_WIDE) and page.evaluate(SMALL) == []
    page.get_by_label("案件编号").fill(code)
    page.get_by_label("事由").fill("核实独居老人情况")
    page.get_by_label("本人密码").fill(PASSWORD)
    page.get_by_role("button", name="解密查看").click()
    number = page.locator("#plain b").inner_text()
    assert re.fullmatch(r"154\d{8}", number)
    assert number[-4:] in masked
    page.get_by_role("link", name="返回").click()
    page.locator(".card-facts").wait_for()
    assert number not in page.locator("body").inner_text()
    assert len(noted(browser_city, "unmask")) == len(before) + 1


def test_a_call_leaves_the_card_as_it_is(chief: Visit, browser_city: City) -> None:
    page = chief.page
    chief.to("#people=list:old60")
    page.locator(".looked-line").first.click()
    page.locator(".card-facts").wait_for()
    before = noted(browser_city, "call")
    chief.forgiving = True  # this machine has no telephone, and Chromium says so
    with page.expect_response("**/call/*") as called:
        page.locator("a[href^='/call/']").click()
    assert called.value.status == 302
    assert called.value.headers["location"].startswith("tel:154")
    page.wait_for_timeout(300)
    assert page.locator(".card-facts").is_visible()
    assert len(noted(browser_city, "call")) == len(before) + 1


def test_a_list_is_taken_along_for_a_reason(chief: Visit) -> None:
    page = chief.page
    page.locator(".panel-urgent a[href^='/export.csv']").click()
    page.get_by_label("事由").fill("周例会材料")
    page.wait_for_load_state()
    assert not page.evaluate(TOO_WIDE) and page.evaluate(SMALL) == []
    for name in ("CSV", "XLSX"):
        with page.expect_download() as taken:
            page.get_by_role("button", name=name).click()
        assert taken.value.suggested_filename.endswith("." + name.lower())
