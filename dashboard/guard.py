"""Stands before everything: who asks, whether they may, and what may be kept of the answer.

The visitor is put into the scope (`scope["visitor"]`, in Flask `request.environ["asgi.scope"]`), made from
the session or the wall's token; nothing that a request says of itself is believed. Long answers ask anew
who it is by `scope["visitor_again"]()`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from werkzeug.http import parse_cookie

from dashboard.gates import (
    PAIR,
    PASSWORD,
    PROVIDER_OUT,
    SECOND_FACTOR,
    SIGN_IN,
    Gate,
    first_step,
    gate_of,
    is_plain,
)
from dashboard.headers import Header, dressed, policy
from dashboard.noted_once import NotedOnce
from data.accounts.access import Access
from data.accounts.tries import Tries
from data.audit.chain import Entry
from data.errors import first_line
from queries.visitor import Visitor, scope_words
from queries.visitors import visitor_by_device, visitor_by_session

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = Callable[[int, str], bytes]
"""(status, language) -> the page that says so."""

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
"""Of a request's body: the largest callback sends 100 kB."""

SAFE = ("GET", "HEAD", "OPTIONS")
ASKS_PROVIDER = (f"{SIGN_IN}/provider", f"{SIGN_IN}/back", PROVIDER_OUT)
PACED = (SIGN_IN, *ASKS_PROVIDER, PAIR, PASSWORD, SECOND_FACTOR)
BY_TIMER = b"by=timer"
"""The query by which a page asks for itself anew: no sign of a person."""


def cookie_name(kind: str, *, is_secure: bool) -> str:
    """A cookie's name; with TLS one that browsers take from this host alone."""
    return f"__Host-{kind}" if is_secure else kind


def is_secure(access: Access, scope: Mapping[str, Any]) -> bool:
    """Whether the visitor came by TLS."""
    return access.is_secure or scope.get("scheme") == "https"


def address_of(scope: Mapping[str, Any]) -> str:
    """The client's address, `-` where there is none. Behind a proxy that the server trusts, the one it tells."""
    return str((scope.get("client") or ("-",))[0])


