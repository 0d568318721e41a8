"""What takes long is made once for a version, behind whoever asks, and again only if it failed."""

import threading
import time

import pytest
from waiting import eventually

from queries.prepared import Prepared

PATIENCE = 10
"""Seconds."""


def test_without_a_thread_of_its_own_who_asks_first_waits() -> None:
    made: list[int] = []
    held = Prepared()
    for _ in range(3):
        assert held.get("a", 1, lambda: made.append(1) or "one") == "one"
    assert held.get("a", 2, lambda: made.append(2) or "two") == "two"
    assert made == [1, 2] and held.made == 2


def test_nobody_waits_and_all_are_told_when_it_is_there() -> None:
    held, gate = Prepared(), threading.Event()
    held.begin()
    begun = time.monotonic()
    for _ in range(100):
        assert held.get("a", 1, lambda: gate.wait(10) and "one") is None
    assert time.monotonic() - begun < 5
    assert held.made == 0
    gate.set()
    eventually(lambda: held.get("a", 1, lambda: "other"), PATIENCE)
    assert held.get("a", 1, lambda: "other") == "one" and held.made == 1


def test_one_thing_may_ask_for_another_while_it_is_made() -> None:
    held = Prepared()
    held.begin()

    def outer() -> tuple[str, str | None]:
        return "outer", held.get("inner", 1, lambda: "inner")

    eventually(lambda: held.get("outer", 1, outer), PATIENCE)
    assert held.get("outer", 1, outer) == ("outer", "inner")
    assert held.get("inner", 1, lambda: "again") == "inner"


def test_what_fails_is_made_when_it_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    held, tries = Prepared(), []

    def make() -> str:
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("not yet")
        return "made"

    held.begin()
    eventually(lambda: held.get("a", 1, make), PATIENCE)
    assert len(tries) == 2 and "could not be prepared" in caplog.text


def test_of_two_versions_that_wait_only_the_newer_is_made() -> None:
    held, gate, made = Prepared(), threading.Event(), []
    held.begin()
    held.get("first", 0, lambda: gate.wait(10))
    for version in (1, 2, 3):
        assert held.get("a", version, lambda v=version: made.append(v) or v) is None
    gate.set()
    eventually(lambda: held.get("a", 3, lambda: 3), PATIENCE)
    assert made == [3]


def test_of_many_that_wait_together_it_is_not_told_of_each() -> None:
    """Whatever counts up has all pictures drawn anew."""
    held, gate = Prepared(), threading.Event()
    held.begin()
    held.get(0, 0, lambda: gate.wait(10))
    for name in range(1, 40):
        assert held.get(name, 0, lambda: "made") is None
    gate.set()
    eventually(lambda: held.get(39, 0, lambda: "made") and held.made > 1, PATIENCE)
    time.sleep(0.05)
    assert held.made == 2, "the first and, when no more is coming, the last"
