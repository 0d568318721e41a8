"""The pages that the server writes itself: accounts, grants, walls, audit log, second factor, provider."""

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from accounts_town import Office, grant
from guarded import Browser, guarded
from sqlalchemy import select

from dashboard.spreadsheet import MARK
from dashboard.text import catalogue
from data.app_tables import audit
from data.audit.log import WHAT
from data.audit.verify import verify
from data.demo import accounts
from data.errors import SetupError
from data.grids import read_tree
from queries.site import Site

pytest_plugins = ["guarded_fixtures"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(guarded_site: Site, tmp_path: Path) -> Iterator[tuple[Office, Any]]:
    with guarded(guarded_site, tmp_path) as (office, server):
        office.person("root", grant("administrator", "none"))
        office.person("reader", grant("auditor", "none"))
        office.person("ops", grant("operations"))
        office.person("corner", grant("operations", tree="area", grid="A"))
        yield office, server
        assert verify(office.access.log).problems == []


def signed_in(server: Any, login: str) -> Browser:
    tab = Browser(server)
    assert tab.sign_in(login).status_code == 303
    return tab


def noted(town: Office, what: str) -> list[tuple[str, str, str]]:
    with town.access.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.what == what).order_by(audit.c.seq))
        return [(r.actor, r.object, r.reason) for r in rows]


def test_from_a_new_account_to_its_first_sight_of_a_screen(town: Office, server: Any) -> None:
    root = signed_in(server, "root")
    made = root.submit("/admin", {"login": "Lu.Min", "name": "陆敏", "organisation": "街道"})
    assert made.status_code == 200
    found = re.search(r'id="one-time">[^<]*<b>([^<]+)</b>', made.text)
    assert found is not None
    number = town.number_of("lu.min")
    page = f"/admin/{number}"
    form = {"role": "leader", "reach": "grid", "tree": "area", "grid": "A"}
    assert root.submit(page, form, f"{page}/grants").status_code == 303
    assert "network" not in root.get(page).text and "area/A" in root.get(page).text
    tab = Browser(server)
    tab.sign_in("lu.min", html.unescape(found[1]))
    form = {"old": found[1], "new": "Steel-bridge-9", "again": "Steel-bridge-9"}
    assert tab.submit("/account/password", form).status_code == 303
    assert tab.get("/phone/").status_code == 200
    assert noted(town, "grant")[-1] == ("root", "lu.min", "given")
    # Withdrawn, the screen is shut with the next request.
    grant_id = re.search(rf"{page}/grants/(\d+)/withdraw", root.get(page).text)
    assert grant_id is not None
    root.submit(page, {}, f"{page}/grants/{grant_id[1]}/withdraw")
    assert tab.get("/phone/").status_code == 403
    root.submit(page, {}, f"{page}/disable")
    assert tab.get("/phone/").status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {"role": "leader", "reach": "grid", "tree": "area", "grid": "nowhere"},
        {"role": "leader", "reach": "grid", "tree": "nowhere", "grid": "A"},
        {"role": "department", "reach": "department", "department": "nowhere"},
        {"role": "department", "reach": "site"},
        {"role": "wall", "reach": "site"},
        {"role": "root", "reach": "site"},
        {"role": "leader", "reach": "site", "from": "tomorrow"},
        {"role": "leader", "reach": "site", "from": "2026-12-02", "to": "2026-12-01"},
        {"role": "administrator"},
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    town: Office, server: Any, form: dict[str, str]
) -> None:
    """The last one: who reads the audit log never hands out rights."""
    page = f"/admin/{town.number_of('reader')}"
    root = signed_in(server, "root")
    for language in ("zh", "en"):
        answer = root.submit(page, form, f"{page}/grants?lang={language}")
        assert answer.status_code == 400
        said = re.search(r'role="alert">([^<]+)<', answer.text)
        assert said is not None
        assert bool(re.search("[一-鿿]", said[1])) == (language == "zh")
    assert noted(town, "grant") == []


def test_nobody_grants_to_or_disables_themselves(town: Office, server: Any) -> None:
    page = f"/admin/{town.number_of('root')}"
    root = signed_in(server, "root")
    form = {"role": "leader", "reach": "site"}
    assert root.submit(page, form, f"{page}/grants").status_code == 400
    assert root.submit(page, {}, f"{page}/disable").status_code == 400
    assert root.get("/admin").status_code == 200


def test_names_that_are_code_stay_text(town: Office, server: Any) -> None:
    root = signed_in(server, "root")
    evil = "<script>alert(1)</script>"
    root.submit("/admin", {"login": "evil", "name": evil, "organisation": "=cmd()"})
    for path in ("/admin", f"/admin/{town.number_of('evil')}"):
        assert evil not in root.get(path).text
    page = f"/admin/{town.number_of('evil')}"
    root.submit(page, {"role": "leader", "reach": "site"}, f"{page}/grants")
    lines = list(csv.reader(io.StringIO(root.get("/admin/matrix.csv").text.removeprefix(MARK))))
    (row,) = [line for line in lines if line[0] == "evil"]
    assert row[2] == "'=cmd()"


