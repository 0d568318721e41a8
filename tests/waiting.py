"""What tests wait for while something else goes on: another thread, another process, a page."""

import time
from collections.abc import Callable
from typing import Any

import httpx

STEP = 0.02
"""Seconds between two looks."""


def eventually(
    holds: Callable[[], Any], seconds: float = 30, pause: Callable[[float], Any] = time.sleep
) -> Any:
    """The first true answer; a server that does not answer, or an assertion, counts as not yet.

    pause: lets so many seconds pass; a page of a browser goes on only in its own. Raises what stood in the
    way last when the time is over.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            if answer := holds():
                return answer
            trouble: Exception = AssertionError("it did not come true")
        except (AssertionError, httpx.HTTPError) as error:
            trouble = error
        if time.monotonic() > end:
            raise trouble
        pause(STEP)
