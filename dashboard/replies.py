"""Answers the callbacks of the screens in front of Flask, from pictures and finished replies.

What a browser asks is looked at here only when it is exactly the callback of a screen; all else, bad
bodies, wrong addresses and silent databases among them, goes on to Flask and Dash, which answer it with
the same functions. A reply is kept compressed beside its picture, by what its asker held.
"""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import NamedTuple

import brotli
from dash import no_update
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.noted_views import TooOften
from dashboard.panel import (
    Instant,
    Picture,
    Question,
    Screen,
    Written,
    as_object,
    changes,
    draw,
    instant_of,
    read_question,
    versions_in,
)
from dashboard.pictures import NOTHING, Kept, Pictures, Shown, Wanted
from data.bus.tick import OF_DATA
from queries.site import Site
from queries.visitor import Visitor

LONGEST_BODY = 400_000
REPLIES_KEPT = 24
"""Finished replies kept with a picture: askers who hold the one before, nothing, or an older one."""
BROTLI_QUALITY = 5


class Call(NamedTuple):
    """A question, the note of what its asker holds, and the versions that they were told of."""

    question: Question
    seen: str
    wanted: Wanted = NOTHING


class Replies:
    """An ASGI application that answers what it can and hands on the rest."""

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        screens: Sequence[Screen],
        note: Callable[[Question], None] | None = None,
        recent: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """note: is told of each question before it is answered; what it raises is not answered.

        recent: as in dashboard.pictures.Pictures.
        """
        self._note = note
        by_key = {screen.key: screen for screen in screens}
        self._app = app
        self._screens = {f"/{key}/_dash-update-component": one for key, one in by_key.items()}
        self._pictures = Pictures(
            lambda question: draw(by_key[question.screen], site, question),
            lambda: instant_of(site),
            anew=lambda: _looked_up(site),
            reaches=lambda instant, wanted: not wanted or versions_in(instant).reach(wanted),
            recent=recent,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a screen's callback; hand on everything else as it came."""
        screen = self._screens.get(scope["path"]) if scope["type"] == "http" else None
        headers = dict(scope["headers"]) if screen else {}
        length = headers.get(b"content-length", b"")
        if screen is None or scope["method"] != "POST" or not length.isdigit():
            return await self._app(scope, receive, send)
        if int(length) > LONGEST_BODY:
            return await self._app(scope, receive, send)
        received = [message async for message in _whole(receive)]
        body = b"".join(part.get("body", b"") for part in received)
        call = read_call(screen, body, scope.get("visitor"))
        encoding = encoding_of(headers.get(b"accept-encoding", b""))
        if call and self._note is not None:
            try:
                await asyncio.to_thread(self._note, call.question)
            except TooOften:  # Flask, which asks again, has the words
                return await self._app(scope, _again(received, receive), send)
        try:
            shown = await self._pictures.of(call.question, call.wanted) if call else None
            content = reply(shown.kept, call.seen, encoding) if call and shown else None
        except Exception:  # whatever it is, Dash's own way says it in words
            shown = content = None
        if shown is None or content is None:
            return await self._app(scope, _again(received, receive), send)
        return await _send(send, content, encoding, shown)


def read_call(screen: Screen, body: bytes, visitor: Visitor | None = None) -> Call | None:
    """The call in a request's body; None when it is not exactly the one callback of the screen.

    None too for what is typed to find persons: pictures and replies are kept, and that may not be.
    """
    try:
        given = json.loads(body)
        (asked,), (seen,) = given["inputs"], given["state"]
        wires = (asked["id"], asked["property"], seen["id"], seen["property"])
        if given["output"] != screen.output or wires != ("asked", "value", "seen", "value"):
            return None
        question = read_question(screen, asked["value"], visitor)
        held = seen["value"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if question is None or question.typed or not isinstance(held, str):
        return None
    return Call(question, held, wanted_in(asked["value"]))


def wanted_in(asked: str) -> Wanted:
    """The versions, by kind, that a browser says it was told of; whatever else it says is left out."""
    told = as_object(asked).get("wanted")
    if not isinstance(told, dict):
        return NOTHING
    return {kind: told[kind] for kind in OF_DATA if type(told.get(kind)) is int}


def _looked_up(site: Site) -> Instant:
    site.look()
    return instant_of(site)


def reply(kept: Kept, seen: str, encoding: str) -> bytes:
    """The finished answer for an asker who holds what `seen` says."""
    # Whatever a browser claims to hold, what is kept of the claim is short.
    key = (hashlib.blake2b(seen.encode(errors="replace"), digest_size=16).digest(), encoding)
    if key in kept.replies:
        kept.replies.move_to_end(key)
        return kept.replies[key]
    content = written(kept.picture, seen).encode()
    if encoding == "br":
        content = brotli.compress(content, quality=BROTLI_QUALITY)
    elif encoding == "gzip":
        content = gzip.compress(content, 6)
    kept.replies[key] = content
    while len(kept.replies) > REPLIES_KEPT:
        kept.replies.popitem(last=False)
    return content


def written(picture: Picture, seen: str) -> str:
    """The answer as Dash writes it: `{"multi": true, "response": {id: {property: value}}}`."""
    told: dict[str, list[str]] = {}
    values = changes(picture, seen, lambda text: text)
    for wire, value in zip(picture.screen.outputs, values, strict=True):
        if value is not no_update:
            text = value if isinstance(value, Written) else json.dumps(value)
            told.setdefault(wire.id, []).append(f'"{wire.prop}":{text}')
    parts = ",".join(f'"{name}":{{{",".join(props)}}}' for name, props in told.items())
    return f'{{"multi":true,"response":{{{parts}}}}}'


def encoding_of(accepted: bytes) -> str:
    """The best of what a browser says it can unpack: br, gzip or nothing."""
    offered = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, weight = part.partition(";")
        offered[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ("br", "gzip") if offered.get(name)), "")


async def _whole(receive: Receive) -> AsyncIterator[Message]:
    """The messages of a request until its body is complete."""
    while True:
        message = await receive()
        yield message
        if not message.get("more_body"):
            return


def _again(received: Iterable[Message], receive: Receive) -> Receive:
    """What was received, once more; then what comes after it."""
    kept = iter(received)

    async def next_message() -> Message:
        for message in kept:
            return message
        return await receive()

    return next_message


async def _send(send: Send, content: bytes, encoding: str, shown: Shown) -> None:
    versions = versions_in(shown.kept.picture.instant)._asdict()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    headers.append((b"x-versions", json.dumps(versions).encode()))
    if shown.older:
        headers.append((b"x-figures", b"older"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
