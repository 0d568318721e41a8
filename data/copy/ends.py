"""What a copy begins with: the two databases, which kind they are, which tables they have."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import getuid
from pathlib import Path
from tempfile import gettempdir
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError

from data.case_tables import case_record, data_version, site_setting
from data.copy.follow import copy_origin
from data.copy.progress import (
    WHOLE,
    Progress,
    copy_progress,
    is_unfinished,
    note_progress,
    read_progress,
)
from data.dialect import SHARD, clickhouse_tables, is_clickhouse
from data.engines import CASE, POPULATION, SOURCE, TARGET, engine_for
from data.errors import SetupError
from data.migrate import REVISION, head_revision, migrate, revision_of
from data.population_tables import (
    person,
    population_metadata,
    population_setting,
    population_version,
)
from data.settings import project_folder
from data.stored_settings import read_setting
from data.tiles.tables import TILES, tile_metadata
from data.work_tables import case_metadata

METADATA: dict[str, tuple[MetaData, ...]] = {
    CASE: (case_metadata, tile_metadata),
    POPULATION: (population_metadata,),
}
TILE_TABLES = tile_metadata.sorted_tables
OWN = (copy_progress, copy_origin, REVISION)


class Source(NamedTuple):
    """A database to copy: its kind, what tells whether it has changed, and tables that are not ours."""

    kind: str
    tables: list[Table]
    identity: dict[str, Any]
    others: list[str]


def open_ends(source: str, target: str) -> tuple[Engine, Engine]:
    """Engines of both, the source for reading only; SetupError when they are one and the same."""
    if _place(source) == _place(target):
        raise SetupError("FROM and TO are the same database.")
    return engine_for(source, SOURCE), engine_for(target, TARGET, writable=True)


def _place(address: str) -> tuple[object, ...]:
    """Where a database is, however its address is written."""
    try:
        url = make_url(address)
    except ArgumentError:
        return (address,)  # engine_for says what is wrong with it
    if url.drivername == "sqlite" and url.database:
        return "sqlite", (project_folder() / url.database).resolve()
    return (
        url.get_backend_name() if "+" in url.drivername else url.drivername,
        url.host,
        url.port,
        url.database,
    )


@contextmanager
def alone(target: str) -> Iterator[None]:
    """While no other copy on this machine writes into the target; SetupError when one does."""
    name = hashlib.blake2b(str(_place(target)).encode(), digest_size=8).hexdigest()
    with (Path(gettempdir()) / f"data-copy-{getuid()}-{name}.lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError(
                "TO: another `python -m data.copy` writes into it at this moment."
            ) from None
        yield


def look_at(connection: Connection) -> Source:
    """What there is to copy; SetupError when it is not a whole database of this program."""
    has = inspect(connection).has_table
    kind = CASE if has(case_record.name) else POPULATION if has(person.name) else None
    if kind is None:
        raise SetupError("FROM: holds neither cases nor population of this program.")
    if is_unfinished(connection):
        raise SetupError("FROM: a copy into it was never finished; it is no whole database.")
    revision = revision_of(connection)
    if revision != head_revision(kind):
        raise SetupError(
            f"FROM: the {kind} database is at revision {revision or 'none'}, this program needs "
            f"{head_revision(kind)}. Run `python -m data.migrate` on it first."
        )
    versions, settings = (
        (data_version, site_setting) if kind == CASE else (population_version, population_setting)
    )
    held = connection.execute(select(versions).order_by(versions.c.part)).all()
    name = read_setting(connection, settings, "name" if kind == CASE else "basis")
    identity = {
        "kind": kind,
        "revision": revision,
        "site": name,
        "versions": [[*row] for row in held],
    }
    tables = [table for metadata in METADATA[kind] for table in metadata.sorted_tables]
    if kind == CASE and not all(_is_like(connection, table) for table in TILE_TABLES):
        tables = [table for table in tables if table not in TILE_TABLES]
    there = set(inspect(connection).get_table_names())
    unknown = there - {table.name for m in METADATA[kind] for table in m.sorted_tables}
    unknown -= {table.name for table in OWN}
    return Source(kind, tables, identity, sorted(unknown))


def prepare(engine: Engine, source: Source, *, anew: bool) -> None:
    """Make the target ready to go on, or to begin: its tables, empty; SetupError where it is not ours."""
    with engine.begin() as connection:
        if source.kind == POPULATION and is_clickhouse(connection):
            raise SetupError("TO: the population database stays on SQLite or PostgreSQL.")
        unfinished = is_unfinished(connection)
        if unfinished and not anew:
            begun = read_progress(connection, WHOLE).position
            if begun != source.identity:
                raise SetupError(
                    "TO: a copy into it was begun from another state of FROM (or from another "
                    "database): rows of two moments would mix. `--anew` throws it away and begins again."
                )
            return
        if unfinished:
            _clear(connection, source.kind)
        _check_empty(connection, source.kind)
    _make_tables(engine, source)
    with engine.begin() as connection:
        if is_clickhouse(connection):
            connection.execute(text(*clickhouse_tables(copy_progress)))
        else:
            copy_progress.create(connection)
        note_progress(connection, Progress(WHOLE), Progress(WHOLE, source.identity))


def cluster_tables(cluster: str) -> list[str]:
    """What creates the tables of the case database on a ClickHouse cluster, before it is copied there."""
    made = [table for metadata in METADATA[CASE] for table in metadata.sorted_tables]
    return [
        statement
        for table in made
        for statement in clickhouse_tables(table, sums=table in TILES.values(), cluster=cluster)
    ]


def _make_tables(engine: Engine, source: Source) -> None:
    with engine.begin() as connection:
        known = inspect(connection).get_table_names()
        embedded = is_clickhouse(connection)
        for table in source.tables if embedded else ():
            if table.name not in known:
                sums = table in TILES.values()
                connection.execute(text(*clickhouse_tables(table, sums=sums)))
    if embedded:
        return
    migrate(engine, source.kind)
    with engine.begin() as connection:
        tile_metadata.create_all(
            connection, [t for t in source.tables if t.metadata is tile_metadata]
        )


def _check_empty(connection: Connection, kind: str) -> None:
    ours = {table.name for metadata in METADATA[kind] for table in metadata.sorted_tables}
    there = set(inspect(connection).get_table_names()) - {table.name for table in OWN}
    there -= {name + SHARD for name in ours}
    if there - ours:
        names = ", ".join(sorted(there - ours)[:3])
        raise SetupError(f"TO: holds something else already ({names}); name an empty database.")
    revision = revision_of(connection)
    made_by_hand = revision is None and is_clickhouse(connection)  # as for a cluster
    if there and not made_by_hand and revision != head_revision(kind):
        raise SetupError(
            f"TO: its tables are at revision {revision or 'none'}, not {head_revision(kind)}: of another "
            "program or another kind. Name an empty database."
        )
    for name in sorted(there):
        if connection.execute(select(func.count()).select_from(text(name))).scalar():
            raise SetupError(f"TO: holds a city already ({name} has rows); name an empty database.")


def _clear(connection: Connection, kind: str) -> None:
    for metadata in (*METADATA[kind][::-1], *(t.metadata for t in OWN)):
        metadata.drop_all(connection)


def _is_like(connection: Connection, table: Table) -> bool:
    """Whether a table of tiles is there and of this program's shape; others are built, not copied."""
    if not inspect(connection).has_table(table.name):
        return False
    columns = inspect(connection).get_columns(table.name)
    return {column["name"] for column in columns} == set(table.columns.keys())
