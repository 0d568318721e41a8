"""Counts up what readers look at to know whether what they hold is old."""

from sqlalchemy import Connection, Table, update

from data.case_tables import data_version


def bump(connection: Connection, part: str, now: int, table: Table = data_version) -> None:
    """Count up the version of one part, so that readers know what they hold is old."""
    done = connection.execute(
        update(table)
        .where(table.c.part == part)
        .values(version=table.c.version + 1, changed_at=now)
    )
    if done.rowcount == 0:
        connection.execute(table.insert().values(part=part, version=1, changed_at=now))
