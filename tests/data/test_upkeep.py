"""What the clock decides is carried out by one thread: nothing that fails in it keeps it from the rest."""

from typing import Any

import pytest

from data.linkage.upkeep import keep_up


class Times:
    """Something that is told to stop after so many turns."""

    def __init__(self, turns: int) -> None:
        self.left = turns

    def wait(self, seconds: float) -> bool:
        self.left -= 1
        return self.left < 0


class Step:
    """A step that fails in its first turns, with an error that has no words."""

    def __init__(self, failures: int) -> None:
        self.failures, self.done = failures, 0

    def settle(self) -> None:
        if self.failures:
            self.failures -= 1
            raise TimeoutError
        self.done += 1


def test_a_step_that_fails_is_told_once_and_keeps_no_other_from_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    casts, supervisions = Step(2), Step(0)
    stop: Any = Times(5)
    keep_up(casts, supervisions, stop)  # type: ignore[arg-type]
    assert (casts.done, supervisions.done) == (3, 5)
    assert [record.message for record in caplog.records] == [
        "casts: nothing is carried out: TimeoutError"
    ]
