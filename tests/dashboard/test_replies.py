"""Replies in front of Flask: the same as Dash's own, compressed once; all else goes on to Dash."""

import asyncio
import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import brotli
import pytest
from conftest import NOW, in_a_loop
from drawn import broken

from dashboard.panel import Question, Screen, draw
from dashboard.pictures import Kept
from dashboard.replies import (
    LONGEST_BODY,
    REPLIES_KEPT,
    Replies,
    encoding_of,
    read_call,
    reply,
    written,
)
from dashboard.server import SCREENS, create_flask
from data.clock import Clock
from queries.site import Site

every_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.key)


def call(screen: Screen, fragment: str = "", seen: str = "{}") -> dict[str, Any]:
    """A callback's body as Dash's renderer writes it."""
    asked = json.dumps({"hash": fragment, "search": "", "n": 1})
    return {
        "output": screen.output,
        "outputs": [{"id": wire.id, "property": wire.prop} for wire in screen.outputs],
        "inputs": [{"id": "asked", "property": "value", "value": asked}],
        "state": [{"id": "seen", "property": "value", "value": seen}],
        "changedPropIds": ["asked.value"],
    }


@dataclass
class Server:
    """Replies with something behind it that only notes what it got; one event loop for all."""

    site: Site
    screens: tuple[Screen, ...] = SCREENS
    handed_on: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replies = Replies(self.behind, self.site, self.screens)

    async def behind(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.handed_on.append(body)
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def post(
        self, path: str, body: bytes, accept: str = "", method: str = "POST", length: bool = True
    ) -> tuple[int, dict[str, str], bytes]:
        parts = [body[:10], body[10:]]
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"accept-encoding", accept.encode())]
        headers += [(b"content-length", str(len(body)).encode())] if length else []
        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        await self.replies(scope, receive, send)
        held = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], held, sent[1]["body"]


def address(screen: Screen) -> str:
    return f"/{screen.key}/_dash-update-component"


@every_screen
def test_a_reply_is_what_dash_would_have_answered(screen: Screen, site: Site) -> None:
    """With and without notes of what is held, and after a drill; order of the parts apart."""
    client = create_flask(site).test_client()
    server = Server(site)

    async def compare() -> None:
        seen = "{}"
        for fragment in ("", "", "#days=7", "#lang=en"):
            body = call(screen, fragment, seen)
            status, headers, content = await server.post(address(screen), json.dumps(body).encode())
            assert status == 200 and headers["content-type"] == "application/json"
            told = client.post(address(screen), json=body).get_json()
            assert json.loads(content) == told
            seen = told["response"]["seen"]["value"]

    in_a_loop(compare)
    assert server.handed_on == []


@every_screen
def test_a_failed_panel_is_told_in_a_reply_as_in_an_answer(screen: Screen, site: Site) -> None:
    harmed = broken(screen, "ranking")
    question = Question(screen.key, "", "")
    seen = json.loads(
        json.loads(written(draw(screen, site, question), "{}"))["response"]["seen"]["value"]
    )
    site.clock = Clock(stopped=NOW + 600)
    told = json.loads(written(draw(harmed, site, question), json.dumps(seen)))["response"]
    assert told["ranking"]["className"] == "panel panel-ranking is-stale"
    assert told["ranking-state"]["children"].startswith("数据停在 14:05")
    assert "ranking-body" not in told


