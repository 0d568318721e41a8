"""`POST /api/cases`: where the systems of sources send their cases; `/api/openapi.json` says how.

Not for people: neither sessions nor cookies count here, only the signature (data.arrival.signature).
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.gates import SIGNED
from dashboard.office.desk import Desk
from dashboard.pace import Pace
from data.accounts.access import Access
from data.arrival import tokens
from data.arrival.intake import Intake
from data.arrival.schema import openapi
from data.arrival.signature import (
    SIGNATURE_HEADER,
    SOURCE_HEADER,
    TIME_HEADER,
    is_signed,
    is_timely,
)
from data.arrival.taking import Taken, read_body
from data.bus.tick import Tick
from data.errors import InputError
from data.one_ingester import AnotherIngester

log = logging.getLogger(__name__)

MOST_BYTES = 10 * 1024 * 1024
MOST_WRONG = 30
"""Requests a minute from one address that nobody signed."""
AT_A_TIME = 4
"""Bodies that are held at a time; whoever comes then is told to come again."""


def doors_of(desk: Desk, intake: Intake) -> list[Route]:
    """Both addresses; that there are new cases is told to every process."""

    def told(version: int) -> None:
        desk.bus.publish(Tick("cases", version, int(time.time())))

    arrivals = Arrivals(desk.access, intake, told)
    return [Route(address, arrivals) for address in SIGNED]


class Arrivals:
    """An ASGI application for both addresses. told: is given the version of the cases after each batch."""

    def __init__(self, access: Access, intake: Intake, told: Callable[[int], None]) -> None:
        self._access, self._intake, self._told = access, intake, told
        self._wrong = Pace(MOST_WRONG)
        self._held = 0
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with JSON; what is wrong is told as `error`, or item by item."""
        if scope["path"] == "/api/openapi.json" and scope["method"] in ("GET", "HEAD"):
            return await _answer(send, 200, openapi())
        if scope["method"] != "POST":
            return await _answer(send, 405, {"error": "Cases are sent by POST."})
        if not self._begins():
            return await _answer(send, 503, {"error": "Others send just now; send it again."}, 2)
        try:
            status, told, later = await self._taken(scope, receive)
        finally:
            with self._lock:
                self._held -= 1
        return await _answer(send, status, told, later)

    def _begins(self) -> bool:
        with self._lock:
            if self._held >= AT_A_TIME:
                return False
            self._held += 1
            return True

    async def _taken(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any], int]:
        headers = {name.decode("latin-1"): value for name, value in scope["headers"]}
        source, sent_at, given = (
            headers.get(name.lower(), b"").decode("utf-8", "replace")
            for name in (SOURCE_HEADER, TIME_HEADER, SIGNATURE_HEADER)
        )
        client, now = (scope.get("client") or ("-",))[0], self._access.now()
        if not is_timely(sent_at, now):
            words = f"{TIME_HEADER} is not this moment in epoch seconds; here it is {now}."
            return self._unsigned(client, words)
        # Nobody's body is read before there is anybody who could have signed it.
        held = await asyncio.to_thread(tokens.in_force, self._access.engine, source)
        if not held:
            return self._unsigned(client, f"{SOURCE_HEADER} names no source with a token in force.")
        body = await _body(receive, headers.get("content-length", b""))
        if body is None:
            return (
                413,
                {"error": f"At most {MOST_BYTES // 1024 // 1024} MB are taken at a time."},
                0,
            )
        token = next((one for one in held if is_signed(one.key, sent_at, body, given)), None)
        if token is None:
            words = (
                f"{SIGNATURE_HEADER} is not what a token of {source} gives for this body and time."
            )
            return self._unsigned(client, words)
        return await asyncio.to_thread(self._take, token, given, body, now)

    def _unsigned(self, client: str, words: str) -> tuple[int, dict[str, Any], int]:
        if self._wrong.allows(client):
            return 401, {"error": words}, 0
        return 429, {"error": "Too many requests that nobody signed."}, 60

    def _take(
        self, token: tokens.Token, given: str, body: bytes, now: int
    ) -> tuple[int, dict[str, Any], int]:
        engine = self._access.engine
        if not tokens.is_fresh(engine, token, given, now):
            return (
                409,
                {"error": "This very request came before; sign it anew to send it again."},
                0,
            )
        try:
            cases = read_body(body)
            taken = self._intake.take(token.source, token.prefix, cases, now)
        except InputError as error:
            return 400, {"error": str(error)}, 0
        except AnotherIngester as error:
            tokens.forget(engine, given)
            return 503, {"error": str(error)}, 5
        except Exception:
            log.exception("a batch of %s was not taken in", token.source)
            tokens.forget(engine, given)
            return 503, {"error": "The cases cannot be written just now; send it again."}, 10
        if taken.new or taken.updated or taken.events:
            self._told(taken.version)
        return 200, _words_of(taken), 0


def _words_of(taken: Taken) -> dict[str, Any]:
    verdicts = [
        {
            "id": one.id,
            "verdict": one.verdict,
            **({"problems": [p._asdict() for p in one.problems]} if one.problems else {}),
        }
        for one in taken.verdicts
    ]
    return {**taken._asdict(), "verdicts": verdicts}


async def _body(receive: Receive, length: bytes) -> bytes | None:
    """The body; None for one that is too long, which is read no further than that."""
    if length.isdigit() and int(length) > MOST_BYTES:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, status: int, told: dict[str, Any], later: int = 0) -> None:
    content = json.dumps(told, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    headers.append((b"content-length", str(len(content)).encode()))
    if later:
        headers.append((b"retry-after", str(later).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
