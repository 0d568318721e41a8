"""The stream of ticks: who is told of what, how a page catches up, and when the stream ends."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts_town import Office, grant
from conftest import in_a_loop
from guarded import CASES, Browser, ground
from small_town import found_town
from streamed import line
from waiting import eventually

from dashboard.events import (
    FULL_SPREAD,
    SPREAD_MS,
    Events,
    recent_seconds,
    screen_of,
    spread_ms,
    tick_frame,
)
from dashboard.guard import Guard
from dashboard.ticks import Hub, Stream, concerns
from dashboard.watch import Watch
from data.accounts import devices
from data.bus.tick import KINDS, Tick
from queries.site import Site
from queries.versions import Versions
from queries.visitor import Visitor

pytest_plugins = ["guarded_fixtures"]

TICK = Tick("cases", 7, 1_700_000_000)
BUILDS = {"wall": "w1", "tablet": "t1", "phone": "p1"}


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ground(tmp_path_factory.mktemp("open")) as opened:
        yield opened


def visitor(role: str, account: int = 7, device: int = 0) -> Visitor:
    held = (grant(role, "grid", tree="area", grid="A"),)
    return Visitor(account, "one", "one", "", held, held[0].valid_from, device_id=device)


def test_who_is_told_of_what() -> None:
    chief, worker = visitor("station_chief"), visitor("grid_worker", account=8)
    wall = visitor("wall", account=0, device=3)
    assert concerns(TICK, chief, "tablet")
    assert not concerns(TICK, chief, "wall"), "a chief has no right on the wall"
    assert concerns(TICK._replace(kind="population"), chief, "tablet")
    assert not concerns(TICK._replace(kind="population"), visitor("discipline"), "tablet")
    cast = Tick("cast", 1, 1, ("device:3",), "3")
    assert [concerns(cast, one, "wall") for one in (wall, visitor("wall", 0, 4), None)] == [
        True,
        False,
        False,
    ]
    order = Tick("supervision", 1, 1, ("account:8",), "12")
    assert concerns(order, worker, "phone")
    assert not concerns(order, chief, "phone")
    assert all(concerns(Tick(kind, 1, 1), None, "wall") for kind in KINDS)


def test_of_each_kind_and_object_the_newest_waits() -> None:
    async def play() -> None:
        stream = Stream(None, "wall")
        for version in (1, 2, 3):
            stream.take(Tick("cases", version, 1))
            stream.take(Tick("cast", version, 1, (), str(version % 2)))
        told = await stream.next(1)
        assert [(one.kind, one.version, one.object) for one in told] == [
            ("cases", 3, ""),
            ("cast", 3, "1"),
            ("cast", 2, "0"),
        ]
        assert await stream.next(0.01) == []

    in_a_loop(play)


def test_a_tick_is_short_and_says_not_whom_it_concerns() -> None:
    to = tuple(f"account:{number}" for number in range(100))
    told = tick_frame(Tick("supervision", 2**52, 2**34, to, "编" * 90))
    assert len(told) < 300
    assert b"account" not in told
    assert len(tick_frame(TICK)) < 100


def test_few_pages_ask_at_once_and_many_one_after_the_other() -> None:
    assert [spread_ms("phone", n) for n in (0, 10, FULL_SPREAD, 9 * FULL_SPREAD)] == [
        0,
        60,
        6000,
        6000,
    ]
    assert spread_ms("wall", 5000) == 0
    assert [recent_seconds(n) for n in (3, 100, 500, 5000)] == [0, 0, 2, 4]


@pytest.mark.parametrize(
    "query", ["", "screen=", "screen=office", "screen=wall&x=1", "x=wall", "wall"]
)
def test_a_stream_is_of_one_of_the_three_screens(query: str) -> None:
    assert screen_of(query.encode()) == ""
    assert screen_of(b"screen=wall") == "wall"


def test_a_page_is_told_all_first_and_then_what_changes(open_site: Site) -> None:
    hub = Hub()
    parts = [lambda who, screen: {"cast": {"screen": screen, "who": who}}]
    events = Events(open_site, hub, BUILDS, parts, beat_seconds=0.2)

    async def play() -> None:
        async with line(events, "wall") as wall:
            assert wall.status == 200
            assert wall.headers["content-type"] == "text/event-stream"
            event, snapshot = await wall.next()
            assert (event, snapshot["build"]) == ("snapshot", "w1")
            assert snapshot["versions"] == {"cases": 1, "grids": 2, "work": 0, "population": 0}
            assert snapshot["cast"] == {"screen": "wall", "who": None}
            threading.Thread(target=hub.take, args=(TICK,)).start()
            assert await wall.next() == ("tick", {"kind": "cases", "version": 7, "at": TICK.at})
            assert (await wall.next())[0] == "beat"
            assert len(hub) == 1
        assert len(hub) == 0

    in_a_loop(play)


def test_who_came_early_hears_of_those_who_came_since(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first of a thousand would ask as if they were alone."""
    monkeypatch.setattr("dashboard.events.FULL_SPREAD", 2)
    events = Events(open_site, Hub(), BUILDS, [], beat_seconds=0.2)

    async def play() -> tuple[int, int]:
        async with line(events, "phone") as early:
            before = (await early.next())[1]["spread"]
            async with line(events, "phone") as late:
                await late.next()
                name, beat = await early.next()
                assert name == "beat"
                return before, beat["spread"]

    assert in_a_loop(play) == (SPREAD_MS["phone"] // 2, SPREAD_MS["phone"])


def test_after_a_gap_a_page_is_told_all_once_more(open_site: Site) -> None:
    hub = Hub()
    events = Events(open_site, hub, BUILDS)

    async def play() -> None:
        async with line(events, "phone") as phone:
            assert (await phone.next())[0] == "snapshot"
            hub.take(Tick("gap", 0, 1))
            assert (await phone.next())[0] == "snapshot"

    in_a_loop(play)


def test_a_visitor_holds_so_many_streams_at_once(open_site: Site) -> None:
    hub = Hub()
    events = Events(open_site, hub, BUILDS, most_of_one=2)
    chief, worker = visitor("station_chief"), visitor("grid_worker", account=8)

    async def status(who: Visitor) -> int:
        async with line(events, "phone", visitor=who) as opened:
            return opened.status

    async def play() -> None:
        async with (
            line(events, "phone", visitor=chief),
            line(events, "phone", visitor=chief) as second,
        ):
            assert second.status == 200
            assert await status(chief) == 429
            assert await status(worker) == 200
        assert hub.held_by(chief) == 0
        assert await status(chief) == 200

    in_a_loop(play)


def test_head_holds_no_stream(open_site: Site) -> None:
    hub = Hub()
    events = Events(open_site, hub, BUILDS)

    async def play() -> None:
        async with line(events, "wall", method="HEAD") as asked:
            await asyncio.wait_for(asked.closed.wait(), 5)
            assert (asked.status, asked.frames.empty(), len(hub)) == (200, True, 0)

    in_a_loop(play)


def test_after_a_gap_a_page_is_told_what_its_visitor_may_see_by_now(open_site: Site) -> None:
    hub = Hub()
    events = Events(open_site, hub, BUILDS, [lambda who, screen: {"role": who and who.roles[0]}])

    async def play() -> None:
        async with line(events, "phone", visitor=visitor("leader")) as phone:
            assert (await phone.next())[1]["role"] == "leader"
            (stream,) = hub._streams
            stream.visitor = visitor("discipline")
            hub.take(Tick("gap", 0, 1))
            assert (await phone.next())[1]["role"] == "discipline"

    in_a_loop(play)


def test_what_is_no_screen_is_refused_and_silent_databases_are_told(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Events(open_site, Hub(), BUILDS)

    async def status(screen: str) -> int:
        async with line(events, screen) as opened:
            return opened.status

    async def play() -> None:
        assert await status("office") == 400

        def silent(_: Site) -> Any:
            raise OSError("no database")

        monkeypatch.setattr(Site, "versions", silent)
        assert await status("wall") == 503

    in_a_loop(play)


def test_a_change_by_another_program_is_told_within_a_second(tmp_path: Path) -> None:
    town = found_town("sqlite", tmp_path, "told")
    site = town.city.site()
    told: list[Tick] = []
    watch = Watch(site.look, told.append)
    watch.begin()
    try:
        eventually(lambda: told, 5)
        assert {tick.kind for tick in told} == {"grids"}, "the first look tells what there is"
        town.take(CASES, now=100)
        eventually(lambda: told[-1].kind == "cases", 5)
        assert [(tick.kind, tick.version) for tick in told[1:]] == [("cases", 1)]
        assert site.versions()["cases"] == 1, "who asks after the tick gets figures of it"
    finally:
        watch.end()
        site.case.dispose()
        site.population.dispose()


def test_databases_that_were_silent_are_caught_up_with(caplog: pytest.LogCaptureFixture) -> None:
    found: list[Any] = [
        Versions(1),
        OSError("gone"),
        OSError("gone"),
        Versions(4, grids=2),
        Versions(3, grids=2),
    ]
    told: list[Tick] = []

    def look() -> Versions:
        answer = found.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    watch = Watch(look, told.append)
    assert [watch.look() for _ in range(5)] == [True, False, False, True, True]
    # A page that came before the first look may have been shown what was there before.
    assert [(one.kind, one.version) for one in told[:1]] == [("cases", 1)]
    assert [(o.kind, o.version) for o in told[1:]] == [("cases", 4), ("grids", 2), ("cases", 3)]
    assert [record.message for record in caplog.records] == [
        "the databases do not answer: gone",
        "the databases answer again",
    ]


def test_who_cannot_be_told_and_errors_without_words_end_no_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = [Versions(1), TimeoutError(), Versions(2, grids=2)]

    def look() -> Versions:
        answer = found.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    told: list[str] = []

    def tell(tick: Tick) -> None:
        told.append(tick.kind)
        raise RuntimeError

    watch = Watch(look, tell)
    assert [watch.look() for _ in range(3)] == [True, False, True]
    assert told == ["cases", "cases", "grids"]
    assert [record.message for record in caplog.records] == [
        "that cases changed could not be told: RuntimeError",
        "the databases do not answer: TimeoutError",
        "the databases answer again",
        "that cases changed could not be told: RuntimeError",
        "that grids changed could not be told: RuntimeError",
    ]


def cookies_of(tab: Browser) -> dict[str, str]:
    return dict(tab.client.cookies)


def inner_events(server: Any) -> Events:
    """The events of a guarded server."""
    return next(r.app for r in server._app.routes if getattr(r, "path", "") == "/events")


def test_a_stream_is_opened_to_who_may_open_its_screen(
    tab: Browser, place: tuple[Office, Any]
) -> None:
    guard: Guard = place[1]

    async def status(screen: str, cookies: dict[str, str]) -> int:
        async with line(guard, screen, cookies) as opened:
            return opened.status

    assert in_a_loop(lambda: status("phone", {})) == 401
    tab.sign_in("leader")
    held = cookies_of(tab)
    assert [in_a_loop(lambda s=s: status(s, held)) for s in ("wall", "tablet", "phone")] == [
        403,
        200,
        200,
    ]


def test_a_stream_ends_with_its_session(
    tab: Browser, place: tuple[Office, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = place[1]
    monkeypatch.setattr(inner_events(guard), "_beat_seconds", 0.2)
    tab.sign_in("leader")
    held = cookies_of(tab)

    async def play() -> None:
        async with line(guard, "phone", held) as opened:
            assert (await opened.next())[0] == "snapshot"
            assert (await opened.next())[0] == "beat"
            await asyncio.to_thread(tab.submit, "/account", {}, "/sign-out")
            while (event := (await opened.next())[0]) == "beat":
                pass
            assert event == "end"
            await asyncio.wait_for(opened.closed.wait(), 5)

    in_a_loop(play)


def test_a_walls_stream_ends_when_the_wall_is_shut_out(
    town: Office, place: tuple[Office, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = place[1]
    monkeypatch.setattr(inner_events(guard), "_beat_seconds", 0.2)
    asked = devices.ask(town.access)
    number = devices.approve(town.access, asked.code, "told wall", grant("wall"), "test")

    async def play() -> None:
        async with line(guard, "wall", {"wall": asked.secret}) as opened:
            assert (await opened.next())[0] == "snapshot"
            (stream,) = inner_events(guard)._hub._streams
            assert stream.visitor is not None
            assert stream.visitor.address == f"device:{number}"
            await asyncio.to_thread(devices.revoke, town.access, number, "test")
            while (event := (await opened.next())[0]) == "beat":
                pass
            assert event == "end"

    in_a_loop(play)


def test_who_has_no_stream_asks_for_the_same_and_is_told_304(tab: Browser) -> None:
    assert tab.get("/api/versions?screen=phone").status_code == 401
    tab.sign_in("leader")
    assert tab.get("/api/versions?screen=wall").status_code == 403
    first = tab.get("/api/versions?screen=phone")
    assert first.json()["versions"]["cases"] == 1
    again = tab.get("/api/versions?screen=phone", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
