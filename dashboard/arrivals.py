"""`POST /api/cases`: where the systems of sources send their cases; `/api/openapi.json` says how.

Not for people: neither sessions nor cookies count here, only the signature (data.arrival.signature).
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.gates import DOCUMENT, SIGNED
from dashboard.office.desk import Desk
from dashboard.pace import Load, Pace, Room
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
"""Signed batches that are held at a time; whoever comes then is told to come again."""
OF_TOKEN = 3
"""Of one token: one place is always left for the others."""
OF_ONE = 4
"""Bodies that are on their way at a time from one address."""
MOST_COMING = 48 * 1024 * 1024
"""Bytes of all bodies that are on their way or held; half of it for those from one address."""
PATIENCE_SECONDS = 30
START_SECONDS, LEAST_SPEED = 5, 20_000
"""A body must come at so many bytes a second, after so many seconds: a trickle holds no place for long."""

Answer = tuple[int, dict[str, Any], int]
"""Status, what is told, and after how many seconds to come again (0: not said)."""

BUSY: Answer = (503, {"error": "Others send just now; send it again."}, 2)
NOT_NOW: Answer = (503, {"error": "The cases cannot be written just now; send it again."}, 10)
TOO_MANY: Answer = (429, {"error": "Too many requests that nobody signed."}, 60)
TOO_LONG: Answer = (
    413,
    {"error": f"At most {MOST_BYTES // 1024 // 1024} MB are taken at a time."},
    0,
)


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
        self._coming, self._taking, self._of_token = Room(OF_ONE), Room(AT_A_TIME), Room(OF_TOKEN)
        self._load = Load(MOST_COMING, MOST_COMING // 2)
        # Threads of their own: batches that wait for one another hold up nobody who is to be let in.
        self._threads = ThreadPoolExecutor(AT_A_TIME, "arrivals")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with JSON; what is wrong is told as `error`, or item by item."""
        if scope["path"] == DOCUMENT:
            if scope["method"] in ("GET", "HEAD"):
                return await _answer(send, 200, openapi())
            return await _answer(send, 405, {"error": "This is read by GET."})
        if scope["method"] != "POST":
            return await _answer(send, 405, {"error": "Cases are sent by POST."})
        try:
            status, told, later = await self._taken(scope, receive)
        except Exception:
            log.exception("a batch was not taken in")
            status, told, later = NOT_NOW
        return await _answer(send, status, told, later)

    async def _taken(self, scope: Scope, receive: Receive) -> Answer:
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
        # As long as it is not known who sends, an address holds up nobody but itself, nor the source that it names.
        with self._load.share(client) as take:
            with self._coming.place(client) as is_free:
                length = headers.get("content-length", b"")
                body = await _body(receive, length, take) if is_free else BUSY
            if not isinstance(body, bytes):
                # Nor did anybody sign a body that never came.
                return body if body[0] != 408 or self._wrong.allows(client) else TOO_MANY
            return await self._signed(client, source, held, (sent_at, given), body, now)

    async def _signed(
        self,
        client: str,
        source: str,
        held: list[tokens.Token],
        signed: tuple[str, str],
        body: bytes,
        now: int,
    ) -> Answer:
        """Take in a body if one of the tokens signed it. signed: its time and its signature."""
        sent_at, given = signed
        token = next((one for one in held if is_signed(one.key, sent_at, body, given)), None)
        if token is None:
            words = (
                f"{SIGNATURE_HEADER} is not what a token of {source} gives for this body and time."
            )
            return self._unsigned(client, words)
        # A token's own place first: who has too many holds none of the others'.
        with self._of_token.place(str(token.token_id)) as has_room, self._taking.place() as is_free:
            if not (has_room and is_free):
                return BUSY
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._take, token, given, body, now)

    def _unsigned(self, client: str, words: str) -> Answer:
        if self._wrong.allows(client):
            return 401, {"error": words}, 0
        return TOO_MANY

    def _take(self, token: tokens.Token, given: str, body: bytes, now: int) -> Answer:
        engine = self._access.engine
        if tokens.is_seen(engine, given):
            words = "This very request came before; sign it anew to send it again."
            return 409, {"error": words}, 0
        try:
            cases = read_body(body)
            taken = self._intake.take(token.source, token.prefix, cases, now)
        except InputError as error:
            return 400, {"error": str(error)}, 0
        except AnotherIngester as error:
            return 503, {"error": str(error)}, 5
        if taken.new or taken.updated or taken.events:
            self._told(taken.version)
        try:
            tokens.remember(engine, token, given, now)
        except Exception:
            # It is taken in, and coming again it would change nothing.
            log.exception("that a batch of %s was taken in could not be noted", token.source)
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


async def _body(receive: Receive, length: bytes, take: Callable[[int], bool]) -> bytes | Answer:
    """The body, or what is answered to one that is too long or too slow, which is read no further.

    take: takes room for so many bytes more.
    """
    if length.isdigit() and int(length) > MOST_BYTES:
        return TOO_LONG
    try:
        return await asyncio.wait_for(_read(receive, take), PATIENCE_SECONDS)
    except TimeoutError:
        words = (
            f"The body did not come within {PATIENCE_SECONDS} seconds, at {LEAST_SPEED // 1000} kB a second; "
            "send it again."
        )
        return 408, {"error": words}, 0


async def _read(receive: Receive, take: Callable[[int], bool]) -> bytes | Answer:
    body, begun = bytearray(), time.monotonic()
    while True:
        left = begun + START_SECONDS + len(body) / LEAST_SPEED - time.monotonic()
        message = await asyncio.wait_for(receive(), max(0.0, left))
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return TOO_LONG
        if not take(len(message.get("body", b""))):
            return BUSY
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
