"""Counts up what readers look at to know whether what they hold is old."""

from sqlalchemy import Connection, Table, select, update

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


def version_of(connection: Connection, part: str) -> int:
    """The version of a part as the connection's transaction sees it; 0 before the first."""
    found = select(data_version.c.version).where(data_version.c.part == part)
    return int(connection.execute(found).scalar() or 0)


def versions_of(connection: Connection) -> dict[str, int]:
    """The version of every part as the connection's transaction sees it."""
    rows = connection.execute(select(data_version.c.part, data_version.c.version))
    return {row.part: int(row.version) for row in rows}


def hold(connection: Connection) -> int:
    """Keep everybody else from changing cases until the transaction ends; their version.

    Whoever writes cases begins with it: two ingesters wait for each other instead of mixing.
    """
    part = data_version.c.part == "cases"
    connection.execute(update(data_version).where(part).values(version=data_version.c.version))
    return version_of(connection, "cases")
