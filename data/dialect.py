"""Where the engines differ: SQLite, PostgreSQL and ClickHouse. Nothing else asks which one it is.

ClickHouse has no transactions, keys or upserts; rows of one sort key become one when it gets round to it.
Tables are asked `FINAL`, as if it had: a row written again counts once, and amounts of tiles add up.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    String,
    Table,
    create_engine,
    text,
)

CLICKHOUSE, EMBEDDED = "clickhousedb", "chdb"
"""Schemes of addresses: a server, and the same engine inside the process, which tests use."""
SHARD = "_shard"
"""What the part of a table on one shard of a cluster is called by."""
AS_ELSEWHERE = {
    "final": 1,
    "optimize_move_to_prewhere_if_final": 1,
    "join_use_nulls": 1,
    "aggregate_functions_null_for_empty": 1,
    "prefer_column_name_to_alias": 1,
    "union_default_mode": "DISTINCT",
    "except_default_mode": "DISTINCT",
    "mutations_sync": 2,
    "distributed_foreground_insert": 1,
    "distributed_product_mode": "global",
}
"""Settings by which ClickHouse's SQL means what it means on the other engines."""
NO_CHANGES = {"readonly": 2}
_TYPES = {SmallInteger: "Int16", BigInteger: "Int64", Integer: "Int32", Float: "Float64"}
_TYPES |= dict.fromkeys((String, JSON, LargeBinary), "String")


class _Digits(LargeBinary):
    """Bytes as hexadecimal digits: ClickHouse's strings are read back as text."""

    def bind_processor(self, dialect: object) -> Any:
        return lambda value: None if value is None else bytes(value).hex()

    def result_processor(self, dialect: object, coltype: object) -> Any:
        return lambda value: None if value is None else bytes.fromhex(value)


def clickhouse_engine(address: str, *, writable: bool) -> Engine:
    """An engine for a ClickHouse server, or for the embedded one (`chdb:///FOLDER`)."""
    embedded = address.startswith(EMBEDDED + ":")
    settings = AS_ELSEWHERE | ({} if writable else NO_CHANGES)
    # Said once for all: the embedded engine is told in statements of their own, and back again, each time.
    told: dict[str, Any] = {f"ch_{name}": value for name, value in settings.items()}
    engine = create_engine(
        f"{CLICKHOUSE}://" if embedded else address,
        connect_args=told | ({"dsn": address} if embedded else {}),
    )
    engine.dialect.div_is_floordiv = False
    engine.dialect.colspecs = {**engine.dialect.colspecs, LargeBinary: _Digits}
    return engine


def is_sqlite(database: Connection | Engine) -> bool:
    """Whether it is a file, which is made by opening it and locked beside it."""
    return database.dialect.name == "sqlite"


def is_postgresql(database: Connection | Engine) -> bool:
    """Whether rows can be copied in, and tables be locked and staged."""
    return database.dialect.name == "postgresql"


def is_clickhouse(database: Connection | Engine) -> bool:
    """Whether what is written stays although the transaction is given up."""
    return database.dialect.name == CLICKHOUSE


def is_by_column(database: Connection | Engine) -> bool:
    """Whether each column lies apart: it pays to look for rows by few of them first, then to read the others."""
    return is_clickhouse(database)


def steady(connection: Connection) -> Connection:
    """Make everything that is read in the connection's transaction be of one moment.

    ClickHouse has no such thing: it is filled by `data.copy`, and until that is done nobody is let in.
    """
    if is_sqlite(connection):
        connection.exec_driver_sql("BEGIN")
    if is_postgresql(connection):
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def patient(connection: Connection) -> None:
    """Let statements take their time: screens have a limit, a copy has not."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SET statement_timeout = 0")


def write_arrow(connection: Connection, table: str, rows: pa.Table) -> None:
    """Append whole columns to a table of ClickHouse."""
    _client(connection).insert_arrow(table, rows)


def read_arrow(connection: Connection, statement: Select) -> Iterator[pa.RecordBatch]:
    """ClickHouse's answer, whole columns of some ten thousand rows at a time."""
    written = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
    # Percent signs are written twice for drivers that put values in their place.
    asked = str(written).replace("%%", "%")
    with _client(connection).query_arrow_stream(asked, use_strings=True) as came:
        yield from came


def _client(connection: Connection) -> Any:
    return connection.connection.dbapi_connection.client  # type: ignore[union-attr]


def settle(connection: Connection, table: Table) -> None:
    """After rows came with numbers of their own: the engine's statistics, and where it goes on counting."""
    if is_clickhouse(connection):
        return
    connection.execute(text(f"ANALYZE {table.name}"))
    number = table.autoincrement_column
    if is_postgresql(connection) and number is not None:
        held = f"pg_get_serial_sequence('{table.name}', '{number.name}')"
        most = f"(SELECT MAX({number.name}) FROM {table.name})"
        connection.execute(text(f"SELECT setval({held}, {most}) WHERE {most} IS NOT NULL"))


def clickhouse_tables(table: Table, *, sums: bool = False, cluster: str = "") -> list[str]:
    """ClickHouse's CREATE TABLE for a table; on a cluster one for its shards and one over them all.

    sums: rows of one key add up instead of the newest being the one that holds.
    """
    columns = ", ".join(f"{column.name} {_type(column)}" for column in table.columns)
    # An index of the other engines is here the range of each stretch of rows.
    stretches = ", ".join(
        f"INDEX {index.name} ({', '.join(column.name for column in index.columns)}) TYPE minmax"
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    )
    inside = f"({columns}{', ' + stretches if stretches else ''})"
    keys = [column.name for column in table.primary_key.columns]
    kind = "SummingMergeTree" if sums else "ReplacingMergeTree"
    order = f"ORDER BY ({', '.join(keys)})"
    if not cluster:
        return [f"CREATE TABLE IF NOT EXISTS {table.name} {inside} ENGINE = {kind} {order}"]
    place = f"'/clickhouse/tables/{{shard}}/{{database}}/{table.name}', '{{replica}}'"
    by = "case_id" if "case_id" in keys else ", ".join(keys)
    return [
        f"CREATE TABLE IF NOT EXISTS {table.name}{SHARD} ON CLUSTER {cluster} {inside} "
        f"ENGINE = Replicated{kind}({place}) {order}",
        f"CREATE TABLE IF NOT EXISTS {table.name} ON CLUSTER {cluster} AS {table.name}{SHARD} "
        f"ENGINE = Distributed({cluster}, currentDatabase(), {table.name}{SHARD}, cityHash64({by}))",
    ]


def _type(column: Column[Any]) -> str:
    name = next(name for held, name in _TYPES.items() if isinstance(column.type, held))
    return f"Nullable({name})" if column.nullable else name
