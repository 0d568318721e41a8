"""Carries out what the clock decides though nobody looks: leases that end, 督办 that run late, posts."""

import logging
import threading
from collections.abc import Callable, Mapping

from data.accounts.access import Access
from data.errors import first_line
from data.linkage.casts import Casts
from data.linkage.outbox import carry_out, deliver
from data.linkage.pushes import PushCarrier, Pushes, send
from data.linkage.robots import Robots
from data.linkage.supervisions import Supervisions

EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)


def keep_up(casts: Casts, supervisions: Supervisions, stop: threading.Event) -> None:
    """Until told to stop, in a thread of its own; several processes may do it at once."""
    _go_on({"casts": casts.settle, "supervisions": supervisions.settle}, stop)


def keep_posting(access: Access, robots: Robots, stop: threading.Event) -> None:
    """Send posts until told to stop, in a thread of its own: a robot that is silent holds up nothing else."""
    _go_on({"posts": lambda: deliver(access, robots)}, stop)


def keep_pushing(access: Access, pushes: Pushes, stop: threading.Event) -> None:
    """Send what waits for browsers until told to stop, in a thread of its own."""
    carrier = PushCarrier(access, pushes, send)
    _go_on({"pushes": lambda: carry_out(access, carrier)}, stop)


def _go_on(doings: Mapping[str, Callable[[], object]], stop: threading.Event) -> None:
    failing: set[str] = set()
    while not stop.wait(EVERY_SECONDS):
        for name, do in doings.items():
            try:
                do()
                failing.discard(name)
            except Exception as error:
                # Once, not every second: the app's database is away.
                if name not in failing:
                    log.warning("%s: nothing is carried out: %s", name, first_line(error))
                failing.add(name)
