"""People who sign in where a server has accounts, for all tests in this folder that begin with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from browser_tools import Server, Visit
from conftest import City
from playwright.sync_api import Page

from data.demo.accounts import PASSWORD


@contextmanager
def running(city: City, **server: object) -> Iterator[Server]:
    """A server on a city, `Server`'s arguments as there; in the end its log has no traceback."""
    started = Server(city, **server)  # type: ignore[arg-type]
    started.start()
    yield started
    started.stop()
    assert "Traceback" not in started.log()


def fill_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fill in and send the form of the sign-in page that is shown."""
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def come_in(seen: Visit, login: str, fragment: str = "") -> Visit:
    """Ask for the visit's screen, be sent to sign in, and arrive where one wanted to go."""
    screen = seen.size.screen
    seen.page.goto(f"{seen.server.url}/{screen}/{fragment}")
    if screen == "wall":
        seen.page.get_by_role("link", name="不是大屏").click()
    fill_in(seen.page, login)
    seen.page.wait_for_url(f"**/{screen}/{fragment}")
    return seen.drawn()
