"""`POST /api/cases` where bodies come slowly: nobody is held up by who has signed nothing yet."""

import asyncio
import time
from typing import Any

import pytest
from arrival_town import body_of, headers_of, sent
from conftest import in_a_loop
from gateway_fixtures import Gateway

from dashboard.arrivals import OF_ONE, Arrivals
from dashboard.pace import Pace
from data.arrival import tokens

pytest_plugins = ["gateway_fixtures"]


class Slow:
    """Requests whose bodies come as the test has them come."""

    def __init__(
        self, gateway: Gateway, body: bytes, token: str = "", source: str = "hotline"
    ) -> None:
        self.app, self.body = gateway.tab.client.app, body
        headers = headers_of(token or gateway.token, gateway.office.hand.at, body, source)
        self.raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def status(
        self, address: str, *parts: bytes, pause: float = 0, ends: bool = False
    ) -> int:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/cases",
            "query_string": b"",
            "headers": self.raw,
            "client": (address, 1),
            "scheme": "http",
        }
        coming, answered = list(parts), []

        async def receive() -> dict[str, Any]:
            if not coming:
                await asyncio.Event().wait()
            await asyncio.sleep(pause)
            part = coming.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(coming) or not ends}

        async def send(message: Any) -> None:
            answered.append(message)

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        return int(answered[0]["status"])


def test_who_sends_slowly_holds_up_nobody_else(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.arrivals.PATIENCE_SECONDS", 1)
    sender = Slow(gateway, body_of([sent(1)]))
    body = sender.body

    async def play() -> tuple[list[int], int, int]:
        slow = [asyncio.create_task(sender.status("10.0.0.9", body[:9])) for _ in range(OF_ONE)]
        await asyncio.sleep(0.3)
        same = await sender.status("10.0.0.9", body, ends=True)
        other = await sender.status("10.0.0.8", body, ends=True)
        assert not any(one.done() for one in slow)
        return [await one for one in slow], same, other

    assert in_a_loop(play) == ([408] * OF_ONE, 503, 200)


def test_a_trickle_is_cut_off_and_what_comes_steadily_is_not(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.arrivals.START_SECONDS", 0.5)
    monkeypatch.setattr("dashboard.arrivals.LEAST_SPEED", 400)
    slow = Slow(gateway, body_of([sent(1)]))
    assert len(slow.body) > 150

    async def play() -> list[int]:
        trickle = [slow.body[n : n + 5] for n in range(0, len(slow.body), 5)]
        steady = [slow.body[n : n + 50] for n in range(0, len(slow.body), 50)]
        return list(
            await asyncio.gather(
                slow.status("10.0.0.9", *trickle, pause=0.1, ends=True),
                slow.status("10.0.0.8", *steady, pause=0.05, ends=True),
            )
        )

    begun = time.monotonic()
    assert in_a_loop(play) == [408, 200]
    assert time.monotonic() - begun < 3


@pytest.fixture
def door(gateway: Gateway) -> Arrivals:
    """What answers at the address."""
    app: Any = gateway.tab.client.app
    found = next(one.app for one in app._app.routes if getattr(one, "path", "") == "/api/cases")
    assert isinstance(found, Arrivals)
    return found


def test_who_lets_bodies_trickle_over_and_over_is_told_to_stop(
    gateway: Gateway, door: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.arrivals.START_SECONDS", 0.1)
    monkeypatch.setattr(door, "_wrong", Pace(2))
    slow = Slow(gateway, body_of([sent(1)]))

    async def play() -> list[int]:
        same = [await slow.status("10.0.0.9", slow.body[:9]) for _ in range(3)]
        # Another is not meant, and what is signed is taken in from the same address too.
        other = await slow.status("10.0.0.8", slow.body[:9])
        return [*same, other, await slow.status("10.0.0.9", slow.body, ends=True)]

    assert in_a_loop(play) == [408, 408, 429, 408, 200]


def test_bodies_on_their_way_hold_so_much_in_all_and_half_of_it_for_one_address(
    gateway: Gateway, door: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.arrivals.START_SECONDS", 5)
    monkeypatch.setattr("dashboard.arrivals.MOST_COMING", 2000)
    monkeypatch.setattr(door, "_load", Arrivals(door._access, door._intake, door._told)._load)
    access, now = gateway.office.access, gateway.office.hand.at
    body, other = body_of([sent(1)]), body_of([sent(2)])
    hotline = Slow(gateway, body)
    phones, patrol = (
        Slow(gateway, body, tokens.create(access.log, name, "", "test", now)[1], name)
        for name in ("app", "patrol")
    )

    async def play() -> tuple[list[int], list[int], int]:
        def begin(one: Slow, address: str) -> list[asyncio.Task[int]]:
            return [asyncio.create_task(one.status(address, b"x" * 300)) for _ in range(3)]

        begun = begin(hotline, "10.0.1.1")
        await asyncio.sleep(0.2)
        # A fourth would be more than the half, whosever it says it is; the source itself is let in.
        refused = [await patrol.status("10.0.1.1", b"x" * 300)]
        assert await Slow(gateway, other).status("10.0.9.1", other, ends=True) == 200
        begun += begin(phones, "10.0.2.1")
        await asyncio.sleep(0.2)
        # One that has sent nothing yet finds that the others have it all, but for 200 bytes.
        refused.append(await patrol.status("10.0.9.2", b"x" * 300))
        fits = asyncio.create_task(patrol.status("10.0.9.3", b"x" * 200))
        assert not any(one.done() for one in begun)
        held = [await one for one in (*begun, fits)]
        # What they held is free again.
        return held, refused, await hotline.status("10.0.9.1", body, ends=True)

    assert in_a_loop(play) == ([408] * 7, [503] * 2, 200)
