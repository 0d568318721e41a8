"""The end of a copy: is everything there, do the sums agree; then the target is let go."""

from collections.abc import Mapping

from sqlalchemy import Connection, Engine, text

from data.case_tables import site_setting
from data.copy.ends import Source
from data.copy.follow import note_origin
from data.copy.progress import Progress, copy_progress
from data.copy.stream import Tell, read_back
from data.dialect import clickhouse_tables, is_clickhouse, settle, steady
from data.engines import CASE
from data.migrate import REVISION
from data.stored_settings import read_setting
from data.tiles.writer import made_by, maker
from data.verify import quick


def faults(
    target: Engine,
    held: Source,
    counts: Mapping[str, int],
    came: Mapping[str, Progress],
    tell: Tell,
) -> list[str]:
    """What is not in the target as it is in the source, in words; the sums of tiles besides."""
    found = []
    with target.connect() as connection:
        steady(connection)
        for table in held.tables:
            wanted, digest = counts[table.name], came[table.name].digest
            there, theirs = read_back(connection, table, tell)
            if there != wanted:
                found.append(f"{table.name}: {there:,} rows, not {wanted:,}")
            elif theirs != digest:
                found.append(f"{table.name}: its rows differ from those of FROM")
        if held.kind == CASE:
            found += sums_that_differ(connection)
    return found


def sums_that_differ(connection: Connection) -> list[str]:
    """What the quick check of tiles finds (data.verify), in words; nothing where none are in force."""
    zone = str(read_setting(connection, site_setting, "zone"))
    if made_by(connection) != maker(zone):
        return []
    return [str(difference) for difference in quick(connection)]


def let_go(target: Engine, held: Source) -> None:
    """Make the target a database like any other: statistics, counters of numbers, its revision."""
    with target.begin() as connection:
        for table in held.tables:
            settle(connection, table)
        if is_clickhouse(connection):
            connection.execute(text(*clickhouse_tables(REVISION)))
            connection.execute(REVISION.insert().values(version_num=held.identity["revision"]))
            note_origin(connection, held.identity["versions"])
        copy_progress.drop(connection)
