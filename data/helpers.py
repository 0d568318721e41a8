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

from data.engines import CASE, address_of, engine_for

Task = TypeVar("Task")
Answer = TypeVar("Answer")


MANY = 50_000
"""Cases from which on helpers are asked: each takes a second or two to start."""


def helpers() -> int:
    """How many processes help; more would wait for the one that writes."""
    return min(os.cpu_count() or 1, 4)


def in_order(
    connection: Connection,
    work: Callable[[Connection, Task], Answer],
    tasks: Sequence[Task],
    *,
    cases: int,
    committed: bool,
) -> Iterator[Answer]:
    """What `work` says to each task: here, or of many cases by helpers, over connections of their own.

    committed: all that is looked at is, which is what helpers see.
    """
    is_many = cases >= MANY and helpers() > 1
    address = address_of(connection) if committed and is_many else None
    if address is None:
        return (work(connection, task) for task in tasks)
    return _by_helpers(work, address, tasks)


def _by_helpers(
    work: Callable[[Connection, Task], Answer], address: str, tasks: Sequence[Task]
) -> Iterator[Answer]:
    """Few answers wait to be fetched, so that memory is bounded."""
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


def once_the_parent_is_gone(act: Callable[[], object]) -> None:
    """In a process that another began: do something when that one ends, by kill -9 too; nothing in any other."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        act()

    Thread(target=watch, daemon=True).start()


def _end_with_parent() -> None:
    """In a helper: wait for no more work once who gives it is gone."""
    once_the_parent_is_gone(lambda: os._exit(1))


def _answer(work: Callable[[Connection, Task], Answer], address: str, task: Task) -> Answer:
    with _engine(address).connect() as connection:
        return work(connection, task)


@cache
def _engine(address: str) -> Engine:
    return engine_for(address, CASE)
