"""督办 between screens: a leader issues one, it lights up in the street, is answered, and comes back."""

import struct
import time
import zlib
from collections.abc import Iterator

import pytest
from browser_tools import PHONE, TABLET, Server, Visitor
from coming_in import come_in, running
from conftest import City
from test_screen_cast import pair

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

AT_ONCE = 2.0
"""Seconds within which it is seen elsewhere (screens.md §5); machines with other work get more below."""


@pytest.fixture(scope="module")
def street(browser_city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A guarded server with an app database of its own."""
    folder = tmp_path_factory.mktemp("street")
    city = City(browser_city.case_url, browser_city.population_url, folder)
    with running(city, arguments=()) as started:
        yield started


def picture(width: int, height: int) -> bytes:
    """A PNG of stripes."""

    def chunk(kind: bytes, inside: bytes) -> bytes:
        told = kind + inside
        return struct.pack(">I", len(inside)) + told + struct.pack(">I", zlib.crc32(told))

    rows = b"".join(b"\0" + bytes([y % 256, 90, 160]) * width for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_from_the_leaders_tablet_to_the_workers_phone_and_back(
    visit: Visitor, street: Server
) -> None:
    wall = pair(visit, street, "大厅")
    chief = come_in(visit(TABLET, at=street, alone=True), "station_chief")
    worker = come_in(visit(PHONE, at=street, alone=True), "grid_worker")
    leader = come_in(visit(TABLET, at=street, alone=True), "leader")
    while leader.page.locator(".panel-ranking a[href*='grid=']").count():
        before = leader.part("grid")
        leader.page.locator(".panel-ranking a[href*='grid=']").first.click()
        leader.eventually(lambda b=before: leader.part("grid") != b)
        leader.refreshed(0)
        leader.page.wait_for_timeout(800)
    leader.page.locator(".crumb-card").click()
    leader.page.locator("button.supervise").click()
    sheet = leader.page.locator(".stage-sheet")
    sheet.get_by_label("督办要求").fill("请今日到场核实并答复")
    assert "小吴" in sheet.inner_text()
    began = time.monotonic()
    sheet.get_by_role("button", name="下发").click()
    lit = chief.page.locator("#stage .is-owed")
    lit.wait_for()
    assert time.monotonic() - began < 3 * AT_ONCE
    worker.page.locator("#stage .is-owed").wait_for()
    wall.page.locator(".is-counted", has_text="平台督办 1 件未结").wait_for()
    assert "到场" not in wall.text("#stage")
    worker.page.get_by_role("button", name="答复").click()
    phone = worker.page.locator(".stage-sheet")
    phone.get_by_text("请今日到场核实并答复").wait_for()
    phone.get_by_role("button", name="签收").click()
    worker.page.locator("#stage").get_by_role("button", name="答复").click()
    phone.get_by_label("答复").fill("已到场，现场清理完毕")
    phone.get_by_label("照片").set_input_files(
        {"name": "street.heic", "mimeType": "image/heic", "buffer": b"no picture"}
    )
    phone.get_by_role("button", name="提交答复").click()
    phone.locator(".stage-wrong", has_text="浏览器读不了这张图片").wait_for()
    phone.get_by_label("照片").set_input_files(
        {"name": "street.png", "mimeType": "image/png", "buffer": picture(2000, 1500)}
    )
    phone.get_by_role("button", name="提交答复").click()
    lit.wait_for(state="detached")
    waits = leader.page.locator("#stage .is-answered")
    waits.wait_for()
    # The strip hides neither the way out of a sheet nor the way to one's account.
    leader.page.locator(".sheet-close").click(trial=True)
    leader.page.locator(".sheet-close").click()
    leader.page.locator(".own-account").click(trial=True)
    waits.get_by_role("button", name="查看").click()
    leader.page.locator(".stage-sheet").get_by_text("现场清理完毕").wait_for()
    photo = leader.page.locator(".stage-photo")
    leader.eventually(lambda: photo.evaluate("one => one.naturalWidth") == 1280)
    leader.page.locator(".stage-sheet").get_by_role("button", name="办结督办").click()
    wall.page.locator(".is-counted").wait_for(state="detached")
    leader.page.goto(f"{street.url}/supervisions")
    assert "小吴" not in leader.text("main")
    assert leader.page.locator("#effect tbody tr").count() == 2
