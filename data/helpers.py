"""Work on portions of a database by several processes at once, which only read; one takes the answers in order."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from sqlalchemy import Connection, Engine

from data.engines import CASE, engine_for

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def helpers() -> int:
    """How many processes help; more would wait for the one that writes."""
    return min(os.cpu_count() or 1, 4)


def in_order(
    work: Callable[[Connection, Task], Answer], address: str, tasks: Sequence[Task]
) -> Iterator[Answer]:
    """What `work` says to each task, over connections of the helpers' own to the case database.

    Few answers wait to be fetched, so that memory is bounded. Helpers see what is committed.
    """
    number = helpers()
    # Processes that begin afresh: a copy of this one would share its connections.
    with ProcessPoolExecutor(number, get_context("spawn"), _end_with_parent) as pool:
        waiting: deque[Future[Answer]] = deque()
        for task in tasks:
            waiting.append(pool.submit(_answer, work, address, task))
            if len(waiting) > number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _end_with_parent() -> None:
    """In a helper: wait for no more work once who gives it is gone, by kill -9 too."""

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _answer(work: Callable[[Connection, Task], Answer], address: str, task: Task) -> Answer:
    with _engine(address).connect() as connection:
        return work(connection, task)


@cache
def _engine(address: str) -> Engine:
    return engine_for(address, CASE)
