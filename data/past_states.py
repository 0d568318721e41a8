"""Keeps what the database said of cases before it was told better, so that any past report comes back.

Called by whoever writes cases, in the same transaction: `before` while the old states are still there,
`after` once the new ones are. A state that comes out as it was has been known all the while; one that
differs is kept with the time during which it was held to be true (docs/decisions/0010).
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from sqlalchemy import (
    Connection,
    Executable,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    join,
    literal,
    select,
    true,
    update,
)

from data import bulk
from data.case_tables import (
    case_derived,
    case_path,
    case_record,
    hierarchy,
    site_setting,
)
from data.past_tables import case_derived_past, case_path_past
from data.state_rows import KEY, places_in, read_states, whole_numbers
from data.stored_settings import write_setting

KNOWN_SINCE = "known_since"
"""Setting: epoch seconds from which on the database can tell what it said when."""
ASKED = 500


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
        self._held: list[pd.DataFrame] = []

    def before(self, ids: Iterable[int]) -> None:
        """Call this before anything of these cases is changed; a second call for a case does nothing."""
        fresh = sorted({int(i) for i in ids} - self._noted)
        self._noted.update(fresh)
        if fresh:
            self._held.append(read_states(self.connection, fresh))

    def note(self, states: pd.DataFrame) -> None:
        """`before`, for who has all states of some cases at hand."""
        if not states.empty:
            self._noted.update(states["case_id"].tolist())
            self._held.append(states)

    def held(self) -> pd.DataFrame:
        """The states of the noted cases as they were, as data.state_rows reads them."""
        if not self._held:
            return pd.DataFrame(columns=case_derived.columns.keys())
        return pd.concat(self._held, ignore_index=True)

    def after(self) -> None:
        """Keep what is not said any more.

        States were written anew with recorded_from = now where they differ in anything that is derived; of
        one that was changed in place only the count of repeats can be another.
        """
        was = self.held()
        self._held, ids = [], sorted(self._noted)
        self._noted = set()
        if was.empty:
            return
        said = read_states(self.connection, ids, *KEY, "n_earlier", "recorded_from")
        place = places_in(was, said)
        there = said.iloc[np.maximum(place, 0)] if len(said) else was
        since = there["recorded_from"].to_numpy()
        stands = (place >= 0) & (since == was["recorded_from"].to_numpy())
        stays = stands & (there["n_earlier"].to_numpy() == was["n_earlier"].to_numpy())
        self._record(was.loc[stands & ~stays & (since < self.now), KEY])
        gone = was[~stays & (was["recorded_from"] < self.now).to_numpy()]
        if not gone.empty:
            kept = whole_numbers(gone).assign(recorded_to=self.now)
            bulk.insert(self.connection, case_derived_past, kept)

    def _record(self, keys: pd.DataFrame) -> None:
        """Say of states that were changed in place that they are said since now."""
        d = case_derived.c
        here = d.case_id == bindparam("of"), d.valid_from == bindparam("since")
        told = [{"of": i, "since": at} for i, at in keys.astype(np.int64).to_numpy().tolist()]
        if told:
            statement = update(case_derived).where(*here).values(recorded_from=self.now)
            self.connection.execute(statement, told)

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
