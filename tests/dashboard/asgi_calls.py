"""Requests put straight to a guarded server in this process: thousands of them in a minute."""

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from guarded import _body

from data.accounts.sessions import form_token

HOST = "grid.test"


class Reply(NamedTuple):
    """What a request was answered."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def components(self) -> dict[str, Any]:
        """What a callback's answer fills, by component."""
        return json.loads(self.body)["response"]

    @property
    def unpacked(self) -> str:
        """The body as text, of a workbook all that is packed in it."""
        if not self.body.startswith(b"PK"):
            return self.text
        with zipfile.ZipFile(io.BytesIO(self.body)) as book:
            return "".join(book.read(name).decode() for name in book.namelist())

    @property
    def told(self) -> str:
        """The same with its words readable."""
        return json.dumps(self.components, ensure_ascii=False)


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own: browser tests leave a running one in this."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Caller:
    """Somebody with a cookie, who keeps to one event loop: it runs in a thread of its own (`running_loop`)."""

    def __init__(self, server: Any, loop: asyncio.AbstractEventLoop, cookie: str) -> None:
        self._server, self._loop, self._cookie = server, loop, cookie
        self.calls = 0

    def get(self, address: str) -> Reply:
        """Ask for a page or a file."""
        return self._answer(self._call("GET", address, b""))

    def ask(self, screen: str, fragment: str) -> Reply:
        """A screen's callback, as its page sends it."""
        body = _body(screen)
        body["inputs"][0]["value"] = json.dumps({"hash": fragment, "search": "", "n": 1})
        address = f"/{screen}/_dash-update-component"
        return self._answer(self._call("POST", address, json.dumps(body).encode()))

    def take(self, address: str) -> Reply:
        """Send a file's form: its token is that of the session, its reason a good one."""
        token = form_token(self._cookie.partition("=")[2])
        body = urlencode({"form_token": token, "reason": "季度考核复核"}).encode()
        call = self._call("POST", address, body, "application/x-www-form-urlencoded")
        return self._answer(call)

    def _answer(self, call: Coroutine[Any, Any, Reply]) -> Reply:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    async def _call(
        self, method: str, address: str, body: bytes, kind: str = "application/json"
    ) -> Reply:
        self.calls += 1
        parts = urlsplit(address)
        headers = {
            "host": HOST,
            "origin": f"http://{HOST}",
            "cookie": self._cookie,
            "sec-fetch-site": "same-origin",
            "content-type": kind,
            "content-length": str(len(body)),
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": (HOST, 80),
        }
        given, parts_of_body, status = False, [], 0

        async def receive() -> dict[str, Any]:
            nonlocal given
            if given:
                await asyncio.Event().wait()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts_of_body.append(message.get("body", b""))

        await self._server(scope, receive, send)
        return Reply(status, b"".join(parts_of_body))
