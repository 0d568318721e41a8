"""What a site says of itself: rows of key and value in the settings tables of both databases."""

from typing import Any

from sqlalchemy import Connection, Table, select, update


def read_setting(connection: Connection, table: Table, key: str) -> Any:
    """The value of a setting, None when it is not there."""
    return connection.execute(select(table.c.value).where(table.c.key == key)).scalar()


def write_setting(connection: Connection, table: Table, key: str, value: object) -> bool:
    """Set a value; say whether it was another one before."""
    known = connection.execute(select(table.c.value).where(table.c.key == key)).first()
    if known is None:
        connection.execute(table.insert().values(key=key, value=value))
    elif known[0] != value:
        connection.execute(update(table).where(table.c.key == key).values(value=value))
    return known is None or known[0] != value
