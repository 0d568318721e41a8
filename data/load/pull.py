"""Follows a table of a customer's database: what changed since the last time, as a file for `data.load`.

Rows come in the order in which they changed. Each look goes back by the overlap, for transactions that
end later than others that began after them; rows that are known from the look before are passed over.
"""

import csv
import hashlib
import itertools
import math
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, MetaData, Table, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchTableError

from data.errors import InputError, SetupError
from data.load.follow import Follower, name_of
from data.load.inputs import case_columns

PORTION = 20_000
MOST_KNOWN = 1_000_000


@dataclass
class TableFollower(Follower):
    """Follows one table; `address` is of a user who may read it."""

    address: str = ""
    _known: dict[str, bytes] = field(default_factory=dict)
    _pulls: int = 0
    _engine: Engine | None = None

    def look(self) -> int:
        """Take in what changed; how many rows were new. Raises InputError for a table that cannot be."""
        if self._engine is None:
            self._engine = reader_of(self.address)
        rows = 0
        with self._engine.connect() as connection:
            table, columns = self._table()
            follow = self.order.mapping.follow
            assert follow is not None
            changed = table.c[follow.changed]
            floor = _floor(self.stood(name_of(self.order.mapping)), follow.overlap_seconds)
            asked = select(*(table.c[name] for name in columns), changed.label("_changed"))
            asked = asked.where(changed.is_not(None)).order_by(changed)
            if floor is not None:
                asked = asked.where(changed >= floor)
            result = connection.execution_options(stream_results=True).execute(asked)
            for portion in result.partitions(PORTION):
                rows += self._take([tuple(row) for row in portion], columns)
        self.check()
        return rows

    def close(self) -> None:
        """Let go of both databases."""
        super().close()
        if self._engine is not None:
            self._engine.dispose()

    def _table(self) -> tuple[Table, list[str]]:
        mapping = self.order.mapping
        assert mapping.follow is not None and mapping.cases is not None and self._engine is not None
        schema, _, name = mapping.follow.table.rpartition(".")
        try:
            table = Table(name, MetaData(), schema=schema or None, autoload_with=self._engine)
        except NoSuchTableError:
            raise InputError(f"[follow] table: there is no {mapping.follow.table} there.") from None
        wanted = {**case_columns(mapping.cases), "[follow] changed": mapping.follow.changed}
        for wanting, column in wanted.items():
            if column is not None and column not in table.c:
                has = ", ".join(table.c.keys())
                raise InputError(f"{table} has no column {column!r} ({wanting}). It has: {has}.")
        names = [name for name in case_columns(mapping.cases).values() if name is not None]
        return table, list(dict.fromkeys(names))

    def _take(self, rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> int:
        """Load those rows that the look before had not, and note how far that is."""
        cases = self.order.mapping.cases
        assert cases is not None
        key, until = columns.index(cases.id), self._until(rows)
        # Of two states of a case in one file only the last would be taken, and the first set aside.
        newest = {str(row[key]): row for row in rows}
        digests = {one: _digest(row) for one, row in newest.items()}
        fresh = [row for one, row in newest.items() if self._known.get(one) != digests[one]]
        if not fresh:
            return 0
        self._pulls += 1
        # A name of its own, so that what is set aside is not overwritten by the next pull.
        file = f"pulled-{int(self.clock())}-{self._pulls}.csv"
        with tempfile.TemporaryDirectory() as folder:
            self._write(Path(folder) / file, columns, fresh)
            self.load(Path(folder), file)
        self._known |= digests
        self.stands({name_of(self.order.mapping): until})
        if len(self._known) > MOST_KNOWN:
            self._known = dict(itertools.islice(self._known.items(), MOST_KNOWN // 2, None))
        return len(fresh)

    def _until(self, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """How far rows go, as it is kept. Raises InputError, before they are loaded, for what is no order."""
        follow = self.order.mapping.follow
        assert follow is not None
        try:
            _kept(rows[0][-1])
            return _kept(rows[-1][-1])
        except ValueError as error:
            raise InputError(
                f"[follow] changed: column {follow.changed!r} of {follow.table} holds {error}, which is no "
                "number and no time like 2026-03-31 18:00:00; name one that is, e.g. of a view."
            ) from None

    def _write(self, path: Path, columns: Sequence[str], rows: Any) -> None:
        cases = self.order.mapping.cases
        assert cases is not None
        zone = ZoneInfo(cases.time.zone or self.order.mapping.site.zone)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            for row in rows:
                writer.writerow([_text(value, cases.time.format, zone) for value in row[:-1]])


def reader_of(address: str) -> Engine:
    """An engine on the customer's database. Raises SetupError for what is no address."""
    try:
        url = make_url(address)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, ValueError, ImportError):
        # The address is not repeated: it may hold a password.
        raise SetupError(
            "FOLLOW_URL is not the address of a database that can be followed; use "
            "postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FILE."
        ) from None


def _digest(row: Sequence[Any]) -> bytes:
    return hashlib.blake2b(repr(row).encode(), digest_size=8).digest()


def _text(value: Any, form: str, zone: ZoneInfo) -> str:
    """A value as the mapping expects it in a file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=zone)
        return aware.astimezone(zone).strftime(form)
    if isinstance(value, date):
        return value.strftime(form)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _kept(value: Any) -> list[Any]:
    """A point in the order of changes as it is kept: its kind and itself. Raises ValueError with its text."""
    if isinstance(value, date):
        return ["time", value.isoformat()]
    if isinstance(value, Decimal) and value.is_finite():
        return ["number", int(value) if value == value.to_integral_value() else float(value)]
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return ["number", value]
    with suppress(ValueError):
        if isinstance(value, str) and datetime.fromisoformat(value):
            return ["text", value]
    raise ValueError(repr(value))


def _floor(kept: list[Any] | None, overlap: int) -> Any:
    """From where on the next look begins; None for the beginning."""
    if kept is None:
        return None
    kind, value = kept
    if kind == "number":
        return value - overlap
    moment = datetime.fromisoformat(value) - timedelta(seconds=overlap)
    if kind == "time":
        return moment
    return moment.isoformat(sep="T" if "T" in value else " ")
