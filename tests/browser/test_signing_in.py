"""Signing in on the screens themselves: what each shows, what stays after signing out, pairing a wall."""

import pytest
from browser_tools import PHONE, TABLET, WAIT, WALL, Server, Visitor
from coming_in import come_in

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]


def test_after_signing_out_the_back_button_shows_nothing(visit: Visitor, guarded: Server) -> None:
    """Nothing that the policy forbids is asked for either, here and on the wall: `visit` fails on any."""
    seen = come_in(visit(TABLET, at=guarded, alone=True), "neighbourhood_secretary")
    assert seen.page.evaluate("() => Object.keys(localStorage).length") == 0
    seen.page.locator(".own-account").click()
    seen.page.get_by_role("button", name="退出登录").click()
    seen.page.wait_for_url("**/sign-in")
    for _ in range(2):
        seen.page.go_back()
        seen.page.wait_for_url("**/sign-in**")
        assert seen.count(".panel") == 0


def test_a_screen_whose_session_ended_goes_to_sign_in_by_itself(
    visit: Visitor, guarded: Server
) -> None:
    seen = visit(PHONE, at=guarded, alone=True, forgiving=True)
    come_in(seen, "leader")
    seen.page.context.clear_cookies()
    seen.page.wait_for_url("**/sign-in?next=/phone/", timeout=WAIT)
    assert seen.count(".panel") == 0


def test_a_wall_shows_a_code_that_a_phone_approves(visit: Visitor, guarded: Server) -> None:
    wall = visit(WALL, at=guarded, alone=True)
    wall.page.goto(f"{guarded.url}/wall/")
    code = wall.text("#code")
    assert wall.shown(".office-code")
    phone = come_in(visit(PHONE, at=guarded, alone=True), "operations")
    phone.page.goto(f"{guarded.url}/walls?code={code}")
    phone.page.get_by_label("大屏名称").fill("大厅东墙")
    assert phone.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    phone.page.get_by_role("button", name="批准").click()
    phone.page.get_by_text("大厅东墙").wait_for()
    wall.page.wait_for_url("**/wall/", timeout=20_000)
    wall.drawn()
