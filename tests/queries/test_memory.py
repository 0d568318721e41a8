"""What is remembered is computed once; what failed is not remembered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from queries.memory import Newest, Recent


def test_an_answer_is_computed_once():
    recent, calls = Recent(3), []
    for _ in range(3):
        assert recent.get("a", lambda: calls.append(1) or "answer") == "answer"
    assert len(calls) == 1


def test_many_who_ask_at_once_wait_for_one_computation():
    recent, calls, begun, finish = Recent(3), [], Event(), Event()

    def slow() -> str:
        calls.append(1)
        begun.set()
        assert finish.wait(10)
        return "answer"

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(recent.get, "a", slow)
        assert begun.wait(10)
        others = [threads.submit(recent.get, "a", slow) for _ in range(7)]
        assert recent.get("b", lambda: "another") == "another", "other keys do not wait"
        finish.set()
        assert {future.result(10) for future in (first, *others)} == {"answer"}
    assert len(calls) == 1


def test_a_failure_is_not_remembered():
    recent = Recent(3)
    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: 1 / 0)
    assert recent.get("a", lambda: "answer") == "answer"


def test_who_waited_for_a_failure_computes_for_himself():
    recent, begun, finish = Recent(3), Event(), Event()

    def failing() -> str:
        begun.set()
        assert finish.wait(10)
        raise LookupError

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(recent.get, "a", failing)
        assert begun.wait(10)
        second = threads.submit(recent.get, "a", lambda: "answer")
        finish.set()
        with pytest.raises(LookupError):
            first.result(10)
        assert second.result(10) == "answer"


def test_an_answer_of_nothing_is_remembered_too():
    recent, calls = Recent(3), []
    for _ in range(2):
        assert recent.get("a", lambda: calls.append(1)) is None
    assert len(calls) == 1


def test_the_answer_asked_for_longest_ago_is_forgotten_first():
    recent, calls = Recent(2), []

    def ask(key: str) -> None:
        recent.get(key, lambda: calls.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert calls == ["a", "b", "c", "b"]


def test_an_answer_is_made_anew_when_it_has_become_too_old(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr("queries.memory.time.monotonic", lambda: now[0])
    recent, calls = Recent(10, seconds=60), []

    def ask(key: str) -> None:
        recent.get(key, lambda: calls.append(key))

    for key, at in (("a", 100), ("b", 130), ("a", 155), ("a", 161), ("b", 162), ("a", 200)):
        now[0] = at
        ask(key)
    assert calls == ["a", "b", "a"]


def test_old_answers_nobody_asks_for_leave_the_memory(monkeypatch: pytest.MonkeyPatch):
    """A tick asks for a new instant each time; the old ones must not stay."""
    now = [0.0]
    monkeypatch.setattr("queries.memory.time.monotonic", lambda: now[0])
    recent = Recent(1000, seconds=60)
    for at in range(0, 6000, 10):
        now[0] = at
        recent.get(("tile", at), dict)
        recent.get("always", dict)
    assert len(recent._held) <= 8


@pytest.mark.parametrize("memory", [Recent(3), Newest()], ids=["recent", "newest"])
def test_what_is_being_made_when_all_is_let_go_of_is_not_kept(memory: Recent | Newest) -> None:
    begun, finish = Event(), Event()

    def slow() -> str:
        begun.set()
        assert finish.wait(10)
        return "of before"

    def get(make: Callable[[], str]) -> str:
        return memory.get("a", make) if isinstance(memory, Recent) else memory.get("a", 1, make)

    with ThreadPoolExecutor(1) as threads:
        slower = threads.submit(get, slow)
        assert begun.wait(10)
        memory.clear()
        assert get(lambda: "of now") == "of now", "nobody waits for what is of before"
        finish.set()
        assert slower.result(10) == "of before"
    assert get(lambda: "again") == "of now"
