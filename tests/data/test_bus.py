"""The bus: ticks reach all who listen, and one who fails keeps nothing from the others."""

import pytest

from data.bus.bus import LocalBus
from data.bus.tick import Tick, read_tick, written

TICK = Tick("cast", 7, 1_700_000_000, ("device:3",), "3")


def test_a_tick_comes_back_as_it_was() -> None:
    assert read_tick(written(TICK)) == TICK


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind":"else"}', '{"kind":"cases"}', "null"])
def test_what_is_no_tick_is_none(text: str) -> None:
    assert read_tick(text) is None


def test_a_tick_too_long_for_a_bus_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer"):
        written(TICK._replace(to=tuple(f"account:{i}" for i in range(1_000))))


def test_all_who_listen_are_told_until_they_end() -> None:
    bus, first, second = LocalBus(), [], []

    def failing(_: Tick) -> None:
        raise RuntimeError

    bus.listen(failing)
    end = bus.listen(first.append)
    bus.listen(second.append)
    bus.publish(TICK)
    end()
    bus.publish(TICK._replace(version=8))
    assert first == [TICK]
    assert [tick.version for tick in second] == [7, 8]
