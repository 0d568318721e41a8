"""Which bus a server has: the one that the setting BUS names."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from data.bus.bus import Bus, LocalBus
from data.bus.postgresql import PostgresqlBus
from data.bus.redis import SOCKET_SECONDS, RedisBus
from data.errors import SetupError

MEMORY = "memory"
FORMS = "memory, postgresql://USER:PASSWORD@HOST/NAME or redis://HOST:6379/0"


def open_bus(setting: str, workers: int = 1) -> Bus:
    """The bus that a setting names; one that is not there yet is waited for.

    Raises SetupError for a setting that names none, and for a bus in memory between several processes.
    """
    check_bus(setting, workers)
    scheme = setting.partition(":")[0].partition("+")[0]
    if setting == MEMORY:
        return LocalBus()
    if scheme == "postgresql":
        address = make_url(setting).set(drivername="postgresql")
        return PostgresqlBus(address.render_as_string(hide_password=False))
    return _redis(setting)


def check_bus(setting: str, workers: int = 1) -> None:
    """Raise SetupError where `open_bus` would; opens nothing."""
    scheme = setting.partition(":")[0].partition("+")[0]
    if setting == MEMORY and workers > 1:
        raise SetupError(
            f"WORKERS={workers} needs a bus between them: set BUS to the address of a PostgreSQL or a "
            "Redis, or WORKERS=1. In memory, what one worker's visitors do would not reach the others'."
        )
    if setting != MEMORY and scheme not in ("postgresql", "redis", "rediss"):
        # The address is not repeated: it may hold a password.
        raise SetupError(f"BUS is not one of {FORMS}.")
    try:
        make_url(setting if setting != MEMORY else "memory://")
    except (ArgumentError, ValueError):
        raise SetupError(f"BUS is not an address; use {FORMS}.") from None


def _redis(address: str) -> RedisBus:
    # Sites without Redis do without its client too.
    try:
        import redis
    except ImportError:
        raise SetupError(
            "BUS names a Redis, and its client is not installed: `pip install -r requirements.txt`."
        ) from None

    def connect() -> "redis.Redis":
        return redis.Redis.from_url(
            address, socket_timeout=SOCKET_SECONDS, socket_connect_timeout=SOCKET_SECONDS
        )

    try:
        connect()
    except ValueError as error:
        raise SetupError(f"BUS: {error}") from None
    return RedisBus(connect)
