"""Rings that nobody holds are let go of, and what a server holds stops no answer."""

import gc
import itertools
import weakref
from collections.abc import Iterator

import pytest

from dashboard.sweeping import BEGIN_SECONDS, SWEEP_SECONDS, keep_swept, sweep, times


class Ring:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_held_is_left_out_of_searches_and_found_by_the_next_sweep():
    ring = Ring()
    gone = weakref.ref(ring)
    sweep()
    assert gc.get_freeze_count() > 1_000
    del ring
    gc.collect()
    assert gone() is not None, "no search looks at what was held at the last sweep"
    sweep()
    assert gone() is None


def test_it_sweeps_often_while_a_server_begins_and_then_once_in_a_long_while():
    first = list(itertools.islice(times(), len(BEGIN_SECONDS) + 2))
    assert first == [*BEGIN_SECONDS, SWEEP_SECONDS, SWEEP_SECONDS]


def test_each_sweep_comes_after_its_time():
    slept: list[float] = []
    keep_swept((1.0, 2.0), slept.append).join(10)
    assert slept == [1.0, 2.0]
    assert gc.get_freeze_count() > 1_000
