"""One browser as the load generator plays it: what it asks, what it is told it holds."""

import asyncio
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import brotli


@dataclass
class Asker:
    """One browser: its screen and address, how to ask, and what it holds.

    One that `forgets` holds nothing, as if its page had just been opened: it is sent everything.
    """

    screen: str
    fragment: str
    call: dict[str, Any]
    seen: str = "{}"
    forgets: bool = False
    _written: tuple[str, bytes] | None = None

    def request(self, host: str) -> bytes:
        """The next request, as bytes on the wire."""
        if self._written is None or self._written[0] != self.seen:
            self._written = (self.seen, self._request(host))
        return self._written[1]

    def _request(self, host: str) -> bytes:
        asked = json.dumps({"hash": self.fragment, "search": "", "n": 1, **self._told()})
        body = self.call | {
            "inputs": [{"id": "asked", "property": "value", "value": asked}],
            "state": [{"id": "seen", "property": "value", "value": self.seen}],
            "changedPropIds": ["asked.value"],
        }
        content = json.dumps(body).encode()
        head = (
            f"POST /{self.screen}/_dash-update-component HTTP/1.1\r\nHost: {host}\r\n"
            f"Accept-Encoding: br\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def _told(self) -> dict[str, Any]:
        """What else the page says of itself in its question."""
        return {}

    def take(self, content: bytes, encoding: str = "") -> None:
        """Keep what the server says is held now."""
        if not self.forgets:
            self.seen = held_after(content, encoding) or self.seen


class Pinger(Asker):
    """Asks for the least the server can answer: what no screen's answer can be faster than."""

    def _request(self, host: str) -> bytes:
        return f"GET /computed HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    def take(self, content: bytes, encoding: str = "") -> None:
        """Nothing is held."""


@lru_cache(256)
def held_after(content: bytes, encoding: str) -> str:
    """What an answer says its asker holds; the same answer goes to many, and is unpacked once."""
    plain = brotli.decompress(content) if encoding == "br" else content
    told = json.loads(plain)["response"].get("seen")
    return str(told["value"]) if told else ""


async def read_answer(
    reader: asyncio.StreamReader, fields: dict[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Status, content and its encoding of one HTTP/1.1 answer, of a told length or in chunks.

    fields: is given the header, in small letters.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    fields = {} if fields is None else fields
    fields |= dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    encoding = fields.get("content-encoding", "")
    if "content-length" in fields:
        return status, await reader.readexactly(int(fields["content-length"])), encoding
    content = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        content += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, content, encoding
