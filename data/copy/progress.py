"""How far a copy has come: a table in the target that is there until the copy is done and checked.

While it is there nobody opens the target (data.databases): half a city would give wrong figures.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    MetaData,
    SmallInteger,
    Table,
    Text,
    inspect,
    select,
    update,
)

from data.dialect import is_clickhouse
from data.errors import SetupError

UNFINISHED = "copy_progress"
WHOLE = "*"
"""Where the progress of the tables stands; its `position` is what tells the source."""

copy_progress = Table(
    UNFINISHED,
    MetaData(),
    Column("name", Text, primary_key=True, comment="of the table"),
    Column("position", JSON, nullable=False, comment="key of the last row that came; null = none"),
    Column("rows", BigInteger, nullable=False),
    Column("digest", Text, nullable=False, comment="of these rows in any order (data.copy.digest)"),
    Column("done", SmallInteger, nullable=False),
)


@dataclass(frozen=True)
class Progress:
    """What has come of one table."""

    name: str
    position: Any = None
    rows: int = 0
    digest: int = 0
    done: bool = False

    def and_then(self, position: Any, rows: int, digest: int) -> "Progress":
        """One portion further."""
        digest = (self.digest + digest) % 2**64
        return replace(self, position=position, rows=self.rows + rows, digest=digest)


def is_unfinished(connection: Connection) -> bool:
    """Whether a copy into this database was begun and not ended."""
    return inspect(connection).has_table(UNFINISHED)


def read_progress(connection: Connection, name: str) -> Progress:
    """How far a table has come; nothing of it before its first portion."""
    found = connection.execute(select(copy_progress).where(copy_progress.c.name == name)).first()
    if found is None:
        return Progress(name)
    return Progress(found.name, found.position, found.rows, int(found.digest), bool(found.done))


def note_progress(connection: Connection, before: Progress, now: Progress) -> None:
    """Note a portion in the transaction that wrote it; SetupError where another copy was faster."""
    values = {
        "position": now.position,
        "rows": now.rows,
        "digest": str(now.digest),
        "done": int(now.done),
    }
    if is_clickhouse(connection) or before == Progress(now.name):
        # The primary key refuses a second first portion; on ClickHouse the newest row holds.
        connection.execute(copy_progress.insert().values(name=now.name, **values))
        return
    c = copy_progress.c
    mine = update(copy_progress).where(c.name == now.name, c.rows == before.rows, c.done == 0)
    if connection.execute(mine.values(**values)).rowcount != 1:
        raise SetupError("TO: another `python -m data.copy` writes into it at this moment.")
