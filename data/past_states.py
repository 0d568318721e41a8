"""Keeps what the database said of cases before it was told better, so that any past report comes back.

Called by whoever writes cases, in the same transaction: `before` while the old states are still there,
`after` once the new ones are. A state that comes out as it was has been known all the while; one that
differs is kept with the time during which it was held to be true (docs/decisions/0010).
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    and_,
    delete,
    exists,
    insert,
    join,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.schema import CreateTable

from data.case_tables import (
    case_derived,
    case_path,
    case_record,
    hierarchy,
    site_setting,
)
from data.past_tables import case_derived_past, case_path_past
from data.stored_settings import write_setting

KNOWN_SINCE = "known_since"
"""Setting: epoch seconds from which on the database can tell what it said when."""
ASKED = 500

_old = Table(
    "superseded",
    MetaData(),
    *(Column(c.name, c.type) for c in case_derived.columns),
    Column("stays", SmallInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("case_id", "valid_from"),
    prefixes=["TEMPORARY"],
)
"""States as they were before the batch; empty outside of one."""


def begin_records(connection: Connection, now: int) -> None:
    """Note that nothing was known of any case before now."""
    for table in (case_derived_past, case_path_past):
        connection.execute(delete(table))
    write_setting(connection, site_setting, KNOWN_SINCE, now)


class PastStates:
    """Keeps the states that a batch recorded at `now` takes the place of."""

    def __init__(self, connection: Connection, now: int) -> None:
        self.connection, self.now = connection, now
        self._noted: set[int] = set()

    def before(self, ids: Iterable[int]) -> None:
        """Call this before anything of these cases is changed; a second call for a case does nothing."""
        fresh = sorted({int(i) for i in ids} - self._noted)
        if fresh and not self._noted:
            self._do(CreateTable(_old, if_not_exists=True), delete(_old))
        self._noted.update(fresh)
        for chosen in _portions(fresh):
            held = select(case_derived).where(case_derived.c.case_id.in_(chosen))
            self._do(insert(_old).from_select([*case_derived.columns.keys()], held))

    def after(self) -> None:
        """Keep what is not said any more; the new states were written with recorded_from = now."""
        d = case_derived
        for chosen in _portions(sorted(self._noted)):
            here = d.c.case_id.in_(chosen), _same_key()
            self._do(
                update(_old)
                .where(_old.c.case_id.in_(chosen), exists().where(_is_as_before()))
                .values(stays=1),
                update(d)
                .where(*here, d.c.recorded_from == self.now, _old.c.stays == 1)
                .values(recorded_from=_old.c.recorded_from),
                # What was changed in place still has the time of what it was.
                update(d)
                .where(*here, d.c.recorded_from < self.now, _old.c.stays == 0)
                .values(recorded_from=self.now),
            )
        if self._noted:
            gone = _old.c.stays == 0, _old.c.recorded_from < self.now
            names = [*case_derived_past.columns.keys()]
            kept = select(*(_old.c[name] for name in names[:-1]), literal(self.now)).where(*gone)
            self._do(insert(case_derived_past).from_select(names, kept), delete(_old))
        self._noted = set()

    def before_paths(self, ids: Iterable[int]) -> None:
        """Call this before paths of these cases are filled in: their states count as said anew."""
        d, until = case_derived.c, literal(self.now)
        names = [*case_derived_past.columns.keys()]
        for chosen in _portions(sorted({int(i) for i in ids})):
            told = d.case_id.in_(chosen), d.recorded_from < self.now
            self._do(
                *_paths_kept(chosen, self.now),
                insert(case_derived_past).from_select(names, select(*d, until).where(*told)),
                update(case_derived).where(*told).values(recorded_from=self.now),
            )

    def _do(self, *statements: Executable) -> None:
        for statement in statements:
            self.connection.execute(statement)


def _same_key() -> ColumnElement[bool]:
    d = case_derived.c
    return and_(_old.c.case_id == d.case_id, _old.c.valid_from == d.valid_from)


def _is_as_before() -> ColumnElement[bool]:
    """Whether an old state and one of case_derived say the same."""
    others = set(case_derived.columns.keys()) - {"case_id", "valid_from", "recorded_from"}
    alike = (_old.c[name].is_not_distinct_from(case_derived.c[name]) for name in sorted(others))
    return and_(_same_key(), *alike)


def _paths_kept(ids: list[int], now: int) -> Iterator[Executable]:
    """Statements that keep the paths of cases in every hierarchy, without grids where there is none."""
    p, kept, r, h = case_path.c, case_path_past.c, case_record.c, hierarchy.c
    both = and_(p.case_id == r.case_id, p.hierarchy_id == h.hierarchy_id)
    pairs = join(case_record, hierarchy, true()).outerjoin(case_path, both)
    grids = [column for column in p if column.name.startswith("grid_")]
    known = exists().where(
        kept.case_id == r.case_id, kept.hierarchy_id == h.hierarchy_id, kept.recorded_to == now
    )
    held = select(h.hierarchy_id, r.case_id, *grids, literal(now)).select_from(pairs)
    held = held.where(r.case_id.in_(ids), ~known)
    yield insert(case_path_past).from_select([*case_path_past.columns.keys()], held)


def _portions(ids: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(ids), ASKED):
        yield ids[first : first + ASKED]
