"""The phone is told of a 督办 though its page is not open: the button, and what the browser shows."""

import json
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from accounts_town import PASSWORD
from app_process import free_port
from browser_tools import WAIT
from coming_in import fill_in
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from stage_town import Hall, hall_in, open_town
from test_push_button import BROWSER, CASE
from told_phones import is_told
from waiting import eventually

from data.app_tables import push_post
from data.linkage.push_keys import make_key
from data.linkage.pushes import Pushes

pytestmark = pytest.mark.browser
pytest_plugins = ["browser_fixtures"]

MAKERS = f"""() => {{
    const bytes = (text) => Uint8Array.from(
        atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
    const given = {json.dumps(BROWSER)};
    let held = null;
    const made = {{
        endpoint: given.endpoint,
        getKey: (name) => bytes(given[name]),
        unsubscribe: async () => {{ held = null; }},
    }};
    PushManager.prototype.getSubscription = async () => held;
    PushManager.prototype.subscribe = async (options) => {{ window.asked = options; return (held = made); }};
    Notification.requestPermission = async () => "granted";
}}"""
"""In place of the push service of the browser's maker, which no test reaches."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hall, str]]:
    folder = tmp_path_factory.mktemp("pushed")
    key = folder / "push.pem"
    pushes = Pushes(key, make_key(key), "https://grid.test")
    with open_town(folder) as site, hall_in(site, folder, pushes) as hall:
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(hall.server, port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        eventually(lambda: server.started)
        yield hall, f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def phone(whole_chromium: Browser, served: tuple[Hall, str]) -> Iterator[Page]:
    context = whole_chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.grant_permissions(["notifications"], origin=served[1])
    context.set_default_timeout(WAIT)
    context.add_init_script(f"({MAKERS})()")
    page = context.new_page()
    page.goto(f"{served[1]}/sign-in?next=/phone/")
    fill_in(page, "worker", PASSWORD)
    page.wait_for_url("**/phone/")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    yield page
    context.close()


def test_the_button_turns_it_on_and_off(phone: Page, served: tuple[Hall, str]) -> None:
    hall, url = served
    account = hall.office.number_of("worker")
    phone.goto(f"{url}/account")
    button = phone.get_by_role("button", name="在本机接收督办")
    button.click()
    phone.get_by_role("button", name="不再在本机接收").wait_for()
    assert phone.evaluate("asked.applicationServerKey") == hall.desk.pushes.public
    assert is_told(hall.office.access, account, BROWSER["endpoint"])
    phone.get_by_role("button", name="不再在本机接收").click()
    button.wait_for()
    assert not is_told(hall.office.access, account, BROWSER["endpoint"])


def deliver(phone: Page, url: str, *messages: str) -> None:
    """What the push service of the browser's maker would bring."""
    line = phone.context.new_cdp_session(phone)
    numbers: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: numbers.extend(
            one["registrationId"]
            for one in told["registrations"]
            if one["scopeURL"].endswith("/phone/")
        ),
    )
    line.send("ServiceWorker.enable")
    eventually(lambda: numbers, 20, lambda seconds: phone.wait_for_timeout(1000 * seconds))
    for data in messages:
        told = {"origin": f"{url}/", "registrationId": numbers[0], "data": data}
        line.send("ServiceWorker.deliverPushMessage", told)


def shown(phone: Page, number: int) -> list[list[str]]:
    """Title and text of so many notices; told, where they do not come, are those that did."""

    def found() -> list[list[str]]:
        held: list[list[str]] = phone.evaluate(
            """async () => {
                const held = await navigator.serviceWorker.getRegistration("/phone/");
                return (await held.getNotifications()).map((one) => [one.title, one.body]);
            }"""
        )
        assert len(held) >= number, held
        return held

    return eventually(found, 20, lambda seconds: phone.wait_for_timeout(1000 * seconds))


def test_what_is_pushed_is_shown_in_words(phone: Page, served: tuple[Hall, str]) -> None:
    hall, url = served
    phone.goto(f"{url}/account")
    phone.get_by_role("button", name="在本机接收督办").click()
    phone.get_by_role("button", name="不再在本机接收").wait_for()
    hall.tab("boss").done("issue", **CASE)
    with hall.office.access.engine.connect() as connection:
        body = json.loads(connection.execute(select(push_post.c.body)).scalar_one())
    # A message that nobody can read is said too: a browser wants every push to be shown.
    deliver(phone, url, json.dumps(body), "{")
    found = shown(phone, 2)
    assert ["督办", f"督办 1 号已下发（works名），{body['due']} 前答复"] in found
    assert ["督办", ""] in found


@pytest.mark.parametrize("is_open", [True, False], ids=["page open", "no page"])
def test_a_tap_on_it_goes_to_the_phone_s_page(
    phone: Page, served: tuple[Hall, str], is_open: bool
) -> None:
    _, url = served
    # The account's page, or another, is none to go to.
    elsewhere = phone.context.new_page()
    elsewhere.goto(f"{url}/account")
    if not is_open:
        phone.goto(f"{url}/account")
    deliver(elsewhere, url, "{")
    shown(elsewhere, 1)
    (worker,) = phone.context.service_workers
    # A browser opens or shows a page for a person's own tap only, so these are told instead.
    gone = worker.evaluate(
        """async () => {
            const gone = [];
            self.clients.openWindow = async (to) => { gone.push(["opened", to]); };
            WindowClient.prototype.focus = async function () { gone.push(["shown", new URL(this.url).pathname]); };
            const [notification] = await self.registration.getNotifications();
            let done = null;
            const tap = new NotificationEvent("notificationclick", { notification });
            tap.waitUntil = (work) => { done = work; };
            self.dispatchEvent(tap);
            await done;
            return [gone, (await self.registration.getNotifications()).length];
        }"""
    )
    assert gone == [[["shown" if is_open else "opened", "/phone/"]], 0]