def test_what_is_not_exactly_a_callback_goes_on_as_it_came(site: Site) -> None:
    server = Server(site)
    wall, phone = SCREENS[0], SCREENS[2]
    good = call(wall)
    bad: list[Any] = [None, [], {}, 5, "x", {**good, "output": "other"}, {**good, "inputs": []}]
    bad += [{**good, "state": good["inputs"]}, {**good, "inputs": good["inputs"] * 2}]
    bad += [{**good, "state": [{"id": "seen", "property": "value", "value": 7}]}, call(phone)]
    bad += [{**good, "inputs": [{"id": "asked", "property": "value", "value": "{}"}]}]
    bad += [call(wall, "#grid=nope")]
    bodies = [json.dumps(one).encode() for one in bad] + [b"", b"not json", b"[" * 90_000]
    bodies += [json.dumps(good).encode().ljust(LONGEST_BODY + 1)]

    async def post() -> None:
        for body in bodies:
            status, _, _ = await server.post(address(wall), body)
            assert status == 299, body[:80]
        whole = json.dumps(good).encode()
        for other in ({"method": "GET"}, {"length": False}):
            assert (await server.post(address(wall), whole, **other))[0] == 299
        assert (await server.post("/wall/other", whole))[0] == 299
        assert (await server.post(address(wall), whole))[0] == 200

    in_a_loop(post)
    assert server.handed_on[: len(bodies)] == bodies, "nothing of a body is lost"


def test_a_silent_database_is_told_by_dash(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: Site) -> None:
        raise OSError("no database")

    server = Server(site)
    monkeypatch.setattr(Site, "versions", gone)
    body = json.dumps(call(SCREENS[0])).encode()
    assert in_a_loop(lambda: server.post(address(SCREENS[0]), body))[0] == 299


def test_a_change_is_answered_with_the_last_figures_which_say_so(site: Site) -> None:
    server, screen = Server(site), SCREENS[2]
    body = json.dumps(call(screen)).encode()

    async def ask() -> list[Any]:
        replies = [await server.post(address(screen), body)]
        site.clock = Clock(stopped=NOW + 15)
        server.replies._pictures._looked = None
        while True:
            replies.append(await server.post(address(screen), body))
            if "x-figures" not in replies[-1][1]:
                return replies
            await asyncio.sleep(0.01)

    first, *older, newest = in_a_loop(ask)
    assert older and all(reply[1]["x-figures"] == "older" for reply in older)
    assert all(reply[2] == first[2] for reply in older)
    told = json.loads(json.loads(newest[2])["response"]["seen"]["value"])
    assert {panel["at"] for panel in told.values()} == {NOW + 15}


def test_a_reply_is_compressed_as_the_browser_can_unpack_it(site: Site) -> None:
    server, screen = Server(site), SCREENS[1]
    body = json.dumps(call(screen)).encode()

    async def ask() -> list[Any]:
        return [await server.post(address(screen), body, a) for a in ("", "gzip", "gzip, br")]

    plain, zipped, packed = in_a_loop(ask)
    assert "content-encoding" not in plain[1]
    assert zipped[1]["content-encoding"] == "gzip" and gzip.decompress(zipped[2]) == plain[2]
    assert packed[1]["content-encoding"] == "br" and brotli.decompress(packed[2]) == plain[2]
    for reply_ in (plain, zipped, packed):
        assert reply_[1]["vary"] == "Accept-Encoding"
        assert int(reply_[1]["content-length"]) == len(reply_[2])


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br; q=0.0,gzip;q=0", ""),
        ("BR", "br"),
        ("brotli, *", ""),
    ],
)
def test_only_what_a_browser_offers_is_used(accepted: str, encoding: str) -> None:
    assert encoding_of(accepted.encode()) == encoding


def test_replies_to_made_up_notes_do_not_fill_the_memory(site: Site) -> None:
    screen = SCREENS[2]
    kept = Kept(draw(screen, site, Question(screen.key, "", "")), 0, 0)
    for i in range(REPLIES_KEPT + 9):
        reply(kept, json.dumps({"x": i}), "")
    assert len(kept.replies) == REPLIES_KEPT
    assert reply(kept, "{}", "") is reply(kept, "{}", "")


def test_only_the_language_of_a_query_is_part_of_a_question() -> None:
    screen = SCREENS[0]
    asked = {"hash": "#days=7", "search": "?lang=en&x=1"}
    for search, kept in (("?lang=en&x=1", "?lang=en"), ("?x=1", ""), ("?lang=fr", "")):
        body = call(screen)
        body["inputs"][0]["value"] = json.dumps({**asked, "search": search, "n": 5})
        held = read_call(screen, json.dumps(body).encode())
        assert held is not None
        assert held.question == Question("wall", "#days=7", kept)
