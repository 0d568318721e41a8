"""The bus that needs no further service where a PostgreSQL is: LISTEN and NOTIFY."""

from collections.abc import Callable, Iterator

import psycopg

from data.bus.far import CHANNEL, LISTEN_SECONDS, FarBus

CONNECT_SECONDS = 5


class PostgresqlBus(FarBus):
    """Ticks go through a database, which keeps none of them."""

    NAME = "PostgreSQL"

    def __init__(self, address: str) -> None:
        """address: postgresql://USER:PASSWORD@HOST/NAME; any user who may connect will do."""
        self._address = address
        super().__init__()

    def hear(self) -> Iterator[str | None]:
        """As FarBus.hear."""
        with self._connected() as line:
            line.execute(f"LISTEN {CHANNEL}")
            yield None
            while True:
                for notice in line.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                    yield notice.payload
                # A line that was cut somewhere on the way says nothing of it until it is used.
                line.execute("SELECT 1")
                yield None

    def sender(self) -> tuple[Callable[[str], None], Callable[[], None]]:
        """As FarBus.sender."""
        line = self._connected()

        def send(text: str) -> None:
            line.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))

        return send, line.close

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="dashboard bus",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
            tcp_user_timeout=15_000,
        )
