"""Pictures: the newest at once, one thread for the next, nobody waits for what another makes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import in_a_loop

from dashboard.panel import Question
from dashboard.pictures import LOOK_UP_SECONDS, MOST_KEPT, RETRY_SECONDS, STALE_SECONDS, Pictures

HOME = Question("wall", "", "")
AWAY = Question("wall", "#days=7", "")


class Studio:
    """Draws pictures of an instant, as slowly as it is told; its clock moves by hand."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.instant: Any = 1
        self.whole = True
        self.failure: Exception | None = None
        self.drawn: Counter[Question] = Counter()
        self.free = Event()
        self.free.set()
        self.recent = 0.0
        self.pictures = Pictures(
            self.draw,
            self.look,
            reaches=lambda instant, wanted: not wanted or instant >= wanted["cases"],
            recent=lambda: self.recent,
            now=lambda: self.at,
        )

    def draw(self, question: Question) -> Any:
        self.drawn[question] += 1
        instant, whole = self.instant, self.whole
        assert self.free.wait(10)
        if self.failure:
            raise self.failure
        return SimpleNamespace(instant=instant, whole=whole)

    def look(self) -> Any:
        if isinstance(self.instant, Exception):
            raise self.instant
        return (self.instant,)[0]

    async def shown(self, question: Question = HOME) -> tuple[Any, bool]:
        shown = await self.pictures.of(question)
        return shown.kept.picture.instant, shown.older

    def later(self, seconds: float = 2.5 * LOOK_UP_SECONDS) -> None:
        self.at += seconds

    async def settled(self, question: Question = HOME) -> None:
        """Until nothing is being made."""
        while self.pictures._making:
            await asyncio.sleep(0.005)


def played(play: Callable[[Studio], Awaitable[None]]) -> None:
    in_a_loop(lambda: asyncio.wait_for(play(Studio()), 20))  # type: ignore[arg-type]


def test_many_who_ask_first_at_once_wait_for_one_drawing():
    async def play(studio: Studio) -> None:
        studio.free.clear()
        asking = [asyncio.create_task(studio.shown()) for _ in range(64)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in asking)
        studio.free.set()
        assert set(await asyncio.gather(*asking)) == {(1, False)}
        assert studio.drawn == {HOME: 1}

    played(play)


def test_after_a_change_all_see_the_last_picture_until_the_next_is_there():
    async def play(studio: Studio) -> None:
        assert await studio.shown() == (1, False)
        studio.instant = 2
        studio.later()
        studio.free.clear()
        for _ in range(64):
            assert await studio.shown() == (1, True), "nobody waits"
        studio.free.set()
        await studio.settled()
        assert await studio.shown() == (2, False)
        assert studio.drawn == {HOME: 2}

    played(play)


def test_others_do_not_wait_while_one_question_is_drawn():
    async def play(studio: Studio) -> None:
        assert await studio.shown(AWAY) == (1, False)
        studio.free.clear()
        first = asyncio.create_task(studio.shown())
        await asyncio.sleep(0.02)
        assert await studio.shown(AWAY) == (1, False)
        studio.free.set()
        assert await first == (1, False)

    played(play)


def test_a_picture_that_was_the_newest_too_long_ago_is_not_shown():
    async def play(studio: Studio) -> None:
        await studio.shown()
        studio.instant = 2
        studio.later(STALE_SECONDS - 1)
        studio.free.clear()
        assert await studio.shown() == (1, True)
        studio.later(2)
        waiting = asyncio.create_task(studio.shown())
        await asyncio.sleep(0.02)
        assert not waiting.done()
        studio.free.set()
        assert await waiting == (2, False)
        assert studio.drawn == {HOME: 2}, "what was begun already is waited for"

    played(play)


def test_a_picture_stays_young_while_it_is_the_newest():
    async def play(studio: Studio) -> None:
        await studio.shown()
        for _ in range(5):
            studio.later(STALE_SECONDS - 5)
            assert await studio.shown() == (1, False)
        studio.instant = 2
        studio.later(STALE_SECONDS - 5)
        assert await studio.shown() == (1, True)
        await studio.settled()

    played(play)


def test_a_picture_with_a_failed_panel_is_drawn_again_soon():
    async def play(studio: Studio) -> None:
        studio.whole = False
        assert await studio.shown() == (1, False)
        assert await studio.shown() == (1, False)
        assert studio.drawn == {HOME: 1}
        studio.whole = True
        studio.later(RETRY_SECONDS + 0.1)
        assert await studio.shown() == (1, True)
        await studio.settled()
        assert await studio.shown() == (1, False)
        assert studio.drawn == {HOME: 2}

    played(play)