def test_the_matrix_tells_who_may_see_what_since_when_and_granted_by_whom(
    town: Office, server: Any
) -> None:
    now = town.hand.at
    town.person("past", grant("leader", valid_from=now - 9, valid_to=now - 5))
    town.person("future", grant("leader", valid_from=now + 99))
    root = signed_in(server, "root")
    page = root.get("/admin/matrix.csv", params={"lang": "en"})
    assert page.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(page.text.removeprefix(MARK))))
    head, rows = lines[1], {line[0]: line for line in lines[2:]}
    cell = {login: dict(zip(head, row, strict=True)) for login, row in rows.items()}
    assert set(cell) == {"root", "reader", "ops", "corner", "past", "future"}
    assert (cell["past"]["state"], cell["future"]["state"]) == ("ended", "not yet")
    assert cell["ops"]["state"] == "in force"
    assert (cell["corner"]["hierarchy"], cell["corner"]["grid code"]) == ("area", "A")
    assert cell["ops"]["granted by"] == "test"
    assert cell["ops"]["person record"] == "✗"
    assert cell["reader"]["audit log"] == "plain"
    assert noted(town, "export") == [("root", "matrix", "accounts")]


def test_the_auditor_reads_and_that_is_noted_too(town: Office, server: Any) -> None:
    reader = signed_in(server, "reader")
    Browser(server).sign_in("ops", "Wrong-guess-1")
    page = reader.get("/audit", params={"lang": "en", "what": "sign_in"})
    assert page.status_code == 200
    assert "refused" in page.text and "ops" in page.text
    assert noted(town, "audit_view") == [("reader", "sign_in *", "")]
    for odd in ("x" * 300, "-1", "1e9", "９"):
        assert (
            reader.get("/audit", params={"before": odd, "what": odd, "actor": odd}).status_code
            == 200
        )


def test_every_word_that_a_page_may_need_is_there() -> None:
    words = catalogue()
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("data/accounts", "data/linkage", "dashboard/office", "dashboard/linkage")
        for path in (ROOT / folder).glob("*.py")
    )
    refusals = set(re.findall(r'ChangeRefused\(\s*"(\w+)"', code))
    assert len(refusals) > 15
    assert {f"wrong.{key}" for key in refusals} == {k for k in words if k.startswith("wrong.")}
    assert {f"audit.{what}" for what in WHAT} <= set(words)
    assert {f"audit.{how}" for how in ("done", "refused", "failed")} <= set(words)
    lacks = set(re.findall(r'return "(\w+)"', (ROOT / "data/accounts/passwords.py").read_text()))
    assert {f"new_password.{key}" for key in (*lacks, "old", "same", "twice")} <= set(words)


def code_on(wall: Browser) -> str:
    found = re.search(r'id="code">([A-Z2-9]{4})-([A-Z2-9]{4})<', wall.get("/pair").text)
    assert found is not None
    return found[1] + found[2]


def test_a_wall_is_paired_from_a_phone_survives_and_is_revoked(town: Office, server: Any) -> None:
    wall, ops = Browser(server), signed_in(server, "ops")
    assert wall.get("/wall/").headers["location"] == "/pair"
    code = code_on(wall)
    assert code_on(wall) == code
    assert "data:image/svg" in wall.get("/pair").text
    typed = f"{code[:4]} - {code[4:]}".lower()
    form = {"code": typed, "name": "大厅", "reach": "site"}
    assert ops.submit("/walls", form).status_code == 303
    # The page that shows the code looks again by itself.
    assert wall.get("/pair").headers["location"] == "/wall/"
    assert wall.get("/wall/").status_code == 200
    assert wall.callback("wall").status_code == 200
    assert wall.get("/geo/1/area/T/1.geojson").status_code == 200
    for path in ("/pair", "/"):
        assert wall.get(path).headers["location"] == "/wall/"
    # No idle timeout, and years later still: the cookie is given anew whenever the wall is opened.
    for _ in range(3):
        town.hand.at += 366 * 86_400
        assert wall.callback("wall").status_code == 200
        assert "Max-Age=34560000" in wall.get("/wall/").headers["set-cookie"]
    for path in ("/tablet/", "/phone/", "/admin", "/walls", "/audit", "/account"):
        assert wall.get(path).status_code == 403, path
    assert wall.get("/export.csv?list=accepted").status_code == 403
    assert wall.callback("phone").status_code == 403
    ops = signed_in(server, "ops")
    number = re.search(r"/walls/(\d+)/revoke", ops.get("/walls").text)
    assert number is not None
    assert ops.submit("/walls", {}, f"/walls/{number[1]}/revoke").status_code == 303
    assert wall.callback("wall").status_code == 401
    assert wall.get("/wall/").headers["location"] == "/pair"
    assert code_on(wall) != code
    assert [n[2] for n in noted(town, "device")] == ["approved", "revoked"]


