"""What an address is, and where one may go after signing in."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from accounts_town import LIGHT
from conftest import in_a_loop
from hypothesis import given
from hypothesis import strategies as st

from dashboard.gates import gate_of, is_plain, safe_next
from dashboard.guard import Guard

ACCESS: Any = SimpleNamespace(rules=LIGHT, is_secure=False, public_url="", engine=None)
"""All that the guard asks for as long as nobody brings a cookie."""

HOSTILE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/phone/\r\nSet-Cookie: a=b",
    "/\t/evil.example",
    "phone/",
    "",
    "/phone/..//evil.example",
    "/phone/../../evil",
    "/sign-in",
    "/sign-out",
    "/phone/_dash-layout",
    "/watermark.svg",
    "/call/7",
    "/unmask/7/phone",
    "/phone/" + "x" * 400,
    "/ｅvil",
]


@pytest.mark.parametrize("wanted", HOSTILE)
def test_after_signing_in_nobody_is_sent_elsewhere(wanted: str) -> None:
    assert safe_next(wanted) == "/"


@pytest.mark.parametrize(
    "wanted",
    ["/phone/", "/tablet/?lang=en", "/tablet/#days=7&list=open", "/admin", "/account/password"],
)
def test_a_page_of_ours_is_gone_back_to(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tries too often; there is no database to count in."""
    monkeypatch.setattr("data.accounts.tries.Tries.allows", lambda *_: True)


@given(st.text(st.sampled_from("/\\.:@?#%evil-\t\r\n "), max_size=20))
def test_whatever_is_asked_for_stays_on_this_server(wanted: str) -> None:
    found = safe_next(wanted)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


PLAIN = "wall phone tablet assets _dash-layout _dash-component-suites sign-in pair geo events export.csv unmask"
STEP = st.sampled_from([*PLAIN.split(), "admin", "health", "WALL", "..", ".", "", "x\\y", "a\n"])
OPEN = {
    "/health",
    "/sign-in",
    "/sign-in/provider",
    "/sign-in/back",
    "/sign-in/provider/out",
    "/pair",
}


@given(st.lists(STEP, max_size=5))
def test_a_stranger_reaches_nothing_but_files_and_the_doors(steps: list[str]) -> None:
    """Whatever the path, what stands behind the guard is asked only for what is no secret."""
    path = "/" + "/".join(steps)
    reached: list[str] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    async def send(message: Any) -> None:
        answers.append(message)

    answers: list[Any] = []
    guard = Guard(behind, ACCESS, lambda status, language: b"")
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    in_a_loop(lambda: guard({**scope, "client": ("1.2.3.4", 1)}, None, send))  # type: ignore[arg-type]
    if path in OPEN:
        assert reached == [path]
    elif reached:
        assert re.fullmatch(r"/(wall|tablet|phone)/(assets|_dash-component-suites)/.*", path)
        assert ".." not in steps
    else:
        assert answers[0]["status"] in (302, 401, 404)


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("/health", "open"),
        ("/sign-in", "open"),
        ("/sign-in/", "page"),
        ("/pair", "open"),
        ("/wall/assets/tokens.css", "file"),
        ("/phone/_dash-component-suites/dash/x.js", "file"),
        ("/phone/_dash-layout", "call"),
        ("/phone/_anything", "call"),
        ("/geo/1/t/g/2.geojson", "call"),
        ("/events", "call"),
        ("/api/x", "call"),
        ("/watermark.svg", "call"),
        ("/export.csv", "page"),
        ("/export.xlsx", "page"),
        ("/unmask/7/phone", "page"),
        ("/call/7", "page"),
        ("/", "page"),
        ("/wall", "page"),
        ("/wall/x", "page"),
        ("/anything/else", "page"),
    ],
)
def test_what_is_not_named_is_for_people_who_are_signed_in(path: str, way: str) -> None:
    assert gate_of(path).way == way


@pytest.mark.parametrize(
    "path",
    ["", "wall", "//wall/", "/wall//x", "/wall/../x", "/wall/./x", "/a\\b", "/a\x00", "/a\n"],
)
def test_a_path_that_can_be_read_in_two_ways_is_none(path: str) -> None:
    assert not is_plain(path)