def test_what_cannot_be_drawn_is_told_to_all_who_wait_and_not_remembered():
    async def play(studio: Studio) -> None:
        studio.failure = LookupError("no such grid")
        answers = await asyncio.gather(*(studio.shown() for _ in range(3)), return_exceptions=True)
        assert all(isinstance(answer, LookupError) for answer in answers)
        studio.failure = None
        assert await studio.shown() == (1, False)
        studio.instant, studio.failure = 2, OSError("gone")
        studio.later()
        assert await studio.shown() == (1, True)
        await studio.settled()
        assert await studio.shown() == (1, True), "the last good one stays"
        await studio.settled()

    played(play)


def test_a_look_that_fails_is_told_and_looked_again():
    async def play(studio: Studio) -> None:
        await studio.shown()
        studio.instant = OSError("no database")
        studio.later()
        with pytest.raises(OSError, match="no database"):
            await studio.shown()
        studio.instant = 1
        assert await studio.shown() == (1, False)

    played(play)


def test_who_goes_away_does_not_stop_the_drawing_for_others():
    async def play(studio: Studio) -> None:
        studio.free.clear()
        gone, stays = (asyncio.create_task(studio.shown()) for _ in range(2))
        await asyncio.sleep(0.02)
        gone.cancel()
        await asyncio.sleep(0.02)
        studio.free.set()
        assert await stays == (1, False)
        assert studio.drawn == {HOME: 1}

    played(play)


def test_made_up_addresses_do_not_fill_the_memory():
    async def play(studio: Studio) -> None:
        for i in range(MOST_KEPT + 20):
            await studio.shown(Question("wall", f"#days={i}", ""))
        assert len(studio.pictures._kept) == MOST_KEPT
        assert await studio.shown(Question("wall", f"#days={MOST_KEPT + 19}", "")) == (1, False)
        assert sum(studio.drawn.values()) == MOST_KEPT + 20

    played(play)


def test_who_was_told_of_something_newer_waits_for_it_and_nobody_else_does():
    async def play(studio: Studio) -> None:
        assert await studio.shown() == (1, False)
        studio.instant = 2
        studio.free.clear()
        told = [asyncio.create_task(studio.pictures.of(HOME, {"cases": 2})) for _ in range(64)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in told)
        assert await studio.shown() == (1, True)
        studio.free.set()
        assert {one.kept.picture.instant for one in await asyncio.gather(*told)} == {2}
        assert studio.drawn == {HOME: 2}

    played(play)


def test_in_a_crowd_a_picture_of_just_now_is_good_enough_and_an_older_one_is_not():
    async def play(studio: Studio) -> None:
        studio.recent = 2.0
        await studio.shown()
        studio.instant = 2
        studio.free.clear()
        studio.later(1.5)
        shown = await studio.pictures.of(HOME, {"cases": 2})
        assert (shown.kept.picture.instant, shown.older) == (1, True)
        studio.later(0.5)
        told = asyncio.create_task(studio.pictures.of(HOME, {"cases": 2}))
        await asyncio.sleep(0.05)
        assert not told.done()
        studio.free.set()
        assert (await told).kept.picture.instant == 2
        assert studio.drawn == {HOME: 2}, "what was begun for the first is there for the second"

    played(play)


def test_in_a_crowd_a_picture_is_made_anew_only_when_it_is_half_as_old_as_it_may_be():
    async def play(studio: Studio) -> None:
        studio.recent = 2.0
        await studio.shown()
        for seconds, drawn in ((0.9, 1), (0.2, 2), (0.9, 2), (0.2, 3)):
            studio.instant += 1
            studio.later(seconds)
            shown = await studio.pictures.of(HOME, {"cases": studio.instant})
            assert shown.older
            await asyncio.sleep(0.05)
            assert studio.drawn == {HOME: drawn}

    played(play)


def test_a_picture_begun_before_the_tick_is_made_once_more():
    async def play(studio: Studio) -> None:
        await studio.shown()
        studio.instant = 2
        studio.later()
        studio.free.clear()
        assert await studio.shown() == (1, True)
        await asyncio.sleep(0.02)
        studio.instant = 3
        told = asyncio.create_task(studio.pictures.of(HOME, {"cases": 3}))
        await asyncio.sleep(0.02)
        studio.free.set()
        assert (await told).kept.picture.instant == 3
        assert studio.drawn == {HOME: 3}

    played(play)


def test_versions_that_never_were_keep_nobody_waiting(monkeypatch):
    async def play(studio: Studio) -> None:
        await studio.shown()
        assert not (await studio.pictures.of(HOME, {"cases": 9})).older
        assert studio.drawn == {HOME: 1}
        monkeypatch.setattr("dashboard.pictures.PATIENCE_SECONDS", 0.05)
        studio.instant = 2
        studio.free.clear()
        assert (await studio.pictures.of(HOME, {"cases": 2})).older, "better old figures than none"
        studio.free.set()
        await studio.settled()

    played(play)