def test_a_code_runs_out_and_counts_once(town: Office, server: Any) -> None:
    wall, ops = Browser(server), signed_in(server, "ops")
    code = code_on(wall)
    town.hand.at += town.access.rules.pairing_seconds
    ops = signed_in(server, "ops")
    form = {"code": code, "name": "one", "reach": "site"}
    assert ops.submit("/walls", form).status_code == 400
    code = code_on(wall)
    form["code"] = code
    assert ops.submit("/walls", form).status_code == 303
    assert ops.submit("/walls", {**form, "name": "two"}).status_code == 400
    # Who only knows the code gets nothing by it.
    stranger = Browser(server)
    stranger.client.cookies.set("pairing", code, domain="grid.test")
    assert stranger.get("/pair").status_code == 200
    assert stranger.get("/wall/").headers["location"] == "/pair"


def test_two_walls_never_share_a_name(server: Any) -> None:
    ops = signed_in(server, "ops")
    for wanted in (303, 400):
        form = {"code": code_on(Browser(server)), "name": "hall", "reach": "site"}
        assert ops.submit("/walls", form).status_code == wanted


def test_nobody_shows_more_on_a_wall_than_they_may_see(server: Any) -> None:
    corner, wall = signed_in(server, "corner"), Browser(server)
    form = {"code": code_on(wall), "name": "hall", "reach": "site"}
    assert corner.submit("/walls", form).status_code == 400
    for grid, wanted in (("B", 400), ("T", 400), ("A1", 303)):
        form |= {"reach": "grid", "tree": "area", "grid": grid}
        assert corner.submit("/walls", form).status_code == wanted


def test_walls_that_ask_too_often_are_made_to_wait(server: Any) -> None:
    said = [Browser(server).get("/pair").status_code for _ in range(12)]
    assert said[0] == 200 and said[-1] == 429


def test_a_second_factor_from_page_to_sign_in(town: Office, server: Any) -> None:
    ops = signed_in(server, "ops")
    page = ops.get("/account/second-factor").text
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert secret and token
    code = pyotp.TOTP(secret[1]).at(town.hand.at)
    form = {"form_token": token[1], "code": code}
    assert ops.post("/account/second-factor", form).status_code == 200
    assert Browser(server).sign_in("ops").status_code == 401
    town.hand.at += 30
    code = pyotp.TOTP(secret[1]).at(town.hand.at)
    assert Browser(server).sign_in("ops", code=code).status_code == 303


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_speaks_both_languages(server: Any, language: str) -> None:
    said = {"lang": language}
    tabs = {login: signed_in(server, login) for login in ("root", "reader", "ops")}
    pages = [
        Browser(server).get("/sign-in", params=said),
        Browser(server).get("/pair", params=said),
        *(tabs["ops"].get(path, params=said) for path in ("/", "/walls", "/account")),
        *(
            tabs["ops"].get(f"/account/{path}", params=said)
            for path in ("password", "second-factor")
        ),
        tabs["root"].get("/admin", params=said),
        tabs["reader"].get("/audit", params=said),
    ]
    for page in pages:
        assert page.status_code == 200
        assert f'<html lang="{"en" if language == "en" else "zh-CN"}"' in page.text
        bare = re.sub(r'<script src="/phone/assets/\w+\.js" defer></script>', "", page.text)
        assert "<script" not in bare and " on" not in re.sub(r">[^<]*<", "><", bare)
        # The site's own name is Chinese in the small town.
        main = page.text.split("<main>")[1]
        chinese = re.findall(r"[一-鿿]+", re.sub(r"<option.*?</option>", "", main))
        assert language == "zh" or chinese == []
    # And keeps to it without being told again.
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in tabs["ops"].get("/walls").text


def test_the_demo_has_an_account_for_every_role_and_stays_at_home(
    guarded_site: Site, tmp_path: Path
) -> None:
    with guarded(guarded_site, tmp_path) as (office, server):

        def check(host: str, *, is_demo: bool = True, is_known: bool = False) -> None:
            accounts.check_place(office.access, host, is_demo_site=is_demo, is_known=is_known)

        check("0.0.0.0", is_demo=False)
        with guarded_site.case.connect() as connection:
            tree = read_tree(connection)
        assert tree is not None
        made = accounts.set_up(office.access, tree, "works")
        assert made == accounts.set_up(office.access, tree, "works")
        for one in made:
            assert Browser(server).sign_in(one.login, one.password).status_code == 303, one
            office.forget_tries()
        for host in ("127.0.0.1", "localhost", "::1"):
            check(host)
        with pytest.raises(SetupError, match="--i-know"):
            check("0.0.0.0")
        check("0.0.0.0", is_known=True)
        # The same app database with a site's own cases would let everybody in.
        with pytest.raises(SetupError, match="not the demo's"):
            check("127.0.0.1", is_demo=False, is_known=True)
