"""The bus over Redis, for sites that have one."""

from collections.abc import Callable, Iterator
from typing import Any

from data.bus.far import CHANNEL, LISTEN_SECONDS, FarBus

SOCKET_SECONDS = 5


class RedisBus(FarBus):
    """Ticks go over a channel, which keeps none of them."""

    NAME = "Redis"

    def __init__(self, connect: Callable[[], Any]) -> None:
        """connect: a client of redis-py, made anew each time."""
        self._connect = connect
        super().__init__()

    def hear(self) -> Iterator[str | None]:
        """As FarBus.hear."""
        client = self._connect()
        try:
            with client.pubsub(ignore_subscribe_messages=True) as channel:
                channel.subscribe(CHANNEL)
                yield None
                while True:
                    message = channel.get_message(timeout=LISTEN_SECONDS)
                    if message is None:
                        # A line that was cut somewhere on the way says nothing of it until it is used.
                        channel.ping()
                    yield message["data"].decode(errors="replace") if message else None
        finally:
            client.close()

    def sender(self) -> tuple[Callable[[str], None], Callable[[], None]]:
        """As FarBus.sender."""
        client = self._connect()
        client.ping()
        return lambda text: client.publish(CHANNEL, text), client.close