class Guard:
    """Pure ASGI middleware; one instance per server."""

    def __init__(
        self, app: App, access: Access, refusal: Refusal, hashes: Iterable[str] = ()
    ) -> None:
        self._app, self._access, self._refusal = app, access, refusal
        self._policy = policy(hashes)
        self._tries = Tries(access.engine, "sign_in", access.rules.attempts_per_minute)
        self._denials = NotedOnce(access)
        self._told = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, send to sign in, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        gate = gate_of(scope["path"], scope.get("query_string", b"").decode("latin-1"))
        secure = is_secure(self._access, scope)

        async def dressing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                message["headers"] = dressed(headers, gate, self._policy, is_secure=secure)
            await send(message)

        headers = _believed(scope["headers"])
        scope = {**scope, "headers": headers, "visitor": None}
        told = dict(headers)
        wrong = self._wrong(scope, told) or await self._hurried(scope)
        body = b""
        if not wrong and scope["method"] not in SAFE and gate.way != "signed":
            body, wrong = await _whole(receive, told)
            receive = _replay(body, receive)
        if wrong:
            await self._refuse(dressing, scope, wrong)
            return
        if gate.way not in ("file", "signed"):
            try:
                answer = await self._admitted(scope, gate, _cookies(told), told)
            except Exception as error:
                # Who asks cannot be found out: nobody is let in.
                self._tell(error)
                answer = self._page(scope, 503)
            if answer is not None:
                await _answer(dressing, *answer)
                return
        await self._app(scope, receive, dressing)

    def _wrong(self, scope: Scope, told: Mapping[bytes, bytes]) -> int:
        """The status of a request that nobody may make, whoever it is; 0 for none."""
        if not is_plain(scope["path"]):
            return 404
        if scope["method"] not in SAFE and not self._is_own(scope, told.get(b"origin")):
            return 403
        return 0

    async def _hurried(self, scope: Scope) -> int:
        """The status of somebody who tries too often; 0 for nobody. Where it cannot be counted, nobody may try."""
        if scope["path"] not in (ASKS_PROVIDER if scope["method"] in SAFE else PACED):
            return 0
        try:
            allowed = await asyncio.to_thread(self._tries.allows, address_of(scope))
        except Exception as error:
            self._tell(error)
            return 503
        return 0 if allowed else 429

    def _tell(self, error: Exception) -> None:
        """Say that the app's database does not answer, and how that came about when it is said first.

        While one is away each question of each page ends like this, and the log is no longer than it has to be.
        """
        words = first_line(error)
        log.error("the app's database does not answer: %s", words, exc_info=words != self._told)
        self._told = words

    def _is_own(self, scope: Scope, origin: bytes | None) -> bool:
        """Whether a page of ours sent it; browsers say so, and what is no browser has no cookies."""
        if origin is None:
            return True
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        own = self._access.public_url or f"{scope.get('scheme', 'http')}://{host}"
        return origin.decode("latin-1") == own

    async def _admitted(
        self, scope: Scope, gate: Gate, cookies: Mapping[str, str], told: Mapping[bytes, bytes]
    ) -> tuple[int, list[Header], bytes] | None:
        """None when the request may go on, its visitor in the scope; else the answer."""
        is_page = gate.way in ("page", "open") and scope.get("query_string") != BY_TIMER
        active = is_page or b"x-active" in told
        who = await asyncio.to_thread(self._visitors, scope, cookies, active)
        if gate.way == "open":
            scope["visitor"] = next((one for one in who if one.account_id), None)
            return None
        if not who:
            return self._stranger(scope, gate, cookies)
        if gate.screen == "wall":
            # A browser that somebody has signed in on remains the wall that it was let in as.
            who.sort(key=lambda one: one.account_id)
        visitor = next((one for one in who if gate.lets_in(one)), None)
        if visitor is None and scope["path"] == "/" and all(not one.account_id for one in who):
            return _to("/wall/")
        if visitor is None:
            await asyncio.to_thread(self._note_denial, who[0], scope)
            return self._page(scope, 403)
        if step := first_step(visitor, scope["path"]):
            return _to(step) if gate.way == "page" else self._page(scope, 403)
        scope["visitor"] = visitor
        scope["visitor_again"] = lambda: self._still(scope, gate, cookies)
        return None

    def _still(self, scope: Scope, gate: Gate, cookies: Mapping[str, str]) -> Visitor | None:
        """Who a long answer is for, as they are by now; None for somebody whom the gate lets in no more."""
        who = self._visitors(scope, cookies, False)
        let_in = (one for one in who if gate.lets_in(one))
        return next((one for one in let_in if not first_step(one, scope["path"])), None)

    def _visitors(self, scope: Scope, cookies: Mapping[str, str], active: bool) -> list[Visitor]:
        """The person and the wall that a browser stands for; at most one of each."""
        secure = is_secure(self._access, scope)
        session = cookies.get(cookie_name("session", is_secure=secure))
        wall = cookies.get(cookie_name("wall", is_secure=secure))
        found = (
            visitor_by_session(self._access, session, is_active=active),
            visitor_by_device(
                self._access,
                wall,
                address_of(scope),
                lambda name: self._note_elsewhere(name, scope),
            ),
        )
        return [one for one in found if one is not None]

    def _stranger(
        self, scope: Scope, gate: Gate, cookies: Mapping[str, str]
    ) -> tuple[int, list[Header], bytes]:
        if gate.way == "call":
            return 401, [], b""
        if gate.screen == "wall":
            return _to(PAIR)
        if scope["method"] not in SAFE:
            return _to(SIGN_IN)
        wanted = scope["path"]
        if scope.get("query_string"):
            wanted += "?" + scope["query_string"].decode("latin-1")
        return _to(SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='/')}")

    def _note_denial(self, visitor: Visitor, scope: Scope) -> None:
        what, scope_of = scope["path"].split("?")[0][:100], scope_words(visitor.in_force)
        self._denials.note(Entry("denial", visitor.login, scope_of, what, outcome="refused"))

    def _note_elsewhere(self, wall: str, scope: Scope) -> None:
        where = address_of(scope)
        entry = Entry("denial", wall, object=where, reason="another address", outcome="refused")
        self._denials.note(entry)

    async def _refuse(self, send: Send, scope: Scope, status: int) -> None:
        status, headers, body = self._page(scope, status)
        later = [(b"retry-after", b"60")] if status == 429 else []
        await _answer(send, status, [*headers, *later], body)

    def _page(self, scope: Scope, status: int) -> tuple[int, list[Header], bytes]:
        if gate_of(scope["path"]).way in ("call", "signed"):
            return status, [], b""
        language = "en" if b"lang=en" in scope.get("query_string", b"") else "zh"
        kind = (b"content-type", b"text/html; charset=utf-8")
        return status, [kind], self._refusal(status, language)


def _believed(headers: Iterable[Header]) -> list[Header]:
    """The request's headers without any by which somebody could pose as somebody.

    WSGI reads `-` and `_` alike, so both spellings go.
    """
    posing = (b"x-auth-", b"x-remote-", b"remote-user", b"x-forwarded-user", b"x-visitor")
    kept = [
        (name.lower(), value)
        for name, value in headers
        if not name.lower().replace(b"_", b"-").startswith(posing) and b"_" not in name
    ]
    cookies = [value for name, value in kept if name == b"cookie"]
    rest = [(name, value) for name, value in kept if name != b"cookie"]
    return [*rest, (b"cookie", b"; ".join(cookies))] if cookies else rest


def _cookies(told: Mapping[bytes, bytes]) -> Mapping[str, str]:
    """Read as Flask reads them: of two of a name both must take the same one."""
    return parse_cookie(told.get(b"cookie", b"").decode("latin-1"))


async def _whole(receive: Receive, told: Mapping[bytes, bytes]) -> tuple[bytes, int]:
    """The request's body, and the status that refuses one that is too long."""
    length = told.get(b"content-length", b"0")
    if not length.isdigit():
        return b"", 400
    if int(length) > MOST_BYTES:
        return b"", 413
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"", 400
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return b"", 413
        if not message.get("more_body"):
            return bytes(body), 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, and afterwards what comes after it."""
    given = False

    async def replaying() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replaying


def _to(where: str) -> tuple[int, list[Header], bytes]:
    return 302, [(b"location", where.encode("latin-1"))], b""


async def _answer(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
