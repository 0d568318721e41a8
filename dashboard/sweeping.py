"""Keeps Python's search for rings of forgotten objects from stopping a server that holds a city.

A full search looks at all that is held, with every answer waiting, and comes again after a few seconds while cases
come in. What has been held for a while is therefore left out of it, and looked through itself once in a long while.
"""

import gc
import threading
import time
from collections.abc import Callable, Iterable, Iterator

BEGIN_SECONDS = (20.0, 40.0, 60.0, 120.0)
"""Between the first times: until then a server that began prepares, and holds more each time."""
SWEEP_SECONDS = 900.0


def sweep() -> None:
    """Let go of rings that nobody holds; what is held now is left out of all searches until the next sweep."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def times() -> Iterator[float]:
    """Seconds from one sweep to the next, without an end."""
    yield from BEGIN_SECONDS
    while True:
        yield SWEEP_SECONDS


def keep_swept(
    between: Iterable[float] | None = None, sleep: Callable[[float], object] = time.sleep
) -> threading.Thread:
    """Sweep in a thread of its own as long as the process lives; between: seconds before each time."""

    def work() -> None:
        for seconds in times() if between is None else between:
            sleep(seconds)
            sweep()

    thread = threading.Thread(target=work, name="sweeping", daemon=True)
    thread.start()
    return thread
