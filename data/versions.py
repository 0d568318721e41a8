"""Counts up what readers look at to know whether what they hold is old."""

import logging

from sqlalchemy import Connection, Table, case, select, update

from data.case_tables import data_version

BEHIND_SECONDS = 60
"""A clock may differ by so much from one batch to the next before anybody is told."""

log = logging.getLogger(__name__)


def bump(connection: Connection, part: str, now: int, table: Table = data_version) -> None:
    """Count up the version of one part, so that readers know what they hold is old.

    now: epoch seconds; a clock that went back does not make the part older than it was.
    """
    newest = case((table.c.changed_at > now, table.c.changed_at), else_=now)
    done = connection.execute(
        update(table)
        .where(table.c.part == part)
        .values(version=table.c.version + 1, changed_at=newest)
    )
    if done.rowcount == 0:
        connection.execute(table.insert().values(part=part, version=1, changed_at=now))


def version_of(connection: Connection, part: str, table: Table = data_version) -> int:
    """The version of a part as the connection's transaction sees it; 0 before the first."""
    found = select(table.c.version).where(table.c.part == part)
    return int(connection.execute(found).scalar() or 0)


def changed_at_of(connection: Connection, part: str) -> int:
    """When a part last changed (epoch seconds), as the connection's transaction sees it; 0 before the first."""
    found = select(data_version.c.changed_at).where(data_version.c.part == part)
    return int(connection.execute(found).scalar() or 0)


def stamp(connection: Connection, now: int) -> int:
    """The time to write beside changes that arrive now: never earlier than that of the last ones.

    now: epoch seconds by this machine's clock; one that went back is told in the log.
    """
    newest = select(data_version.c.changed_at).where(data_version.c.part == "cases")
    last = connection.execute(newest).scalar() or now
    if last - now > BEHIND_SECONDS:
        log.warning(
            "this machine's clock is %d s behind the newest change of the cases: set it right. "
            "What arrives meanwhile is written down under the time of that change.",
            last - now,
        )
    return max(now, last)


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
