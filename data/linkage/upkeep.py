"""Carries out what the clock decides though nobody looks: leases that end, 督办 that run late, posts."""

import logging
import threading

from data.linkage.casts import Casts
from data.linkage.outbox import deliver
from data.linkage.supervisions import Supervisions

EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)


def keep_up(casts: Casts, supervisions: Supervisions, stop: threading.Event) -> None:
    """Until told to stop, in a thread of its own; several processes may do it at once."""
    doings = (
        casts.settle,
        supervisions.settle,
        lambda: deliver(supervisions.access, supervisions.robots),
    )
    failing = False
    while not stop.wait(EVERY_SECONDS):
        try:
            for do in doings:
                do()
            failing = False
        except Exception as error:
            # Once, not every second: the app's database is away.
            if not failing:
                log.warning("the app's database does not answer: %s", str(error).splitlines()[0])
            failing = True
